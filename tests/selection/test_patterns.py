"""Which paths patterns name, and which patterns are refused."""

import pytest

from notion_sync.selection.patterns import Decision, Patterns

NOT_CLOSED = 'a bracket is not closed; write "\\[" for the sign itself'
CLASSES = "there are alnum, alpha, blank, cntrl, digit, graph, lower, print, punct, space, upper, xdigit"
PARTS = 'paths begin at the rule\'s folder and have no part "{}"; write "/name" or "folder/name"'


@pytest.mark.parametrize(
    ("lines", "path", "folder", "named"),
    [
        ((), "a.png", False, None),
        (("*.png",), "a.png", False, True),
        (("*.png",), "deep/below/a.png", False, True),
        (("*.png",), "a.jpg", False, None),
        (("*.jpg",), "IMG_1.JPG", False, True),
        (("*.JPG",), "img_1.jpg", False, True),
        (("/a.png",), "a.png", False, True),
        (("/a.png",), "b/a.png", False, None),
        (("b/*.png",), "b/a.png", False, True),
        (("b/*.png",), "c/b/a.png", False, None),
        (("**/b/*.png",), "c/b/a.png", False, True),
        (("**/b/*.png",), "b/a.png", False, True),
        (("b/**",), "b", True, None),
        (("b/**",), "b/c/a.png", False, True),
        (("b/**/a.png",), "b/a.png", False, True),
        (("b/**/a.png",), "b/c/d/a.png", False, True),
        (("b/**/a.png",), "b/ca.png", False, None),
        (("b/*/a.png",), "b/c/d/a.png", False, None),
        (("build/",), "build", True, True),
        (("build/",), "build", False, None),
        (("build/",), "build/a.txt", False, None),
        (("*.log", "!keep.log"), "a.log", False, True),
        (("*.log", "!keep.log"), "keep.log", False, False),
        (("!keep.log", "*.log"), "keep.log", False, True),
        (("x/**", "!x/keep"), "x/keep", False, False),
        (("x/**", "!x/keep"), "x", True, None),
        (("*", "!*/", "!*.csv"), "q1", True, False),
        (("*", "!*/", "!*.csv"), "q1/may.csv", False, False),
        (("*", "!*/", "!*.csv"), "q1/may.txt", False, True),
        (("caf\u00e9.txt",), "cafe\u0301.txt", False, True),
        (("cafe\u0301.txt",), "caf\u00e9.txt", False, True),
        (("caf?.txt",), "cafe\u0301.txt", False, True),
        (("*.png",), "\udcff.png", False, True),
        (("*.png",), "two\nlines.png", False, True),
        (("[[]x[]]",), "[x]", False, True),
        (("IMG_[0-9]*",), "img_7.png", False, True),
        (("[A-C]*",), "b", False, True),
        (("[!A-C]*",), "b", False, None),
        (("[A-z]",), "_", False, True),
        (("[z-a]",), "z", False, True),
        (("[z-a]",), "m", False, None),
        (("[\u00e0-\u00ff]",), "\u00c4", False, True),
        (("[A-Z]",), "\u00df", False, None),
        (("draft-[[:alpha:]].md",), "draft-b.md", False, True),
        (("draft-[[:alpha:]].md",), "draft-7.md", False, None),
        (("draft-[![:alpha:]_].md",), "draft-7.md", False, True),
        (("[[:digit:]x]",), "x", False, True),
        (("[[:upper:]]",), "a", False, True),
        (("[[:punct:]]",), "$", False, True),
        (("[:alpha:]",), "p", False, True),
        (("a b ",), "a b", False, True),
        (("a\\ ",), "a ", False, True),
        (("a\\\\  ",), "a\\", False, True),
        (("\\*",), "*", False, True),
        (("\\*",), "a", False, None),
        (("a[/]b/c",), "a/b/c", False, None),
    ],
)
def test_decides(lines: tuple[str, ...], path: str, folder: bool, named: bool | None) -> None:
    """The last pattern that matches decides, whatever the case and the Unicode form; a folder is not its files."""
    said = Patterns(lines).decides(path, folder=folder)
    assert (None if said is None else said.named) is named


def test_decision() -> None:
    """The line that decided is named as the user wrote it."""
    patterns = Patterns(("*.LOG", "!keep.log", "!*/"))
    assert patterns.decides("a.log") == Decision("*.LOG", named=True, any_folder=False)
    assert patterns.decides("keep.log") == Decision("!keep.log", named=False, any_folder=False)
    assert patterns.decides("keep", folder=True) == Decision("!*/", named=False, any_folder=True)


@pytest.mark.parametrize(
    ("lines", "path", "named"),
    [
        ((), "a", False),
        (("docs/",), "docs/a/b.txt", True),
        (("docs",), "x/docs/b.txt", True),
        (("/docs/**",), "docs/a/b.txt", True),
        (("docs/*",), "docs/a/b.txt", True),
        (("docs/",), "docs", False),
        (("*", "!*.tmp"), "a/b.tmp", False),
        (("*", "!*.tmp"), "a/b.txt", True),
        (("*", "!private/"), "private/a/b.txt", False),
        (("docs/", "!docs/private.md"), "docs/private.md", False),
        (("docs/", "!docs/private.md"), "docs/b.md", True),
        (("!private/", "*"), "private/b.txt", True),
    ],
)
def test_names_below(lines: tuple[str, ...], path: str, named: bool) -> None:
    """A file is named with its folder; the last line that names one of them decides."""
    assert Patterns(lines).names_below(path) is named


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("*.png", None),
        ("!/a/**/b?.txt", None),
        ("[a-z]*", None),
        ("[z-a]", None),
        ("[[a]", None),
        ("a b", None),
        ("\u00e4*", None),
        ("\\#x", None),
        ("!#x", None),
        ("[[:space:]]", None),
        ("Meeting-minutes_board-of-directors-2023-11 (signed).md", None),
        ("!", '"!" names nothing: there is no name in it'),
        ("/", '"/" names nothing: there is no name in it'),
        ("!/", '"!/" names nothing: there is no name in it'),
        ("a\\", '"a\\" names nothing: the backslash at its end takes away its meaning'),
        ("a\\/", '"a\\/" names nothing: the backslash at its end takes away its meaning'),
        ("a[/]b", '"a[/]b" names nothing: no character is in [/]'),
        ("[", f'"[" names nothing: {NOT_CLOSED}'),
        ("a[b", f'"a[b" names nothing: {NOT_CLOSED}'),
        ("[[:alpha:]", f'"[[:alpha:]" names nothing: {NOT_CLOSED}'),
        ("[[:letter:]]", f'"[[:letter:]]" names nothing: there is no class [:letter:]; {CLASSES}'),
        ("./a", f'"./a" names nothing: {PARTS.format(".")}'),
        ("a/../b", f'"a/../b" names nothing: {PARTS.format("..")}'),
        ("a//b", f'"a//b" names nothing: {PARTS.format("")}'),
        ("#x", '"#x" is a comment in gitignore syntax; write "\\#x" for names that begin with #'),
        ("", "the pattern is empty"),
        ("  ", "the pattern is empty"),
    ],
)
def test_problems(line: str, problem: str | None) -> None:
    """A pattern that names nothing is reported with the reason: what it was to keep at home would leave."""
    assert list(Patterns(("*.ok", line)).problems()) == ([] if problem is None else [(1, problem)])
