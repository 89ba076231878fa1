"""Put into words how far something is."""

_UNITS = (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10), ("B", 1))


def part_of(some: int, whole: int) -> str:
    """Return two sizes in the unit of the larger one: `84 of 200 MiB`."""
    unit, length = next((each for each in _UNITS if whole >= each[1]), _UNITS[-1])
    digits = 0 if unit == "B" or whole / length >= 10 else 1
    return f"{some / length:.{digits}f} of {whole / length:.{digits}f} {unit}"


def rounded(seconds: float) -> str:
    """Return a time as precisely as an estimate is: `40 s`, `3 min`, `2 h 10 min`."""
    if seconds < 60:
        return f"{max(10, round(seconds, -1)):.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(5 * round(minutes / 5), 60)
    return f"{hours} h {minutes} min" if minutes and hours < 10 else f"{hours} h"
