"""`report`: what came over a time, as text and as a page that needs nothing else."""

import os
import re
from html.parser import HTMLParser

import pytest

from tests.e2e.world import World

VOID = {"meta"}
"""Elements of the page that have no end; those of its SVG end themselves."""


class Page(HTMLParser):
    """What a page is made of; unbalanced elements fail."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.names: set[str] = set()
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        assert {name for name, _ in attrs}.isdisjoint({"src", "href", "onclick", "onload"})
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.names.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture
def lived(world: World) -> World:
    """Two files came, one got a new content, two are left out."""
    world.write({"<b>.txt": b"one", "b.txt": b"two", "empty.txt": b"", "x.exe": b"MZ"})
    world.push()
    world.write({"b.txt": b"other"})
    world.push()
    return world


def test_as_text(lived: World) -> None:
    before = len(lived.sandbox.requests())
    run = lived.run("report", "--since", "1w")

    assert run.code == 0
    assert re.search(r"^2 files came \(\d+ B\); not in Notion: 2 left out$", run.stdout, re.M)
    assert re.search(r"^folder +2 +\d+ B +1 +0 +0 +0$", run.stdout, re.M)
    assert re.search(r"^\w{3} +\d+ \w{3}  #+ 2$", run.stdout, re.M)
    assert "it is empty" in run.stdout
    assert re.search(r"^LEFT OUT\n  folder: it is empty.*\n  folder: .*/folder/x\.exe$", run.stdout, re.M)
    assert re.search(r"^\d+ requests; in the busiest hour .* of what 180 a minute allow$", run.stdout, re.M)
    assert len(lived.sandbox.requests()) == before


def test_as_a_page(lived: World) -> None:
    file = lived.home / "report.html"

    assert lived.run("report", "--html", str(file)).code == 0

    page = Page(text := file.read_text("utf-8"))
    assert "2 files came" in "".join(page.words)
    assert "x.exe" in "".join(page.words)
    assert {"svg", "rect", "table", "style"} <= page.names
    assert "script" not in page.names
    assert not re.search(r"url\(|@import|https?:", text)
    assert lived.run("report", "--html", str(file)).code == 0  # one of ours is made anew
    assert lived.run("report", "--html", "-").stdout.startswith("<!doctype html>")


def test_nobody_elses_file_is_overwritten(lived: World) -> None:
    file = lived.home / "thesis.html"
    file.write_text("<html>mine")
    run = lived.run("report", "--html", str(file))
    assert (run.code, file.read_text()) == (2, "<html>mine")
    assert "is no report" in run.stderr
    nowhere = lived.run("report", "--html", str(lived.home / "no" / "r.html"))
    assert (nowhere.code, "cannot write" in nowhere.stderr) == (2, True)


def test_before_anything_was_done(world: World) -> None:
    run = world.run("report")
    assert (run.code, "no file came" in run.stdout) == (0, True)
    assert not os.path.exists(world.state)
