"""One glob of a gitignore pattern, compared with one name or path as git compares them (wildmatch.c).

`*` and `?` stand for anything but a slash, `**` between slashes for any number of folders, `[…]` for one of several
characters, and a backslash takes the next character as it is. Case does not matter.

Whoever drops a file chooses its name, so no name may make the comparison long: all ways to read the glob are followed
at once, one character of the text after the other (Thompson, "Regular Expression Search Algorithm", 1968). That costs
at most the length of the glob times the length of the text, where trying one way after the other doubles with a star.
"""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import groupby


class BadGlob(ValueError):
    """A glob that compares equal with nothing; says in words why."""


class _Wild(Enum):
    """What stands for more, or less, than one character."""

    ONE = "?"
    RUN = "*"
    DEEP_RUN = "**"
    FOLDERS = "**/"
    """Nothing, or what is `IN_FOLDERS`, which always comes behind it."""
    IN_FOLDERS = "…/"
    """Anything up to a slash."""


@dataclass(frozen=True, slots=True)
class _Class:
    """`[…]`: one of several characters."""

    negated: bool
    ranges: tuple[tuple[str, str], ...]
    kinds: tuple[Callable[[str], bool], ...]

    def takes(self, char: str) -> bool:
        """Whether a character of lower case is one of them, in either case."""
        if char == "/":
            return False
        upper = char.upper() if len(char.upper()) == 1 else char
        among = any(first <= char <= last or first <= upper <= last for first, last in self.ranges)
        return (among or any(kind(char) for kind in self.kinds)) is not self.negated

    def is_empty(self) -> bool:
        """Whether no character is."""
        some = any(first <= last and (first, last) != ("/", "/") for first, last in self.ranges)
        return not (some or self.kinds or self.negated)


_Token = str | _Class | _Wild


@dataclass(frozen=True, slots=True)
class Glob:
    """A glob that was read. What is literal at its ends is compared first: that alone decides most names."""

    before: str
    tokens: tuple[_Token, ...]
    after: str
    among: str
    """The longest literal among the tokens: where it is missing nothing has to be tried."""

    @classmethod
    def of(cls, text: str, *, path: bool) -> "Glob":
        """Read a glob.

        Args:
            text: Without the signs of a line around it (`!`, slashes at its ends).
            path: Whether it is compared with paths, else with names alone.

        Raises:
            BadGlob: It compares equal with nothing.
        """
        tokens = tuple(_tokens(unicodedata.normalize("NFC", text), path=path))
        start, end = 0, len(tokens)
        while start < end and isinstance(tokens[start], str):
            start += 1
        while end > start and isinstance(tokens[end - 1], str):
            end -= 1
        between = tokens[start:end]
        runs = (
            _literal(tuple(run)) for literal, run in groupby(between, lambda t: isinstance(t, str)) if literal
        )
        return cls(_literal(tokens[:start]), between, _literal(tokens[end:]), max(runs, key=len, default=""))

    def matches(self, text: str) -> bool:
        """Whether a name or path is one of those that the glob stands for; `text` comes from `folded`."""
        if not self.tokens:
            return text == self.before
        if not (text.startswith(self.before) and text.endswith(self.after)):
            return False
        end = len(text) - len(self.after)
        if end < len(self.before):
            return False
        between = text[len(self.before) : end]
        if self.among not in between:
            return False
        return "/" not in between if self.tokens == (_Wild.RUN,) else _reads(self.tokens, between)


def folded(text: str) -> str:
    """A name or path as globs are compared with it: people who write one mean the name that they see."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text).lower()


def _literal(tokens: tuple[_Token, ...]) -> str:
    return "".join(token for token in tokens if isinstance(token, str))


def _reads(tokens: tuple[_Token, ...], text: str) -> bool:
    """Whether some way to read the tokens reads the whole text."""
    here = _without_reading(tokens, {0})
    for char in text:
        beyond: set[int] = set()
        for place in here:
            token = tokens[place] if place < len(tokens) else ""
            if _stays(token, char):
                beyond.add(place)
            if _goes_on(token, char):
                beyond.add(place + 1)
        if not beyond:
            return False
        here = _without_reading(tokens, beyond)
    return len(tokens) in here


def _stays(token: _Token, char: str) -> bool:
    """Whether a token that has read a character may read more."""
    if token is _Wild.RUN:
        return char != "/"
    return token is _Wild.DEEP_RUN or token is _Wild.IN_FOLDERS


def _goes_on(token: _Token, char: str) -> bool:
    """Whether a token may end with a character."""
    if isinstance(token, str):
        return token == char
    if isinstance(token, _Class):
        return token.takes(char)
    if token is _Wild.IN_FOLDERS:
        return char == "/"
    return token is _Wild.ONE and char != "/"


def _without_reading(tokens: tuple[_Token, ...], places: set[int]) -> set[int]:
    """Those places, and where one comes from them by tokens that may stand for nothing."""
    reached: set[int] = set()
    ahead = list(places)
    while ahead:
        place = ahead.pop()
        if place in reached:
            continue
        reached.add(place)
        token = tokens[place] if place < len(tokens) else ""
        if token is _Wild.FOLDERS:
            ahead += (place + 1, place + 2)
        elif token is _Wild.RUN or token is _Wild.DEEP_RUN:
            ahead.append(place + 1)
    return reached


def _tokens(text: str, *, path: bool) -> Iterator[_Token]:
    at = 0
    # git compares what stands before the first wildcard by itself, so stars right behind that begin a glob.
    begins = next((i for i, char in enumerate(text) if char in "*?[\\"), len(text))
    while at < len(text):
        char = text[at]
        if char == "*":
            end = len(text) - len(text[at:].lstrip("*"))
            deep = end - at > 1 and (at == begins or text[at - 1] == "/")
            if not path or not deep or not (end == len(text) or text.startswith(("/", "\\/"), end)):
                yield _Wild.RUN
            elif text.startswith("/", end):
                yield from (_Wild.FOLDERS, _Wild.IN_FOLDERS)
                end += 1
            else:
                yield _Wild.DEEP_RUN
            at = end
        elif char == "?":
            yield _Wild.ONE
            at += 1
        elif char == "[":
            token, at = _class(text, at + 1)
            yield token
        else:
            at += char == "\\"
            if at == len(text):
                raise BadGlob("the backslash at its end takes away its meaning")
            yield from text[at].lower()
            at += 1


def _class(text: str, at: int) -> tuple[_Class, int]:
    """The class whose bracket opens before `at`, and where it ends."""
    negated = text.startswith(("!", "^"), at)
    at += negated
    first = at
    ranges: list[tuple[str, str]] = []
    kinds: list[Callable[[str], bool]] = []
    before = ""
    """The character that a range may begin with."""
    while at == first or not text.startswith("]", at):
        char = text[at : at + 1]
        if char == "-" and before and text[at + 1 : at + 2] not in ("", "]"):
            last, at = _member(text, at + 1)
            ranges.append((before, last))
            before = ""
        elif (name := _kind_at(text, at)) is not None:
            if name not in _KINDS:
                raise BadGlob(f"there is no class [:{name}:]; there are {', '.join(_KINDS)}")
            kinds.append(_KINDS[name])
            before = ""
            at += len(name) + 4
        else:
            before, at = _member(text, at)
            ranges.append((before, before))
    found = _Class(negated, tuple(ranges), tuple(kinds))
    if found.is_empty():
        raise BadGlob(f"no character is in [{text[first:at]}]")
    return found, at + 1


def _member(text: str, at: int) -> tuple[str, int]:
    """One character of a class, and what comes behind it."""
    at += text.startswith("\\", at)
    if at >= len(text):
        raise BadGlob('a bracket is not closed; write "\\[" for the sign itself')
    return text[at], at + 1


def _kind_at(text: str, at: int) -> str | None:
    """The name of the class of characters that begins there, `[:name:]`."""
    if not text.startswith("[:", at):
        return None
    end = text.find("]", at + 2)
    return text[at + 2 : end - 1] if end > at + 2 and text[end - 1] == ":" else None


_KINDS: dict[str, Callable[[str], bool]] = {
    "alnum": str.isalnum,
    "alpha": str.isalpha,
    "blank": lambda char: char in " \t",
    "cntrl": lambda char: unicodedata.category(char) == "Cc",
    "digit": str.isdecimal,
    "graph": lambda char: char.isprintable() and not char.isspace(),
    "lower": lambda char: char.islower() or char.isupper(),
    "print": str.isprintable,
    "punct": lambda char: unicodedata.category(char)[0] in "PS",
    "space": lambda char: char.isspace() and not "\x1c" <= char <= "\x1f",
    "upper": lambda char: char.islower() or char.isupper(),
    "xdigit": lambda char: char in "0123456789abcdef",
}
"""POSIX's classes of characters; those of the two cases are one, because case does not matter."""
