"""What is known of a file, gathered from a real store and a real disk."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from notion_sync.model import FilePath, Fingerprint, Label, Placement, RecordedRefusal, SourceFile
from notion_sync.plan.actions import ENTRY, Action, Attach, Keep, Refuse, Rename, Replace, TargetLocation
from notion_sync.plan.decide import FileAt
from notion_sync.plan.folder import SMALLEST_LIMIT
from notion_sync.rules import Destination, Kind, OnChange, PageTarget, RowPage, RowTarget, Rule, Subfolders
from notion_sync.scan.disk import SYSTEM_DISK
from notion_sync.state import Store
from notion_sync.sync import decisions
from notion_sync.sync.decisions import (
    REFUSED_TYPES_KEPT,
    Decisions,
    changes_something,
    location_at,
)
from notion_sync.sync.ports import Account
from notion_sync.sync.titles import TITLE_LIMIT, row_title
from notion_sync.sync.volumes import Volumes
from notion_sync.template import parse
from tests.support.clock import FakeClock
from tests.support.store import BOT, OTHER_PAGE, PAGE, digest, page_rule, placement
from tests.support.tree import found_at, make_tree

KEY = b"the rule's key"


@dataclass
class Court:
    """The decisions of a pass, and what they look at."""

    root: Path
    store: Store
    clock: FakeClock

    def __post_init__(self) -> None:
        self.rule = page_rule(self.root)
        self.asked = 0
        self.limit: int | None = None
        self.decisions = Decisions(self.store, self.clock, Volumes(self.store, (), SYSTEM_DISK))

    def _account(self) -> Account:
        self.asked += 1
        return Account(BOT, self.limit)

    def placed(self, name: str, content: str, number: int = 1, target: PageTarget = PAGE) -> Placement:
        """Record a file that need not exist."""
        made = placement(FilePath(str(self.root), name), content, number, target=target.key)
        with self.store.transaction():
            self.store.placements.save(made, 1.0)
        return made

    def decide(
        self,
        name: str,
        content: str = "content",
        *,
        rule: Rule | None = None,
        target: PageTarget = PAGE,
        size: int | None = None,
    ) -> Action:
        """What happens to a file that exists."""
        make_tree(self.root, {name: content.encode()})
        found = found_at(self.root, name)
        if size is not None:
            found = replace(found, fingerprint=Fingerprint(size, *found.fingerprint[1:]))
        file = FileAt(found, digest(content), rule or self.rule, KEY, target)
        situation = self.decisions.situation(file)
        account = None if situation.in_place else self._account()
        return self.decisions.action(file, situation, account)


@pytest.fixture
def court(tmp_path: Path) -> Iterator[Court]:
    (tmp_path / "root").mkdir()
    with Store(str(tmp_path / "state")) as store:
        yield Court(tmp_path / "root", store, FakeClock())


def test_a_new_file_is_attached(court: Court) -> None:
    action = court.decide("a.txt")
    assert isinstance(action, Attach)
    assert (action.kind, action.label) == ("file", Label("a.txt"))


def test_what_is_in_its_place_needs_neither_notion_nor_anything_else(court: Court) -> None:
    court.placed("a.txt", "content")
    assert isinstance(court.decide("a.txt"), Keep)
    assert court.asked == 0


def test_a_changed_file_takes_the_place_of_the_old_one(court: Court) -> None:
    old = court.placed("a.txt", "old")
    action = court.decide("a.txt", "new")
    assert isinstance(action, Replace)
    assert action.old == old
    kept = court.decide("a.txt", "new", rule=replace(court.rule, on_change=OnChange.KEEP))
    assert isinstance(kept, Keep)


# Renames


def test_a_path_that_comes_again_does_not_get_back_what_another_one_has_now(court: Court) -> None:
    """Its file was gone for a moment, in which another one was known to be the one that it had."""
    court.placed("a.txt", "content")
    assert isinstance(court.decide("b.txt"), Rename)
    assert isinstance(court.decide("a.txt", "other"), Attach)


def test_what_gets_a_new_content_is_not_another_paths_though_its_file_is_gone_again(court: Court) -> None:
    court.placed("a.txt", "content")
    assert isinstance(court.decide("a.txt", "new"), Replace)
    (court.root / "a.txt").unlink()
    assert isinstance(court.decide("b.txt"), Attach)


def test_a_file_whose_content_is_there_under_a_path_that_is_gone_was_renamed(court: Court) -> None:
    old = court.placed("old.txt", "content")
    action = court.decide("new.txt")
    assert isinstance(action, Rename)
    assert (action.old, action.label) == (old, Label("new.txt"))


def test_a_copy_is_no_rename(court: Court) -> None:
    make_tree(court.root, {"old.txt": b"content"})
    court.placed("old.txt", "content")
    assert isinstance(court.decide("new.txt"), Attach)


def test_a_path_that_is_a_link_to_nowhere_is_not_gone(court: Court) -> None:
    make_tree(court.root, {"old.txt": "nowhere"})
    court.placed("old.txt", "content")
    assert isinstance(court.decide("new.txt"), Attach)


def test_of_two_new_names_one_gets_the_old_block(court: Court) -> None:
    court.placed("old.txt", "content")
    assert isinstance(court.decide("new.txt"), Rename)
    assert isinstance(court.decide("newer.txt"), Attach)


def test_two_files_renamed_at_once_get_a_block_each(court: Court) -> None:
    court.placed("1.txt", "content", 1)
    court.placed("2.txt", "content", 2)
    actions = [court.decide("a.txt"), court.decide("b.txt")]
    assert [action.old.id.name for action in actions if isinstance(action, Rename)] == ["1.txt", "2.txt"]


def test_among_copies_the_one_that_is_gone_gives_its_block(court: Court) -> None:
    """However many copies were looked at before, and whatever place they have."""
    make_tree(court.root, {"a.txt": b"content", "b.txt": b"content"})
    for number, name in enumerate(("a.txt", "b.txt", "gone.txt", "gone too.txt"), 1):
        court.placed(name, "content", number)
    with court.store.transaction():
        row = placement(FilePath(str(court.root), "row.txt"), "content", 9)
        court.store.placements.save(replace(row, location="elsewhere"), 1.0)
    found = [court.decide(f"new {number}.txt") for number in range(3)]
    assert [action.old.id.name for action in found if isinstance(action, Rename)] == [
        "gone too.txt",
        "gone.txt",
    ]
    assert isinstance(found[2], Attach)


def test_many_equal_files_are_not_compared_with_each_other(court: Court) -> None:
    """Where a content is kept is asked for once, not for each of its copies."""
    names = [f"{number}.txt" for number in range(50)]
    make_tree(court.root, dict.fromkeys(names, b"content"))
    for number, name in enumerate(names):
        court.placed(name, "content", number)
    asked: list[str] = []
    court.store._database.set_trace_callback(asked.append)
    for number in range(50):
        assert isinstance(court.decide(f"copy {number}.txt"), Attach)
    court.store._database.set_trace_callback(None)
    assert sum("p.digest =" in statement for statement in asked) == 1


def test_what_is_kept_of_contents_is_bounded(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond that it is asked for again, and the answers are the same."""
    monkeypatch.setattr(decisions, "MAX_CONTENTS", 2)
    for number in range(6):
        court.placed(f"gone {number}.txt", f"{number % 3}", number)
    renamed = [court.decide(f"{number}.txt", f"{number % 3}") for number in range(9)]
    old = [action.old.id.name for action in renamed if isinstance(action, Rename)]
    assert old == [f"gone {number}.txt" for number in range(6)]


def test_a_rename_is_one_at_each_target(court: Court) -> None:
    court.placed("old.txt", "content")
    court.placed("old.txt", "content", 2, OTHER_PAGE)
    actions = [court.decide("new.txt"), court.decide("new.txt", target=OTHER_PAGE)]
    assert [isinstance(action, Rename) for action in actions] == [True, True]


def test_a_content_at_another_target_says_nothing(court: Court) -> None:
    court.placed("old.txt", "content", 1, OTHER_PAGE)
    assert isinstance(court.decide("new.txt"), Attach)


def test_a_file_that_has_a_block_of_its_own_takes_no_other_s(court: Court) -> None:
    court.placed("a.txt", "old")
    court.placed("gone.txt", "new", 2)
    assert isinstance(court.decide("a.txt", "new"), Replace)


# Refusals


def test_a_content_that_was_refused_is_not_tried_again(court: Court) -> None:
    with court.store.transaction():
        failure = RecordedRefusal(digest("content"), KEY, "Notion said no")
        court.store.failures.save(FilePath(str(court.root), "a.txt"), PAGE.key, failure, 1.0)
    refused = court.decide("a.txt")
    assert isinstance(refused, Refuse)
    assert (refused.reason, refused.by_rule) == ("Notion said no", False)
    assert isinstance(court.decide("a.txt", "another content"), Attach)
    assert isinstance(court.decide("a.txt", target=OTHER_PAGE), Attach)


def test_a_refused_type_is_believed_for_a_month(court: Court) -> None:
    with court.store.transaction():
        court.store.failures.refuse_type(BOT, "exe", "no programs", court.clock.now())
    refused = court.decide("a.EXE")
    assert isinstance(refused, Refuse)
    assert (refused.reason, refused.by_rule) == ("no programs", True)
    assert isinstance(court.decide("exe"), Attach)
    court.clock.advance(REFUSED_TYPES_KEPT + 1)
    assert isinstance(court.decide("a.exe"), Attach)


def test_what_is_in_notion_already_may_be_renamed_to_a_refused_type(court: Court) -> None:
    with court.store.transaction():
        court.store.failures.refuse_type(BOT, "exe", "no programs", court.clock.now())
    court.placed("a.txt", "content")
    assert isinstance(court.decide("a.exe"), Rename)


@pytest.mark.parametrize(
    ("limit", "size", "refused"),
    [
        (5 * 2**20, SMALLEST_LIMIT, False),
        (5 * 2**20, SMALLEST_LIMIT + 1, True),
        (2**30, SMALLEST_LIMIT + 1, False),
        (None, 2**33, False),
        # No workspace takes less: whatever was answered, it is not asked.
        (1, SMALLEST_LIMIT, False),
    ],
)
def test_the_workspace_s_limit(court: Court, limit: int | None, size: int, refused: bool) -> None:
    court.limit = limit
    assert isinstance(court.decide("a.txt", size=size), Refuse) is refused


def test_a_file_above_the_limit_that_is_there_already_may_be_renamed(court: Court) -> None:
    """The workspace was downgraded since."""
    court.limit = 5 * 2**20
    court.placed("old.txt", "content")
    assert isinstance(court.decide("new.txt", size=SMALLEST_LIMIT + 1), Rename)


# Captions


def test_a_caption_is_rendered_for_the_file(court: Court) -> None:
    target = replace(PAGE, caption=parse("{stem} of {rule}, {size} bytes, {mtime:%Y}"))
    action = court.decide("a.txt", target=target)
    assert isinstance(action, Attach)
    assert action.label == Label("a.txt", "a of r, 7 bytes, 2020")


def test_a_name_that_is_no_text_makes_a_caption_all_the_same(court: Court) -> None:
    action = court.decide("bad\udcff.txt", target=replace(PAGE, caption=parse("{name}")))
    assert isinstance(action, Attach)
    assert action.label == Label("bad\ufffd.txt", "bad\ufffd.txt")


# What needs Notion


def test_which_actions_change_something(court: Court) -> None:
    court.placed("same.txt", "same")
    court.placed("old.txt", "renamed", 2)
    court.placed("old.png", "invisible", 3)
    with court.store.transaction():
        shown = placement(
            FilePath(str(court.root), "old.png"), "invisible", 3, kind="image", label=Label(None)
        )
        court.store.placements.save(shown, 1.0)
    answers = {
        name: changes_something(court.decide(name, content))
        for name, content in [
            ("same.txt", "same"), ("new.txt", "new"), ("renamed.txt", "renamed"), ("new.png", "invisible"),
        ]
    }  # fmt: skip
    assert answers == {"same.txt": False, "new.txt": True, "renamed.txt": True, "new.png": False}


# Places

NOON = dt.datetime(2023, 11, 15, 12).timestamp()  # noqa: DTZ001  # days are those of this machine
DEEP = SourceFile(
    FilePath("/d/sub/deep", "a.txt"), "sub/deep/a.txt", Fingerprint(1, 1, 1, 1), "/d/sub/deep/a.txt"
)
ICON = replace(PAGE, kind=Kind.ICON)


def rows(template: str) -> RowTarget:
    return RowTarget("d" * 32, "Files", parse(template))


def there(title: str, basis: str) -> Placement:
    return Placement(DEEP.id, "key", digest("x"), ENTRY, "u", None, Label("a.txt"), title, basis)


@pytest.mark.parametrize(
    ("target", "subfolders", "own", "location"),
    [
        (PAGE, Subfolders.FLAT, None, TargetLocation()),
        (PAGE, Subfolders.PAGES, None, TargetLocation("sub/deep", "sub/deep")),
        (ICON, Subfolders.PAGES, None, TargetLocation()),
        (rows("{stem}"), Subfolders.PAGES, None, TargetLocation("a", "{stem}")),
        (RowPage(rows("{stem}")), Subfolders.FLAT, None, TargetLocation("a", "{stem}")),
        (rows("{dir}"), Subfolders.FLAT, None, TargetLocation("sub/deep", "{dir}")),
        # What it has there does not hold a file where the rule does not want it any more.
        (rows("{stem}"), Subfolders.FLAT, there("old", "old"), TargetLocation("a", "{stem}")),
        (rows("all"), Subfolders.FLAT, there("a", "{stem}"), TargetLocation("all", "all")),
        (PAGE, Subfolders.FLAT, there("sub", "sub"), TargetLocation()),
        # But the row of a day is that of the day on which it came.
        (rows("Inbox {today}"), Subfolders.FLAT, None, TargetLocation("Inbox 2023-11-15", "Inbox {today}")),
        (
            rows("Inbox {today}"),
            Subfolders.FLAT,
            there("Inbox 2023-11-14", "Inbox {today}"),
            TargetLocation("Inbox 2023-11-14", "Inbox {today}"),
        ),
        (
            RowPage(rows("From {today}")),
            Subfolders.FLAT,
            there("Inbox 2023-11-14", "Inbox {today}"),
            TargetLocation("Inbox 2023-11-14", "From {today}"),
        ),
    ],
)
def test_where_a_file_belongs(
    target: Destination, subfolders: Subfolders, own: Placement | None, location: TargetLocation
) -> None:
    rule = replace(page_rule("/d"), subfolders=subfolders)
    assert location_at(DEEP, rule, target, own, NOON) == location


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("a", "a"),
        ("", ""),
        ("  a  b ", "a  b"),
        ("a\nb\tc", "a b c"),
        ("\n\t ", ""),
        ("bad\x00", "bad_"),
        ("x" * TITLE_LIMIT, "x" * TITLE_LIMIT),
        ("x" * (TITLE_LIMIT + 1), "x" * TITLE_LIMIT),
        # Notion counts UTF-16: no character is cut in two, and no blank is left at the end.
        ("𝄞" * TITLE_LIMIT, "𝄞" * (TITLE_LIMIT // 2)),
        ("x" * (TITLE_LIMIT - 1) + "𝄞", "x" * (TITLE_LIMIT - 1)),
        ("x" * (TITLE_LIMIT - 1) + " y", "x" * (TITLE_LIMIT - 1)),
    ],
)
def test_a_title_is_one_that_notion_finds_again(text: str, title: str) -> None:
    assert row_title(text) == title
