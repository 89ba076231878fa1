"""Which paths a list of gitignore patterns names.

Case does not matter (`*.jpg` takes `IMG_1.JPG`), and neither does the Unicode form of a name: people who
write a pattern mean the name they see. Everything else is as git has it, where a file that is asked about is not in the
index: `git check-ignore` is what the tests compare with.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from notion_sync.wildmatch import BadGlob, Glob, folded


class BadLine(ValueError):
    """A line that cannot be used; says why, in words for the user."""


@dataclass(frozen=True, slots=True)
class PatternLine:
    """One pattern of a list."""

    glob: Glob
    negated: bool
    folders_only: bool
    whole_path: bool
    """Whether it is compared with the path, else with the name alone."""
    any_folder: bool
    """Whether it stands for folders of every name (`!*/`): that says where to look, not what to take."""

    @classmethod
    def of(cls, text: str) -> "PatternLine":
        """Read a line.

        Raises:
            BadLine: It names nothing.
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
        """Whether it names a path that was made `folded`, and ends with a name; a folder is not what is in it."""
        if self.folders_only and not folder:
            return False
        return self.glob.matches(path if self.whole_path else name)


@dataclass(frozen=True)
class Patterns:
    """A list of gitignore patterns, the last one that matches decides."""

    lines: tuple[str, ...] = ()

    @cached_property
    def _read(self) -> tuple[tuple[int, PatternLine], ...]:
        """The lines and their numbers, the last one first; none of those that name nothing."""
        found = []
        for index, text in enumerate(self.lines):
            try:
                found.append((index, PatternLine.of(text)))
            except BadLine:
                continue
        return tuple(reversed(found))

    def decides(self, path: str, *, folder: bool = False) -> "Decision | None":
        """What git says of a path whose parents were not left out; None where no line says anything.

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
        """Whether a `!pattern` asks for a file that would be left out by what is built in."""
        said = self.decides(path)
        return said is not None and not said.named and not said.any_folder

    def names_below(self, path: str) -> bool:
        """Whether the last line that names a file or one of its folders names it without a `!`."""
        subject = folded(path)
        folder, _, name = subject.rpartition("/")
        of_folder = self._naming_folder(folder) if folder else len(self._read)
        for _, line in self._read[:of_folder]:
            if line.names(subject, name, folder=False):
                return not line.negated
        return of_folder < len(self._read) and not self._read[of_folder][1].negated

    def _naming_folder(self, folder: str) -> int:
        """The number in `_read` of the first line that names a folder or one above it; that behind the last if none."""
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
        """What was found out about folders lately: files are asked about folder by folder."""
        return {}

    @property
    def only_excludes(self) -> bool:
        """Whether there are patterns and every one begins with `!`, so that nothing is ever named."""
        return bool(self.lines) and all(line.startswith("!") for line in self.lines)

    def problems(self) -> Iterator[tuple[int, str]]:
        """Lines that can't be used, as (index, what is wrong in words for the user)."""
        for index, text in enumerate(self.lines):
            try:
                PatternLine.of(text)
            except BadLine as error:
                yield index, str(error)


@dataclass(frozen=True, slots=True)
class Decision:
    """What the last line that names a path says."""

    line: str
    """As the user wrote it."""
    named: bool
    """False where a `!pattern` takes it back."""
    any_folder: bool
    """See `PatternLine.any_folder`."""


NO_PATTERNS = Patterns()

_FOLDERS_KEPT = 1000


def _without_spaces(text: str) -> str:
    """Without the blanks at the end that no backslash protects."""
    end = len(text.rstrip(" "))
    before = len(text[:end]) - len(text[:end].rstrip("\\"))
    return text[: end + before % 2]


def _check_parts(pattern: str) -> None:
    """Refuse a path that no file has.

    Raises:
        BadGlob: It has a part that is empty, `.` or `..`.
    """
    for part in pattern.split("/"):
        if part in {"", ".", ".."}:
            raise BadGlob(
                f'paths begin at the rule\'s folder and have no part "{part}"; write "/name" or "folder/name"'
            )
