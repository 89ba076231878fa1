"""The planner as tables: values in, literal plans out."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_sync.model import (
    FETCHED,
    ActionName,
    Address,
    Digest,
    Entry,
    FilePath,
    Fingerprint,
    Label,
    Placement,
    Recorded,
    RecordedRefusal,
    SourceFile,
)
from notion_sync.plan.actions import (
    ENTRY,
    TARGET_ITSELF,
    Action,
    Attach,
    Keep,
    Refuse,
    Rename,
    Replace,
    TargetLocation,
)
from notion_sync.plan.decide import CAPTION_LIMIT, Facts, FileAt, decide, fits, kind_at, label_for
from notion_sync.plan.folder import FolderPlan, LeaveOut, Look, Wait, plan_folder, seconds_until_stable
from notion_sync.plan.removals import Losses, Unreachable, removals_held, removals_stopped
from notion_sync.rules import Destination, Kind, OnChange, PageTarget, RowPage, RowTarget, Rule, Unsupported
from notion_sync.template import parse

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


def found(file: Entry) -> SourceFile:
    name = file[0]
    return SourceFile(FilePath("/d", name), name, Fingerprint(*file[1:]), f"/d/{name}")


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
        ([EMPTY], Recorded(), RULE, FolderPlan((LeaveOut(found(EMPTY), NO_EMPTY, harmless=True),), 0)),
        (
            [LARGE],
            Recorded(),
            LIMITED,
            FolderPlan(
                (LeaveOut(found(LARGE), "it is larger than max_size (11 B > 10 B)", harmless=True),), 0
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
        ([FRESH], Recorded(), replace(RULE, settle=1.5), FolderPlan((Wait(found(FRESH), 0.5),), 0)),
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

    def take(file: Entry) -> SourceFile:
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


@pytest.mark.parametrize(("harmless", "end"), [(True, ActionName.SKIPPED), (False, ActionName.FAILED)])
def test_what_the_rule_wants_is_no_failure(harmless: bool, end: ActionName) -> None:
    assert LeaveOut(found(A), "why", harmless).ended_as is end
    assert Refuse(found(A), PAGE, OLD, "why", harmless).ended_as is end


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
        # Changed just now by somebody who sets the time of the last write back; or moved, which nothing tells apart.
        (100, 0, 5, 5),
        (100, 2, 5, 3),
        # No time of a change but that of the last write: FAT.
        (2, 100, 5, 3),
        # A little in the future: clocks differ, and it was written to a moment ago.
        (-2, 0, 5, 5),
        (-5, 0, 5, 5),
        (-2, 100, 5, 5),
        (-5, 100, 5, 5),
        # Far in the future: the time says nothing; this machine's own says when it was last touched.
        (-3600, 100, 5, 0),
        (-3600, 4, 5, 1),
        (-3600, 0, 5, 5),
        # Both in the future: this machine's clock was set back. It waits its time and no longer.
        (-3600, -3600, 5, 5),
        (-3600, -3600, 0, 0),
        (100, -3600, 5, 0),
        # From the beginning of time, and before it.
        (NOW, NOW, 5, 0),
        (NOW + 1000, NOW + 1000, 5, 0),
    ],
)
def test_when_a_file_has_rested(mtime_age: float, ctime_age: float, settle: float, seconds: float) -> None:
    assert seconds_until_stable(stamps(mtime_age, ctime_age), settle, NOW) == pytest.approx(seconds, abs=1e-5)


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), st.floats(0, 3600))
def test_nobody_waits_longer_than_settle(mtime_age: float, ctime_age: float, settle: float) -> None:
    assert 0 <= seconds_until_stable(stamps(mtime_age, ctime_age), settle, NOW) <= settle


# Deciding

TEXT = found(A)
IMAGE = found(entry("a.png"))


def placed(
    name: str = "a.txt", digest: Digest = OLD, kind: str = "file", block: str | None = "b", label: str = ""
) -> Placement:
    shown = Label(name if kind == "file" else None, label)
    return Placement(FilePath("/d", name), PAGE.key, digest, kind, "u", block, shown)


def action(
    facts: Facts,
    file: SourceFile = TEXT,
    target: PageTarget = PAGE,
    rule: Rule = RULE,
    caption: str = "",
) -> Action:
    return decide(FileAt(file, NEW, rule, KEY, target), facts, caption=caption)


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
        (
            action(Facts(own=placed(digest=NEW)), rule=ON_CHANGE[OnChange.APPEND]),
            Keep(TEXT, PAGE, NEW),
        ),
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
        # What may be another machine's keeps its content.
        (action(Facts(own=replace(placed(), shared=True))), Attach(TEXT, PAGE, NEW, "file", LABEL)),
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


# Deciding where a target has places

ROWS = RowTarget("d" * 32, "Files", parse("{stem}"))
BODY, COVER_OF_ROW = RowPage(ROWS), RowPage(ROWS, Kind.COVER)
ROW, OTHER_ROW = TargetLocation("row", "{stem}"), TargetLocation("other row", "{stem}")
RESUME = TargetLocation("r\u00e9sum\u00e9", "{stem}")
SUBFOLDER, OTHER_SUBFOLDER = TargetLocation("sub", "sub"), TargetLocation("other", "other")
NO_TITLE = "its row would have no title; change row:"


def at(
    target: Destination,
    location: TargetLocation,
    facts: Facts,
    file: SourceFile = TEXT,
    rule: Rule = RULE,
    caption: str = "",
) -> Action:
    return decide(FileAt(file, NEW, rule, KEY, target), facts, location, caption)


def entry_of(
    name: str = "a.txt", digest: Digest = OLD, location: TargetLocation = ROW, variant: str = ""
) -> Placement:
    return Placement(
        FilePath("/d", name),
        ROWS.key,
        digest,
        ENTRY,
        "u",
        None,
        Label(name),
        location.name,
        location.basis,
        "p",
        "f",
        variant,
    )


def block_at(
    location: TargetLocation, name: str = "a.txt", digest: Digest = OLD, variant: str = ""
) -> Placement:
    return replace(placed(name, digest), location=location.name, basis=location.basis, variant=variant)


@pytest.mark.parametrize(
    ("given_action", "expected"),
    [
        # New.
        (at(ROWS, ROW, Facts()), Attach(TEXT, ROWS, NEW, ENTRY, LABEL, ROW)),
        (
            at(ROWS, ROW, Facts(), IMAGE, caption="c"),
            Attach(IMAGE, ROWS, NEW, ENTRY, Label("a.png"), ROW),
        ),
        (
            at(BODY, ROW, Facts(), IMAGE, caption="c"),
            Attach(IMAGE, BODY, NEW, "image", Label(None, "c"), ROW),
        ),
        (
            at(COVER_OF_ROW, ROW, Facts(), IMAGE),
            Attach(IMAGE, COVER_OF_ROW, NEW, "cover", Label(None), ROW),
        ),
        (at(PAGE, SUBFOLDER, Facts()), Attach(TEXT, PAGE, NEW, "file", LABEL, SUBFOLDER)),
        # A row needs a title; a page's own place has none.
        (at(ROWS, TARGET_ITSELF, Facts()), Refuse(TEXT, ROWS, NEW, NO_TITLE, by_rule=False)),
        (at(BODY, TARGET_ITSELF, Facts()), Refuse(TEXT, BODY, NEW, NO_TITLE, by_rule=False)),
        (
            at(ROWS, TARGET_ITSELF, Facts(own=entry_of(digest=NEW))),
            Refuse(TEXT, ROWS, NEW, NO_TITLE, by_rule=False),
        ),
        (at(PAGE, TARGET_ITSELF, Facts()), Attach(TEXT, PAGE, NEW, "file", LABEL)),
        # There already.
        (at(ROWS, ROW, Facts(own=entry_of(digest=NEW))), Keep(TEXT, ROWS, NEW)),
        # What reads the same is the same place, whatever its code points are.
        (
            at(
                ROWS,
                TargetLocation("re\u0301sume\u0301", "{stem}"),
                Facts(own=entry_of(digest=NEW, location=RESUME)),
            ),
            Keep(TEXT, ROWS, NEW),
        ),
        # The rule comes to the same place by another way now.
        (
            at(ROWS, TargetLocation("row", "{name}"), Facts(own=entry_of(digest=NEW))),
            Keep(TEXT, ROWS, NEW, record=entry_of(digest=NEW, location=TargetLocation("row", "{name}"))),
        ),
        # The same content belongs elsewhere now: there anew, whatever `on_change` says of other contents.
        (
            at(ROWS, OTHER_ROW, Facts(own=entry_of(digest=NEW))),
            Attach(TEXT, ROWS, NEW, ENTRY, LABEL, OTHER_ROW),
        ),
        (
            at(ROWS, OTHER_ROW, Facts(own=entry_of(digest=NEW)), rule=ON_CHANGE[OnChange.KEEP]),
            Attach(TEXT, ROWS, NEW, ENTRY, LABEL, OTHER_ROW),
        ),
        (
            at(PAGE, OTHER_SUBFOLDER, Facts(own=block_at(SUBFOLDER, digest=NEW))),
            Attach(TEXT, PAGE, NEW, "file", LABEL, OTHER_SUBFOLDER),
        ),
        # Changed: in its place, or elsewhere and the old one left.
        (
            at(ROWS, ROW, Facts(own=entry_of())),
            Replace(TEXT, ROWS, NEW, ENTRY, LABEL, entry_of(), ROW),
        ),
        (
            at(ROWS, OTHER_ROW, Facts(own=entry_of())),
            Attach(TEXT, ROWS, NEW, ENTRY, LABEL, OTHER_ROW),
        ),
        (
            at(PAGE, OTHER_SUBFOLDER, Facts(own=block_at(SUBFOLDER))),
            Attach(TEXT, PAGE, NEW, "file", LABEL, OTHER_SUBFOLDER),
        ),
        (
            at(ROWS, OTHER_ROW, Facts(own=entry_of()), rule=ON_CHANGE[OnChange.KEEP]),
            Keep(TEXT, ROWS, NEW, "it changed, and on_change says keep"),
        ),
        # Renamed, in the same row or folder.
        (
            at(ROWS, ROW, Facts(moved=entry_of("b.txt", NEW))),
            Rename(TEXT, ROWS, NEW, LABEL, entry_of("b.txt", NEW), ROW),
        ),
        (
            at(PAGE, SUBFOLDER, Facts(moved=block_at(SUBFOLDER, "b.txt", NEW)), caption="c"),
            Rename(TEXT, PAGE, NEW, Label("a.txt", "c"), block_at(SUBFOLDER, "b.txt", NEW), SUBFOLDER),
        ),
        # Moved to another: Notion moves neither blocks nor entries.
        (
            at(ROWS, OTHER_ROW, Facts(moved=entry_of("b.txt", NEW))),
            Attach(TEXT, ROWS, NEW, ENTRY, LABEL, OTHER_ROW),
        ),
        (
            at(PAGE, OTHER_SUBFOLDER, Facts(moved=block_at(SUBFOLDER, "b.txt", NEW))),
            Attach(TEXT, PAGE, NEW, "file", LABEL, OTHER_SUBFOLDER),
        ),
    ],
)
def test_what_happens_to_a_file_at_a_place(given_action: Action, expected: Action) -> None:
    assert given_action == expected


# Deciding on types that Notion refuses, and on link files

ODD = found(entry("a.xyz"))
ZIP, TXT = replace(RULE, unsupported=Unsupported.ZIP), replace(RULE, unsupported=Unsupported.TXT)
UNTAKEN = Facts(refused_type="no such type")
LINK = replace(TEXT, address=Address("https://example.com/a.png", "a.png"))
BROKEN_LINK = replace(TEXT, address=Address("", "a.txt", "it holds no address"))
REFUSED_LINK = RecordedRefusal(NEW, KEY, "Notion could not fetch it")


@pytest.mark.parametrize(
    ("given_action", "expected"),
    [
        # As another type, under another name.
        (
            at(PAGE, TARGET_ITSELF, UNTAKEN, ODD, ZIP),
            Attach(ODD, PAGE, NEW, "file", Label("a.xyz.zip"), variant="zip"),
        ),
        (
            at(PAGE, TARGET_ITSELF, UNTAKEN, ODD, TXT),
            Attach(ODD, PAGE, NEW, "file", Label("a.xyz.txt"), variant="txt"),
        ),
        (
            at(ROWS, ROW, UNTAKEN, ODD, ZIP),
            Attach(ODD, ROWS, NEW, ENTRY, Label("a.xyz.zip"), ROW, "zip"),
        ),
        # What would be shown as an image is shown as a file then; where the rule insists, it is said.
        (
            at(PAGE, TARGET_ITSELF, UNTAKEN, IMAGE, ZIP),
            Attach(IMAGE, PAGE, NEW, "file", Label("a.png.zip"), variant="zip"),
        ),
        (at(BODY, ROW, UNTAKEN, IMAGE, ZIP), Attach(IMAGE, BODY, NEW, "file", Label("a.png.zip"), ROW, "zip")),
        (
            at(AS_IMAGE, TARGET_ITSELF, UNTAKEN, IMAGE, ZIP),
            Refuse(
                IMAGE, AS_IMAGE, NEW, "it is application/zip, which cannot be shown as image; use as: auto or as: file",
                by_rule=False,
            ),
        ),
        # The other type is refused, too.
        (
            at(PAGE, TARGET_ITSELF, replace(UNTAKEN, refused_packaging="no zip either"), ODD, ZIP),
            Refuse(ODD, PAGE, NEW, "no zip either", by_rule=True),
        ),
        # What was said of the other type says nothing of this one.
        (
            at(PAGE, TARGET_ITSELF, Facts(refused_packaging="no zip either"), ODD, ZIP),
            Attach(ODD, PAGE, NEW, "file", Label("a.xyz")),
        ),
        # A new name for what was sent as another type.
        (
            at(PAGE, TARGET_ITSELF, replace(UNTAKEN, moved=block_at(TARGET_ITSELF, "b.xyz", NEW, "zip")), ODD, ZIP),
            Rename(ODD, PAGE, NEW, Label("a.xyz.zip"), block_at(TARGET_ITSELF, "b.xyz", NEW, "zip")),
        ),
        # A link file is what it leads to, and called so.
        (at(PAGE, TARGET_ITSELF, Facts(), LINK), Attach(LINK, PAGE, NEW, "image", Label(None), variant=FETCHED)),
        (at(ROWS, ROW, Facts(), LINK), Attach(LINK, ROWS, NEW, ENTRY, Label("a.png"), ROW, FETCHED)),
        # What it is sent as is no matter of `unsupported`.
        (at(ROWS, ROW, UNTAKEN, LINK, ZIP), Refuse(LINK, ROWS, NEW, "no such type", by_rule=True)),
        (
            at(PAGE, TARGET_ITSELF, Facts(), BROKEN_LINK),
            Refuse(BROKEN_LINK, PAGE, NEW, "it holds no address", by_rule=False),
        ),
        (
            at(PAGE, TARGET_ITSELF, Facts(failure=REFUSED_LINK), LINK),
            Refuse(LINK, PAGE, NEW, "Notion could not fetch it", by_rule=False),
        ),
        # It was fetched before; what is there now is asked for only on request.
        (
            at(ROWS, ROW, Facts(own=entry_of(digest=NEW, variant=FETCHED)), LINK),
            Keep(LINK, ROWS, NEW, "it was imported before, and notion-sync forget lets it be imported again"),
        ),
        # A link file that got another name is renamed, with what it leads to; a file and a link file never are one.
        (
            at(ROWS, ROW, Facts(moved=entry_of("b.url", NEW, variant=FETCHED)), LINK),
            Rename(LINK, ROWS, NEW, Label("a.png"), entry_of("b.url", NEW, variant=FETCHED), ROW),
        ),
        (
            at(ROWS, ROW, Facts(moved=entry_of("b.txt", NEW)), LINK),
            Attach(LINK, ROWS, NEW, ENTRY, Label("a.png"), ROW, FETCHED),
        ),
        (
            at(ROWS, ROW, Facts(moved=entry_of("b.url", NEW, variant=FETCHED))),
            Attach(TEXT, ROWS, NEW, ENTRY, LABEL, ROW),
        ),
    ],
)  # fmt: skip
def test_what_happens_to_a_file_that_is_sent_as_something_else(
    given_action: Action, expected: Action
) -> None:
    assert given_action == expected


@pytest.mark.parametrize(
    ("old", "file", "target", "renamed"),
    [
        # Sent as a zip it is a file, whatever the new name says.
        (replace(placed("b.xyz", NEW), variant="zip"), IMAGE, PAGE, True),
        (placed("b.xyz", NEW), IMAGE, PAGE, False),
        (replace(placed("b.xyz", NEW), variant="zip"), IMAGE, ICON, False),
        (placed("b.png", NEW, "icon", None), IMAGE, ICON, True),
        (placed("b.png", NEW, "cover", None), IMAGE, ICON, False),
        (placed("b.png", NEW, "image"), IMAGE, PAGE, True),
    ],
)
def test_which_blocks_can_get_a_file_s_new_name(
    old: Placement, file: SourceFile, target: PageTarget, renamed: bool
) -> None:
    assert isinstance(action(Facts(moved=old), file, target), Rename) is renamed


def large(size: int, name: str = "a.txt") -> SourceFile:
    return found(entry(name, size))


TOO_LARGE = (
    "it is larger than this workspace's plan allows (5,242,881 B > 5,242,880 B); a paid plan allows 5 GiB"
)
NO_IMAGE = "it is text/plain, which cannot be shown as image; use as: auto or as: file"
REFUSED = RecordedRefusal(NEW, KEY, "Notion said no")


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
        action(Facts(failure=RecordedRefusal(OLD, KEY, "Notion said no"))),
        action(Facts(failure=RecordedRefusal(NEW, b"another key", "Notion said no"))),
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
    ("old_label", "block", "shared", "visible"),
    [
        (Label("b.txt"), "b", False, True),
        (Label("b.txt"), "b", True, False),
        (Label("a.txt"), "b", False, False),
        (Label("a.txt", "old caption"), "b", False, True),
        (Label("b.txt"), None, False, False),
    ],
)
def test_whether_a_new_name_can_be_seen(
    old_label: Label, block: str | None, shared: bool, visible: bool
) -> None:
    old = replace(placed("b.txt", NEW, block=block), label=old_label, shared=shared)
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
        ("a.html", Kind.AUTO, "file"),
        ("a.html", Kind.EMBED, "embed"),
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
        ("embed", "text/html", True),
        ("embed", "TEXT/html; charset=utf-8", True),
        ("embed", "text/plain", False),
        ("embed", "", False),
        ("file", "text/html", True),
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
        ("a.html", "embed", "c", Label(None, "c")),
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


# Removing


def losses(gone: int, recorded: int, *, emptied: bool = False) -> Losses:
    return Losses(recorded, gone, emptied)


def allowing(share: float) -> Rule:
    return replace(RULE, max_delete=share)


@pytest.mark.parametrize(
    ("share", "lost", "reason"),
    [
        # Nothing is gone, whatever else is the case.
        (0.5, losses(0, 8), None),
        (0.0, losses(0, 8), None),
        (0.5, losses(0, 0, emptied=True), None),
        # As many as the rule allows, and one more.
        (0.5, losses(1, 8), None),
        (0.5, losses(4, 8), None),
        (0.5, losses(5, 8), "5 of 8 files of the rule are gone, more than max_delete allows (50%)"),
        (0.1, losses(1, 10), None),
        (0.1, losses(1, 9), "1 of 9 files of the rule are gone, more than max_delete allows (10%)"),
        (0.0, losses(1, 1000), "1 of 1000 files of the rule are gone, more than max_delete allows (0%)"),
        (0.5, losses(1, 1), "1 of 1 files of the rule are gone, more than max_delete allows (50%)"),
        # Whoever writes 100% means it.
        (1.0, losses(8, 8), None),
        (1.0, losses(8, 8, emptied=True), None),
        # A person has said so, of so many files.
        (0.5, replace(losses(8, 8), confirmed=8), None),
        (0.0, replace(losses(8, 8), confirmed=8), None),
        (0.5, replace(losses(8, 8), confirmed=4), None),
        (0.5, replace(losses(8, 8), confirmed=3), "8 of 8 files of the rule are gone"),
        (0.99, replace(losses(8, 8, emptied=True), confirmed=8), None),
        (
            0.99,
            replace(losses(8, 8, emptied=True), confirmed=7),
            "8 of 8 files of the rule are gone: /d is empty",
        ),
        # An empty folder is more often a disk that is not there than an order to remove everything.
        (0.99, losses(8, 8, emptied=True), "8 of 8 files of the rule are gone: /d is empty"),
        (0.99, losses(1, 1000, emptied=True), "1 of 1000 files of the rule are gone: /d is empty"),
    ],
)
def test_when_nothing_is_removed(share: float, lost: Losses, reason: str | None) -> None:
    said = removals_stopped(allowing(share), lost)
    if reason is None:
        assert said is None
    else:
        assert said is not None
        assert said.startswith(reason)


@pytest.mark.parametrize(
    ("lost", "advice"),
    [
        (losses(8, 8), "notion-sync resume /d lets them go from Notion"),
        (losses(8, 8, emptied=True), "notion-sync resume /d lets them go from Notion"),
    ],
)
def test_whoever_meant_it_is_told_how_to_say_so(lost: Losses, advice: str) -> None:
    said = removals_stopped(allowing(0.5), lost)
    assert said is not None
    assert said.endswith(advice)
    assert "othing was removed in Notion." in said


@pytest.mark.parametrize("lost", [losses(8, 8), losses(8, 8, emptied=True)])
def test_the_way_out_is_a_command_that_a_shell_takes_whatever_the_folder_is_called(lost: Losses) -> None:
    said = removals_stopped(replace(allowing(0.5), folder="/my d/$(x)"), lost)
    assert said is not None
    assert "notion-sync resume '/my d/$(x)' lets them go" in said
    held = removals_held([Unreachable("/my stick", 3, "so"), Unreachable("/b", 1, "so")])
    assert held.endswith("let notion-sync resume '/my stick' /b")


WAY_OUT = ": they stay in Notion. Mount what was there; or, if they were given up, "


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (
            [Unreachable("/d/stick", 3, "its disk is not mounted")],
            f"3 files are missing below /d/stick, and its disk is not mounted{WAY_OUT}let notion-sync resume /d/stick",
        ),
        (
            [Unreachable("/d/a", 1, "so"), Unreachable("/d/b", 2, "so")],
            (
                f"1 file is missing below /d/a, and so; 2 files are missing below /d/b, and so{WAY_OUT}"
                "let notion-sync resume /d/a /d/b"
            ),
        ),
        (
            [Unreachable("/d/a", 1, "so"), Unreachable("/d/l", 1, "it leads nowhere", link=True)],
            (
                "1 file is missing below /d/a, and so; 1 file is missing below /d/l, and it leads nowhere"
                f"{WAY_OUT}let notion-sync resume /d/a, and remove the link /d/l"
            ),
        ),
    ],
)
def test_what_is_held_names_the_place_and_the_way_out(held: list[Unreachable], said: str) -> None:
    assert removals_held(held) == said


@given(st.integers(0, 50), st.integers(0, 50), st.booleans(), st.floats(0, 1))
def test_a_larger_share_never_stops_what_a_smaller_one_allows(
    gone: int, more: int, emptied: bool, share: float
) -> None:
    lost = losses(gone, gone + more, emptied=emptied)
    if removals_stopped(allowing(share), lost) is None:
        assert removals_stopped(allowing(1.0), lost) is None
