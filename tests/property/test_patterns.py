"""Lists of patterns are read as git reads them: `git check-ignore` is asked about every file and folder of a tree."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notion_sync.selection.patterns import Patterns

EXAMPLES = int(os.environ.get("NOTION_SYNC_EXAMPLES", "30")) * 10

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

TREE = (
    "a", "b/a", "ab/b/a", "ab/b/c/ab", "abc/ab", "a b/a", "-", "a*", "!a", "#a", "a]/[a", "1/ab/a/b", "bB/1/a ",
    ".a/b", "a_b", "aa/aa/aa", "ba/.b", "c/a/b/ab", "c/ab", "{a,b}", "\\a",
)  # fmt: skip

WORDS = (
    "a", "b", "ab", "c", "1", "B", "-", "!", "#", ".", " ", "\\ ", "{a,b}", "*", "**", "***", "?", "/", "**/",
    "/**", "/**/", "\\/", "[ab]", "[!a]", "[^b]", "[a-c]", "[A-C]", "[]a]", "[a-]", "[b\\]a]", "[\\a-c]", "[!/a]",
    "[", "]", "\\", "\\a", "\\*", "[[:alpha:]]", "[[:upper:]]", "[[:digit:]b]", "[[:punct:]]", "[[:space:]]",
    "[[:x:]]", "[:alpha:]", "[[:alpha]", "[[:alpha:]",
)  # fmt: skip
"""What lines are made of. Capital letters stand alone or in ranges: git forgets about the case of `\\A` and `[A]`."""

lists = st.lists(
    st.builds(
        lambda sign, words: sign + "".join(words).replace("\\B", "B"),
        st.sampled_from(("", "", "!")),
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=5),
    ),
    min_size=1,
    max_size=4,
)


@pytest.fixture(scope="module")
def repository() -> Iterator[Path]:
    """A repository with that tree, in which case does not matter."""
    with tempfile.TemporaryDirectory() as top:
        path = Path(top)
        subprocess.run(["git", "init", "-q", top], check=True)
        subprocess.run(["git", "-C", top, "config", "core.ignorecase", "true"], check=True)
        for name in TREE:
            file = path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
        yield path


@settings(max_examples=EXAMPLES, deadline=None)
@given(lines=lists)
def test_as_git(repository: Path, lines: list[str]) -> None:
    """Every path is decided by the line that git names."""
    (repository / ".git/info/exclude").write_text("\n".join(lines) + "\n")
    paths = sorted(str(p.relative_to(repository)) for p in repository.rglob("*") if ".git" not in p.parts)
    folders = {path for path in paths if (repository / path).is_dir()}
    patterns = Patterns(tuple(lines))

    assert {path: _decider(patterns, path, folders) for path in paths} == _by_git(repository, paths)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    lines=st.lists(st.text(max_size=12), max_size=4),
    path=st.text(min_size=1, max_size=30),
    folder=st.booleans(),
)
def test_whatever_is_written(lines: list[str], path: str, folder: bool) -> None:
    """Every line is read or refused, and every name can be asked about."""
    patterns = Patterns(tuple(lines))
    refused = dict(patterns.problems())
    said = patterns.decides(path, folder=folder)
    assert said is None or said.line in [line for number, line in enumerate(lines) if number not in refused]
    assert isinstance(patterns.names_below(path), bool)


def _decider(patterns: Patterns, path: str, folders: set[str]) -> str:
    """The line that decides about a path, as the walk asks: the folders above it first."""
    for end in (at for at, char in enumerate(path) if char == "/"):
        above = patterns.decides(path[:end], folder=True)
        if above is not None and above.named:
            return above.line.rstrip(" ")
    said = patterns.decides(path, folder=path in folders)
    return "" if said is None else said.line.rstrip(" ")


def _by_git(repository: Path, paths: list[str]) -> dict[str, str]:
    command = [
        "git",
        "-C",
        str(repository),
        "check-ignore",
        "--no-index",
        "--verbose",
        "--non-matching",
        "-z",
        "--stdin",
    ]
    asked = "".join(f"{path}\0" for path in paths)
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=False)
    fields = iter(done.stdout.split("\0")[:-1])
    return {path: line.rstrip(" ") for _, _, line, path in zip(fields, fields, fields, fields, strict=True)}
