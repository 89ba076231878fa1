"""Files that a download still fills under their final names, told by what lies beside them.

Names that say it by themselves (`*.part`) are in `built_in`.
"""

from collections.abc import Sequence

from notion_sync.model import Entry

BESIDE = (".aria2", ".aria2__temp", ".st", ".lftp-pget-status", "-pget-status", ".ytdl")
"""Endings of what lies beside a file that is filled in its place: aria2, axel, lftp's pget, yt-dlp without .part.

It is there as long as the download is not complete, also while nobody works on it.
"""

IN_PLACE_OF = (".part", ".partial", ".crdownload", ".filepart", ".download", ".opdownload", ".!ut", ".!qb")
"""Endings of what will be renamed to the file. Beside it there is nothing, an empty file that keeps the name, or an
older one; what was left of a download that was given up is older than the file."""


def being_filled(entries: Sequence[Entry]) -> dict[str, str]:
    """The files of one folder that are not complete, each with the name of the sign beside it."""
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
    """The name of the file that a name is the sign of; None where it is none."""
    plain = sign.lower()
    if not plain.endswith(_ENDINGS):
        return None
    ending = next(ending for ending in _ENDINGS if plain.endswith(ending))
    return sign[: -len(ending)] or None


_ENDINGS = BESIDE + IN_PLACE_OF
