"""What of a block is still ours: what Notion shows and what we sent in, literal values out."""

from dataclasses import replace

import pytest

from notion_sync.model import FilePath, Label, Placement
from notion_sync.notion.values import Block, FileRef
from notion_sync.sync.shown import LabelUpdate, holds_our_file, label_update
from tests.support.store import digest, notion_id


def hosted(number: int, filename: str = "a.txt", name: str | None = None) -> FileRef:
    return FileRef("file", f"https://files.example/workspace/{notion_id(number)}/{filename}?sig", name=name)


OURS = Placement(
    FilePath("/d", "a.txt"), "target", digest("a"), "file", notion_id(8), notion_id(9), Label("a.txt"),
    file_id=notion_id(1),
)  # fmt: skip
LEGACY = replace(OURS, file_id=None)


@pytest.mark.parametrize(
    ("block", "old", "filename", "ours"),
    [
        (Block("b", "file", hosted(1)), OURS, "a.txt", True),
        # The same file under whatever name.
        (Block("b", "file", hosted(1, "z.txt", "z")), OURS, None, True),
        (Block("b", "file", hosted(2)), OURS, "a.txt", False),
        (Block("b", "file", FileRef("external", "https://example.com/a.txt")), OURS, "a.txt", False),
        (Block("b", "file", FileRef("file", "https://old.example/a.txt")), OURS, "a.txt", False),
        # Turned into something else.
        (Block("b", "pdf", hosted(1)), OURS, "a.txt", False),
        (Block("b", "paragraph"), OURS, "a.txt", False),
        # An older record: what the upload was called has to do.
        (Block("b", "file", hosted(2)), LEGACY, "a.txt", True),
        (Block("b", "file", hosted(2)), LEGACY, None, True),
        (Block("b", "file", hosted(2, "signed.txt")), LEGACY, "a.txt", False),
        (Block("b", "file", hosted(2, "Bericht_fr_Q3.pdf")), LEGACY, "Bericht f\u00fcr Q3.pdf", True),
        (Block("b", "file", FileRef("external", "https://example.com/a.txt")), LEGACY, "a.txt", False),
        # Notion tells no more than the id.
        (Block("b"), OURS, "a.txt", True),
    ],
)
def test_whose_file_it_is(block: Block, old: Placement, filename: str | None, ours: bool) -> None:
    assert holds_our_file(block, old, filename) is ours


def shown(
    name: str | None = None, caption: str = "", *, rich: bool = False, filename: str = "a.txt"
) -> Block:
    return Block("b", "file", hosted(1, filename, name), caption, rich)


@pytest.mark.parametrize(
    ("block", "sent", "label", "expected"),
    [
        # Nothing of ours is another.
        (shown("a"), Label("a"), Label("a"), (None, None, Label("a"))),
        (shown("Ada's", "note"), Label("a"), Label("a"), (None, None, Label("a"))),
        # Ours is another, and Notion shows what we had sent.
        (shown("a"), Label("a"), Label("b"), ("b", None, Label("b"))),
        (shown("a", "one"), Label("a", "one"), Label("a", "two"), (None, "two", Label("a", "two"))),
        (shown("a", "one"), Label("a", "one"), Label("b", ""), ("b", "", Label("b"))),
        (shown(None, "one"), Label(None, "one"), Label(None, "two"), (None, "two", Label(None, "two"))),
        # A person's stays, and so does the record of what we had sent.
        (shown("Ada's"), Label("a"), Label("b"), (None, None, Label("a"))),
        (shown("a", "note"), Label("a", "one"), Label("b", "two"), ("b", None, Label("b", "one"))),
        (shown("Ada's", "one"), Label("a", "one"), Label("b", "two"), (None, "two", Label("a", "two"))),
        (shown("a", ""), Label("a", "one"), Label("a", "two"), (None, None, Label("a", "one"))),
        (shown("a", "note"), Label("a"), Label("a", "two"), (None, None, Label("a"))),
        # The same words with a link or in bold are a person's.
        (shown("a", "one", rich=True), Label("a", "one"), Label("a", "two"), (None, None, Label("a", "one"))),
        # What is shown is what the rule says: there is nothing to send.
        (shown("b", "two"), Label("a", "one"), Label("b", "two"), (None, None, Label("b", "two"))),
        # Notion adds the file's extension, and takes no control characters from us.
        (shown("a.txt"), Label("a"), Label("b"), ("b", None, Label("b"))),
        (shown("a.pdf"), Label("a"), Label("b"), (None, None, Label("a"))),
        (shown("a.txt.old"), Label("a.txt"), Label("b"), (None, None, Label("a.txt"))),
        (shown("a", "x_"), Label("a", "x\x00"), Label("a", "y"), (None, "y", Label("a", "y"))),
    ],
)
def test_what_is_sent_of_a_label(
    block: Block, sent: Label, label: Label, expected: tuple[str | None, str | None, Label]
) -> None:
    assert label_update(block, sent, label) == LabelUpdate(*expected)
