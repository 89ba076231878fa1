"""A pass over a tree in which nothing has changed, beside the tools that are known to be fast at it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.measure import measure, table
from notion_sync.config import rule_for_command_line
from notion_sync.model import Digest, FileId, Fingerprint, Label, Placement
from notion_sync.rule_key import rule_key
from notion_sync.rules import PageTarget
from notion_sync.scan.listing import list_folder
from notion_sync.scan.reading import is_racy
from notion_sync.state import Store

PAGE = "01234567-89ab-4def-8123-456789abcdef"


def run(home: Path, *, files: int, runs: int) -> str:
    """Make the tree and the record of it, and time a push against git and rsync."""
    tree = home / "tree"
    make_tree(tree, files)
    record(tree, home / "state")
    commands = {
        "notion-sync push": [
            sys.executable, "-m", "notion_sync", "--state", str(home / "state"), "push", str(tree), "--to", PAGE,
        ],
    }  # fmt: skip
    if shutil.which("rsync"):
        shutil.copytree(tree, home / "copy", copy_function=shutil.copy2)
        commands["rsync -an"] = ["rsync", "-an", f"{tree}/", f"{home}/copy/"]
    git = ["git", "-C", str(tree)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    commands["git status"] = [*git, "status", "--porcelain", "--untracked-files=no"]
    figures = measure(commands, runs=runs)
    peer = "rsync -an" if "rsync -an" in figures else "git status"
    return table(f"Unchanged tree of {files:,} files", figures, peer=peer)


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
                    file = FileId(str(folder), name)
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
