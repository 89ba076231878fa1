"""A pass over a tree in which nothing has changed, beside the tools that are known to be fast at it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.measure import Figures, measure, table
from notion_sync.cli.scope import rule_for_command_line
from notion_sync.model import Digest, FilePath, Fingerprint, Label, Placement
from notion_sync.rule_key import rule_key
from notion_sync.rules import PageTarget
from notion_sync.scan.listing import list_folder
from notion_sync.scan.reading import is_racy
from notion_sync.state import Store

PAGE = "01234567-89ab-4def-8123-456789abcdef"


OURS, RSYNC, RCLONE, GIT = "notion-sync push", "rsync -an", "rclone sync --dry-run", "git status"

Scale = Mapping[int, Mapping[str, Figures]]
"""By the number of files, and by the command."""


def scale(home: Path, *, sizes: Sequence[int], runs: int) -> Scale:
    """Make trees and the record of each, and time a push of each against the tools that are there."""
    figures: dict[int, Mapping[str, Figures]] = {}
    for files in sizes:
        place = home / str(files)
        place.mkdir()
        figures[files] = _compared(place, files, runs)
        shutil.rmtree(place)
    return figures


def run(scale: Scale) -> str:
    """The figures as Markdown."""
    return "\n".join(
        table(f"Unchanged tree of {files:,} files", figures, peer=RSYNC if RSYNC in figures else GIT)
        for files, figures in scale.items()
    )


def _compared(home: Path, files: int, runs: int) -> Mapping[str, Figures]:
    tree = home / "tree"
    make_tree(tree, files)
    record(tree, home / "state")
    state, copy = str(home / "state"), home / "copy"
    commands = {
        OURS: [sys.executable, "-m", "notion_sync", "--state", state, "push", str(tree), "--to", PAGE]
    }
    shutil.copytree(tree, copy, copy_function=shutil.copy2)
    if shutil.which("rsync"):
        commands[RSYNC] = ["rsync", "-an", f"{tree}/", f"{copy}/"]
    if shutil.which("rclone"):
        commands[RCLONE] = [
            "rclone",
            "--config",
            "/dev/null",
            "-q",
            "sync",
            "--dry-run",
            str(tree),
            str(copy),
        ]
    repository = [
        f"--git-dir={home}/git",
        f"--work-tree={tree}",
    ]  # not in the tree, where it would be one more folder
    git = ["git", *repository]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    commands[GIT] = [*git, "status", "--porcelain", "--untracked-files=no"]
    environ = {**os.environ}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled once
    return measure(commands, runs=runs, environ=environ)


def make_tree(tree: Path, files: int) -> None:
    """A hundred small files a folder, all long at rest."""
    for number in range(files):
        folder = tree / f"{number // 100:04}"
        if number % 100 == 0:
            folder.mkdir(parents=True)
        path = folder / f"file {number}.txt"
        path.write_bytes(b"%d" % number)
        os.utime(path, (1_600_000_000, 1_600_000_000))


def record(tree: Path, state: Path) -> None:
    """What a push of the whole tree would have left in the store, without the hours it takes."""
    rule = rule_for_command_line(str(tree), PageTarget(PAGE))
    key = rule_key(rule, ())
    with Store(str(state)) as store:
        for folder in sorted(tree.iterdir()):
            listing = list_folder(str(folder))
            with store.transaction():
                for name, *stats in listing.files:
                    fingerprint = Fingerprint(*stats)
                    assert not is_racy(fingerprint, 2**62)
                    file = FilePath(str(folder), name)
                    digest = Digest(os.urandom(32).hex())
                    store.files.remember(file, fingerprint, digest)
                    placement = Placement(
                        id=file, target=PAGE, digest=digest, kind="file", upload_id=PAGE, block_id=PAGE,
                        label=Label(name),
                    )  # fmt: skip
                    store.placements.save(placement, 0.0)
                store.files.mark_clean(str(folder), key, listing.signature, len(listing.files))
        with store.transaction():
            listing = list_folder(str(tree), follow=True)
            store.files.mark_clean(str(tree), key, listing.signature, 0)
