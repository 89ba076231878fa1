"""Parse durations, sizes and percentages as people write them."""

import re

_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) *(ms|s|m|h|d)?")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_LONGEST = 365 * 86400.0

_SIZE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?) *([kmgt]?)(i?)b?", re.IGNORECASE)
_FACTORS: dict[str, int] = {"": 1} | {
    letter + i: base**power for power, letter in enumerate("kmgt", 1) for i, base in (("", 1000), ("i", 1024))
}

_PERCENTAGE = re.compile(r"([0-9]{1,3}(?:\.[0-9]+)?) *%")


def seconds(value: str | int) -> float:
    """Parse a duration: `5s`, `500ms`, `15m`, `1h`, `2d`; a plain number means seconds.

    Raises:
        ValueError: In words for the user.
    """
    found = _DURATION.fullmatch(str(value).strip())
    if not found:
        raise ValueError(f'"{value}" is not a duration such as 5s, 15m or 1h')
    amount = float(found[1]) * _SECONDS[found[2] or "s"]
    if amount > _LONGEST:
        raise ValueError(f'"{value}" is longer than a year')
    return amount


def size(value: str | int) -> int | None:
    """Parse a size in bytes: `20 MB`, `2 MiB`, `512k`, plain bytes; None for `none`. MB is 10^6 bytes, MiB is 2^20.

    Raises:
        ValueError: In words for the user.
    """
    text = str(value).strip()
    if text.lower() == "none":
        return None
    found = _SIZE.fullmatch(text)
    if not found or (found[3] and not found[2]):
        raise ValueError(f'"{value}" is not a size such as 20 MB or 2 GiB')
    amount = round(float(found[1]) * _FACTORS[(found[2] + found[3]).lower()])
    if amount < 1:
        raise ValueError(f'"{value}" lets nothing through; write none for no limit')
    return amount


def rate(value: str | int) -> int | None:
    """Parse a rate in bytes a second: `2 MB/s`, `2 MiB/s`; None for `none`.

    Raises:
        ValueError: In words for the user.
    """
    return size(re.sub(r"/s$", "", str(value).strip(), flags=re.IGNORECASE))


def part(value: str) -> float:
    """Parse a percentage: `25%` is 0.25.

    Raises:
        ValueError: In words for the user.
    """
    found = _PERCENTAGE.fullmatch(value.strip())
    if not found or float(found[1]) > 100:
        raise ValueError(f'"{value}" is not a percentage from 0% to 100%')
    return float(found[1]) / 100
