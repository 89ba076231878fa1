"""Parse text to YAML nodes, or to the line that is wrong and why.

Errors are put into our own words, because the library's differ between versions, and between libyaml and PyYAML's own
parser, which is used without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml
from yaml.events import Event
from yaml.nodes import Node

from notion_sync.config.diagnosis import MAX_DEPTH, NESTED_TOO_DEEPLY, Loader, diagnose, needs_quotes


class SyntaxProblem(Exception):
    """The text is not YAML, or uses YAML that a configuration does not need.

    Args:
        line: The line to look at, counted from 1.
        text: What is wrong with it.
    """

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line
        self.text = text


def compose(text: str, loader: Loader | None = None) -> Node | None:
    """Return the root node of the only document in `text`; None if there is no document.

    Args:
        text: The content of a file.
        loader: A loader class of PyYAML; None for the fastest available.

    Raises:
        SyntaxProblem: The first thing that is wrong.
    """
    if forbidden := _NOT_PRINTABLE.search(text):
        line = text.count("\n", 0, forbidden.start()) + 1
        raise SyntaxProblem(line, f"a character that YAML does not allow (U+{ord(forbidden[0]):04X})")
    # libyaml skips a byte order mark without counting it, so its positions would be off by one.
    text = text.lstrip("\ufeff")
    if loader is None:
        loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    try:
        # libyaml's composer recurses on the C stack, so the depth is checked on the events first.
        _check_events(yaml.parse(text, Loader=loader))
        node: Node | None = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        raise SyntaxProblem(*diagnose(text, error, loader)) from None
    return node


# c-printable of YAML 1.1, section 4.1.
_NOT_PRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ORDINARY_NAME = re.compile(r"[\w-]+")


def _check_events(events: Iterator[Event]) -> None:
    """Check depth, anchors and the number of documents, so that composing finds no further errors."""
    depth = documents = 0
    anchors: dict[str, int] = {}
    for event in events:
        line = event.start_mark.line + 1 if event.start_mark else 1
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        if depth > MAX_DEPTH:
            raise SyntaxProblem(line, NESTED_TOO_DEEPLY)
        if documents > 1:
            raise SyntaxProblem(line, "a second document begins here; a configuration is one")
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in anchors:
                raise SyntaxProblem(line, _undefined(event.anchor or ""))
        elif isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            if event.anchor in anchors:
                first = anchors[event.anchor]
                raise SyntaxProblem(line, f"the anchor &{event.anchor} stands in line {first}, too")
            anchors[event.anchor] = line


def _undefined(name: str) -> str:
    # Which characters a name may contain differs between versions: in some `*.png` is a syntax error.
    if not _ORDINARY_NAME.fullmatch(name):
        return needs_quotes("*")
    return f'no &{name} stands above this alias; if it is none, it needs quotes: "*{name}"'
