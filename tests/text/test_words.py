"""Numbers, sizes, times and paths in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_sync.text.visible import visible
from notion_sync.text.words import counted, human_bytes, human_seconds, rounded, two_sizes


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 files"), (1, "1 file"), (2, "2 files"), (12345, "12,345 files")]
)
def test_things_are_counted(number: int, said: str) -> None:
    assert counted(number, "file") == said


def test_some_things_have_a_plural_of_their_own() -> None:
    assert [counted(number, "entry", "entries") for number in (1, 2)] == ["1 entry", "2 entries"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 𝄞 name.txt", "plain é 𝄞 name.txt"),
        ("bad\udcff", "bad\ufffd"),
        # Bytes that make UTF-8 together, though they came one by one.
        ("\udcc3\udca9", "é"),
        ("a\nb\tc\x00", "a\\nb\\tc\\x00"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("a\u202eb", "a\\u202eb"),
        ("", ""),
    ],
)
def test_what_cannot_be_printed_is_made_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


surrogates = st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF, categories=["Cs"])


@given(st.text(st.one_of(surrogates, st.characters(exclude_categories=["Cs"]))))
def test_whatever_bytes_a_name_has_it_can_be_printed(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    shown.encode()


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (2**20, "1.0 MiB"),
        (5 * 2**30, "5.0 GiB"),
        (2**40, "1024.0 GiB"),
    ],
)
def test_sizes_in_words(size: int, words: str) -> None:
    assert human_bytes(size) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0.0 s"), (1.25, "1.2 s"), (10, "10 s"), (89, "89 s"), (90, "2 min"), (3599, "60 min"),
        (5400, "1.5 h"), (36000, "10.0 h"), (172_799, "48.0 h"), (172_800, "2 days"), (1e7, "116 days"),
    ],
)  # fmt: skip
def test_times_in_words(seconds: float, words: str) -> None:
    assert human_seconds(seconds) == words


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (3_000_000, 2_000_000, ("2.9 MiB", "1.9 MiB")),
        (5_000_001, 5_000_000, ("5,000,001 B", "5,000,000 B")),
        (5, 5, ("5 B", "5 B")),
    ],
)
def test_sizes_that_are_compared_can_be_told_apart(one: int, other: int, said: tuple[str, str]) -> None:
    assert two_sizes(one, other) == said


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "10 s"), (44, "40 s"), (60, "1 min"), (80, "1 min 30 s"), (110, "2 min"), (164, "2 min 30 s"),
        (165, "3 min"), (3569, "59 min"), (3600, "1 h"), (7800, "2 h 10 min"), (36000, "10 h"),
    ],
)  # fmt: skip
def test_an_estimate_is_told_no_more_precisely_than_it_is(seconds: float, words: str) -> None:
    assert rounded(seconds) == words


def test_an_estimate_is_told_nearly_as_it_is() -> None:
    for at in range(15, 10_000):
        units = {"s": 1, "min": 60, "h": 3600}
        words = rounded(at).split()
        told = sum(int(number) * units[unit] for number, unit in zip(words[::2], words[1::2], strict=True))
        assert 0.79 < told / at < 1.34
