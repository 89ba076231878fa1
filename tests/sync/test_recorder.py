"""How files end, in the words of the report."""

from dataclasses import replace
from itertools import pairwise

import pytest

from notion_sync.model import (
    ActionName,
    Address,
    Digest,
    FilePath,
    Fingerprint,
    Label,
    Outcome,
    Placement,
    SourceFile,
)
from notion_sync.plan.actions import Remove
from notion_sync.rules import Destination, Kind, PageTarget, RowPage, RowTarget, Rule
from notion_sync.sync.recorder import joint_outcome, outcome_of, removal_outcome, restored_outcome
from notion_sync.template import parse
from tests.support.store import PAGE, PAGE_ID

OLD, NEW = Digest("0" * 64), Digest("1" * 64)
ROWS = RowTarget("d" * 8, "Files", parse("{stem}"))
BODY = RowPage(ROWS)
RULE = Rule("r", "/d", (PAGE, ROWS))
FOUND = SourceFile(FilePath("/d/sub", "a.txt"), "sub/a.txt", Fingerprint(7, 1, 1, 1), "/d/sub/a.txt")
LINK = replace(FOUND, address=Address("https://example.com/a", "a.txt"))
PLACED = Placement(
    FOUND.id, PAGE.key, OLD, "file", "upload", "block", Label("a.txt"), page_id="its page", file_id="file"
)


def ended(
    action: ActionName, *, block: str | None = None, page: str | None = None, reason: str = ""
) -> Outcome:
    return Outcome("r", "a.txt", action, reason, 7, OLD, ROWS.key, page, block, "upload")


FROM_GRAVE_TO_LIGHT = [
    ActionName.FAILED,
    ActionName.DEFERRED,
    ActionName.SKIPPED,
    ActionName.ATTACHED,
    ActionName.REPLACED,
    ActionName.RENAMED,
    ActionName.REMOVED,
    ActionName.UNCHANGED,
]


def test_every_end_has_its_gravity() -> None:
    assert sorted(FROM_GRAVE_TO_LIGHT) == sorted(ActionName)


@pytest.mark.parametrize(("graver", "lighter"), [*pairwise(FROM_GRAVE_TO_LIGHT)])
def test_a_file_that_ends_in_two_ways_ends_in_the_graver_one(graver: ActionName, lighter: ActionName) -> None:
    """In its row and on the row's page; people hear of it once."""
    one, other = ended(graver, reason="the graver"), ended(lighter, reason="the lighter")
    assert joint_outcome([one, other]) == joint_outcome([other, one]) == one


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([ended(ActionName.ATTACHED)], ended(ActionName.ATTACHED)),
        # The entry has no block, the page's block has one.
        (
            [ended(ActionName.ATTACHED, page="row"), ended(ActionName.ATTACHED, page="row", block="b")],
            ended(ActionName.ATTACHED, page="row", block="b"),
        ),
        # What went well is named although the other did not.
        (
            [ended(ActionName.FAILED, reason="full"), ended(ActionName.ATTACHED, page="row", block="b")],
            ended(ActionName.FAILED, page="row", block="b", reason="full"),
        ),
        # The first of two equal ends counts.
        (
            [ended(ActionName.FAILED, reason="first"), ended(ActionName.FAILED, reason="second")],
            ended(ActionName.FAILED, reason="first"),
        ),
        (
            [
                ended(ActionName.ATTACHED, page="p", block="b"),
                ended(ActionName.ATTACHED, page="q", block="c"),
            ],
            ended(ActionName.ATTACHED, page="p", block="b"),
        ),
    ],
)
def test_one_outcome_of_several(outcomes: list[Outcome], expected: Outcome) -> None:
    assert joint_outcome(outcomes) == expected


@pytest.mark.parametrize(
    ("target", "placement", "page_id", "expected"),
    [
        # A page is known before anything is there; a row's page is not.
        (PAGE, None, None, (PAGE.key, PAGE_ID, None, None)),
        (ROWS, None, None, (ROWS.key, None, None, None)),
        (ROWS, None, "row", (ROWS.key, "row", None, None)),
        (PAGE, None, "subfolder", (PAGE.key, "subfolder", None, None)),
        # What is there knows best.
        (PAGE, PLACED, "subfolder", (PAGE.key, "its page", "block", "upload")),
        (PAGE, replace(PLACED, page_id=None), None, (PAGE.key, PAGE_ID, "block", "upload")),
        (ROWS, replace(PLACED, page_id=None), None, (ROWS.key, None, "block", "upload")),
        # People know targets, not what a target is made of.
        (BODY, PLACED, None, (ROWS.key, "its page", "block", "upload")),
        (RowPage(ROWS, Kind.ICON), None, None, (ROWS.key, None, None, None)),
        (PageTarget(PAGE_ID, Kind.ICON), None, None, (f"{PAGE_ID}#icon", PAGE_ID, None, None)),
    ],
)
def test_where_a_file_ended(
    target: Destination,
    placement: Placement | None,
    page_id: str | None,
    expected: tuple[str | None, ...],
) -> None:
    outcome = outcome_of(
        RULE, FOUND, target, ActionName.ATTACHED, "why", NEW, placement, page_id=page_id, size=99
    )
    where = (outcome.target, outcome.page_id, outcome.block_id, outcome.file_upload_id)
    assert where == expected
    assert (outcome.rule, outcome.path, outcome.action) == ("r", "sub/a.txt", ActionName.ATTACHED)
    assert (outcome.reason, outcome.sha256) == ("why", NEW)


@pytest.mark.parametrize(("found", "size"), [(FOUND, 7), (LINK, 99)])
def test_a_link_file_counts_with_what_it_leads_to(found: SourceFile, size: int) -> None:
    assert outcome_of(RULE, found, PAGE, ActionName.ATTACHED, "", NEW, size=99).bytes == size


@pytest.mark.parametrize("retired", [True, False])
def test_a_file_that_is_gone(retired: bool) -> None:
    assert removal_outcome(Remove(RULE, PAGE, PLACED, retired)) == Outcome(
        "r",
        "sub/a.txt",
        ActionName.REMOVED,
        "its file is gone",
        0,
        OLD,
        PAGE.key,
        "its page",
        "block",
        "upload",
    )


def test_a_file_that_was_in_the_trash() -> None:
    assert restored_outcome(RULE, BODY, PLACED) == Outcome(
        "r", "sub/a.txt", ActionName.ATTACHED, "restored from Notion's trash", 0, OLD, ROWS.key, "its page",
        "block", "upload",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("folder", "path"), [("/d", "sub/a.txt"), ("/d/sub", "a.txt"), ("/elsewhere", "/d/sub/a.txt")]
)
def test_a_removed_file_is_named_within_its_rule(folder: str, path: str) -> None:
    """Or whole, where the rule's folder is another one now."""
    assert removal_outcome(Remove(replace(RULE, folder=folder), PAGE, PLACED, retired=False)).path == path
