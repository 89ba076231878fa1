"""The sample files: each is there and is what its name says, also in what is built from the sources."""

import hashlib
import re
import subprocess
import sys
import tarfile
import time
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest

from notion_sync.samples import SAMPLES, make_samples

ROOT = Path(__file__).parent.parent.parent
SINGLE_PART = 20 * 1024 * 1024
"""Bytes that Notion takes in one part."""

# Path → how the file begins.
FILES = {
    "Evening at the lake.png": rb"\x89PNG\r\n\x1a\n",
    "Grüße, 你好, привет.txt": rb"Good evening ",
    "Music box.wav": rb"RIFF....WAVEfmt ",
    "Paper boat.mp4": rb"....ftyp",
    "Read me first.txt": rb"Read me first\n",
    "Sunflower.gif": rb"GIF89a",
    "Tables/Pancakes.json": rb"\{\n",
    "Tables/Planets.csv": rb"Planet,",
    "Tables/The same evening.png": rb"\x89PNG\r\n\x1a\n",
    "Two and a half million primes.pdf": rb"%PDF-1\.4\n",
    "Welcome to notion-sync.pdf": rb"%PDF-1\.4\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples") / "made" / "here"
    make_samples(folder)
    return folder


def test_the_folder_holds_the_samples_and_nothing_else(folder: Path) -> None:
    found = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert found == sorted(FILES) == [sample.path for sample in SAMPLES]


@pytest.mark.parametrize("path", FILES)
def test_a_sample_is_what_its_name_says(folder: Path, path: str) -> None:
    assert re.match(FILES[path], (folder / path).read_bytes(), re.S)


def test_two_have_equal_content_and_no_others(folder: Path) -> None:
    contents = {path: (folder / path).read_bytes() for path in FILES}
    assert contents["Evening at the lake.png"] == contents["Tables/The same evening.png"]
    assert len(set(contents.values())) == len(FILES) - 1


def test_every_kind_of_file_block_is_there() -> None:
    assert {sample.block for sample in SAMPLES} == {"image", "pdf", "audio", "video", "file"}


def test_one_is_too_large_for_a_single_part(folder: Path) -> None:
    large = [sample.path for sample in SAMPLES if (folder / sample.path).stat().st_size > SINGLE_PART]
    assert large == ["Two and a half million primes.pdf"]


def test_the_computed_document_is_whole_and_always_the_same(folder: Path) -> None:
    """Its table of offsets is where the end says, and the last offset is that of the last object."""
    content = (folder / "Two and a half million primes.pdf").read_bytes()
    end = re.search(rb"startxref\n(\d+)\n%%EOF\n\Z", content)
    assert end is not None
    head = re.match(rb"xref\n0 (\d+)\n", table := content[int(end[1]) :])
    assert head is not None
    last = int(head[1]) - 1
    offset = int(table[head.end() + 20 * last :][:10])
    assert content.startswith(b"%d 0 obj\n<< /Type /Pages" % last, offset)
    assert content.count(b"/Type /Page ") == 1 + -(-2_500_000 // 700)
    assert b" 41161739) '\nET" in content  # the 2,500,000th prime ends the table
    digest = "6aeef75ca8e4b8d05f15455e72c40e59b6d5eaf4a9d34367de419a5f85a9f9c2"
    assert hashlib.sha256(content).hexdigest() == digest


def test_their_times_lie_in_the_past_a_minute_apart(folder: Path) -> None:
    times = [(folder / sample.path).stat().st_mtime for sample in SAMPLES]
    assert {later - earlier for earlier, later in pairwise(times)} == {60}
    assert max(times) < time.time() - 86_400


def test_what_is_there_stays_and_what_was_cut_short_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "Paper boat.mp4").write_bytes(b"mine")
    (tmp_path / ".Read me first.txt.part").write_bytes(b"Read m")
    make_samples(tmp_path)
    assert (tmp_path / "Paper boat.mp4").read_bytes() == b"mine"
    assert not (tmp_path / ".Read me first.txt.part").exists()
    assert (tmp_path / "Read me first.txt").read_bytes().startswith(b"Read me first\n")


@pytest.mark.parametrize("form", ["wheel", "sdist"])
def test_all_of_them_are_in_what_is_built(tmp_path: Path, form: str) -> None:
    pytest.importorskip("hatchling")
    command = [sys.executable, "-m", "hatchling", "build", "-t", form, "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = tmp_path.iterdir()
    if form == "wheel":
        with zipfile.ZipFile(built) as wheel:
            names = wheel.namelist()
    else:
        with tarfile.open(built) as archive:
            names = [name.partition("/")[2] for name in archive.getnames()]
    expected = {f"notion_sync/samples/{sample.data}" for sample in SAMPLES if sample.data is not None}
    assert expected <= set(names)
