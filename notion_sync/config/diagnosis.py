"""Find the probable mistake where a YAML parser stopped.

Only the position of the error and the tokens before it come from the library; the rest is derived from the text.
Positions agree between versions of PyYAML and between its two parsers; messages do not.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import yaml
from yaml import tokens as t
from yaml.error import Mark, MarkedYAMLError

# A text: there is no CSafeLoader in a PyYAML without libyaml.
Loader: TypeAlias = "type[yaml.SafeLoader] | type[yaml.CSafeLoader]"
Finding = tuple[int, str] | None
"""The line to look at, counted from 1, and what is wrong there; None if a check finds nothing."""

MAX_DEPTH = 30
NESTED_TOO_DEEPLY = "nested too deeply"

_BRACKETS = {"[": "]", "{": "}"}
# A quote and its valid content, up to the closing quote or the first invalid character.
_QUOTED = {
    "'": re.compile("'(?:[^']|'')*"),
    '"': re.compile(
        r'"(?:[^"\\]|\\(?:[0abt\tnvfre "/\\N_LP\r\n\x85\u2028\u2029]'
        r"|x[0-9A-Fa-f]{2}|u(?![Dd][89A-Fa-f])[0-9A-Fa-f]{4}|U00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4}))*"
    ),
}
_INDICATORS = "*&!%@`"
_TEMPLATE_FIELD = re.compile(r"\{[a-z]+(?::[^{} ][^{}]*)?\}")


def diagnose(text: str, error: MarkedYAMLError, loader: Loader) -> tuple[int, str]:
    """Return the line to look at, counted from 1, and what is wrong there.

    Args:
        text: The parsed text.
        error: The parser's error.
        loader: The loader class that was used.
    """
    stop = _stop(text, error, loader)
    for check in _CHECKS:
        if found := check(stop):
            return found
    if stop.at_the_end:
        return stop.line, "the file ends too early"
    return stop.line, f"YAML does not allow what stands here, from column {stop.at.column + 1} on"


def needs_quotes(indicator: str) -> str:
    """Return the message for a value that begins with a special character of YAML."""
    return f'a value that begins with {indicator} needs quotes: "{indicator}…"'


@dataclass
class _Block:
    """An unfinished block mapping or list."""

    is_list: bool
    column: int
    line: int
    """Line of its last entry, counted from 1."""


@dataclass
class _Stop:
    """Where the parser stopped, and what it had parsed until then."""

    text: str
    at: Mark
    """Position of what it could not parse."""
    begin: Mark
    """Start of the scalar that it could not finish; else the same as `at`."""
    tokens: list[t.Token]
    """The tokens that end before `at`."""

    @cached_property
    def at_the_end(self) -> bool:
        return not self.text[self.at.index :].strip()

    @cached_property
    def line(self) -> int:
        """Counted from 1; at most the last line of the text."""
        return min(self.at.line, self.text.rstrip().count("\n")) + 1

    @cached_property
    def char(self) -> str:
        return self.text[self.at.index : self.at.index + 1]

    @cached_property
    def last(self) -> t.Token | None:
        return self.tokens[-1] if self.tokens else None

    @cached_property
    def before(self) -> str:
        """The text before `at` in its line."""
        return self.text[self.at.index - self.at.column : self.at.index]

    @cached_property
    def open_brackets(self) -> list[Mark]:
        """Positions of the unclosed brackets, the innermost last."""
        found: list[Mark] = []
        for token in self.tokens:
            if isinstance(token, t.FlowSequenceStartToken | t.FlowMappingStartToken):
                found.append(token.start_mark)
            elif isinstance(token, t.FlowSequenceEndToken | t.FlowMappingEndToken) and found:
                found.pop()
        return found

    @cached_property
    def open_blocks(self) -> list[_Block]:
        """The mappings and lists around the position, including those that its indentation would end."""
        found: list[_Block] = []
        for token in self.tokens:
            column, line = token.start_mark.column, token.start_mark.line + 1
            if isinstance(token, t.BlockMappingStartToken | t.BlockSequenceStartToken):
                found.append(_Block(isinstance(token, t.BlockSequenceStartToken), column, line))
            elif isinstance(token, t.BlockEndToken) and found:
                found.pop()
            elif isinstance(token, t.KeyToken | t.BlockEntryToken) and found and column == found[-1].column:
                found[-1].line = line
        return found


def _stop(text: str, error: MarkedYAMLError, loader: Loader) -> _Stop:
    at = error.problem_mark or error.context_mark
    assert at is not None, "errors of syntax have a place"
    # A parser error's context is the surrounding collection, which says less than the tokens do.
    begin = error.context_mark if isinstance(error, yaml.scanner.ScannerError) else None
    tokens: list[t.Token] = []
    try:
        # Scan only up to the position: the scanner looks ahead, and an error there would hide tokens before it.
        for token in yaml.scan(text[: at.index], Loader=loader):
            # At the end of the text the scanner closes all blocks.
            if token.start_mark.index >= at.index:
                break
            tokens.append(token)
    except yaml.YAMLError:
        pass  # the position is within a scalar; the tokens before it were collected
    return _Stop(text, at, begin or at, tokens)


def _quote(stop: _Stop) -> Finding:
    """Find a quote that is not closed, or an invalid backslash escape."""
    quote = stop.text[stop.begin.index : stop.begin.index + 1]
    if quote not in _QUOTED or not quote:
        return None
    body = _QUOTED[quote].match(stop.text, stop.begin.index)
    assert body is not None
    escape = stop.text[body.end() : body.end() + 2]
    if escape.startswith("\\") and len(escape) == 2:
        line = stop.text.count("\n", 0, body.end()) + 1
        return (
            line,
            f"{escape} means nothing between double quotes; use single quotes, or \\\\ for a backslash",
        )
    if not escape or stop.text.startswith(("---", "..."), stop.at.index):
        return stop.begin.line + 1, f"this quote is never closed: {quote}"
    return None


def _quote_closed_late(stop: _Stop) -> Finding:
    """Find a quote that is closed only by the next opening quote, some lines below."""
    quote = _quote_of(stop.last)
    if not stop.last or not quote or stop.last.start_mark.line == stop.last.end_mark.line:
        return None
    end = stop.last.end_mark.line
    if end != stop.at.line:
        return None
    return stop.last.start_mark.line + 1, f"this quote is closed only in line {end + 1}: {quote}"


def _indicator(stop: _Stop) -> Finding:
    """Find a value that begins with a special character of YAML."""
    places = [stop.begin, stop.at]
    if isinstance(stop.last, t.AliasToken | t.AnchorToken | t.TagToken):
        places.append(stop.last.start_mark)
    for mark in places:
        char = stop.text[mark.index : mark.index + 1]
        if char and char in _INDICATORS:
            return mark.line + 1, needs_quotes(char)
    if isinstance(stop.last, t.FlowMappingEndToken) and stop.last.end_mark.line == stop.at.line:
        start = stop.text.rfind("{", 0, stop.last.start_mark.index)
        if _TEMPLATE_FIELD.fullmatch(stop.text[start : stop.last.end_mark.index]):
            return stop.line, needs_quotes("{")
    return None


def _tab(stop: _Stop) -> Finding:
    line = stop.text[stop.at.index - stop.at.column :].partition("\n")[0]
    indentation = line[: len(line) - len(line.lstrip())]
    # Between brackets libyaml accepts tabs.
    if stop.char == "\t" or ("\t" in indentation and not stop.open_brackets):
        return stop.line, "a tab; YAML indents with spaces only"
    return None


def _bracket(stop: _Stop) -> Finding:
    """Find a bracket that is not closed, or something invalid between brackets."""
    if not stop.open_brackets:
        if stop.char == ",":
            return stop.line, needs_quotes(",")
        return (stop.line, f"this {stop.char} closes nothing") if stop.char in ("]", "}") else None
    if len(stop.open_brackets) > MAX_DEPTH:
        return stop.line, NESTED_TOO_DEEPLY
    mark = stop.open_brackets[-1]
    line, opening = mark.line + 1, stop.text[mark.index]
    closing = _BRACKETS[opening]
    if stop.at_the_end:
        return line, f"this {opening} is never closed"
    if stop.char in ("]", "}") and stop.char != closing:
        return stop.line, f"this {stop.char} does not close the {opening} of line {line}"
    if stop.char == ",":
        return stop.line, "nothing stands before this comma"
    if line == stop.line:
        return line, f"a comma or {closing} is missing"
    return line, f"this {opening} is not closed, or a comma is missing before line {stop.line}"


def _text_after_end(stop: _Stop) -> Finding:
    """Find text after the closing quote or bracket of a value."""
    if stop.last is None or stop.last.end_mark.line != stop.at.line or stop.char == ":":
        return None
    if quote := _quote_of(stop.last):
        within = "''" if quote == "'" else '\\"'
        return stop.line, f"text after the closing quote; a quote within the text is written {within}"
    if isinstance(stop.last, t.FlowSequenceEndToken | t.FlowMappingEndToken):
        return stop.line, f"text after the closing {stop.text[stop.last.start_mark.index]}"
    return None


def _block_text(stop: _Stop) -> Finding:
    char = stop.text[stop.begin.index : stop.begin.index + 1]
    if char in ("|", ">"):
        return stop.begin.line + 1, f"the text after {char} begins on the next line, indented"
    return None


def _dash(stop: _Stop) -> Finding:
    """Find a list where none can begin."""
    if stop.char != "-" or stop.text[stop.at.index + 1 : stop.at.index + 2].strip():
        return None
    if stop.before.strip():
        return stop.line, 'a list begins on a line of its own; put "- …" below its key'
    if stop.open_blocks and stop.open_blocks[-1].column == stop.at.column:
        return (
            stop.line,
            f'a list entry ("- …") cannot stand among keys such as that of line {stop.open_blocks[-1].line}',
        )
    return None


def _indentation(stop: _Stop) -> Finding:
    """Find a line with an indentation that matches nothing around it."""
    indent = len(stop.before) - len(stop.before.lstrip(" "))
    continued = _continued(stop)
    if continued and indent == continued.start_mark.column:
        return continued.start_mark.line + 1, _NO_COLON
    blocks = [*stop.open_blocks, *_text_block(stop)]
    first_in_line = not stop.before.strip() and not stop.at_the_end
    if not blocks or not (continued or first_in_line):
        return None
    nearest = min(blocks, key=lambda block: (abs(block.column - indent), -block.column))
    if nearest.column != indent:
        spaces = f"{indent} space{'' if indent == 1 else 's'}, not {nearest.column}"
        return stop.line, f"this line is indented differently from line {nearest.line} ({spaces})"
    if nearest.is_list and stop.char != "-":
        return stop.line, f'this line needs a "- ", as in line {nearest.line}, or another indentation'
    return None


def _colon(stop: _Stop) -> Finding:
    if stop.char == ":":
        return stop.line, 'a second ": " in this line; put the value in quotes, or mind the indentation'
    if stop.begin.index < stop.at.index:
        return stop.begin.line + 1, _NO_COLON
    return None


_NO_COLON = 'a key without ": "; it is written "key: value", with a space'

_CHECKS = (
    _quote, _quote_closed_late, _indicator, _tab, _bracket, _text_after_end, _block_text, _dash, _indentation, _colon,
)  # fmt: skip


def _quote_of(token: t.Token | None) -> str:
    """Return the quote around a scalar; empty if it has none."""
    return token.style if isinstance(token, t.ScalarToken) and token.style in _QUOTED else ""


def _continued(stop: _Stop) -> t.ScalarToken | None:
    """Return the scalar before a `:` if it began on an earlier line: this line was parsed as its continuation."""
    if stop.char != ":" or not isinstance(stop.last, t.ScalarToken) or stop.last.style:
        return None
    return stop.last if stop.last.start_mark.line < stop.at.line else None


def _text_block(stop: _Stop) -> list[_Block]:
    """Return the block scalar (after `|` or `>`) directly before the position."""
    if not isinstance(stop.last, t.ScalarToken) or stop.last.style not in ("|", ">"):
        return []
    content = stop.text[stop.last.start_mark.index :].partition("\n")[2]
    indent = len(content) - len(content.lstrip(" "))
    return [_Block(is_list=False, column=indent, line=stop.last.start_mark.line + 2)]
