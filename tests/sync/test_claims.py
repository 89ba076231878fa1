"""Which entry of a `files` property is whose: what is there and what is claimed in, literal values out."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_sync.model import EntryKey
from notion_sync.sync.claims import Claim, Claims

XA, XB, XZ = ("x", "a"), ("x", "b"), ("x", "z")
YA, YB = ("y", "a"), ("y", "b")
NONE: frozenset[str] = frozenset()


def new(name: str, *holding: str, old: EntryKey | None = None) -> Claim:
    """A new content under a name."""
    return Claim(old, name, frozenset(holding))


def rename(old: EntryKey, name: str) -> Claim:
    """Another name for what is there."""
    return Claim(old, name)


def gone(old: EntryKey) -> Claim:
    """What is to go."""
    return Claim(old)


@pytest.mark.parametrize(
    ("entries", "claims", "others", "found", "there", "free"),
    [
        # An older record knows less than there is. What it gets a new content for is there under its name.
        ([YA], [new("a", "y", old=XA)], [], [None], {0: 0}, []),
        # Its old entry is still there, and goes.
        ([YA, XA], [new("a", "y", old=XA)], [], [1], {0: 0}, []),
        # Its old entry is what another file is to show.
        ([YA, XA], [new("a", "y", old=XA), new("a", "x")], [], [None, None], {0: 0, 1: 1}, []),
        ([YA, XA], [new("a", "x"), new("a", "y", old=XA)], [], [None, None], {1: 0, 0: 1}, []),
        # Of two equal ones that are recorded one is left: it is the other file's.
        ([YA, XA], [new("a", "y", old=XA)], [XA], [None], {0: 0}, []),
        ([XA], [new("a", old=XA)], [XA], [None], {}, []),
        # Two have changed their contents with each other.
        ([YA, XB], [new("a", "y", old=XA), new("b", "x", old=YB)], [], [None, None], {0: 0, 1: 1}, []),
        ([XA, YB], [new("a", "y", old=XA), new("b", "x", old=YB)], [], [0, 1], {}, []),
        # What is renamed has its new name already; what else has its file is others'.
        ([XB], [rename(XA, "b")], [], [0], {}, []),
        ([XA, XB], [rename(XA, "b"), new("a", "x")], [], [None, None], {0: 1, 1: 0}, []),
        ([XB, XA], [rename(XA, "b")], [], [1], {0: 0}, []),
        ([XA, XA], [rename(XA, "a")], [], [0], {}, [1]),
        # What was to be renamed is another one's, which has its new content already.
        ([YB, XB], [rename(XA, "b"), new("b", "y", old=XB)], [], [1, None], {1: 0}, []),
        # A person gave it another name: it is not what is to come, though that has its name and content.
        ([XZ], [rename(XA, "b"), new("z", "x")], [], [0, None], {}, []),
        ([XZ], [new("z", "x")], [XA], [None], {}, []),
        ([XZ], [gone(XA), new("z", "x")], [], [0, None], {}, []),
        # Under any name a content is taken only where nothing of its file is there.
        ([XZ], [new("a", "x")], [], [None], {0: 0}, []),
        ([XZ, YA], [new("a", "x", old=YA)], [], [1], {}, [0]),
        ([XZ], [new("a", "x", old=YA)], [], [None], {0: 0}, []),
        # Of equal claims one has it.
        ([XA], [new("a", "x"), new("a", "x")], [], [None, None], {0: 0}, []),
        # Nothing is known of what a file holds, or it has no id.
        ([YA], [new("a")], [], [None], {}, [0]),
        ([("", "b")], [rename(("", "a"), "b")], [], [None], {}, [0]),
    ],
)
def test_whose_an_entry_is(
    entries: Sequence[EntryKey],
    claims: Sequence[Claim],
    others: Sequence[EntryKey],
    found: Sequence[int | None],
    there: Mapping[int, int],
    free: Sequence[int],
) -> None:
    given = Claims(entries, claims, others)
    assert (given.found, given.existing, given.free) == (found, there, free)


@pytest.mark.parametrize(
    ("entries", "found", "without"),
    [
        # The record is older: what was renamed since has the name of the other one, which is gone.
        ([XB], [0], [0]),
        # Each is there; or nothing of what is to be renamed is left, but what is gone was given another name.
        ([XA, XB], [0], []),
        ([XB, XA], [1], []),
        ([XZ], [None], []),
        ([], [None], [0]),
    ],
)
def test_one_whose_file_is_gone_comes_after_what_has_its_new_name(
    entries: Sequence[EntryKey], found: Sequence[int | None], without: Sequence[int]
) -> None:
    given = Claims(entries, [rename(XA, "b")], [XB], going=frozenset({0}))
    assert (given.found, given.existing, given.free, given.gone) == (found, {}, [], without)


files, names = st.sampled_from("xyz"), st.sampled_from("ab")
keys = st.tuples(files, names)
claimed = st.builds(Claim, st.none() | keys, st.none() | names) | st.builds(
    Claim, st.none() | keys, names, st.frozensets(files)
)


@given(
    st.lists(keys, max_size=6),
    st.lists(claimed, max_size=5),
    st.lists(keys, max_size=4),
    st.frozensets(st.integers(0, 3)),
)
def test_no_entry_is_given_twice(
    entries: list[EntryKey], claims: list[Claim], others: list[EntryKey], going: frozenset[int]
) -> None:
    """And what is recorded of others that stay keeps what has its file and its name."""
    going &= frozenset(range(len(others)))
    given = Claims(entries, claims, others, going)
    taken = [*(index for index in given.found if index is not None), *given.existing.values(), *given.free]
    assert len(taken) == len(set(taken))
    for key in set(entries):
        wanted = sum(other == key for number, other in enumerate(others) if number not in going)
        left = sum(entries[index] == key for index in range(len(entries)) if index not in taken)
        assert left >= min(wanted, entries.count(key))
