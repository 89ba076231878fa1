"""Detect files that a download is still filling under their final names, by the marker file next to them.

Names that are temporary by themselves (`*.part`) are in `built_in`.
"""

from collections.abc import Sequence

from notion_sync.model import Entry

BESIDE = (".aria2", ".aria2__temp", ".st", ".lftp-pget-status", "-pget-status", ".ytdl")
"""Suffixes of the markers next to a file that is filled in place: aria2, axel, lftp's pget, yt-dlp without .part.

A marker exists as long as the download is incomplete, also while no program works on it.
"""

IN_PLACE_OF = (".part", ".partial", ".crdownload", ".filepart", ".download", ".opdownload", ".!ut", ".!qb")
"""Suffixes of a temporary file that will be renamed to the final name. Meanwhile the final name does not exist, or is
an empty placeholder, or an older version. A leftover of an abandoned download is older than the file."""


def being_filled(entries: Sequence[Entry]) -> dict[str, str]:
    """Return the incomplete files of one folder, each with the name of its marker."""
    like_signs = [entry for entry in entries if entry[0].lower().endswith(_ENDINGS)]
    signs = [(entry, name) for entry in like_signs if (name := file_of(entry[0])) is not None]
    if not signs:
        return {}
    filled = {name for _, name in signs}
    changed = {entry[0]: entry[2] for entry in entries if entry[0] in filled}
    return {
        name: sign
        for (sign, _, mtime_ns, *_), name in signs
        if name in changed and (sign.lower().endswith(BESIDE) or mtime_ns >= changed[name])
    }


def file_of(sign: str) -> str | None:
    """Return the name of the file that `sign` is a marker for; None if it is not a marker."""
    plain = sign.lower()
    if not plain.endswith(_ENDINGS):
        return None
    ending = next(ending for ending in _ENDINGS if plain.endswith(ending))
    return sign[: -len(ending)] or None


_ENDINGS = BESIDE + IN_PLACE_OF
