"""Read a file as its rule asks: a secret stays at home, and in place of a link file goes what is at its address.

The bytes that are checked and parsed are the bytes that are hashed, so a file that is written to meanwhile is treated
like any other file that changes.
"""

from collections.abc import Callable

from notion_sync.errors import FileUnreadable, HoldsSecret
from notion_sync.model import Address, SourceFile
from notion_sync.notion.media import extension
from notion_sync.rules import Links, Rule
from notion_sync.scan.disk import SYSTEM_DISK, Disk
from notion_sync.scan.links.address import address_of
from notion_sync.scan.links.formats import LIMIT, is_link_name, written_address
from notion_sync.scan.reading import (
    Content,
    check_planned,
    chunks_of,
    content_of,
    is_racy,
    open_planned,
    read_content,
)
from notion_sync.selection.key_material import HEAD, key_material_in


def may_be_link_file(found: SourceFile, rule: Rule) -> bool:
    """Whether a file may be a link file that has to be read to find out what is uploaded instead of it."""
    return rule.links is not Links.FILE and found.address is None and is_link_name(found.id.name)


def read_source(
    found: SourceFile,
    rule: Rule,
    *,
    now_ns: int,
    pause: Callable[[], None],
    disk: Disk = SYSTEM_DISK,
) -> tuple[Content, Address | None]:
    """Read a whole file; return its content and its address. The address is None if the file itself goes to Notion.

    Args:
        found: The file.
        rule: The rule that takes it.
        now_ns: The time of day when reading begins, in nanoseconds since the epoch.
        pause: Called for each chunk; may raise to abort.
        disk: The file system that holds it.

    Raises:
        FileError: See `scan.reading.read_content`; also if it holds a secret, or a link file cannot be parsed.
    """
    is_link, check = may_be_link_file(found, rule), _check_of(found, rule)
    if is_link and found.fingerprint.size <= LIMIT:
        data = _read_small(found, rule, disk)
        check(data)
        content = content_of(data, racy=is_racy(found.fingerprint, now_ns))
        return content, _address_in(found.id.name, data)
    content = read_content(
        found.source, found.fingerprint, now_ns=now_ns, pause=pause, check=check, root=rule.folder, disk=disk
    )
    return content, _too_large(found.id.name) if is_link else None


def check_file(found: SourceFile, rule: Rule, *, disk: Disk = SYSTEM_DISK) -> None:
    """Check the first bytes of a file that is not read as a whole.

    Raises:
        HoldsSecret: They are those of a secret.
        FileError: See `scan.reading.open_planned`.
    """
    check = _check_of(found, rule)
    if check is _pass:
        return
    with open_planned(found.source, found.fingerprint, root=rule.folder, disk=disk) as file:
        for head in chunks_of(file, 0, min(HEAD, found.fingerprint.size), HEAD):
            check(head)


def _too_large(name: str) -> Address | None:
    if extension(name) == "desktop":
        return None  # most of them are not links
    return Address("", name, f"it is too large for a link file: more than {LIMIT // 1024} KiB")


def _read_small(found: SourceFile, rule: Rule, disk: Disk) -> bytes:
    planned = found.fingerprint
    with open_planned(found.source, planned, root=rule.folder, disk=disk) as file:
        data = b"".join(chunks_of(file, 0, planned.size))
        check_planned(file, planned)
    return data


def _address_in(name: str, data: bytes) -> Address | None:
    """Return the address in a link file.

    Raises:
        FileUnreadable: Parsing raised an unforeseen exception.
    """
    try:
        written = written_address(name, data)
        return None if written is None else address_of(name, written)
    except Exception as error:
        # Any exception of a parser is a failure of this one file.
        raise FileUnreadable(f"it cannot be read as a link file: {error}") from error


def _check_head(head: bytes) -> None:
    """Check the first bytes of a file.

    Raises:
        HoldsSecret: They are those of a secret.
    """
    what = key_material_in(head)
    if what is not None:
        raise HoldsSecret(
            f"built in: it holds {what}", hint="a !pattern for it in the rule's ignore takes it all the same"
        )


def _check_of(found: SourceFile, rule: Rule) -> Callable[[bytes], None]:
    """Return the check for the first bytes of a file."""
    return _pass if rule.ignore.takes_back(found.path) else _check_head


def _pass(_head: bytes) -> None:
    """Accept anything."""
