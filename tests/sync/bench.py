"""What one process has of the world, for tests of single parts.

Real files and a real store, the sandbox's core for Notion, and a time that jumps to whatever is next.
"""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from notion_sync.model import FilePath, SourceFile, Upload
from notion_sync.notion.client import Notion
from notion_sync.notion.http.download import Downloader
from notion_sync.notion.multipart import Form
from notion_sync.notion.rate.budget import Budget
from notion_sync.notion.requests import Request
from notion_sync.notion.responses import Response
from notion_sync.report import Tally
from notion_sync.rules import PageTarget, Rule
from notion_sync.sandbox.clock import Clock as SandboxClock
from notion_sync.sandbox.control.state import state
from notion_sync.sandbox.core import Core
from notion_sync.scan.steps import Task
from notion_sync.scan.walk import Walk
from notion_sync.state import Store
from notion_sync.sync.batching import Activity
from notion_sync.sync.changes import Changes
from notion_sync.sync.import_policy import USUAL
from notion_sync.sync.journal import Journal
from notion_sync.sync.passes import Pass
from notion_sync.sync.ports import Ports, Remote
from notion_sync.sync.recovery import JournalRecovery
from tests.sandbox.caller import Caller
from tests.simulation.ports import CoreFiles, CoreTransport, Loop, SimulatedClock, SimulatedThreads, Time
from tests.simulation.world import Heard, account
from tests.support.store import digest, page_rule
from tests.support.tree import found_at, make_tree

T = TypeVar("T")

AHEAD = 60.0
"""Seconds by which the time of a bench is ahead of the machine's."""
Json = dict[str, Any]


class Overheard(CoreTransport):
    """A transport that tells of each request before it takes effect."""

    hook: Callable[[Request], object] = staticmethod(lambda _: None)
    """May do something meanwhile, or raise what nobody foresaw."""

    def exchange(self, request: Request, form: Form | None = None) -> Response:
        """See the port."""
        self.hook(request)
        return super().exchange(request, form)


@dataclass
class Bench:
    """A folder, a store, a Notion, and what a pass is made of.

    Args:
        root: The folder of `rule`.
        store: The record.
        beside: Another machine's, whose Notion and time it shares; None for its own.
    """

    root: Path
    store: Store
    beside: "Bench | None" = None
    heard: Heard = field(default_factory=Heard)
    tally: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        # Real files have real times, and nobody can set when their inode was changed; so that proves nothing only
        # where a test wants it so.
        start = time.time() + AHEAD
        self.time: Time = self.beside.time if self.beside else Time(start)
        self.clock = SimulatedClock(self.time)
        self.threads = SimulatedThreads(random.Random(0))
        self.core: Core
        if self.beside is not None:
            self.core = self.beside.core
        else:
            self.core = Core.in_memory(seed=0, clock=SandboxClock(lambda: start))
        self.caller = Caller(self.core)
        self.transport = Overheard(self.core, self.time)
        self.files = CoreFiles(self.transport)
        self.notion = Notion(
            self.transport, clock=self.clock, threads=self.threads, random=lambda: 0.5,
            open_files=lambda: Downloader(self.clock, transport=self.files),
            budget=Budget(self.clock, limit=100_000, window=1.0),  # its Notion refuses nothing
        )  # fmt: skip
        self.remote = Remote(lambda: self.notion, account)
        self.ports = Ports(self.store, self.remote, self.clock, self.threads)
        self.page_target = PageTarget(self.core.workspace.page_id)
        self.rule = replace(page_rule(self.root), targets=(self.page_target,))

    def run(self, work: Coroutine[Any, Any, T], meanwhile: Callable[[], object] | None = None) -> T:
        """What `work` returns or raises; `meanwhile` happens twice a second until then."""
        with Loop(self.time) as loop:
            done = loop.run_until_complete(_beside(work, meanwhile))
            assert loop.errors == []
            return done

    def push(
        self,
        *rules: Rule,
        patience: float = 0.0,
        looks_again: bool = False,
        meanwhile: Callable[[], object] | None = None,
    ) -> Heard:
        """A whole pass over the rules, by default `rule`, of somebody who `stays` or not; what it reported."""
        self.run(self.passing(*rules, patience=patience, looks_again=looks_again), meanwhile)
        return self.heard

    async def passing(self, *rules: Rule, patience: float = 0.0, looks_again: bool = False) -> None:
        """See `push`: for passes of several machines at the same time."""
        self.heard, self.tally = Heard(), Tally()
        walk = Walk(rules or (self.rule,), self.store, self.clock, lambda _: None)
        whole = Pass(
            ports=self.ports, report=self.heard, tally=self.tally, patience=patience,
            policy=replace(USUAL, looks_again=looks_again), rules=rules or (self.rule,),
        )  # fmt: skip
        await whole.run(walk.tasks(), walk.walked)

    def recovery(self, journal: Journal | None = None) -> JournalRecovery:
        """What finds out what an earlier run left open; by default for a run that waits."""
        journal = journal or Journal(self.ports, self.heard)
        return JournalRecovery(self.ports, journal, Changes(self.ports, journal, Activity()))

    # Files

    def write(self, name: str, content: bytes = b"x", *, age: float = 100.0) -> None:
        """A file that was written so many seconds ago."""
        make_tree(self.root, {name: content}, mtime=self.clock.now() - age)

    def found(self, name: str) -> SourceFile:
        """A file as a scan finds it now."""
        return found_at(self.root, name)

    def tasks(self) -> list[Task]:
        """What there is to do about the files."""
        walk = Walk((self.rule,), self.store, self.clock, lambda _: None)
        return [item for item in walk.tasks() if isinstance(item, Task)]

    # Notion

    def faults(self, *faults: Json) -> None:
        """What goes wrong from now on."""
        self.core.faults.load(list(faults))

    def asked(self) -> list[str]:
        """Methods and paths of all requests, ids left out."""
        return [_without_ids(f"{each['method']} {each['path']}") for each in self.core.journal.entries()]

    def page(self, page_id: str | None = None) -> Json:
        """A page as a person sees it, by default the one that is there from the start."""
        wanted = page_id or self.core.workspace.page_id
        return next(page for page in state(self.core.workspace)["pages"] if page["id"] == wanted)

    def blocks(self, page_id: str | None = None) -> list[str]:
        """The names of a page's blocks that hold files, in their order."""
        return [b["name"] for b in self.page(page_id)["children"] if b["sha256"] and not b["in_trash"]]

    def other_page(self, title: str = "Other") -> str:
        """A page that a person makes beside the first one; its id."""
        parent = {"page_id": self.core.workspace.page_id}
        properties = {"title": {"title": [{"text": {"content": title}}]}}
        return str(self.caller.ok("POST", "/v1/pages", {"parent": parent, "properties": properties})["id"])

    def contents(self, page_id: str | None = None) -> list[str]:
        """The sha256 of what a page's blocks show, in their order."""
        return [b["sha256"] for b in self.page(page_id)["children"] if b["sha256"] and not b["in_trash"]]

    def rows(self) -> dict[str, list[str]]:
        """By title, the names of the entries in the rows of the one database."""
        return {
            page["title"]: [entry["name"] for entry in page["properties"]["Attachments"]]
            for page in state(self.core.workspace)["pages"]
            if "Attachments" in page["properties"] and not page["in_trash"]
        }

    def uploaded(self, name: str, content: bytes = b"content") -> Upload:
        """A content that Notion holds and the record knows of."""
        for _ in self.core.advance_to(self.clock.now()):
            pass  # nobody waits for an answer
        created = self.caller.ok("POST", "/v1/file_uploads", {"filename": name})
        sent = self.caller.send(created["id"], content, created["content_type"])
        upload = Upload(
            sent["id"], digest(content), sent["content_type"], name, len(content), "uploaded",
            self.clock.now() // 60 * 60, self.clock.now() + 3600,
        )  # fmt: skip
        with self.store.transaction():
            self.store.uploads.save(self.core.workspace.bot_id, upload)
        return upload

    def file_path(self, name: str) -> FilePath:
        """The path of a file that need not exist."""
        return FilePath(str(self.root), name)


async def _beside(work: Coroutine[Any, Any, T], meanwhile: Callable[[], object] | None) -> T:
    task = asyncio.ensure_future(work)
    while meanwhile is not None and not task.done():
        await asyncio.wait({task}, timeout=0.5)
        meanwhile()
    return await task


def _without_ids(path: str) -> str:
    parts = path.split("/")
    return "/".join("…" if len(part) == 36 and part.count("-") == 4 else part for part in parts)
