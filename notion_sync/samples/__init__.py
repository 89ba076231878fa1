"""Sample files for the demo: real ones, of every kind that Notion has a block for.

    for path in make_samples(folder):
        print(path)

Nothing is downloaded: pictures are painted, music is played and documents are set by the modules beside this
one, each time to the same bytes; only the film lies ready (`scripts/make_film.py` shot it).
"""

import datetime as dt
import os
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import BinaryIO, NamedTuple

from notion_sync.samples.musicbox import melody_wav
from notion_sync.samples.primes import write_primes
from notion_sync.samples.sunflower import sunflower_gif
from notion_sync.samples.sunset import sunset_png
from notion_sync.samples.welcome import write_welcome
from notion_sync.samples.words import GREETINGS, READ_ME, pancakes_json, planets_csv

__all__ = ["SAMPLES", "Sample", "make_samples"]


class Sample(NamedTuple):
    """One sample file: its path below the folder, the kind of block it becomes in Notion, how to write it."""

    path: str
    block: str
    write: Callable[[BinaryIO], object]


def _bytes(make: Callable[[], bytes]) -> Callable[[BinaryIO], object]:
    return lambda file: file.write(make())


def _text(make: Callable[[], str]) -> Callable[[BinaryIO], object]:
    return lambda file: file.write(make().encode("utf-8"))


def _film() -> bytes:
    return files(__package__).joinpath("paper_boat.mp4").read_bytes()


_evening = cache(sunset_png)  # painted once, written twice

SAMPLES = (
    Sample("Evening at the lake.png", "image", _bytes(_evening)),
    Sample("Grüße, 你好, привет.txt", "file", _text(lambda: GREETINGS)),
    Sample("Music box.wav", "audio", _bytes(melody_wav)),
    Sample("Paper boat.mp4", "video", _bytes(_film)),
    Sample("Read me first.txt", "file", _text(lambda: READ_ME)),
    Sample("Sunflower.gif", "image", _bytes(sunflower_gif)),
    Sample("Tables/Pancakes.json", "file", _text(pancakes_json)),
    Sample("Tables/Planets.csv", "file", _text(planets_csv)),
    Sample("Tables/The same evening.png", "image", _bytes(_evening)),
    Sample("Two and a half million primes.pdf", "pdf", write_primes),
    Sample("Welcome to notion-sync.pdf", "pdf", write_welcome),
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
            sample.write(file)
        os.utime(unfinished, (made, made))
        unfinished.replace(path)
    _evening.cache_clear()
    return paths
