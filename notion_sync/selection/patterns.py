"""Match paths against lists of gitignore patterns.

Matching ignores case (`*.jpg` takes `IMG_1.JPG`) and the Unicode form of a name, because people write the name that
they see. Everything else is as in git for files that are not in the index; the tests compare with `git check-ignore`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from notion_sync.selection.wildmatch import BadGlob, Glob, folded


class BadLine(ValueError):
    """A line that cannot be used; the message says why, in words for the user."""


@dataclass(frozen=True, slots=True)
class PatternLine:
    """One pattern of a list."""

    glob: Glob
    negated: bool
    folders_only: bool
    whole_path: bool
    """Whether it is matched against the path, else against the name alone."""
    any_folder: bool
    """Whether it names every folder (`!*/`): such a line says where to look, not what to take."""

    @classmethod
    def of(cls, text: str) -> "PatternLine":
        """Parse a line.

        Raises:
            BadLine: It cannot match anything.
        """
        if not text.strip():
            raise BadLine("the pattern is empty")
        if text.startswith("#"):
            raise BadLine(
                f'"{text}" is a comment in gitignore syntax; write "\\{text}" for names that begin with #'
            )
        try:
            return cls._of(text)
        except BadGlob as error:
            raise BadLine(f'"{text}" names nothing: {error}') from error

    @classmethod
    def _of(cls, text: str) -> "PatternLine":
        negated = text.startswith("!")
        pattern = _without_spaces(text)[negated:]
        folders_only = pattern.endswith("/")
        pattern = pattern[: len(pattern) - folders_only]
        whole_path = "/" in pattern
        pattern = pattern[pattern.startswith("/") :]
        if not pattern:
            raise BadGlob("there is no name in it")
        if whole_path:
            _check_parts(pattern)
        glob = Glob.of(pattern, path=whole_path)
        return cls(
            glob, negated, folders_only, whole_path, any_folder=folders_only and not pattern.strip("*?/")
        )

    def names(self, path: str, name: str, *, folder: bool) -> bool:
        """Whether the pattern matches a `folded` path with the last part `name`; parent folders are not considered."""
        if self.folders_only and not folder:
            return False
        return self.glob.matches(path if self.whole_path else name)


@dataclass(frozen=True)
class Patterns:
    """A list of gitignore patterns; the last one that matches decides."""

    lines: tuple[str, ...] = ()

    @cached_property
    def _read(self) -> tuple[tuple[int, PatternLine], ...]:
        """The valid lines with their indices, the last one first."""
        found = []
        for index, text in enumerate(self.lines):
            try:
                found.append((index, PatternLine.of(text)))
            except BadLine:
                continue
        return tuple(reversed(found))

    def decides(self, path: str, *, folder: bool = False) -> "Decision | None":
        """Return git's decision on a path whose parents are not ignored; None if no line matches.

        Args:
            path: Relative to the rule's folder.
            folder: Whether the path is a folder (`build/` names only folders).
        """
        subject = folded(path)
        name = subject[subject.rfind("/") + 1 :]
        for index, line in self._read:
            if line.names(subject, name, folder=folder):
                return Decision(self.lines[index], named=not line.negated, any_folder=line.any_folder)
        return None

    def takes_back(self, path: str) -> bool:
        """Whether a `!pattern` takes a file that the built-in table would exclude."""
        said = self.decides(path)
        return said is not None and not said.named and not said.any_folder

    def names_below(self, path: str) -> bool:
        """Whether the last line that matches a file or one of its folders has no `!`."""
        subject = folded(path)
        folder, _, name = subject.rpartition("/")
        of_folder = self._naming_folder(folder) if folder else len(self._read)
        for _, line in self._read[:of_folder]:
            if line.names(subject, name, folder=False):
                return not line.negated
        return of_folder < len(self._read) and not self._read[of_folder][1].negated

    def _naming_folder(self, folder: str) -> int:
        """Return the index in `_read` of the first line that matches a folder or a parent; the length if none does."""
        if (known := self._folders.get(folder)) is not None:
            return known
        if len(self._folders) > _FOLDERS_KEPT:
            self._folders.clear()
        first = len(self._read)
        for end in (*(at for at, char in enumerate(folder) if char == "/"), len(folder)):
            path = folder[:end]
            if path not in self._folders:
                name = path[path.rfind("/") + 1 :]
                lines = enumerate(self._read[:first])
                self._folders[path] = next(
                    (n for n, (_, line) in lines if line.names(path, name, folder=True)), first
                )
            first = self._folders[path]
        return first

    @cached_property
    def _folders(self) -> dict[str, int]:
        """Cache of `_naming_folder`; files are queried folder by folder."""
        return {}

    @property
    def only_excludes(self) -> bool:
        """Whether there are patterns and all begin with `!`, so that nothing can match."""
        return bool(self.lines) and all(line.startswith("!") for line in self.lines)

    def problems(self) -> Iterator[tuple[int, str]]:
        """Yield the unusable lines as (index, what is wrong, in words for the user)."""
        for index, text in enumerate(self.lines):
            try:
                PatternLine.of(text)
            except BadLine as error:
                yield index, str(error)


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision of the last line that matches a path."""

    line: str
    """As the user wrote it."""
    named: bool
    """False if a `!pattern` matched."""
    any_folder: bool
    """See `PatternLine.any_folder`."""


NO_PATTERNS = Patterns()

_FOLDERS_KEPT = 1000


def _without_spaces(text: str) -> str:
    """Strip trailing spaces that are not escaped by a backslash."""
    end = len(text.rstrip(" "))
    before = len(text[:end]) - len(text[:end].rstrip("\\"))
    return text[: end + before % 2]


def _check_parts(pattern: str) -> None:
    """Reject a path pattern that no file can match.

    Raises:
        BadGlob: A part is empty, `.` or `..`.
    """
    for part in pattern.split("/"):
        if part in {"", ".", ".."}:
            raise BadGlob(
                f'paths begin at the rule\'s folder and have no part "{part}"; write "/name" or "folder/name"'
            )
