"""The planner as tables: values in, literal plans out."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_sync.model import (
    Digest,
    Entry,
    Failure,
    FileId,
    Fingerprint,
    Found,
    Label,
    Placement,
    Recorded,
)
from notion_sync.plan import (
    CAPTION_LIMIT,
    Action,
    Attach,
    Facts,
    FolderPlan,
    Keep,
    LeaveOut,
    Look,
    Refuse,
    Rename,
    Replace,
    Wait,
    decide,
    fits,
    kind_at,
    label_for,
    plan_folder,
    settles_in,
)
from notion_sync.rules import Kind, OnChange, PageTarget, Rule

NOW = 1_700_000_000.0
MIB = 2**20
PAGE = PageTarget("01234567-89ab-cdef-0123-456789abcdef")
OTHER_PAGE = PageTarget("fedcba98-7654-3210-fedc-ba9876543210")
RULE = Rule("r", "/d", (PAGE,))
KEY = b"the rule's key"
OLD = Digest("0" * 64)
NEW = Digest("1" * 64)


def entry(name: str = "a.txt", size: int = 3, *, age: float = 100.0, ctime_age: float | None = None) -> Entry:
    """A file that was written `age` seconds ago."""
    changed = age if ctime_age is None else ctime_age
    return (name, size, int((NOW - age) * 1e9), int((NOW - changed) * 1e9), 7)


def found(file: Entry) -> Found:
    name = file[0]
    return Found(FileId("/d", name), name, Fingerprint(*file[1:]), f"/d/{name}")


def steps(
    entries: Sequence[Entry], recorded: Recorded | None = None, rule: Rule = RULE, *, skip: str = ""
) -> FolderPlan:
    """The plan of a folder of which the rule takes everything but the file `skip`."""
    return plan_folder(
        entries,
        recorded or Recorded(),
        rule,
        take=lambda e: None if e[0] == skip else found(e),
        now=NOW,
    )


A, B = entry("a.txt"), entry("b.txt")
EMPTY = entry("empty", 0)
LARGE = entry("large", 11)
FRESH = entry("fresh", age=1.0)
FRESH_EMPTY = entry("fresh", 0, age=1.0)
FRESH_LARGE = entry("fresh", 11, age=1.0)
LIMITED = replace(RULE, max_size=10)
TWICE = replace(RULE, targets=(PAGE, OTHER_PAGE))
NO_EMPTY = "it is empty, and Notion takes no empty files"


@pytest.mark.parametrize(
    ("entries", "recorded", "rule", "plan"),
    [
        ([], Recorded(), RULE, FolderPlan((), 0)),
        ([A], Recorded(), RULE, FolderPlan((Look(found(A), None),), 0)),
        # What is in its place costs nothing; what was read before is not read again.
        ([A], Recorded(in_place={A: OLD}), RULE, FolderPlan((), 1)),
        ([A], Recorded(digests={A: OLD}), RULE, FolderPlan((Look(found(A), OLD),), 0)),
        ([A, B], Recorded(in_place={A: OLD}), RULE, FolderPlan((Look(found(B), None),), 1)),
        ([A, B], Recorded(in_place={A: OLD, B: NEW}), TWICE, FolderPlan((), 4)),
        # A record of another stat is a record of another content.
        ([A], Recorded(in_place={entry(size=4): OLD}), RULE, FolderPlan((Look(found(A), None),), 0)),
        ([A], Recorded(digests={entry(age=101): OLD}), RULE, FolderPlan((Look(found(A), None),), 0)),
        ([A], Recorded(in_place={entry(ctime_age=9): OLD}), RULE, FolderPlan((Look(found(A), None),), 0)),
        ([A], Recorded(in_place={(*A[:4], 8): OLD}), RULE, FolderPlan((Look(found(A), None),), 0)),
        # Files that are gone leave no step.
        ([], Recorded(in_place={A: OLD}, digests={B: NEW}), RULE, FolderPlan((), 0)),
        # What cannot or must not go.
        ([EMPTY], Recorded(), RULE, FolderPlan((LeaveOut(found(EMPTY), NO_EMPTY, by_rule=False),), 0)),
        (
            [LARGE],
            Recorded(),
            LIMITED,
            FolderPlan(
                (LeaveOut(found(LARGE), "it is larger than max_size (11 > 10 bytes)", by_rule=True),), 0
            ),
        ),
        ([LARGE], Recorded(), replace(RULE, max_size=11), FolderPlan((Look(found(LARGE), None),), 0)),
        # What is in its place is not asked whether it rests, or how large it is.
        ([LARGE], Recorded(in_place={LARGE: OLD}), LIMITED, FolderPlan((), 1)),
        ([FRESH], Recorded(in_place={FRESH: OLD}), RULE, FolderPlan((), 1)),
        # What is being written to.
        ([FRESH], Recorded(), RULE, FolderPlan((Wait(found(FRESH), 4.0),), 0)),
        ([FRESH], Recorded(digests={FRESH: OLD}), RULE, FolderPlan((Wait(found(FRESH), 4.0),), 0)),
        # A program may have made it a moment before it writes to it, or be about to make it shorter.
        ([FRESH_EMPTY], Recorded(), RULE, FolderPlan((Wait(found(FRESH_EMPTY), 4.0),), 0)),
        ([FRESH_LARGE], Recorded(), LIMITED, FolderPlan((Wait(found(FRESH_LARGE), 4.0),), 0)),
        ([FRESH], Recorded(), replace(RULE, settle=0.0), FolderPlan((Look(found(FRESH), None),), 0)),
    ],
)
def test_what_a_folder_needs(entries: list[Entry], recorded: Recorded, rule: Rule, plan: FolderPlan) -> None:
    assert steps(entries, recorded, rule) == plan


def test_what_the_rule_does_not_take_gets_no_step() -> None:
    assert steps([A, B], skip="a.txt") == FolderPlan((Look(found(B), None),), 0)


def test_only_files_that_need_something_are_looked_at_closely() -> None:
    """An unchanged file costs no question about patterns."""
    asked: list[str] = []

    def take(file: Entry) -> Found:
        asked.append(file[0])
        return found(file)

    plan_folder([A, B], Recorded(in_place={A: OLD}), RULE, take=take, now=NOW)
    assert asked == ["b.txt"]


names = st.text(st.characters(exclude_characters="/\0", exclude_categories=()), min_size=1, max_size=3)


@given(st.lists(names, unique=True, max_size=8), st.sets(st.integers(0, 7)))
def test_steps_keep_the_order_of_the_folder(given_names: list[str], known: set[int]) -> None:
    entries = [entry(name) for name in sorted(given_names)]
    in_place = {each: OLD for number, each in enumerate(entries) if number in known}
    plan = steps(entries, Recorded(in_place=in_place))
    assert [step.found.id.name for step in plan.steps] == [e[0] for e in entries if e not in in_place]
    assert plan.unchanged == len(in_place)


# Settling


def stamps(mtime_age: float, ctime_age: float) -> Fingerprint:
    return Fingerprint(1, int((NOW - mtime_age) * 1e9), int((NOW - ctime_age) * 1e9), 1)


@pytest.mark.parametrize(
    ("mtime_age", "ctime_age", "settle", "seconds"),
    [
        (100, 100, 5, 0),
        (5, 5, 5, 0),
        (4, 4, 5, 1),
        (0, 0, 5, 5),
        (0, 0, 0, 0),
        (1, 1, 0, 0),
        # Moved into place, or given other permissions, just now: its bytes are old.
        (100, 0, 5, 0),
        # A little in the future: clocks differ, and it was written to a moment ago.
        (-2, 0, 5, 5),
        (-5, 0, 5, 5),
        # Far in the future: the time says nothing; this machine's own says when it was last touched.
        (-3600, 100, 5, 0),
        (-3600, 4, 5, 1),
        (-3600, 0, 5, 5),
        # Both in the future: this machine's clock was set back. It waits its time and no longer.
        (-3600, -3600, 5, 5),
        (-3600, -3600, 0, 0),
        # From the beginning of time, and before it.
        (NOW, NOW, 5, 0),
        (NOW + 1000, NOW + 1000, 5, 0),
    ],
)
def test_when_a_file_has_rested(mtime_age: float, ctime_age: float, settle: float, seconds: float) -> None:
    assert settles_in(stamps(mtime_age, ctime_age), settle, NOW) == pytest.approx(seconds, abs=1e-5)


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), st.floats(0, 3600))
def test_nobody_waits_longer_than_settle(mtime_age: float, ctime_age: float, settle: float) -> None:
    assert 0 <= settles_in(stamps(mtime_age, ctime_age), settle, NOW) <= settle


# Deciding

TEXT = found(A)
IMAGE = found(entry("a.png"))


def placed(
    name: str = "a.txt", digest: Digest = OLD, kind: str = "file", block: str | None = "b", label: str = ""
) -> Placement:
    shown = Label(name if kind == "file" else None, label)
    return Placement(FileId("/d", name), PAGE.key, digest, kind, "u", block, shown)


def action(
    facts: Facts,
    file: Found = TEXT,
    target: PageTarget = PAGE,
    rule: Rule = RULE,
    caption: str = "",
) -> Action:
    return decide(file, NEW, rule, target, caption, facts, KEY)


ICON = replace(PAGE, kind=Kind.ICON)
AS_IMAGE = replace(PAGE, kind=Kind.IMAGE)
AS_FILE = replace(PAGE, kind=Kind.FILE)
ON_CHANGE = {choice: replace(RULE, on_change=choice) for choice in OnChange}
LABEL = Label("a.txt")


@pytest.mark.parametrize(
    ("given_action", "expected"),
    [
        # New.
        (action(Facts()), Attach(TEXT, PAGE, NEW, "file", LABEL)),
        (action(Facts(), IMAGE), Attach(IMAGE, PAGE, NEW, "image", Label(None))),
        (action(Facts(), caption="c"), Attach(TEXT, PAGE, NEW, "file", Label("a.txt", "c"))),
        (action(Facts(), IMAGE, AS_FILE), Attach(IMAGE, AS_FILE, NEW, "file", Label("a.png"))),
        (action(Facts(), IMAGE, ICON, caption="c"), Attach(IMAGE, ICON, NEW, "icon", Label(None))),
        # There already.
        (action(Facts(own=placed(digest=NEW))), Keep(TEXT, PAGE, NEW)),
        (action(Facts(own=placed(digest=NEW)), rule=ON_CHANGE[OnChange.APPEND]), Keep(TEXT, PAGE, NEW)),
        (action(Facts(own=placed(digest=NEW, label="c"))), Keep(TEXT, PAGE, NEW)),
        # Changed.
        (action(Facts(own=placed())), Replace(TEXT, PAGE, NEW, "file", LABEL, placed())),
        (
            action(Facts(own=placed()), rule=ON_CHANGE[OnChange.APPEND]),
            Attach(TEXT, PAGE, NEW, "file", LABEL),
        ),
        (
            action(Facts(own=placed()), rule=ON_CHANGE[OnChange.KEEP]),
            Keep(TEXT, PAGE, NEW, "it changed, and on_change says keep"),
        ),
        # A block cannot become one of another kind, and an icon has no block.
        (action(Facts(own=placed(kind="pdf"))), Attach(TEXT, PAGE, NEW, "file", LABEL)),
        (
            action(Facts(own=placed("a.png", kind="icon", block=None)), IMAGE, ICON),
            Attach(IMAGE, ICON, NEW, "icon", Label(None)),
        ),
        # Renamed: the content is here, under a path that is gone.
        (
            action(Facts(moved=placed("b.txt", NEW))),
            Rename(TEXT, PAGE, NEW, LABEL, placed("b.txt", NEW)),
        ),
        (
            action(Facts(moved=placed("b.pdf", NEW, "pdf"))),
            Attach(TEXT, PAGE, NEW, "file", LABEL),
        ),
        (
            action(Facts(own=placed(), moved=placed("b.txt", NEW))),
            Replace(TEXT, PAGE, NEW, "file", LABEL, placed()),
        ),
    ],
)
def test_what_happens_to_a_file(given_action: Action, expected: Action) -> None:
    assert given_action == expected


def large(size: int, name: str = "a.txt") -> Found:
    return found(entry(name, size))


TOO_LARGE = (
    "it is larger than this workspace's plan allows (5242881 bytes; the limit is 5242880 bytes, 5 MiB); "
    "a paid plan allows 5 GiB"
)
NO_IMAGE = "it is text/plain, which cannot be shown as image; use as: auto or as: file"
REFUSED = Failure(NEW, KEY, "Notion said no")


@pytest.mark.parametrize(
    ("given_action", "reason", "by_rule"),
    [
        (action(Facts(limit=5 * MIB), large(5 * MIB + 1)), TOO_LARGE, False),
        (action(Facts(limit=5 * MIB, own=placed()), large(5 * MIB + 1)), TOO_LARGE, False),
        (action(Facts(), TEXT, AS_IMAGE), NO_IMAGE, False),
        (
            action(Facts(), TEXT, ICON),
            "it is text/plain, which cannot be shown as icon; use as: auto or as: file",
            False,
        ),
        (action(Facts(refused_type="no such type")), "no such type", True),
        (action(Facts(failure=REFUSED)), "Notion said no", False),
        (action(Facts(failure=REFUSED, own=placed())), "Notion said no", False),
    ],
)
def test_what_cannot_go_is_refused_before_a_byte_is_sent(
    given_action: Action, reason: str, by_rule: bool
) -> None:
    assert isinstance(given_action, Refuse)
    assert (given_action.reason, given_action.by_rule) == (reason, by_rule)


@pytest.mark.parametrize(
    "given_action",
    [
        action(Facts(limit=5 * MIB), large(5 * MIB)),
        action(Facts(limit=None), large(5 * MIB + 1)),
        # Refused before, but another content, or under another rule.
        action(Facts(failure=Failure(OLD, KEY, "Notion said no"))),
        action(Facts(failure=Failure(NEW, b"another key", "Notion said no"))),
        # Of a type nobody knows: Notion decides.
        action(Facts(), found(entry("a.xyz")), AS_IMAGE),
        action(Facts(), found(entry("a.mkv")), replace(PAGE, kind=Kind.VIDEO)),
    ],
)
def test_what_may_go_goes(given_action: Action) -> None:
    assert isinstance(given_action, Attach)


def test_what_is_in_its_place_is_not_refused_afterwards() -> None:
    """A plan that was downgraded says nothing about files that are there."""
    facts = Facts(own=placed(digest=NEW), limit=1, failure=REFUSED, refused_type="no")
    assert action(facts) == Keep(TEXT, PAGE, NEW)


@pytest.mark.parametrize(
    ("old_label", "block", "visible"),
    [
        (Label("b.txt"), "b", True),
        (Label("a.txt"), "b", False),
        (Label("a.txt", "old caption"), "b", True),
        (Label("b.txt"), None, False),
    ],
)
def test_whether_a_new_name_can_be_seen(old_label: Label, block: str | None, visible: bool) -> None:
    old = replace(placed("b.txt", NEW, block=block), label=old_label)
    assert Rename(TEXT, PAGE, NEW, LABEL, old).visible is visible


@pytest.mark.parametrize(
    ("name", "kind", "result"),
    [
        ("a.png", Kind.AUTO, "image"),
        ("a.PDF", Kind.AUTO, "pdf"),
        ("a.mp4", Kind.AUTO, "video"),
        ("a.opus", Kind.AUTO, "audio"),
        ("a", Kind.AUTO, "file"),
        ("a.png", Kind.FILE, "file"),
        ("a.png", Kind.COVER, "cover"),
        ("a.xyz", Kind.AUDIO, "audio"),
    ],
)
def test_which_block_a_file_gets(name: str, kind: Kind, result: str) -> None:
    assert kind_at(name, replace(PAGE, kind=kind)) == result


@pytest.mark.parametrize(
    ("kind", "mime", "answer"),
    [
        ("file", "image/png", True),
        ("file", "", True),
        ("image", "image/png", True),
        ("icon", "image/png", True),
        ("cover", "image/png", True),
        ("icon", "application/pdf", False),
        ("image", "text/plain", False),
        ("video", "video/mp4", True),
        ("video", "application/mp4", True),
        ("pdf", "application/pdf", True),
        ("pdf", "image/png", False),
    ],
)
def test_which_content_fits_which_block(kind: str, mime: str, answer: bool) -> None:
    assert fits(kind, mime) is answer


@pytest.mark.parametrize(
    ("name", "kind", "caption", "label"),
    [
        ("a.txt", "file", "", Label("a.txt")),
        ("a.txt", "file", "c", Label("a.txt", "c")),
        ("a.png", "image", "c", Label(None, "c")),
        ("a.png", "icon", "c", Label(None)),
        ("a.png", "cover", "c", Label(None)),
        ("bad\udcff.txt", "file", "", Label("bad\ufffd.txt")),
        ("line\nbreak.txt", "file", "", Label("line_break.txt")),
        ("n" * 200 + ".txt", "file", "", Label("n" * 95 + "….txt")),
        ("a.txt", "file", "c" * 3000, Label("a.txt", "c" * CAPTION_LIMIT)),
    ],
)
def test_what_is_shown_beside_a_file(name: str, kind: str, caption: str, label: Label) -> None:
    assert label_for(name, kind, caption) == label
