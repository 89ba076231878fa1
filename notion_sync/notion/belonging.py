"""Whether an answer belongs to what was asked.

A connection that fell out of step, or a proxy that mixes answers up, gives a good answer to another request. So the
ids, parents and kinds that an answer names are compared with those that were asked about, before any of it is
recorded. What an answer does not tell (a connection that may only insert hears ids alone) is not missed.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from notion_sync.notion.json_access import JsonObject, Malformed
from notion_sync.notion.payloads import MediaBlock
from notion_sync.notion.values import Block, Parent


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

_PARENTS = ("page_id", "data_source_id")
"""Kinds of parents that are compared. What is below a block may be a synced copy, which names the original's."""


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
    if named is None or named.type != asked.type or named.type not in _PARENTS:
        return
    if named.id is not None and asked.id is not None and not _same(named.id, asked.id):
        raise Malformed(f"the answer is about something below {named.id}, not below {asked.id}")


def _same(one: str, other: str) -> bool:
    return one.replace("-", "").lower() == other.replace("-", "").lower()
