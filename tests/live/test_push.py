"""The life of a folder, as anybody sees it who reads the page through the API."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.live.place import MIB, Json, Place, make_page
from tests.sandbox.test_browse import PICTURE
from tests.support.tree import make_tree

LARGE = b"twenty-one mebibytes, and so in parts " * (21 * MIB // 38 + 1)
FILES = {
    "a picture.png": PICTURE,
    "an empty one.txt": b"",
    "Grüße, 你好.txt": "Grüße, 你好\n".encode(),
    "large.zip": LARGE,
    "notes.txt": b"what there was at first\n",
    "sub/data.json": b'{"a": 1}\n',
    "sub/the same notes.txt": b"what there was at first\n",
}


def push(place: Place, page_id: str, folder: Path, home: Path) -> list[Json]:
    """The objects that `push --json` prints."""
    environment = {
        **os.environ,
        "HOME": str(home),
        "NOTION_TOKEN": place.token,
        "NOTION_BASE_URL": place.base_url,
    }
    command = [sys.executable, "-m", "notion_sync", "--state", str(home / "state"), "push", str(folder)]
    done = subprocess.run(
        [*command, "--to", page_id, "--json"],
        env=environment, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr  # the empty file is left out
    return [json.loads(line) for line in done.stdout.splitlines()]


def counts(lines: list[Json]) -> dict[str, int]:
    """What is not zero of what a push did."""
    names = ("attached", "replaced", "renamed", "unchanged", "failed", "skipped", "uploads")
    return {name: lines[-1][name] for name in names if lines[-1][name]}


def shown(place: Place, page_id: str) -> list[tuple[str, str, str]]:
    """(id, kind, sha256 of what is downloaded) of each block of the page."""
    return [
        (block["id"], block["type"], digest(place.download(block[block["type"]]["file"])))
        for block in place.children(page_id)
    ]


def digest(content: bytes) -> str:
    """In hex."""
    return hashlib.sha256(content).hexdigest()


def wanted(folder: Path) -> list[str]:
    """Digests of the files that Notion can have, in the order of their paths."""
    paths = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    contents = [(folder / path).read_bytes() for path in paths]
    return [digest(content) for content in contents if content]


def test_the_life_of_a_folder(place: Place, tmp_path: Path) -> None:
    """Everything once, then nothing, then a new name and a new content in their old places."""
    folder, page_id = tmp_path / "folder", make_page(place, place.page_id)
    make_tree(folder, FILES)

    first = push(place, page_id, folder, tmp_path)
    assert counts(first) == {"attached": 6, "skipped": 1, "uploads": 5}
    blocks = shown(place, page_id)
    assert [content for _, _, content in blocks] == wanted(folder)
    assert [kind for _, kind, _ in blocks] == ["file", "image", "file", "file", "file", "file"]

    again = push(place, page_id, folder, tmp_path)
    assert counts(again) == {"unchanged": 6, "skipped": 1}
    assert shown(place, page_id) == blocks

    before = file_named(place, page_id, "notes.txt")
    (folder / "notes.txt").rename(folder / "notes, renamed.txt")
    assert counts(push(place, page_id, folder, tmp_path)) == {"renamed": 1, "unchanged": 5, "skipped": 1}
    after = file_named(place, page_id, "notes, renamed.txt")
    assert (after["id"], stored(after)) == (before["id"], stored(before))

    make_tree(folder, {"sub/data.json": b'{"a": 2, "changed": true}\n'}, mtime=1_600_000_100)
    changed = push(place, page_id, folder, tmp_path)
    assert counts(changed) == {"replaced": 1, "unchanged": 5, "skipped": 1, "uploads": 1}
    now = shown(place, page_id)
    assert [block[:2] for block in now] == [block[:2] for block in blocks]
    assert sorted(content for _, _, content in now) == sorted(wanted(folder))


def file_named(place: Place, page_id: str, name: str) -> dict[str, Any]:
    """The block of a file."""
    (block,) = [b for b in place.children(page_id) if b["type"] == "file" and b["file"]["name"] == name]
    return block


def stored(block: Json) -> str:
    """Where Notion keeps the bytes: the address without what changes from read to read."""
    return str(urlsplit(block["file"]["file"]["url"]).path)
