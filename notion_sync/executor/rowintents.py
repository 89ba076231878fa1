"""What became of a write of a row whose answer nobody saw."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from notion_sync.clock import Clock
from notion_sync.executor.entries import held, perhaps_made
from notion_sync.executor.recover import LONGEST_WAIT, LOOKS
from notion_sync.executor.remote import Link
from notion_sync.executor.trouble import Scope, trouble_of
from notion_sync.model import Placement, RowWrite
from notion_sync.notion.errors import NotFound, NotionError
from notion_sync.notion.pages import Page
from notion_sync.notion.requests import TitleIs
from notion_sync.state import Store

if TYPE_CHECKING:
    from notion_sync.notion.client import Notion


def look_for_row(
    notion: "Notion", clock: Clock, write: RowWrite, property_name: str, title_column: str
) -> Page | None:
    """The row of a write, once its entries are there or none can come late any more; None if there is no row."""
    begun = clock.now()
    looks = (0.0,) if begun - write.started_at > LONGEST_WAIT else LOOKS
    names = [intent.label.name or "" for intent in write.intents]
    page: Page | None = None
    for look in looks:
        clock.sleep(max(0.0, begun + look - clock.now()))
        page = _row(notion, write, title_column)
        if page is not None:
            after = page.files(property_name) or ()
            if None not in perhaps_made(write.seen, write.kept, names, after):
                break
    return page


def _row(notion: "Notion", write: RowWrite, title_column: str) -> Page | None:
    if write.page_id is not None:
        try:
            page = notion.page(write.page_id)
        except NotFound:
            return None
        return None if page.in_trash else page
    rows = notion.query(write.source, where=TitleIs(title_column, write.place))
    return next((row for row in rows if row.title == write.place and not row.in_trash), None)


def placements_of(write: RowWrite, page_id: str, made: Sequence[str | None]) -> list[Placement]:
    """What to record of a write: each entry that was made."""
    return [
        Placement(
            intent.id, write.target, intent.digest, intent.kind, intent.upload_id, None, intent.label,
            write.place, intent.way, page_id, file_id, intent.form,
        )
        for intent, file_id in zip(write.intents, made, strict=True)
    ]  # fmt: skip


def recover_rows(store: Store, link: Link, clock: Clock) -> int:
    """Find out what became of writes that an earlier run did not see the end of; how many files were found.

    Writes that cannot be looked for now (the database is not shared any more) stay.
    """
    recovered = 0
    with store.reading():
        interrupted = store.rows.open()
    for write in interrupted:
        name = write.target.partition("/")[2]
        try:
            notion = link.remote.notion
            column = notion.data_source(write.source).title_column
            page = look_for_row(notion, clock, write, name, column)
        except NotionError as error:
            if trouble_of(error).scope is Scope.RUN:
                raise
            continue
        recovered += _settle(store, write, name, page, clock.now())
    return recovered


def _settle(store: Store, write: RowWrite, name: str, page: Page | None, now: float) -> int:
    after = (page.files(name) if page else None) or ()
    names = [intent.label.name or "" for intent in write.intents]
    made = perhaps_made(write.seen, write.kept, names, after)
    there = {held(entry) for entry in after}
    with store.transaction():
        if page is not None:
            store.pages.save(write.source, write.place, page.id)
            for placement in placements_of(write, page.id, made):
                if placement.file_id is None:
                    continue
                old = store.placements.get(placement.id, write.target)
                stays = old is not None and (old.file_id, old.label.name) in there
                (store.placements.add if stays else store.placements.save)(placement, now)
        store.uploads.attached(
            intent.upload_id for intent, file_id in zip(write.intents, made, strict=True) if file_id
        )
        store.rows.end(write)
    return sum(file_id is not None for file_id in made)
