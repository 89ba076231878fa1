"""Check that an answer belongs to the request.

A connection that is out of step, or a proxy that mixes answers up, delivers a good answer to another request. So the
ids, parents, types and names in an answer are compared with those of the request before any of it is recorded. Missing
facts are accepted, because a connection that may only insert gets only ids.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol, TypeVar

from notion_sync.notion import json_access
from notion_sync.notion.errors import BadAnswer, CommittedWrite
from notion_sync.notion.json_access import JsonObject, Malformed
from notion_sync.notion.media import shorten_name
from notion_sync.notion.pages import Page
from notion_sync.notion.payloads import MediaBlock, PropertyValue
from notion_sync.notion.values import Block, FileUpload, ListPage, Parent


class Identified(Protocol):
    """A part of an answer that has an id."""

    @property
    def id(self) -> str:
        """With or without dashes."""


class Child(Protocol):
    """A part of an answer that has a parent."""

    @property
    def parent(self) -> Parent | None:
        """None if the answer does not contain it."""


IdentifiedT = TypeVar("IdentifiedT", bound=Identified)
ChildT = TypeVar("ChildT", bound=Child)

T = TypeVar("T")

_INCOMPARABLE = "database_id"
"""A type of parent whose id tells nothing: older answers name the database of a row, not its data source."""

_ID: Final = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)

_REMEMBERED: Final = 1000


def about(asked: str, decode: Callable[[JsonObject], IdentifiedT]) -> Callable[[JsonObject], IdentifiedT]:
    """Return a decoder for an answer about the thing with the id `asked`.

    Raises:
        Malformed: From the decoder: the answer is about another thing.
    """

    def checked(source: JsonObject) -> IdentifiedT:
        thing = decode(source)
        if not _same(thing.id, asked):
            raise Malformed(f"the answer is about {thing.id}, not about {asked}, which was asked for")
        return thing

    return checked


def below(asked: Parent, decode: Callable[[JsonObject], ChildT]) -> Callable[[JsonObject], ChildT]:
    """Return a decoder for something that must be directly below the parent `asked`.

    Raises:
        Malformed: From the decoder: it is below another parent.
    """

    def checked(source: JsonObject) -> ChildT:
        child = decode(source)
        _compare_parents(child.parent, asked)
        return child

    return checked


def titled(
    asked: Mapping[str, PropertyValue], decode: Callable[[JsonObject], Page]
) -> Callable[[JsonObject], Page]:
    """Return a decoder for a page that was to be created with these properties.

    Raises:
        Malformed: From the decoder: the page has another title.
    """
    wanted = next((text for value in asked.values() if (text := _title_in(value.json))), "")

    def checked(source: JsonObject) -> Page:
        page = decode(source)
        if wanted and page.title and letters(page.title) != letters(wanted):
            raise Malformed("the answer is about a page of another title than the one that was to be made")
        return page

    return checked


def upload_made(filename: str) -> Callable[[JsonObject], FileUpload]:
    """Return a decoder for a new upload with a filename, to which nothing was sent yet.

    Raises:
        Malformed: From the decoder: it has another name or bytes already, is attached or expired. Notion adds an
            extension if there is none; what it does to names that are not ASCII is unknown.
    """

    def checked(source: JsonObject) -> FileUpload:
        upload = FileUpload.decode(source)
        named = upload.filename or filename
        renamed = filename.isascii() and not is_called(named, filename)
        begun = upload.parts_sent or (upload.status == "uploaded" and upload.import_result is None)
        begun = begun or (upload.attached and "expiry_time" in source)
        if renamed or begun or upload.status == "expired":
            raise Malformed(
                f"the answer is about the upload {upload.id}, not about the one that was to be made"
            )
        return upload

    return checked


def blocks_made(
    asked: Sequence[MediaBlock], parent: Parent, ids: Sequence[str] | None = None
) -> Callable[[JsonObject], list[Block]]:
    """Return a decoder for the blocks that were to be created below a page or block, in order.

    Unless they were inserted at the end, the answer also contains the blocks after them, which are dropped.

    Args:
        asked: The blocks.
        parent: The page or block.
        ids: Their ids, if an error has named them.

    Raises:
        Malformed: From the decoder: there are fewer, or one has another type, name or id, or is below another parent.
    """

    def checked(source: JsonObject) -> list[Block]:
        found = list(ListPage.decode(source, Block.decode).items[: len(asked)])
        if len(found) < len(asked):
            raise Malformed(f"the answer names {len(found)} of {len(asked)} new blocks")
        for made, wanted in zip(found, asked, strict=True):
            if made.type not in {"", wanted.kind}:
                raise Malformed(f"the answer names a block of the kind {made.type} in place of {wanted.kind}")
            if made.name and wanted.name is not None and not is_called(made.name, shorten_name(wanted.name)):
                raise Malformed(f"the answer names a block called {made.name} in place of {wanted.name}")
            _compare_parents(made.parent, parent)
        if ids is not None and not all(_same(made.id, id_) for made, id_ in zip(found, ids, strict=True)):
            raise Malformed("the blocks that were named as new are not there")
        return found

    return checked


def is_called(shown: str, name: str) -> bool:
    """Whether something that was given a name may be shown under this one: Notion may add an extension."""
    return letters(shown).startswith(letters(name))


def letters(name: str) -> str:
    """Return the letters and digits alone, which Notion keeps whatever else it does to a name."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", name).casefold()))


def check_committed(error: CommittedWrite, path: str) -> None:
    """Check that a reported write is the one to the thing that its request's path names; a creation's names none.

    developers.notion.com "Request limits": for an append the error names the parent.

    Raises:
        BadAnswer: It is a write to another thing; what became of this one is unknown.
    """
    named, asked = error.committed_resource_id, _ID.search(path)
    if named is not None and asked is not None and not _same(named, asked.group()):
        raise BadAnswer(
            f"the answer is about {named}, not about {asked.group()}, which was asked for", ambiguous=True
        ) from None


class RequestIds:
    """Ids of answered requests. An answer with the id and the text of an earlier one is that answer once more.

    Even an empty list tells in this way that it is another request's. The latest 1,000 are kept.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, int]] = {}

    def check(self, source: JsonObject, text: bytes, asked: str) -> None:
        """Keep the request id of an answer, and check that the answer has not come before to another request.

        Args:
            source: The answer.
            text: The same as it came.
            asked: The request in words, equal for equal ones.

        Raises:
            Malformed: It has.
        """
        id_ = json_access.text(source, "request_id")
        if id_ is None or not _ID.fullmatch(id_):
            return
        this = (hash(text), hash(asked))
        earlier = self._known.get(id_, this)
        if earlier[0] == this[0] and earlier[1] != this[1]:
            raise Malformed("the answer has come before, to another request")
        _remember(self._known, {id_: this})


class NewIds:
    """Ids that answers have named as new. An answer that names one of them again belongs to another request.

    Types, names and parents cannot distinguish two uploads of one name, or two blocks of one page. The latest 1,000
    ids are kept, because answers are mixed up only with others of the same moment.
    """

    def __init__(self) -> None:
        self._known: dict[str, None] = {}

    def one(self, decode: Callable[[JsonObject], IdentifiedT]) -> Callable[[JsonObject], IdentifiedT]:
        """Return a decoder for a thing that must be new.

        Raises:
            Malformed: From the decoder: an earlier answer has named it as new.
        """

        def checked(source: JsonObject) -> IdentifiedT:
            thing = decode(source)
            self._add([thing])
            return thing

        return checked

    def each(
        self, decode: Callable[[JsonObject], list[IdentifiedT]]
    ) -> Callable[[JsonObject], list[IdentifiedT]]:
        """Return a decoder for several things that must be new; raises as `one`."""

        def checked(source: JsonObject) -> list[IdentifiedT]:
            things = decode(source)
            self._add(things)
            return things

        return checked

    def _add(self, things: Sequence[Identified]) -> None:
        for thing in things:
            if thing.id in self._known:
                raise Malformed(f"the answer names {thing.id} as new, which an earlier answer has named")
        _remember(self._known, dict.fromkeys(thing.id for thing in things))


def _remember(known: dict[str, T], more: Mapping[str, T]) -> None:
    known.update(more)
    while len(known) > _REMEMBERED:
        del known[next(iter(known))]


def _compare_parents(named: Parent | None, asked: Parent) -> None:
    # A page and a block are asked for alike, so types are not compared. Only children of a synced copy would name
    # another block, the original's; none are listed (`sync.page_contents.CONTAINERS`).
    if named is None or named.id is None or asked.id is None or named.type == _INCOMPARABLE:
        return
    if not _same(named.id, asked.id):
        raise Malformed(f"the answer is about something below {named.id}, not below {asked.id}")


def _title_in(value: JsonObject) -> str:
    return json_access.plain_text(json_access.items(value, "title"))


def _same(one: str, other: str) -> bool:
    return one.replace("-", "").lower() == other.replace("-", "").lower()
