"""How far a file got that a stopped run leaves, in words."""

from notion_sync.model import FETCHED, Digest, Upload
from notion_sync.plan.actions import DeliveryAction, Rename
from notion_sync.sync.ports import Ports
from notion_sync.sync.recorder import FETCHING, NOT_FETCHED, NOT_RENAMED, NOT_SENT, PARTLY_SENT, SENT
from notion_sync.sync.upload.transfers import upload_key


def how_far(action: DeliveryAction, ports: Ports) -> str:
    """Return how much of an action was done, by what the record has of its content."""
    if isinstance(action, Rename):
        return NOT_RENAMED
    uploads = _uploads(*upload_key(action.found, action.digest, action.variant), ports)
    if any(upload.status != "pending" for upload in uploads):
        return SENT
    if action.variant == FETCHED:
        return FETCHING if uploads else NOT_FETCHED
    with ports.store.reading():
        return PARTLY_SENT if any(ports.store.uploads.parts(each.id) for each in uploads) else NOT_SENT


def _uploads(digest: Digest, variant: str, ports: Ports) -> list[Upload]:
    """Return the uploads of a content that the next run can use."""
    if (account := ports.remote.known_account) is None:
        return []
    with ports.store.reading():
        return ports.store.uploads.usable(account.bot, digest, ports.clock.steady(), variant)
