"""The set of samples as a whole: what is made, the same each time, and left alone afterwards."""

import hashlib
import subprocess
import sys
import time
from pathlib import Path

import pytest

from notion_sync.samples import SAMPLES, make_samples

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples") / "made" / "here"
    make_samples(folder)
    return folder


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made by another process, where one name is taken and a run before was cut short."""
    folder = tmp_path_factory.mktemp("again")
    (folder / "Paper boat.mp4").write_bytes(b"mine")
    (folder / ".Read me first.txt.part").write_bytes(b"Read m")
    code = """
import pathlib, sys
from notion_sync.samples import make_samples
make_samples(pathlib.Path(sys.argv[1]))
"""
    subprocess.run([sys.executable, "-c", code, folder], check=True, env={"PYTHONHASHSEED": "7"})
    return folder


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_folder_holds_the_samples_and_nothing_else(folder: Path) -> None:
    assert sorted(digests(folder)) == [sample.path for sample in SAMPLES]


def test_they_are_listed_in_the_order_of_their_names(folder: Path) -> None:
    paths = make_samples(folder)
    assert paths == sorted(paths)
    assert all(path.is_file() for path in paths)


def test_every_kind_of_file_block_is_there() -> None:
    assert {sample.block for sample in SAMPLES} == {"image", "pdf", "audio", "video", "file"}


def test_one_is_too_large_for_a_single_part(folder: Path) -> None:
    large = [s for s in SAMPLES if (folder / s.path).stat().st_size > 20 * MIB]
    assert [s.path for s in large] == ["Two and a half million primes.pdf"]


def test_two_have_equal_content_and_no_others(folder: Path) -> None:
    found = digests(folder)
    assert found["Evening at the lake.png"] == found["Tables/The same evening.png"]
    assert len(set(found.values())) == len(found) - 1


def test_names_are_not_all_ascii_and_not_all_at_the_top() -> None:
    assert any(not sample.path.isascii() for sample in SAMPLES)
    assert any("/" in sample.path for sample in SAMPLES)


def test_another_process_makes_the_same_bytes_at_the_same_times(folder: Path, again: Path) -> None:
    def facts(folder: Path) -> dict[str, tuple[str, int]]:
        return {
            path: (digest, (folder / path).stat().st_mtime_ns) for path, digest in digests(folder).items()
        }

    first, second = facts(folder), facts(again)
    assert first.pop("Paper boat.mp4") != second.pop("Paper boat.mp4")
    assert second == first


def test_their_times_are_long_past(folder: Path) -> None:
    newest = max((folder / sample.path).stat().st_mtime for sample in SAMPLES)
    assert newest < time.time() - 86_400


def test_a_file_that_is_there_is_left_as_it_is(again: Path) -> None:
    assert (again / "Paper boat.mp4").read_bytes() == b"mine"


def test_a_half_written_file_of_an_earlier_run_is_made_again(again: Path) -> None:
    assert not (again / ".Read me first.txt.part").exists()
    assert (again / "Read me first.txt").read_bytes().startswith(b"Read me first\n")


def test_memory_does_not_grow_with_the_long_document(tmp_path: Path) -> None:
    code = """
import resource, sys, tempfile
from notion_sync.samples.primes import write_primes
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open(sys.argv[1], "wb") as file:
    write_primes(file)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "p.pdf"], check=True, capture_output=True, text=True
    )
    assert int(done.stdout) < 16 * MIB
