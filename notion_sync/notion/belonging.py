"""Whether an answer belongs to what was asked.

A connection that fell out of step, or a proxy that mixes answers up, gives a good answer to another request. So the
ids, parents, kinds and names that an answer names are compared with those that were asked about, before any of it is
recorded. What an answer does not tell (a connection that may only insert hears ids alone) is not missed.
"""

import unicodedata
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from notion_sync.notion import json_access
from notion_sync.notion.json_access import JsonObject, Malformed
from notion_sync.notion.pages import Page
from notion_sync.notion.payloads import MediaBlock, PropertyValue
from notion_sync.notion.values import Block, FileUpload, Parent


class Thing(Protocol):
    """What an answer names by its id."""

    @property
    def id(self) -> str:
        """With or without dashes."""


class Child(Protocol):
    """What an answer names with its parent."""

    @property
    def parent(self) -> Parent | None:
        """None where Notion does not tell."""


AThing = TypeVar("AThing", bound=Thing)
AChild = TypeVar("AChild", bound=Child)

_INCOMPARABLE = {"page_id": ("block_id", "database_id"), "data_source_id": ("database_id",)}
"""Kind of parent asked for → kinds that may be named in its place: a synced copy is below the original's block, and
older answers name a row's database."""


def about(asked: str, decode: Callable[[JsonObject], AThing]) -> Callable[[JsonObject], AThing]:
    """Decodes an answer about the thing of one id.

    Raises:
        Malformed: When called: it is about another.
    """

    def checked(source: JsonObject) -> AThing:
        thing = decode(source)
        if not _same(thing.id, asked):
            raise Malformed(f"the answer is about {thing.id}, not about {asked}, which was asked for")
        return thing

    return checked


def below(asked: Parent, decode: Callable[[JsonObject], AChild]) -> Callable[[JsonObject], AChild]:
    """Decodes something that has to be directly below a parent.

    Raises:
        Malformed: When called: it is below another parent of that kind.
    """

    def checked(source: JsonObject) -> AChild:
        child = decode(source)
        _compare_parents(child.parent, asked)
        return child

    return checked


def titled(
    asked: Mapping[str, PropertyValue], decode: Callable[[JsonObject], Page]
) -> Callable[[JsonObject], Page]:
    """Decodes a page that was to be made with these properties.

    Raises:
        Malformed: When called: it has another title.
    """
    wanted = next((text for value in asked.values() if (text := _title_in(value.json))), "")

    def checked(source: JsonObject) -> Page:
        page = decode(source)
        if wanted and page.title and _letters(page.title) != _letters(wanted):
            raise Malformed("the answer is about a page of another title than the one that was to be made")
        return page

    return checked


def announced(filename: str) -> Callable[[JsonObject], FileUpload]:
    """Decodes an upload that was to be made under a name, and that nothing was sent to yet.

    Raises:
        Malformed: When called: it has another name, or its bytes. Notion adds an extension where there is none; what
            it does to names that are not ASCII is not known.
    """

    def checked(source: JsonObject) -> FileUpload:
        upload = FileUpload.decode(source)
        named = upload.filename or filename
        renamed = filename.isascii() and not _letters(named).startswith(_letters(filename))
        begun = upload.parts_sent or (upload.status == "uploaded" and upload.import_result is None)
        if renamed or begun or upload.status == "expired":
            raise Malformed(
                f"the answer is about the upload {upload.id}, not about the one that was to be made"
            )
        return upload

    return checked


REMEMBERED = 1000
"""Uploads of which it is known that they were made before: answers are mixed up while they are under way."""


class NewOnly:
    """What has been made is new: its id was not the answer to an earlier creation."""

    def __init__(self) -> None:
        self._made: deque[str] = deque(maxlen=REMEMBERED)

    def decoding(self, decode: Callable[[JsonObject], AThing]) -> Callable[[JsonObject], AThing]:
        """Decodes what was to be made.

        Raises:
            Malformed: When called: it was made before.
        """

        def checked(source: JsonObject) -> AThing:
            thing = decode(source)
            if any(_same(thing.id, made) for made in self._made):
                raise Malformed(f"the answer is about {thing.id}, which was made before")
            self._made.append(thing.id)
            return thing

        return checked


def are_made(found: Sequence[Block], asked: Sequence[MediaBlock], parent: Parent) -> None:
    """Compare new blocks with those that were to be made.

    Raises:
        Malformed: There are fewer, or one is of another kind or below another page.
    """
    if len(found) < len(asked):
        raise Malformed(f"the answer names {len(found)} of {len(asked)} new blocks")
    for made, wanted in zip(found, asked, strict=False):
        if made.type not in {"", wanted.kind}:
            raise Malformed(f"the answer names a block of the kind {made.type} in place of {wanted.kind}")
        _compare_parents(made.parent, parent)


def _compare_parents(named: Parent | None, asked: Parent) -> None:
    if named is None or named.id is None or asked.id is None or named.type in _INCOMPARABLE[asked.type]:
        return
    if named.type != asked.type or not _same(named.id, asked.id):
        raise Malformed(f"the answer is about something below {named.id}, not below {asked.id}")


def _title_in(value: JsonObject) -> str:
    return json_access.plain_text(json_access.items(value, "title"))


def _letters(name: str) -> str:
    """Letters and digits alone: whatever Notion does to a name, these stay."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", name).casefold()))


def _same(one: str, other: str) -> bool:
    return one.replace("-", "").lower() == other.replace("-", "").lower()
