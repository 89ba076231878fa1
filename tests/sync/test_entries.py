"""What a `files` property is to hold: what it holds now and what files want of it in, literal values out."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_sync.model import EntryKey
from notion_sync.notion.pages import PropertyFile
from notion_sync.notion.payloads import FILES_LIMIT, NewFile
from notion_sync.notion.values import FileRef
from notion_sync.sync.entries import (
    EntryEdit,
    NewValue,
    changed_keys,
    entries_are_as_left,
    entry_key,
    made_entries,
    may_follow,
    missing_entries,
    new_value,
    perhaps_made,
)
from tests.support.store import notion_id


def hosted(number: int, name: str, *, query: str = "") -> PropertyFile:
    """An entry whose file Notion hosts; its id is that of the number."""
    url = f"https://files.example/workspace/{notion_id(number)}/upload.bin{query}"
    return PropertyFile(name, FileRef("file", url))


def link(address: str, name: str) -> PropertyFile:
    """An entry that leads elsewhere: nobody's but a person's."""
    return PropertyFile(name, FileRef("external", address))


def key(number: int, name: str) -> EntryKey:
    return (notion_id(number), name)


A, B, C = hosted(1, "a"), hosted(2, "b"), hosted(3, "c")
KEY_A, KEY_B, KEY_C = key(1, "a"), key(2, "b"), key(3, "c")
LINK = link("https://example.com/a", "a")
KEY_LINK = ("https://example.com/a", "a")
NEW, OTHER_NEW = NewFile("upload-1", "new"), NewFile("upload-2", "other")


# How an entry is known


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (A, KEY_A),
        # Each answer signs the address anew.
        (hosted(1, "a", query="?signature=1"), KEY_A),
        (hosted(1, ""), key(1, "")),
        (LINK, KEY_LINK),
        # An id in somebody's link is not Notion's.
        (
            link(f"https://example.com/{notion_id(1)}/a", "a"),
            (f"https://example.com/{notion_id(1)}/a", "a"),
        ),
        # A hosted file of an older form: its address has no id.
        (PropertyFile("a", FileRef("file", "https://old.example/a")), ("https://old.example/a", "a")),
        (PropertyFile("a", FileRef("file")), ("", "a")),
    ],
)
def test_an_entry_is_known_by_its_file_and_its_name(entry: PropertyFile, expected: EntryKey) -> None:
    assert entry_key(entry) == expected


# What is to be written


def drawn(
    *entries: PropertyFile | NewFile,
    before: tuple[EntryKey, ...] = (),
    remaining: tuple[EntryKey, ...] = (),
    refused: tuple[int, ...] = (),
    missing: tuple[int, ...] = (),
    needs_write: bool = True,
    names: Mapping[int, str] | None = None,
) -> NewValue:
    return NewValue(
        entries, before, remaining, frozenset(refused), frozenset(missing), needs_write, names or {}
    )


NOTHING = drawn(needs_write=False)


@pytest.mark.parametrize(
    ("base", "edits", "expected"),
    [
        # Nobody wants anything.
        ([], [], NOTHING),
        (
            [A, LINK],
            [],
            drawn(A, LINK, before=(KEY_A, KEY_LINK), remaining=(KEY_A, KEY_LINK), needs_write=False),
        ),
        ([A], [EntryEdit()], drawn(A, before=(KEY_A,), remaining=(KEY_A,), needs_write=False)),
        # New ones come last, in the order of the files.
        ([], [EntryEdit(NEW)], drawn(NEW)),
        (
            [A],
            [EntryEdit(NEW), EntryEdit(OTHER_NEW)],
            drawn(A, NEW, OTHER_NEW, before=(KEY_A,), remaining=(KEY_A,)),
        ),
        ([A], [EntryEdit(), EntryEdit(NEW)], drawn(A, NEW, before=(KEY_A,), remaining=(KEY_A,))),
        # One that replaces another stands where that one stood.
        (
            [A, B, C],
            [EntryEdit(NEW, KEY_B)],
            drawn(A, NEW, C, before=(KEY_A, KEY_B, KEY_C), remaining=(KEY_A, KEY_C)),
        ),
        ([A], [EntryEdit(NEW, KEY_A), EntryEdit(OTHER_NEW)], drawn(NEW, OTHER_NEW, before=(KEY_A,))),
        # Out.
        ([A, B], [EntryEdit(old=KEY_A)], drawn(B, before=(KEY_A, KEY_B), remaining=(KEY_B,))),
        ([A], [EntryEdit(old=KEY_A)], drawn(before=(KEY_A,))),
        # Another name, in its place.
        (
            [A, B],
            [EntryEdit(old=KEY_A, name="z")],
            drawn(hosted(1, "z"), B, before=(KEY_A, KEY_B), remaining=(key(1, "z"), KEY_B)),
        ),
        # The name it has: nothing to write.
        (
            [A],
            [EntryEdit(old=KEY_A, name="a")],
            drawn(A, before=(KEY_A,), remaining=(KEY_A,), needs_write=False),
        ),
        # That does not take back what another file changes.
        (
            [A, B],
            [EntryEdit(old=KEY_A, name="z"), EntryEdit(old=KEY_B, name="b")],
            drawn(hosted(1, "z"), B, before=(KEY_A, KEY_B), remaining=(key(1, "z"), KEY_B)),
        ),
        (
            [A, B],
            [EntryEdit(NEW, KEY_A), EntryEdit(old=KEY_B, name="b")],
            drawn(NEW, B, before=(KEY_A, KEY_B), remaining=(KEY_B,)),
        ),
    ],
)
def test_what_a_property_is_to_hold(
    base: list[PropertyFile], edits: list[EntryEdit], expected: NewValue
) -> None:
    assert new_value(base, edits) == expected


@pytest.mark.parametrize(
    ("base", "edits", "expected"),
    [
        # What somebody has removed is not removed again, and not named again; a new content comes all the same.
        ([], [EntryEdit(old=KEY_A)], drawn(missing=(0,), needs_write=False)),
        ([], [EntryEdit(old=KEY_A, name="z")], drawn(missing=(0,), needs_write=False)),
        ([], [EntryEdit(NEW, KEY_A)], drawn(NEW, missing=(0,))),
        ([B], [EntryEdit(NEW, KEY_A)], drawn(B, NEW, before=(KEY_B,), remaining=(KEY_B,), missing=(0,))),
        # Edits are told by their numbers.
        (
            [B],
            [EntryEdit(old=KEY_B), EntryEdit(OTHER_NEW), EntryEdit(old=KEY_A), EntryEdit(NEW, KEY_C)],
            drawn(OTHER_NEW, NEW, before=(KEY_B,), missing=(2, 3)),
        ),
        # Another file of the same name, and a link of that name are not ours.
        (
            [hosted(9, "a")],
            [EntryEdit(old=KEY_A)],
            drawn(
                hosted(9, "a"),
                before=(key(9, "a"),),
                remaining=(key(9, "a"),),
                missing=(0,),
                needs_write=False,
            ),
        ),
        (
            [LINK],
            [EntryEdit(old=KEY_A)],
            drawn(LINK, before=(KEY_LINK,), remaining=(KEY_LINK,), missing=(0,), needs_write=False),
        ),
    ],
)
def test_what_is_not_there_any_more(
    base: list[PropertyFile], edits: list[EntryEdit], expected: NewValue
) -> None:
    assert new_value(base, edits) == expected


@pytest.mark.parametrize(
    ("base", "edits", "expected"),
    [
        # Two files of one content and one name: each has an entry of its own.
        ([A, A], [EntryEdit(old=KEY_A)], drawn(A, before=(KEY_A, KEY_A), remaining=(KEY_A,))),
        ([A, A], [EntryEdit(old=KEY_A), EntryEdit(old=KEY_A)], drawn(before=(KEY_A, KEY_A))),
        (
            [A, A],
            [EntryEdit(NEW, KEY_A), EntryEdit(OTHER_NEW, KEY_A)],
            drawn(NEW, OTHER_NEW, before=(KEY_A, KEY_A)),
        ),
        ([A, A], [EntryEdit(NEW, KEY_A), EntryEdit(old=KEY_A)], drawn(NEW, before=(KEY_A, KEY_A))),
        (
            [A, B, A],
            [EntryEdit(old=KEY_A, name="y"), EntryEdit(old=KEY_A, name="z")],
            drawn(
                hosted(1, "y"),
                B,
                hosted(1, "z"),
                before=(KEY_A, KEY_B, KEY_A),
                remaining=(key(1, "y"), KEY_B, key(1, "z")),
            ),
        ),
        # One entry cannot be taken for two of them.
        ([A], [EntryEdit(old=KEY_A), EntryEdit(old=KEY_A)], drawn(before=(KEY_A,), missing=(1,))),
        (
            [A],
            [EntryEdit(NEW, KEY_A), EntryEdit(OTHER_NEW, KEY_A)],
            drawn(NEW, OTHER_NEW, before=(KEY_A,), missing=(1,)),
        ),
        # A new name does not make an entry another file's.
        (
            [A],
            [EntryEdit(old=KEY_A, name="b"), EntryEdit(old=key(1, "b"))],
            drawn(hosted(1, "b"), before=(KEY_A,), remaining=(key(1, "b"),), missing=(1,)),
        ),
        # Two files change their names with each other.
        (
            [A, B],
            [EntryEdit(old=KEY_A, name="b"), EntryEdit(old=KEY_B, name="a")],
            drawn(
                hosted(1, "b"), hosted(2, "a"), before=(KEY_A, KEY_B), remaining=(key(1, "b"), key(2, "a"))
            ),
        ),
    ],
)
def test_no_entry_is_taken_for_two_files(
    base: list[PropertyFile], edits: list[EntryEdit], expected: NewValue
) -> None:
    assert new_value(base, edits) == expected


Z = hosted(1, "z")
KEY_Z = key(1, "z")


@pytest.mark.parametrize(
    ("base", "edits", "others", "expected"),
    [
        # It goes with its file, whatever it is called.
        ([Z, B], [EntryEdit(old=KEY_A)], [], drawn(B, before=(KEY_Z, KEY_B), remaining=(KEY_B,))),
        # A new content comes under the name that the person gave, in its place.
        (
            [Z, B],
            [EntryEdit(NEW, KEY_A)],
            [],
            drawn(NewFile("upload-1", "z"), B, before=(KEY_Z, KEY_B), remaining=(KEY_B,), names={0: "z"}),
        ),
        # The file's new name is not shown.
        (
            [Z],
            [EntryEdit(old=KEY_A, name="b")],
            [],
            drawn(Z, before=(KEY_Z,), remaining=(KEY_Z,), needs_write=False, names={0: "z"}),
        ),
        # Nor is it where it was known before that the name is a person's.
        (
            [A],
            [EntryEdit(old=KEY_A, name="b", theirs=True)],
            [],
            drawn(A, before=(KEY_A,), remaining=(KEY_A,), needs_write=False, names={0: "a"}),
        ),
        (
            [A],
            [EntryEdit(NEW, KEY_A, theirs=True)],
            [],
            drawn(NewFile("upload-1", "a"), before=(KEY_A,), names={0: "a"}),
        ),
        # Named as the rule wants it, it is nobody's.
        (
            [Z],
            [EntryEdit(old=KEY_A, name="z")],
            [],
            drawn(Z, before=(KEY_Z,), remaining=(KEY_Z,), needs_write=False),
        ),
        ([hosted(1, "new")], [EntryEdit(NEW, KEY_A)], [], drawn(NEW, before=(key(1, "new"),))),
        # What another file of equal content has is not taken for it, under whatever name.
        (
            [A],
            [EntryEdit(old=key(1, "b"))],
            [KEY_A],
            drawn(A, before=(KEY_A,), remaining=(KEY_A,), missing=(0,), needs_write=False),
        ),
        (
            [Z],
            [EntryEdit(old=key(1, "b"))],
            [KEY_A],
            drawn(Z, before=(KEY_Z,), remaining=(KEY_Z,), missing=(0,), needs_write=False),
        ),
        (
            [A, Z],
            [EntryEdit(old=key(1, "b"))],
            [KEY_A],
            drawn(A, before=(KEY_A, KEY_Z), remaining=(KEY_A,), names={0: "z"}),
        ),
        (
            [Z],
            [EntryEdit(NEW, key(1, "b"))],
            [KEY_A],
            drawn(Z, NEW, before=(KEY_Z,), remaining=(KEY_Z,), missing=(0,)),
        ),
        # Nothing is known by an id that it has not.
        (
            [PropertyFile("a", FileRef("file"))],
            [EntryEdit(old=("", "b"))],
            [],
            drawn(
                PropertyFile("a", FileRef("file")),
                before=(("", "a"),),
                remaining=(("", "a"),),
                missing=(0,),
                needs_write=False,
            ),
        ),
    ],
)
def test_an_entry_that_a_person_renamed(
    base: list[PropertyFile], edits: list[EntryEdit], others: list[EntryKey], expected: NewValue
) -> None:
    result = new_value(base, edits, others)
    assert replace(result, names={}) == replace(expected, names={})
    assert expected.names.items() <= result.names.items()


def many(count: int) -> list[PropertyFile]:
    return [hosted(1000 + number, f"n{number}") for number in range(count)]


@pytest.mark.parametrize(
    ("there", "edits", "refused", "total"),
    [
        (FILES_LIMIT - 2, [EntryEdit(NEW), EntryEdit(OTHER_NEW)], (), FILES_LIMIT),
        (FILES_LIMIT - 1, [EntryEdit(NEW), EntryEdit(OTHER_NEW)], (1,), FILES_LIMIT),
        (FILES_LIMIT, [EntryEdit(NEW), EntryEdit(OTHER_NEW)], (0, 1), FILES_LIMIT),
        # People may have put more there than one request writes.
        (FILES_LIMIT + 5, [EntryEdit(NEW)], (0,), FILES_LIMIT + 5),
        # What takes the place of another needs no room; what goes makes some.
        (FILES_LIMIT, [EntryEdit(NEW, key(1000, "n0"))], (), FILES_LIMIT),
        (FILES_LIMIT, [EntryEdit(NEW), EntryEdit(old=key(1000, "n0"))], (), FILES_LIMIT),
        (
            FILES_LIMIT,
            [EntryEdit(NEW), EntryEdit(OTHER_NEW), EntryEdit(old=key(1000, "n0"))],
            (1,),
            FILES_LIMIT,
        ),
        (FILES_LIMIT + 5, [EntryEdit(NEW), EntryEdit(old=key(1000, "n0"))], (0,), FILES_LIMIT + 4),
        # A replacement of what somebody has removed needs some, too.
        (FILES_LIMIT, [EntryEdit(NEW, KEY_A)], (0,), FILES_LIMIT),
    ],
)
def test_a_row_has_room_for_so_many_files(
    there: int, edits: list[EntryEdit], refused: tuple[int, ...], total: int
) -> None:
    result = new_value(many(there), edits)
    assert (result.refused, len(result.entries)) == (frozenset(refused), total)


@pytest.mark.parametrize(("there", "needs_write"), [(FILES_LIMIT - 1, True), (FILES_LIMIT, False)])
def test_where_nothing_fits_nothing_is_written(there: int, needs_write: bool) -> None:
    assert new_value(many(there), [EntryEdit(NEW)]).needs_write is needs_write


# Which of ours are gone


@pytest.mark.parametrize(
    ("base", "wanted", "missing"),
    [
        ([], [], []),
        ([], [KEY_A], [0]),
        ([A], [KEY_A], []),
        ([A, B], [KEY_B, KEY_A], []),
        ([B], [KEY_A, KEY_B, KEY_C], [0, 2]),
        # A person gave it another name.
        ([hosted(1, "z")], [KEY_A], []),
        # The name alone does not make it ours.
        ([hosted(9, "a")], [KEY_A], [0]),
        ([LINK], [KEY_A], [0]),
        # Each entry stands for one file.
        ([A], [KEY_A, KEY_A], [1]),
        ([A, A], [KEY_A, KEY_A], []),
        ([hosted(1, "z")], [KEY_A, key(1, "b")], [1]),
        # One that has its name is not given away to one that has lost its own.
        ([A], [key(1, "b"), KEY_A], [0]),
        ([A, hosted(1, "z")], [key(1, "b"), KEY_A], []),
        ([A, B], [key(2, "x"), KEY_A, key(1, "y")], [2]),
        # Where no file is recorded, the entry of its name may be it, if it is no other's.
        ([A], [("", "a")], []),
        ([B], [("", "a")], [0]),
        ([A], [KEY_A, ("", "a")], [1]),
    ],
)
def test_which_of_ours_are_gone(base: list[PropertyFile], wanted: list[EntryKey], missing: list[int]) -> None:
    assert missing_entries(base, wanted) == frozenset(missing)


# What a write has made

I1, I2 = notion_id(1), notion_id(2)


@pytest.mark.parametrize(
    ("remaining", "names", "after", "made"),
    [
        ([], [], [], []),
        ([], ["a"], [A], [I1]),
        ([], ["a", "b"], [B, A], [I1, I2]),
        ([], ["a"], [], [None]),
        ([], ["a", "b"], [B], [None, I2]),
        # What was left there is not what was made; a second one of it is.
        ([KEY_A], ["a"], [A], [None]),
        ([KEY_A], ["a"], [A, A], [I1]),
        ([KEY_A, KEY_A], ["a"], [A, A], [None]),
        ([KEY_A], ["a"], [hosted(9, "a"), A], [notion_id(9)]),
        # Others have put files there meanwhile.
        ([], ["a"], [C, A], [I1]),
        # Notion calls it otherwise.
        ([], ["a"], [hosted(1, "A")], [I1]),
        ([KEY_B], ["a", "c"], [B, hosted(1, "A"), C], [I1, notion_id(3)]),
        ([], ["a"], [hosted(1, "A"), B], [None]),
        # A person has given what was left there another name.
        ([KEY_A], ["z"], [hosted(1, "z")], [None]),
        # We make no links.
        ([], ["a"], [LINK], [None]),
        ([], ["a"], [LINK, A], [I1]),
        # Two of one name: each has its own.
        ([], ["a", "a"], [A, hosted(9, "a")], [I1, notion_id(9)]),
        ([], ["a", "a"], [A], [I1, None]),
    ],
)
def test_what_a_write_has_made(
    remaining: list[EntryKey], names: list[str], after: list[PropertyFile], made: list[str | None]
) -> None:
    assert made_entries(remaining, names, after) == made


@pytest.mark.parametrize(
    ("before", "remaining", "known", "after", "may"),
    [
        # One more.
        ([KEY_A], [KEY_A], [None], [A, B], True),
        ([KEY_A], [KEY_A], [None], [A], False),
        ([], [], [None], [], False),
        # One in place of another; its file may be known, and even be the same.
        ([KEY_A], [], [None], [B], True),
        ([KEY_A], [], [None], [A], False),
        ([KEY_A], [], [I1], [A], True),
        ([KEY_A], [], [notion_id(2)], [A], False),
        # One less.
        ([KEY_A, KEY_B], [KEY_B], [], [B], True),
        ([KEY_A, KEY_B], [KEY_B], [], [A, B], False),
        # Another name, to which Notion may have added something.
        ([KEY_A], [key(1, "z")], [], [hosted(1, "z.txt")], True),
        # Of two equal entries one is left.
        ([KEY_A, KEY_A], [KEY_A], [], [A], True),
        ([KEY_LINK, KEY_A], [KEY_LINK], [None], [LINK, B], True),
        ([KEY_LINK, KEY_A], [KEY_LINK], [None], [LINK, A], False),
    ],
)
def test_an_answer_shows_a_row_after_the_write_and_not_before(
    before: list[EntryKey],
    remaining: list[EntryKey],
    known: list[str | None],
    after: list[PropertyFile],
    may: bool,
) -> None:
    assert may_follow(before, remaining, after, known) is may


@pytest.mark.parametrize(
    ("before", "remaining", "names", "after", "made"),
    [
        # It happened.
        ([], [], ["a"], [A], [I1]),
        ([KEY_B], [KEY_B], ["a"], [B, A], [I1]),
        ([KEY_A], [], ["a"], [hosted(9, "a")], [notion_id(9)]),
        # It did not.
        ([], [], ["a"], [], [None]),
        ([KEY_B], [KEY_B], ["a"], [B], [None]),
        # It did not: what it was to replace is still there, under the name of what was to come.
        ([KEY_A], [], ["a"], [A], [None]),
        ([KEY_A, KEY_A], [], ["a", "a"], [A, A], [None, None]),
        # It did, and has put back beside the new one what it took out: one file has got the content that another had.
        ([KEY_A], [], ["a", "a"], [hosted(9, "a"), A], [notion_id(9), I1]),
        ([KEY_A], [], ["new", "a"], [hosted(9, "new"), A], [notion_id(9), I1]),
        # The same two, and nothing happened.
        ([KEY_A], [], ["new", "a"], [A], [None, None]),
        # It happened: an old entry has another name, and a new one of the same content has the name it had.
        ([KEY_A], [key(1, "z")], ["a"], [hosted(1, "z"), A], [I1]),
        ([KEY_A, KEY_B], [KEY_B, key(1, "z")], ["a"], [B, hosted(1, "z"), A], [I1]),
        # The same two, and nothing happened.
        ([KEY_A], [key(1, "z")], ["a"], [A], [None]),
        # It happened, and somebody has removed the new one since.
        ([KEY_A], [key(1, "z")], ["a"], [hosted(1, "z")], [None]),
        # A person has given what was there another name: that is not what was to come, though it holds the same.
        ([KEY_A], [KEY_A], ["z"], [hosted(1, "z")], [None]),
        ([KEY_A], [KEY_A], ["z"], [hosted(1, "z"), hosted(1, "z")], [I1]),
        # Two change their contents with each other, and are put back under each other's names.
        ([KEY_A, KEY_B], [], ["a", "b"], [hosted(2, "a"), hosted(1, "b")], [I2, I1]),
        ([KEY_A, KEY_B], [], ["a", "b"], [A, B], [None, None]),
        # Somebody else's file says nothing about ours.
        ([KEY_A], [], ["a"], [A, C], [None]),
        ([KEY_A], [], ["a"], [A, LINK], [None]),
        # It happened, and somebody has removed one of them since.
        ([KEY_B], [KEY_B], ["a", "c"], [B, C], [None, notion_id(3)]),
    ],
)
def test_what_a_write_without_an_answer_may_have_made(
    before: list[EntryKey],
    remaining: list[EntryKey],
    names: list[str],
    after: list[PropertyFile],
    made: list[str | None],
) -> None:
    """Here each file holds what was to come under the name that it has."""
    held: dict[str, frozenset[int]] = {}
    for entry in after:
        file_id = entry.url_path_file_id or ""
        numbers = {number for number, name in enumerate(names) if name == entry.name}
        held[file_id] = held.get(file_id, frozenset()) | numbers
    assert perhaps_made(before, remaining, names, after, held) == made


@pytest.mark.parametrize(
    ("after", "held", "made"),
    [
        # A person's file of that name holds something else.
        ([A], {}, [None]),
        ([A, hosted(9, "a")], {9: [0]}, [notion_id(9)]),
        # Ours has another name by now.
        ([hosted(9, "z")], {9: [0]}, [notion_id(9)]),
        ([A, hosted(9, "z")], {9: [0]}, [notion_id(9)]),
        # Of two that hold it the one that has the name.
        ([hosted(9, "z"), A], {9: [0], 1: [0]}, [I1]),
        # No link is ours.
        ([LINK], {0: [0]}, [None]),
    ],
)
def test_what_an_entry_holds_tells_whose_it_is(
    after: list[PropertyFile], held: dict[int, list[int]], made: list[str | None]
) -> None:
    by_id = {notion_id(number): frozenset(numbers) for number, numbers in held.items()}
    assert perhaps_made([], [], ["a"], after, by_id) == made


# Whether a write without new entries has happened

Z = hosted(1, "z")
KEY_Z = key(1, "z")


@pytest.mark.parametrize(
    ("before", "remaining", "after", "happened"),
    [
        # One was removed.
        ([KEY_A, KEY_B], [KEY_B], [B], True),
        ([KEY_A, KEY_B], [KEY_B], [A, B], False),
        ([KEY_A], [], [], True),
        ([KEY_A], [], [A], False),
        # One was renamed.
        ([KEY_A, KEY_B], [KEY_Z, KEY_B], [Z, B], True),
        ([KEY_A, KEY_B], [KEY_Z, KEY_B], [A, B], False),
        # Two of one content take each other's names in turn.
        ([KEY_A, KEY_Z], [KEY_Z, key(1, "y")], [Z, hosted(1, "y")], True),
        ([KEY_A, KEY_Z], [KEY_Z, key(1, "y")], [A, Z], False),
        # One of two that are equal was removed.
        ([KEY_A, KEY_A], [KEY_A], [A], True),
        ([KEY_A, KEY_A], [KEY_A], [A, A], False),
        # Others have added something, or put another order.
        ([KEY_A, KEY_B], [KEY_B], [C, B, LINK], True),
        ([KEY_A, KEY_B, KEY_C], [KEY_Z, KEY_C], [C, Z], True),
        # Somebody has removed what was to stay: nobody knows.
        ([KEY_A, KEY_B], [KEY_B], [], False),
        ([], [], [], True),
    ],
)
def test_whether_a_property_is_as_a_write_leaves_it(
    before: list[EntryKey], remaining: list[EntryKey], after: list[PropertyFile], happened: bool
) -> None:
    assert entries_are_as_left(before, remaining, after) is happened


# Whatever is wanted of whatever is there

numbers, names = st.integers(1, 3), st.sampled_from("ab")
entries = st.builds(hosted, numbers, names) | st.builds(link, st.just("https://example.com/x"), names)
news = st.builds(NewFile, st.sampled_from(["u1", "u2", "u3"]), names)
edits = st.builds(
    EntryEdit,
    st.none() | news,
    st.none() | st.builds(key, numbers, names),
    st.none() | names,
)


@given(st.lists(entries, max_size=6), st.lists(edits, max_size=6))
def test_what_nobody_asked_for_stays_as_it_was_and_where_it_was(
    base: list[PropertyFile], wanted: list[EntryEdit]
) -> None:
    result = new_value(base, wanted)
    asked = {edit.old[0] for edit in wanted if edit.old is not None}
    left = [entry for entry in result.entries if isinstance(entry, PropertyFile)]
    untouched = [entry for entry in base if entry_key(entry)[0] not in asked]
    renamed = {(edit.old[0], edit.name) for edit in wanted if edit.old and edit.name and not edit.new}
    assert [e for e in left if e in untouched and entry_key(e) not in renamed] == [
        e for e in untouched if entry_key(e) not in renamed
    ]


@given(st.lists(entries, max_size=6), st.lists(edits, max_size=6))
def test_every_wish_is_done_refused_or_without_its_entry(
    base: list[PropertyFile], wanted: list[EntryEdit]
) -> None:
    result = new_value(base, wanted)
    written = Counter(entry for entry in result.entries if isinstance(entry, NewFile))
    new = Counter(
        replace(w.new, name=result.names.get(number, w.new.name))
        for number, w in enumerate(wanted)
        if w.new and number not in result.refused
    )
    assert written == new
    assert result.before == tuple(map(entry_key, base))
    assert result.remaining == tuple(entry_key(e) for e in result.entries if isinstance(e, PropertyFile))
    taken = sum(edit.old is not None for edit in wanted) - len(result.missing)
    removed = len(base) - len(result.remaining)
    assert removed <= taken <= len(base)


@given(st.lists(entries, max_size=6), st.lists(news, max_size=4), st.lists(st.integers(0, 5), unique=True))
def test_a_write_that_happened_is_found_and_one_that_did_not_is_not(
    base: list[PropertyFile], made: list[NewFile], replaced: list[int]
) -> None:
    olds = [entry_key(base[index]) for index in replaced if index < len(base) and base[index].file.hosted]
    wanted = [EntryEdit(new, old) for new, old in zip(made, [*olds, *[None] * len(made)], strict=False)]
    result = new_value(base, wanted)
    new_names = [new.name or "" for new in made]
    fresh = {number: hosted(500 + number, name) for number, name in enumerate(new_names)}
    ids = {id(new): number for number, new in enumerate(made)}
    after = [replace(e) if isinstance(e, PropertyFile) else fresh[ids[id(e)]] for e in result.entries]

    held = {notion_id(500 + number): frozenset({number}) for number in fresh}
    done = perhaps_made(result.before, result.remaining, new_names, after, held)

    assert sorted(each or "" for each in done) == sorted(notion_id(500 + number) for number in fresh)
    assert perhaps_made(result.before, result.remaining, new_names, base, held) == [None] * len(made)


@pytest.mark.parametrize(
    ("before", "remaining", "changed"),
    [
        ([("1", "a"), ("2", "b")], [("1", "a")], {("2", "b"): None}),
        ([("1", "a"), ("2", "b")], [("1", "c"), ("2", "b")], {("1", "a"): "c"}),
        ([("1", "a"), ("1", "b")], [("1", "a"), ("1", "c")], {("1", "b"): "c"}),
        ([("1", "a"), ("1", "b")], [("1", "c"), ("1", "d")], {}),
        ([("1", "a"), ("1", "a")], [("1", "a")], {}),
        ([("1", "a"), ("1", "a")], [], {("1", "a"): None}),
        ([], [], {}),
    ],
)
def test_what_a_write_takes_out_and_renames(
    before: list[EntryKey], remaining: list[EntryKey], changed: dict[EntryKey, str | None]
) -> None:
    assert changed_keys(before, remaining) == changed
