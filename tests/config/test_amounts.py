"""Durations, sizes and percentages."""

import pytest

from notion_sync.config import amounts


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5s", 5.0),
        ("500ms", 0.5),
        ("15m", 900.0),
        ("1h", 3600.0),
        ("1.5 h", 5400.0),
        ("2d", 172800.0),
        ("0", 0.0),
        (7, 7.0),
    ],
)
def test_seconds(text: str | int, value: float) -> None:
    """A number with a unit, or plain seconds."""
    assert amounts.seconds(text) == value


@pytest.mark.parametrize("text", ["", "s", "5 apples", "-1", "1h30", "1e3", "999d", "inf", "٥s"])
def test_no_seconds(text: str) -> None:
    """Everything else is refused with the text in the message."""
    with pytest.raises(ValueError, match=f'"{text}"'):
        amounts.seconds(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("none", None),
        ("20 MB", 20_000_000),
        ("20MiB", 20 * 2**20),
        ("1.5 GB", 1_500_000_000),
        ("512k", 512_000),
        ("512 KiB", 524_288),
        ("1 tib", 2**40),
        ("100 B", 100),
        (100, 100),
    ],
)
def test_size(text: str | int, value: int | None) -> None:
    """MB is a million bytes, MiB is 2 to the 20th."""
    assert amounts.size(text) == value


@pytest.mark.parametrize("text", ["", "MB", "20 XB", "20 iB", "-1", "0", "0.1 B", "1 MB/s", "1,5 MB"])
def test_no_size(text: str) -> None:
    """Everything else, nothing included, is refused."""
    with pytest.raises(ValueError, match=f'"{text}"'):
        amounts.size(text)


@pytest.mark.parametrize(("text", "value"), [("2 MB/s", 2_000_000), ("1 MiB", 2**20), ("none", None)])
def test_rate(text: str, value: int | None) -> None:
    """A size a second."""
    assert amounts.rate(text) == value


@pytest.mark.parametrize(("text", "value"), [("25%", 0.25), ("0%", 0.0), ("100 %", 1.0), ("12.5%", 0.125)])
def test_part(text: str, value: float) -> None:
    """A percentage is a part of one."""
    assert amounts.part(text) == value


@pytest.mark.parametrize("text", ["25", "101%", "-5%", "%", ""])
def test_no_part(text: str) -> None:
    """A number without its sign could be files as well as percent."""
    with pytest.raises(ValueError, match="percentage"):
        amounts.part(text)
