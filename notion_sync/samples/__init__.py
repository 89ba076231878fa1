"""Sample files for the demo: real ones, of every kind that Notion has a block for.

    for path in make_samples(folder):
        print(path)

They lie beside this module, under plain names that survive any archive; only the largest is computed (`primes`).
"""

import datetime as dt
import os
from importlib.resources import files
from pathlib import Path
from typing import BinaryIO, NamedTuple

from notion_sync.samples.primes import write_primes

__all__ = ["SAMPLES", "Sample", "make_samples"]


class Sample(NamedTuple):
    """One sample file.

    Attributes:
        path: Where it goes, below the folder.
        block: The kind of block it becomes in Notion.
        data: The file in this package that it is a copy of; None for the primes, which are computed.
    """

    path: str
    block: str
    data: str | None


SAMPLES = (
    Sample("Evening at the lake.png", "image", "evening.png"),
    Sample("Grüße, 你好, привет.txt", "file", "greetings.txt"),
    Sample("Music box.wav", "audio", "music_box.wav"),
    Sample("Paper boat.mp4", "video", "paper_boat.mp4"),
    Sample("Read me first.txt", "file", "read_me.txt"),
    Sample("Sunflower.gif", "image", "sunflower.gif"),
    Sample("Tables/Pancakes.json", "file", "pancakes.json"),
    Sample("Tables/Planets.csv", "file", "planets.csv"),
    Sample("Tables/The same evening.png", "image", "evening.png"),
    Sample("Two and a half million primes.pdf", "pdf", None),
    Sample("Welcome to notion-sync.pdf", "pdf", "welcome.pdf"),
)

_FIRST_MADE = dt.datetime(2025, 6, 21, 21, 30, tzinfo=dt.UTC)


def make_samples(folder: Path) -> list[Path]:
    """Make the sample files below a folder, which is made where it is missing.

    A file that is already there is left as it is, so calling it again costs nothing and harms nothing; one
    that is cut short leaves no half of a file. Their times of change lie in the past, a minute apart.

    Returns:
        All of them, in the order of their names.
    """
    paths = []
    for minutes, sample in enumerate(SAMPLES):
        path = folder / sample.path
        paths.append(path)
        if path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        made = (_FIRST_MADE + dt.timedelta(minutes=minutes)).timestamp()
        unfinished = path.with_name(f".{path.name}.part")
        with unfinished.open("wb") as file:
            _write(sample, file)
        os.utime(unfinished, (made, made))
        unfinished.replace(path)
    return paths


def _write(sample: Sample, file: BinaryIO) -> None:
    if sample.data is None:
        write_primes(file)
    else:
        file.write(files(__package__).joinpath(sample.data).read_bytes())
