"""Names as people read them: literal tables."""

import pytest

from notion_sync.text.names import as_read, meant, plain, spellings

COMPOSED, DECOMPOSED = "R\u00e9sum\u00e9", "Re\u0301sume\u0301"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (COMPOSED, DECOMPOSED),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af", "\ud55c\uae00"),  # Hangul, by letters and by syllables
        ("\u212b", "\u00c5"),  # Angstrom sign
        ("Reports", "Reports "),
        ("Reports", " Reports"),
        ("Reports", "Reports\u00a0"),
        ("10.00\u202fAM", "10.00 AM"),  # macOS names screenshots with a narrow no-break blank
        ("a\u00a0b", "a b"),
        ("a\tb", "a b"),
        ("non\u2011breaking", "non-breaking"),
    ],
)
def test_what_looks_the_same_is_one_name(one: str, other: str) -> None:
    assert as_read(one) == as_read(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Reports", "reports"),
        ("a b", "a  b"),
        ("a/b", "a_b"),
        (COMPOSED, "Resume"),
        ("\ufb01le", "file"),  # a ligature is another letter to whoever searches
        ("x\u00b2", "x2"),
        ("a-b", "a\u2013b"),
    ],
)
def test_what_looks_different_is_another_name(one: str, other: str) -> None:
    assert as_read(one) != as_read(other)


def test_a_part_of_a_name_keeps_its_blanks() -> None:
    assert plain(f"{DECOMPOSED}\u00a0") == f"{COMPOSED} "


@pytest.mark.parametrize(
    ("name", "things", "expected"),
    [
        ("a", ["a", "b"], ["a"]),
        ("c", ["a", "b"], []),
        ("a", ["a ", "a"], ["a"]),
        ("a", ["a", "a"], ["a", "a"]),
        (DECOMPOSED, [COMPOSED], [COMPOSED]),
        (COMPOSED, [DECOMPOSED, f"{COMPOSED} "], [DECOMPOSED, f"{COMPOSED} "]),
        (DECOMPOSED, [COMPOSED, DECOMPOSED], [DECOMPOSED]),
        ("", ["", " "], [""]),
    ],
)
def test_the_exact_name_goes_first(name: str, things: list[str], expected: list[str]) -> None:
    assert meant(name, things, str) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a", ["a", "a ", " a"]),
        ("a b", ["a b", "a\u00a0b", "a b ", " a b"]),
        (COMPOSED, [COMPOSED, DECOMPOSED, f"{COMPOSED} ", f" {COMPOSED}"]),
        (DECOMPOSED, [DECOMPOSED, COMPOSED, f"{COMPOSED} ", f" {COMPOSED}"]),
        ("a\u202fb", ["a\u202fb", "a b", "a\u00a0b", "a b ", " a b"]),
    ],
)
def test_all_that_is_asked_for_reads_the_same(name: str, expected: list[str]) -> None:
    assert list(spellings(name)) == expected
    assert {as_read(each) for each in expected} == {as_read(name)}
