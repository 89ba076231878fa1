"""Keep back files that begin like a secret, unless a `!pattern` in the rule's `ignore` takes them."""

from collections.abc import Callable

from notion_sync.errors import HoldsSecret
from notion_sync.model import SourceFile
from notion_sync.rules import Rule
from notion_sync.scan.disk import Disk
from notion_sync.scan.reading import chunks_of, open_planned
from notion_sync.scan.system_disk import SYSTEM_DISK
from notion_sync.selection.key_material import HEAD, key_material_in


def check_head(head: bytes) -> None:
    """Check the first bytes of a file.

    Raises:
        HoldsSecret: They are those of a secret.
    """
    what = key_material_in(head)
    if what is not None:
        raise HoldsSecret(
            f"built in: it holds {what}", hint="a !pattern for it in the rule's ignore takes it all the same"
        )


def check_of(found: SourceFile, rule: Rule) -> Callable[[bytes], None]:
    """Return the check for the first bytes of a file."""
    return _pass if rule.ignore.takes_back(found.path) else check_head


def check_file(found: SourceFile, rule: Rule, *, disk: Disk = SYSTEM_DISK) -> None:
    """Check the first bytes of a file that is not read as a whole.

    Raises:
        HoldsSecret: They are those of a secret.
        FileError: See `scan.reading.open_planned`.
    """
    check = check_of(found, rule)
    if check is _pass:
        return
    with open_planned(found.source, found.fingerprint, root=rule.folder, disk=disk) as file:
        for head in chunks_of(file, 0, min(HEAD, found.fingerprint.size), HEAD):
            check(head)


def _pass(_head: bytes) -> None:
    """Accept anything."""
