"""Where files belong, and what Notion may call them there."""

from collections.abc import Mapping

import pytest

from notion_sync.adopt.locations import ExpectedFile, Location, Locations
from notion_sync.extent import EVERYTHING, Extent
from notion_sync.model import Digest, FilePath, Fingerprint, Label, Placement, SourceFile
from notion_sync.rules import Destination, Kind, PageTarget, RowPage, RowTarget, Rule, Subfolders, Unsupported
from notion_sync.template import parse

NOW = 1_700_000_000.0
PAGE = PageTarget("0" * 32)
ICON = PageTarget("0" * 32, kind=Kind.ICON)
ROWS = RowTarget("1" * 32, "Files", parse("{stem}"))
DATED = RowTarget("1" * 32, "Files", parse("{stem} {today}"))


def found(path: str) -> SourceFile:
    folder, _, name = path.rpartition("/")
    inside = f"/f/{folder}" if folder else "/f"
    return SourceFile(FilePath(inside, name), path, Fingerprint(1, 10**18, 10**18, 1), f"/f/{path}")


def expected(name: str, unsupported: Unsupported = Unsupported.SKIP) -> ExpectedFile:
    return ExpectedFile(found(name), Rule("r", "/f", (PAGE,), unsupported=unsupported), "")


@pytest.mark.parametrize(
    ("name", "unsupported", "plain", "packaged"),
    [
        ("a.txt", Unsupported.SKIP, {"a.txt"}, set()),
        ("a.xyzzy", Unsupported.SKIP, {"a.xyzzy"}, set()),
        ("a.xyzzy", Unsupported.TXT, {"a.xyzzy", "a.xyzzy.txt"}, set()),
        ("a.xyzzy", Unsupported.ZIP, {"a.xyzzy"}, {"a.xyzzy.zip"}),
        ("a.txt", Unsupported.ZIP, {"a.txt"}, {"a.txt.zip"}),
    ],
)
def test_what_notion_may_call_a_file(
    name: str, unsupported: Unsupported, plain: set[str], packaged: set[str]
) -> None:
    file = expected(name, unsupported)
    assert plain <= file.plain_names()
    assert file.packaged_names() == packaged


def test_a_long_name_may_be_shortened() -> None:
    names = expected("a" * 2000 + ".txt").plain_names()
    assert all(len(name) < 1000 and name.endswith(".txt") for name in names)


@pytest.mark.parametrize(
    ("name", "unsupported", "there", "variant"),
    [
        ("a.xyzzy", Unsupported.TXT, {"a.xyzzy.txt"}, "txt"),
        ("a.xyzzy", Unsupported.TXT, {"a.xyzzy"}, ""),
        ("a.txt", Unsupported.TXT, {"a.txt"}, ""),
        ("a.xyzzy", Unsupported.SKIP, {"a.xyzzy.txt"}, ""),
        ("a.xyzzy", Unsupported.ZIP, {"a.xyzzy.txt"}, ""),
    ],
)
def test_in_which_variant_it_is_there(
    name: str, unsupported: Unsupported, there: set[str], variant: str
) -> None:
    assert expected(name, unsupported).plain_variant(frozenset(there)) == variant


@pytest.mark.parametrize(
    ("target", "location_name", "where", "noun"),
    [
        (PAGE, "", f"page {'0' * 32}", "block"),
        (PAGE, "s/t", "the page of the folder s/t", "block"),
        (ICON, "", f"page {'0' * 32}", "icon"),
        (ROWS, "a", 'row "a"', "entry"),
        (RowPage(ROWS), "a", 'row "a"', "block"),
        (RowPage(ROWS, Kind.COVER), "a", 'row "a"', "cover"),
    ],
)
def test_what_people_call_a_location(target: Destination, location_name: str, where: str, noun: str) -> None:
    location = Location(target, location_name, whole=True)
    assert (location.where, location.noun) == (where, noun)


def locations(
    rule: Rule,
    *paths: str,
    extent: Extent = EVERYTHING,
    recorded: Mapping[tuple[str, str], str] | None = None,
) -> Locations:
    """`recorded`: (path, target's key) → the location that is recorded there."""

    def placement(file: FilePath, key: str) -> Placement | None:
        location = (recorded or {}).get((file.path, key))
        if location is None:
            return None
        return Placement(file, key, Digest("0" * 64), "file", None, "b", Label(file.name), location)

    made = Locations((rule,), extent, placement, NOW)
    for path in paths:
        made.add(found(path), rule)
    return made


def places(made: Locations) -> list[list[tuple[str, list[str]]]]:
    """By target, by location: the place, or the pattern of its titles, and the names of its files."""
    return [
        [
            (each.titles.pattern if each.titles else each.location_name, [id_.name for id_ in each.files])
            for each in group
        ]
        for group in made.by_target().values()
    ]


def test_files_of_a_page_are_at_one_location() -> None:
    assert places(locations(Rule("r", "/f", (PAGE,)), "a", "s/b")) == [[("", ["a", "b"])]]


def test_each_subfolder_is_a_location() -> None:
    rule = Rule("r", "/f", (PAGE,), subfolders=Subfolders.PAGES)
    assert places(locations(rule, "a", "s/b", "s/t/c")) == [[("", ["a"]), ("s", ["b"]), ("s/t", ["c"])]]


def test_a_page_is_a_location_without_files_but_an_icon_is_none() -> None:
    assert places(locations(Rule("r", "/f", (PAGE, ICON)))) == [[("", [])]]


def test_a_row_and_its_page_are_two_locations_of_one_target() -> None:
    rows = RowTarget("1" * 32, "Files", parse("{stem}"), body=True)
    made = locations(Rule("r", "/f", (rows,)), "a.x", "a.y", "b.x")
    assert places(made) == [[("a", ["a.x", "a.y"]), ("a", ["a.x", "a.y"]), ("b", ["b.x"]), ("b", ["b.x"])]]


def test_rows_named_after_a_day_are_told_by_their_patterns() -> None:
    ((one, other),) = places(locations(Rule("r", "/f", (DATED,)), "a.x", "b.x"))
    assert (one[1], other[1]) == (["a.x"], ["b.x"])
    assert one[0] != other[0]


def test_what_is_recorded_is_expected_where_it_is_recorded() -> None:
    made = locations(Rule("r", "/f", (PAGE, DATED)), "a.x", recorded={("/f/a.x", DATED.key): "2020-01-01"})
    assert places(made) == [[("", ["a.x"])], [("2020-01-01", ["a.x"])]]
    (on_page,), (in_row,) = made.by_target().values()
    recorded = [file.recorded for each in (on_page, in_row) for file in each.files.values()]
    assert [each and each.location for each in recorded] == [None, "2020-01-01"]


@pytest.mark.parametrize(
    ("only", "whole"), [((), True), (("/f",), True), (("/f/s",), False), (("/f", "/elsewhere"), True)]
)
def test_only_where_every_file_is_looked_at_others_are_unknown(only: tuple[str, ...], whole: bool) -> None:
    made = locations(Rule("r", "/f", (PAGE,)), "s/a", extent=Extent(frozenset(only), frozenset()))
    assert [each.whole for group in made.by_target().values() for each in group] == [whole]
