"""An answer about the right thing may show it as it was before the request."""

from collections.abc import Callable
from typing import Any

import pytest

from notion_sync.notion.json_access import JsonObject, Malformed
from notion_sync.notion.new_state import changed_block, changed_page, moved, received
from notion_sync.notion.payloads import CLEAR, BlockChange
from notion_sync.notion.values import Block

ONE = "01234567-89ab-cdef-0123-456789abcdef"
OLD, NEW = "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"
WAS = frozenset({OLD})
Decode = Callable[[JsonObject], object]


def hosted(file_id: str) -> dict[str, Any]:
    return {
        "type": "file",
        "file": {"url": f"https://files.example/space/{file_id}/a.txt?X-Amz-Expires=3600"},
    }


def block(file_id: str = NEW, name: str | None = "a.txt", caption: str = "") -> dict[str, Any]:
    shown = {**hosted(file_id), "caption": [{"plain_text": caption}] if caption else []}
    return {"type": "file", "file": {**shown, **({"name": name} if name is not None else {})}}


WHOLE, PART = received(whole=True), received(whole=False)
BLOCK = Block.decode({"id": ONE, **block(OLD, "a.txt", caption="two")})
CONTENT = changed_block(BlockChange("file", upload_id="u"), BLOCK)
NAME = changed_block(BlockChange("file", name="b.txt"), BLOCK)
LONGER_NAME = changed_block(BlockChange("file", name="A_txt"), BLOCK)
CAPTION = changed_block(BlockChange("file", caption="two words"), BLOCK)
NO_CAPTION = changed_block(BlockChange("file", caption=""), BLOCK)
THE_SAME = changed_block(BlockChange("file", upload_id="u", name="b.txt"), None)
TRASHED, RESTORED = moved(Block.decode, in_trash=True), moved(Block.decode, in_trash=False)
ICON, COVER = changed_page("u", None, WAS), changed_page(None, "u", WAS)
NO_ICON = changed_page(CLEAR, None, frozenset())


@pytest.mark.parametrize(
    ("decode", "answer", "fits"),
    [
        (WHOLE, {"status": "uploaded"}, True),
        (WHOLE, {"status": "pending"}, False),
        (WHOLE, {"status": "pending", "number_of_parts": {"total": 2, "sent": 2}}, False),
        (PART, {"status": "pending", "number_of_parts": {"total": 2, "sent": 1}}, True),
        (PART, {"status": "pending", "number_of_parts": {"total": 2, "sent": 0}}, False),
        (PART, {"status": "pending"}, True),
        (CONTENT, block(NEW), True),
        (CONTENT, block(OLD), False),
        (CONTENT, {"type": "file", "file": {}}, True),
        (NAME, block(OLD, "b.txt"), True),
        (NAME, block(OLD, "b.txt.txt"), True),  # Notion has added an extension
        (NAME, block(OLD, "a.txt"), False),
        (NAME, block(OLD, None), True),
        (NAME, block(OLD, "B-1.text"), True),  # in a way of Notion's own
        (LONGER_NAME, block(OLD, "a.txt"), True),
        (THE_SAME, block(OLD, "a.txt"), True),
        (CAPTION, block(caption="two  words"), True),
        (CAPTION, block(caption="two"), False),
        (NO_CAPTION, block(), True),
        (CAPTION, block(caption="2 words"), True),
        (NO_CAPTION, block(caption="two"), False),
        (TRASHED, {"in_trash": True}, True),
        (TRASHED, {"in_trash": False}, False),
        (TRASHED, {"archived": False}, False),
        (RESTORED, {"in_trash": False, "archived": False}, True),
        (RESTORED, {"in_trash": True}, False),
        (ICON, {"icon": hosted(NEW), "cover": None}, True),
        (ICON, {"icon": hosted(OLD)}, False),
        (ICON, {"icon": None}, False),
        (ICON, {"icon": {"type": "emoji", "emoji": "x"}}, True),
        (COVER, {"icon": None, "cover": hosted(NEW)}, True),
        (COVER, {"icon": None, "cover": None}, False),
        (NO_ICON, {"icon": None}, True),
        (NO_ICON, {"icon": hosted(OLD)}, False),
        # A connection that may only insert is told the id alone.
        *((each, {}, True) for each in (WHOLE, PART, CONTENT, NAME, CAPTION, TRASHED, RESTORED, ICON, COVER, NO_ICON)),
    ],
)  # fmt: skip
def test_an_answer_shows_what_its_request_has_made(decode: Decode, answer: JsonObject, fits: bool) -> None:
    if fits:
        decode({"id": ONE, **answer})
    else:
        with pytest.raises(Malformed, match="before"):
            decode({"id": ONE, **answer})
