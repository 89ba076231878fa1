"""Format numbers, sizes and times for people. Every message uses these, so that all look alike."""

_UNITS = (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10), ("B", 1))


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


def part_of(some: int, whole: int) -> str:
    """Return two sizes in the unit of the larger one: `84 of 200 MiB`."""
    unit, length = next((each for each in _UNITS if whole >= each[1]), _UNITS[-1])
    digits = 0 if unit == "B" or whole / length >= 10 else 1
    return f"{some / length:.{digits}f} of {whole / length:.{digits}f} {unit}"


def rounded(seconds: float) -> str:
    """Return a time as precisely as an estimate is: `40 s`, `1 min 30 s`, `4 min`, `2 h 10 min`."""
    if seconds < 60:
        return f"{max(10, round(seconds, -1)):.0f} s"
    if seconds < 165:
        minutes, half = divmod(round(seconds / 30), 2)
        return f"{minutes} min 30 s" if half else f"{minutes} min"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(5 * round(minutes / 5), 60)
    return f"{hours} h {minutes} min" if minutes and hours < 10 else f"{hours} h"
