"""Match one glob of a gitignore pattern against one name or path, as git does (wildmatch.c).

`*` and `?` match anything but a slash, `**` between slashes matches any number of folders, `[…]` matches one of several
characters, and a backslash escapes the next character. Case is ignored.

Names can come from anyone who drops a file, so no name may make matching slow. The glob is run as an NFA: all states
are advanced together, one character of the text at a time (Thompson, "Regular Expression Search Algorithm", 1968).
That takes at most the length of the glob times the length of the text, where backtracking doubles with each star.
"""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import groupby


class BadGlob(ValueError):
    """A glob that cannot match anything; the message says why."""


class _Wild(Enum):
    """A token that matches more, or less, than one given character."""

    ONE = "?"
    RUN = "*"
    DEEP_RUN = "**"
    FOLDERS = "**/"
    """Matches nothing, or is followed through `IN_FOLDERS`, which always comes next."""
    IN_FOLDERS = "…/"
    """Matches anything up to and including a slash."""


@dataclass(frozen=True, slots=True)
class _Class:
    """`[…]`: matches one of several characters."""

    negated: bool
    ranges: tuple[tuple[str, str], ...]
    kinds: tuple[Callable[[str], bool], ...]

    def takes(self, char: str) -> bool:
        """Whether the class contains a lower-case character in either case."""
        if char == "/":
            return False
        upper = char.upper() if len(char.upper()) == 1 else char
        among = any(first <= char <= last or first <= upper <= last for first, last in self.ranges)
        return (among or any(kind(char) for kind in self.kinds)) is not self.negated

    def is_empty(self) -> bool:
        """Whether the class contains no character."""
        some = any(first <= last and (first, last) != ("/", "/") for first, last in self.ranges)
        return not (some or self.kinds or self.negated)


_Token = str | _Class | _Wild


@dataclass(frozen=True, slots=True)
class Glob:
    """A parsed glob. The literal text at its ends is compared first, which decides most names."""

    before: str
    tokens: tuple[_Token, ...]
    after: str
    among: str
    """The longest literal among the tokens; a text without it cannot match."""

    @classmethod
    def of(cls, text: str, *, path: bool) -> "Glob":
        """Parse a glob.

        Args:
            text: Without the syntax of a line around it (`!`, slashes at its ends).
            path: Whether it is matched against paths, else against names alone.

        Raises:
            BadGlob: It cannot match anything.
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
        """Whether the glob matches a name or path; `text` comes from `folded`."""
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
    """Normalise a name or path for matching: NFC and lower case, because people write the name that they see."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text).lower()


def _literal(tokens: tuple[_Token, ...]) -> str:
    return "".join(token for token in tokens if isinstance(token, str))


def _reads(tokens: tuple[_Token, ...], text: str) -> bool:
    """Whether the tokens can match the whole text."""
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
    """Whether a token that has consumed a character may consume more."""
    if token is _Wild.RUN:
        return char != "/"
    return token is _Wild.DEEP_RUN or token is _Wild.IN_FOLDERS


def _goes_on(token: _Token, char: str) -> bool:
    """Whether a token may end by consuming a character."""
    if isinstance(token, str):
        return token == char
    if isinstance(token, _Class):
        return token.takes(char)
    if token is _Wild.IN_FOLDERS:
        return char == "/"
    return token is _Wild.ONE and char != "/"


def _without_reading(tokens: tuple[_Token, ...], places: set[int]) -> set[int]:
    """Return the states reachable from `places` without consuming a character."""
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
    # git matches the text before the first wildcard separately, so stars right after it count as the start of a glob.
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
    """Return the class whose bracket opens before `at`, and the index after it."""
    negated = text.startswith(("!", "^"), at)
    at += negated
    first = at
    ranges: list[tuple[str, str]] = []
    kinds: list[Callable[[str], bool]] = []
    before = ""
    """The character that may start a range."""
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
    """Return one character of a class, and the index after it."""
    at += text.startswith("\\", at)
    if at >= len(text):
        raise BadGlob('a bracket is not closed; write "\\[" for the sign itself')
    return text[at], at + 1


def _kind_at(text: str, at: int) -> str | None:
    """Return the name of the character class `[:name:]` that begins at `at`, if any."""
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
"""POSIX character classes; `lower` and `upper` are the same, because case is ignored."""
