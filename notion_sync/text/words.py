"""Format numbers, sizes and times for people. Every message uses these, so that all look alike."""


def counted(number: int, thing: str, several: str = "") -> str:
    """Return a count with its noun: `1 file`, `1,204 files`, `2 entries`."""
    return f"{number:,} {thing if number == 1 else several or thing + 's'}"


def human_bytes(size: float) -> str:
    """Return a size such as `1.2 MiB`."""
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"


def two_sizes(one: int, other: int) -> tuple[str, str]:
    """Return two sizes to compare; in bytes if they would otherwise read the same."""
    if one != other and human_bytes(one) == human_bytes(other):
        return f"{one:,} B", f"{other:,} B"
    return human_bytes(one), human_bytes(other)


def human_seconds(seconds: float) -> str:
    """Return a duration such as `4 s`, `3 min`, `2.5 h`, `12 days`."""
    if seconds < 90:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 172_800 else f"{seconds / 86_400:.0f} days"
