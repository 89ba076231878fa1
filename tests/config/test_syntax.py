"""What is wrong with a text that is no YAML: the line and our own words, whichever parser reads it."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from notion_sync.config.syntax import SyntaxProblem, compose

LOADERS = [
    pytest.param(yaml.SafeLoader, id="PyYAML"),
    pytest.param(
        getattr(yaml, "CSafeLoader", None),
        id="libyaml",
        marks=pytest.mark.skipif(
            not yaml.__with_libyaml__, reason="not run: this PyYAML was built without libyaml"
        ),
    ),
]

INDENTATION = [
    ("rules:\n  - name: a\n    folder: b\n   to: c\n", "4: {} line 3 (3 spaces, not 4)"),
    ("rules:\n  - name: a\n    folder: b\n      to: c\n", "4: {} line 3 (6 spaces, not 4)"),
    ("rules:\n    - name: a\n  to: c\n", "3: {} line 2 (2 spaces, not 4)"),
    ("rules:\n - name: a\nto:\n  page: b\n row: c\n", "5: {} line 4 (1 space, not 2)"),
    ("  version: 1\nrules: []\n", "2: {} line 1 (0 spaces, not 2)"),
    ("rules:\n  - a: |\n      b\n     c: d\n", "4: {} line 3 (5 spaces, not 6)"),
    ("a:\n  b: 1\n # between\n\n  c: 2\n   d: 3\n", "6: {} line 5 (3 spaces, not 2)"),
]
LISTS = [
    ("rules: - name: a\n", '1: a list begins on a line of its own; put "- …" below its key'),
    (
        "rules:\n  name: a\n  - b\n",
        '3: a list entry ("- …") cannot stand among keys such as that of line 2',
    ),
    ("a:\n  - b\n  c: d\n", '3: this line needs a "- ", as in line 2, or another indentation'),
]
KEYS = [
    ("name: a\nfolder b\nto: c\n", '2: a key without ": "; it is written "key: value", with a space'),
    ("name: a\nfolder:b\nto: c\n", '2: a key without ": "; it is written "key: value", with a space'),
    ("name: a\nfolder b", '2: a key without ": "; it is written "key: value", with a space'),
    ("- name\n  folder: b\n", '1: a key without ": "; it is written "key: value", with a space'),
    ("a: b: c\n", '1: a second ": " in this line; put the value in quotes, or mind the indentation'),
]
QUOTES = [
    ("a: 'b\nc: 1\n", "1: this quote is never closed: '"),
    ('a: 1\nb: "c\nd: 1\n', '2: this quote is never closed: "'),
    ('a: "b\n--- \nc: "\n', '1: this quote is never closed: "'),
    ('a: "b\nc: "d"\n', '1: this quote is closed only in line 2: "'),
    ('a: ["b, c]\nd: "e"\n', '1: this quote is closed only in line 2: "'),
    ("a: 'it's'\n", "1: text after the closing quote; a quote within the text is written ''"),
    ('a: "b" c\n', '1: text after the closing quote; a quote within the text is written \\"'),
    (
        'a: "C:\\dir"\n',
        "1: \\d means nothing between double quotes; use single quotes, or \\\\ for a backslash",
    ),
    (
        'a: "b\n  \\xfg"\n',
        "2: \\x means nothing between double quotes; use single quotes, or \\\\ for a backslash",
    ),
]
BRACKETS = [
    ("a: [b, c\nd: 1\n", "1: this [ is not closed, or a comma is missing before line 2"),
    ("a: {b: c\n\nd: 1\n", "1: this { is not closed, or a comma is missing before line 3"),
    ("a: 1\nb: [c,\n  d\n", "2: this [ is never closed"),
    ("a: [b}\n", "1: this } does not close the [ of line 1"),
    ("a: [b: 1 c: 2]\n", "1: a comma or ] is missing"),
    ("a: ['b' 'c']\n", "1: a comma or ] is missing"),
    ("a: [, b]\n", "1: nothing stands before this comma"),
    ("a: b\nc: ]\n", "2: this ] closes nothing"),
    ("a: [b] c\n", "1: text after the closing ]"),
    ("[" * 2000, "1: nested too deeply"),
    ("{a: " * 31, "1: nested too deeply"),
]
SIGNS = [
    ("a: *.png\n", '1: a value that begins with * needs quotes: "*…"'),
    ("a: [b, *.png]\n", '1: a value that begins with * needs quotes: "*…"'),
    ("a: [!*.png]\n", '1: a value that begins with ! needs quotes: "!…"'),
    ("a: @b\n", '1: a value that begins with @ needs quotes: "@…"'),
    ("a: `b`\n", '1: a value that begins with ` needs quotes: "`…"'),
    ("a: %b\n", '1: a value that begins with % needs quotes: "%…"'),
    ("a: & b\n", '1: a value that begins with & needs quotes: "&…"'),
    ("a: , b\n", '1: a value that begins with , needs quotes: ",…"'),
    ("a: {stem} b\n", '1: a value that begins with { needs quotes: "{…"'),
    ("a: [{mtime:%Y-%m} b]\n", '1: a value that begins with { needs quotes: "{…"'),
    (
        "# a list: *.png\na: b c: d\n",
        '2: a second ": " in this line; put the value in quotes, or mind the indentation',
    ),
    ("a: |b\n  c\n", "1: the text after | begins on the next line, indented"),
    ("a: 1\nb: *c\n", '2: no &c stands above this alias; if it is none, it needs quotes: "*c"'),
    ("a: &b 1\nc: 2\nd: &b 3\n", "3: the anchor &b stands in line 1, too"),
]
REST = [
    ("a:\n\t- b\n", "2: a tab; YAML indents with spaces only"),
    ("a: b\n  \tc: d\n", "2: a tab; YAML indents with spaces only"),
    ("a:\n-\tb: c\n", "2: a tab; YAML indents with spaces only"),
    ("a: 1\n---\nb: 1\n", "2: a second document begins here; a configuration is one"),
    ("a: 1\nb: \x07\n", "2: a character that YAML does not allow (U+0007)"),
    ("a: b\ufffec\n", "1: a character that YAML does not allow (U+FFFE)"),
    ("\ufeff\ufeffa: [b\n", "1: this [ is never closed"),
    ("a: ? b\n", "1: YAML does not allow what stands here, from column 4 on"),
]


def problem(text: str, loader: Any) -> str:
    """`line: what is wrong`; empty if nothing is."""
    try:
        compose(text, loader)
    except SyntaxProblem as found:
        return f"{found.line}: {found.text}"
    return ""


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(("text", "expected"), [*LISTS, *KEYS, *QUOTES, *BRACKETS, *SIGNS, *REST])
def test_the_mistake_is_named(text: str, expected: str, loader: Any) -> None:
    assert problem(text, loader) == expected


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(("text", "expected"), INDENTATION)
def test_an_indentation_is_compared_with_another(text: str, expected: str, loader: Any) -> None:
    assert problem(text, loader) == expected.format("this line is indented differently from")


PIECES = st.sampled_from(
    ["a", "b: c", ": ", "- ", "? ", "\n", "\n  ", "\n   ", "\r\n", "\u2028", "\t", "[", "]", "{", "}", ",", "'", '"',
     "\\d", "*a", "*.p", "&a ", "!b ", "%", "@", "`", "|", "> ", "#", "---\n", "...", "\ufeff", "\ufffe", "\x07"]
)  # fmt: skip


@pytest.mark.parametrize("loader", LOADERS)
@given(pieces=st.lists(PIECES, max_size=14))
def test_no_word_of_the_library_gets_through(pieces: list[str], loader: Any) -> None:
    text = "".join(pieces)
    if found := problem(text, loader):
        assert 1 <= int(found.partition(":")[0]) <= len(text.splitlines()) + 1
        assert "\n" not in found
        assert not any(word in found for word in ("while ", "expected", "scalar", "<", "token"))
