#!/usr/bin/env python3
"""Take the pictures in `docs/images`: the demo's files, pushed into the local Notion, seen in a browser.

    make screenshots

A folder of sample files goes to a fresh sandbox by a configuration that also sets the page's icon and cover;
title and rows are made through the API, as a person would make them in Notion.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import terminal_pictures

from notion_sync.samples import make_samples
from tests.e2e.world import LONG_AGO, Sandbox, program, running_sandbox
from tests.sandbox.browser import CHROMIUM, Tab, browser

IMAGES = Path(__file__).parent.parent / "docs" / "images"
LARGEST = 400_000

CONFIG = """
version: 1
rules:
  - name: icon
    folder: {folder}
    match: [Sunflower.gif]
    to: [{{page: {page}, as: icon}}, {{page: {page}, caption: "Drawn by the golden angle"}}]
  - name: cover
    folder: {folder}
    match: ["/Evening*"]
    to: {{page: {page}, as: cover}}
  - name: all else
    folder: {folder}
    to: {{page: {page}}}
"""

# name of the picture → width, height, dark, dots to a pixel
LOOKS = {"light": (1280, 1210, False, 1), "dark": (1280, 1210, True, 1), "phone": (390, 844, False, 1.5)}


def main() -> int:
    """Push, look, and keep what was seen."""
    if CHROMIUM is None:
        sys.stderr.write(
            "There is no Chromium here to take pictures with (Debian: apt-get install chromium).\n"
        )
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="ada-") as home,
        running_sandbox(Path(home, "sandbox"), "--rate", "off") as sandbox,
    ):
        fill(sandbox, Path(home))
        asyncio.run(look(sandbox, Path(home)))
    too_large = [path.name for path in IMAGES.glob("*.png") if path.stat().st_size > LARGEST]
    for path in sorted(IMAGES.glob("*.png")):
        sys.stdout.write(f"{path.relative_to(IMAGES.parent.parent)}  {path.stat().st_size / 1000:.0f} kB\n")
    if too_large:
        sys.stderr.write(f"larger than {LARGEST / 1000:.0f} kB: {', '.join(too_large)}\n")
    return 1 if too_large else 0


def fill(sandbox: Sandbox, home: Path) -> None:
    """A page with all there is to see."""
    folder = home / "Samples"
    for path in make_samples(folder):
        os.utime(path, (LONG_AGO, LONG_AGO))
    api(
        sandbox,
        "PATCH",
        f"/v1/pages/{sandbox.page_id}",
        {"properties": {"title": text("Paper boats and primes")}},
    )
    config = home / "config.yaml"
    config.write_text(CONFIG.format(folder=folder, page=sandbox.page_id), "utf-8")
    command = [*program(config, home / "state"), "push"]
    environment = sandbox.environment()
    subprocess.run(command, env=environment, check=True)  # noqa: S603
    uploads = {upload["filename"]: upload["id"] for upload in sandbox.state()["uploads"]}
    for name, status, day, wanted in (
        ("Lake evenings", "Done", "2026-08-21", ["Evening at the lake.png", "Sunflower.gif"]),
        (
            "Numbers for the wall",
            "In progress",
            "2026-09-02",
            ["Two and a half million primes.pdf", "Planets.csv"],
        ),
    ):
        files = [{"type": "file_upload", "file_upload": {"id": uploads[name]}} for name in wanted]
        properties = {
            "Name": {"title": text(name)},
            "Attachments": {"files": files},
            "Status": {"select": {"name": status}},
            "Date": {"date": {"start": day}},
        }
        parent = {"type": "data_source_id", "data_source_id": sandbox.data_source_id}
        api(sandbox, "POST", "/v1/pages", {"parent": parent, "properties": properties})


def text(words: str) -> list[dict[str, Any]]:
    """Rich text."""
    return [{"type": "text", "text": {"content": words}}]


def api(sandbox: Sandbox, method: str, path: str, body: dict[str, Any]) -> None:
    """Do something as another person would."""
    sandbox.api(method, path, body)


async def look(sandbox: Sandbox, home: Path) -> None:
    """Open the page in each way, and take its picture."""
    async with browser(home / "profile") as tab:
        for name, (width, height, dark, scale) in LOOKS.items():
            await tab.look(width, height, dark=dark, scale=scale)
            await tab.open(sandbox.browse_url)
            await ready(tab)
            await tab.picture(IMAGES / f"browse-{name}.png")
        await terminal_pictures.take(sandbox, home / "home", tab, IMAGES)
        if tab.messages:
            raise SystemExit("\n".join(tab.messages))


async def ready(tab: Tab) -> None:
    """Wait until everything that is to be seen is there."""
    await tab.until(
        "document.querySelector('.cover img')?.complete && document.querySelectorAll('.block').length > 8"
    )
    await tab.until("[...document.images].every((image) => image.complete || image.loading === 'lazy')")
    await tab.ask(
        "Promise.all([...document.querySelectorAll('video')].map((film) => new Promise((done) => {"
        " film.requestVideoFrameCallback(done); film.currentTime = 3; })))"
    )
    await tab.until("document.getAnimations().every((animation) => animation.playState === 'finished')")
    await tab.ask("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


if __name__ == "__main__":
    sys.exit(main())
