"""Reading a file that may be a link: what it holds, and where it leads.

The bytes that are understood are the bytes that were hashed, so a link file that is written to meanwhile is
treated like every other file that is.
"""

import hashlib
import os
from collections.abc import Callable

from notion_sync.content import Content, check_planned, is_racy, open_planned, read_content
from notion_sync.errors import FileUnreadable
from notion_sync.links.address import address_of
from notion_sync.links.formats import LIMIT, is_link_name, written_address
from notion_sync.model import Address, Digest, Found
from notion_sync.notion.media import extension
from notion_sync.rules import Links, Rule


def leads_elsewhere(found: Found, rule: Rule) -> bool:
    """Whether a file has to be read before it is known what goes to Notion in its place."""
    return rule.links is not Links.FILE and found.address is None and is_link_name(found.id.name)


def read(
    found: Found, rule: Rule, *, now_ns: int, pause: Callable[[], None]
) -> tuple[Content, Address | None]:
    """Read a whole file; the address is None where the file itself is what goes to Notion.

    Args:
        found: The file.
        rule: The rule that takes it.
        now_ns: The time of day when reading begins.
        pause: Called for each chunk; raises to give up.

    Raises:
        FileError: See `content.read_content`.
    """
    name = found.id.name
    if not leads_elsewhere(found, rule):
        return read_content(found.source, found.fingerprint, now_ns=now_ns, pause=pause), None
    if found.fingerprint.size > LIMIT:
        content = read_content(found.source, found.fingerprint, now_ns=now_ns, pause=pause)
        if extension(name) == "desktop":
            return content, None
        return content, Address("", name, f"it is too large for a link file: more than {LIMIT // 1024} KiB")
    data = _read_small(found)
    content = Content(Digest(hashlib.sha256(data).hexdigest()), (), is_racy(found.fingerprint, now_ns))
    written = written_address(name, data)
    return content, None if written is None else address_of(name, written)


def _read_small(found: Found) -> bytes:
    descriptor = open_planned(found.source, found.fingerprint)
    try:
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(LIMIT)
        check_planned(descriptor, found.fingerprint)
    except OSError as error:
        raise FileUnreadable(f"cannot be read: {error.strerror or error}") from error
    finally:
        os.close(descriptor)
    return data
