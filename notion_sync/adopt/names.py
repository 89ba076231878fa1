"""What Notion may call a file of ours, and in which form it has it. Pure.

A file of a type that Notion refuses may be there under another ending (`unsupported: txt`), byte for byte, or
packed (`unsupported: zip`).
"""

from notion_sync.adopt.sites import Resident
from notion_sync.notion.media import extension, shorten_name, upload_filename
from notion_sync.plan import dressed
from notion_sync.rules import Unsupported


def names_of(resident: Resident) -> frozenset[str]:
    """The names of a file in all forms in which it may be there."""
    return plain_names(resident) | packed_names(resident)


def plain_names(resident: Resident) -> frozenset[str]:
    """The names under which its bytes may be there."""
    name = resident.found.id.name
    forms = ("", str(Unsupported.TXT)) if resident.rule.unsupported is Unsupported.TXT else ("",)
    return frozenset(spelt for form in forms for spelt in _spellings(dressed(name, form)))


def packed_names(resident: Resident) -> frozenset[str]:
    """The names under which it may be there in a zip; none where its rule packs nothing."""
    if resident.rule.unsupported is not Unsupported.ZIP:
        return frozenset()
    return _spellings(dressed(resident.found.id.name, str(Unsupported.ZIP)))


def plain_form(resident: Resident, names: frozenset[str]) -> str:
    """The form of a file whose bytes are in Notion under one of these names; see `Placement.form`."""
    txt = str(Unsupported.TXT)
    renamed = any(extension(name) == txt for name in names) and extension(resident.found.id.name) != txt
    return txt if resident.rule.unsupported is Unsupported.TXT and renamed else ""


def _spellings(name: str) -> frozenset[str]:
    """On its block or entry, and of its upload."""
    return frozenset((shorten_name(name), upload_filename(name)))
