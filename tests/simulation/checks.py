"""What has to be true besides what the model says: of others' things, of the record, and of what was reported."""

from collections import Counter
from collections.abc import Set
from typing import Any

from notion_sync.model import ActionName
from notion_sync.sandbox.store import nodes, uploads
from notion_sync.state import Store
from tests.property.model import Model
from tests.simulation.contents import digest
from tests.simulation.people import People, blocks_of, entry_of, look_of
from tests.simulation.world import FOLDER, World

Json = dict[str, Any]

DONE = (ActionName.ATTACHED, ActionName.REPLACED, ActionName.RENAMED)


def check_foreign(world: World, people: People) -> None:
    """What people put into Notion is as they left it."""
    pages = world.notion()["pages"]
    blocks = {block["id"]: block for page in pages for block in page["children"]}
    for id_, look in people.blocks.items():
        assert look_of(blocks[id_]) == look, f"a block of others changed: {look}"
    for id_, caption in people.captions.items():
        assert blocks[id_]["caption"] == caption, f"a caption of others changed: {caption}"
    there = Counter(
        entry_of(page["id"], entry) for page in pages for entry in page["properties"].get(people.column, ())
    )
    assert not people.entries - there, f"entries of others are gone: {people.entries - there}"


def check_report(world: World, ever: Set[str]) -> None:
    """What the latest process says that it has done is there: as a block of this id, with what a file has held.

    Args:
        world: Where.
        ever: The digests of all that files have held.
    """
    db = world.core.workspace.db
    for outcome in world.heard[-1].outcomes:
        if outcome.action not in DONE:
            continue
        assert outcome.sha256 in ever, f"no file has ever held that: {outcome}"
        if outcome.block_id is not None:
            assert nodes.get(db, outcome.block_id) is not None, f"said to be done, and not there: {outcome}"
        upload = uploads.get(db, outcome.file_upload_id) if outcome.file_upload_id else None
        assert upload is None or upload.sha256 == outcome.sha256, f"something else was sent: {outcome}"


def check_requests(world: World, since: int, *, all_there: bool) -> None:
    """What a process asked for, nothing having gone wrong, made sense.

    Args:
        world: Where.
        since: How many requests there were before.
        all_there: Whether all files stand on pages already: then none is sent, whatever the store knows.
    """
    for asked in world.core.journal.entries()[since:]:
        write = asked["method"] in ("POST", "PATCH", "DELETE")
        assert not (write and asked["status"] in (400, 404)), f"refused by Notion: {asked}"
        new = (asked["method"], asked["path"]) == ("POST", "/v1/file_uploads")
        assert not (all_there and new), f"sent, though it is there: {asked}"


def check_record(world: World, model: Model, people: People) -> None:
    """What the record says of each file is what Notion shows of it."""
    blocks = blocks_of(world)
    with Store(world.state, read_only=True) as store:
        placements = [placement for placement, _ in store.placements.at_or_below(FOLDER)]
    for placement in placements:
        block = blocks.get(placement.block_id) if placement.block_id else None
        if placement.block_id is not None:
            assert block is not None, f"recorded, and not there: {placement}"
            if not block["in_trash"] and block["id"] not in people.blocks:
                assert block["sha256"] == placement.digest, f"recorded otherwise than it is: {placement}"
    recorded = Counter((each.id.path.removeprefix(f"{FOLDER}/"), str(each.digest)) for each in placements)
    alive = Counter((item.path, digest(item.content)) for item in model.items.values() if item.alive)
    assert not alive - recorded, f"in Notion, and not recorded: {alive - recorded}"
