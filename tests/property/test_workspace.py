"""Whatever is done to folders, rules and Notion: after a push the workspace is what the model says.

A file's content stands for itself: equal contents are the same file under several names. Faults let requests and
answers get lost now and then. What people put into Notion is never touched, and after a push there is nothing to do.
"""

import io
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from notion_sync.model import ActionName
from notion_sync.notion.client import Notion
from notion_sync.notion.connect import over_https
from notion_sync.report import JsonReport
from notion_sync.rules import OnChange, OnDelete, PageTarget, RowTarget, Rule, Subfolders, Target
from notion_sync.state import Store
from notion_sync.sync.ports import Account, Ports, Remote
from notion_sync.sync.run import PassScope, preview, push
from notion_sync.template import parse
from tests.e2e.world import LONG_AGO, Sandbox
from tests.property.model import ENTRIES, Config, Configs, Item, Model, Piece
from tests.support.clock import FakeClock
from tests.support.loop import InlineThreads, run
from tests.support.tree import make_tree

DAILY = 40
"""Examples of every day; they are the same every day."""

EXAMPLES = int(os.environ.get("NOTION_SYNC_EXAMPLES", DAILY))
"""More of them, and others, on request."""

PATHS = st.sampled_from(
    [f"{folder}{name}" for folder in ("", "s/", "s/t/", "z/") for name in ("a.txt", "b.txt", "a.csv")]
)
CONTENTS = st.sampled_from(["one", "two", "three", "four"])
FOLDERS = st.sampled_from(["s", "s/t", "z"])
TARGETS = ["page", "rows", "rows body", "other", "page other", "page rows", "other rows body"]
RULES = st.builds(
    Config,
    destinations=st.sampled_from(TARGETS).map(lambda names: tuple(names.split())),
    pages=st.booleans(),
    row=st.sampled_from(["{stem}", "all", "{ext}"]),
    on_change=st.sampled_from(["replace", "append", "keep"]),
    on_delete=st.sampled_from(["keep", "remove"]),
    max_delete=st.sampled_from([0.25, 1.0]),
)
CONFIGS = RULES.map(lambda rule: (rule,)) | st.tuples(
    RULES.map(lambda rule: replace(rule, folder="s")), RULES
)
"""One rule for everything, or another one before it for a subfolder."""
AFTER: list[dict[str, Any]] = [{"cut": True}, {"truncate": True}, {"committed": True}, {"status": 502}]
BEFORE: list[dict[str, Any]] = [
    {"cut": True},
    {"status": 409},
    {"status": 500},
    {"status": 429, "headers": {"Retry-After": "3"}},
]
"""What happens to a request when it had its effect, and what instead of it."""

FAULTS = st.none() | st.builds(
    lambda where, nth, what: {**where, "nth": nth, "times": 1, **what},
    st.fixed_dictionaries(
        {
            "method": st.sampled_from(["PATCH", "POST", "DELETE"]),
            "path": st.sampled_from(["^/v1/(pages|blocks|file_uploads)", "^/v1/(pages|blocks)", "/query$"]),
        }
    ),
    st.integers(1, 6),
    st.sampled_from(
        [*({"when": "after", "do": do} for do in AFTER), *({"when": "before", "do": do} for do in BEFORE)]
    ),
)


class Machine(RuleBasedStateMachine):
    """A folder, a record and a workspace, and the model of them."""

    sandbox: Sandbox

    @initialize()
    def begin(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="nsp-"))
        self.folder = self.home / "folder"
        self.folder.mkdir()
        self.world = self.sandbox.reset()
        self.store = Store(str(self.home / "state"))
        # Whoever waits for an effect that does not come lets time pass, and nobody waits for it.
        self.clock = FakeClock(time.time())
        self.threads = InlineThreads()
        self.notion = over_https(
            self.world.token, base_url=self.world.api_url, clock=self.clock, threads=self.threads
        )
        self.model = Model()
        self.configs: Configs = (Config(),)
        title = {"title": {"title": [{"text": {"content": "other"}}]}}
        other = {"parent": {"page_id": self.world.page_id}, "properties": title}
        self.other_id = str(self.world.api("POST", "/v1/pages", other)["id"])
        self.foreign: Counter[Piece] = Counter()
        self.times = LONG_AGO

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.notion.close()
            shutil.rmtree(self.home)

    # What happens to the folder

    @rule(path=PATHS, content=CONTENTS)
    def write(self, path: str, content: str) -> None:
        self.times += 1
        make_tree(self.folder, {path: content.encode()}, mtime=self.times)
        self.model.files[path] = content

    @rule(tree=st.dictionaries(PATHS, CONTENTS, min_size=2, max_size=6))
    def write_many(self, tree: dict[str, str]) -> None:
        for path, content in tree.items():
            self.write(path, content)

    @precondition(lambda self: self.model.files)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(sorted(self.model.files)))
        (self.folder / path).unlink()
        del self.model.files[path]

    @precondition(lambda self: self.model.files)
    @rule(data=st.data(), new=PATHS)
    def rename(self, data: st.DataObject, new: str) -> None:
        path = data.draw(st.sampled_from(sorted(self.model.files)))
        (self.folder / new).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).rename(self.folder / new)
        self.model.files[new] = self.model.files.pop(path)

    @rule(old=FOLDERS, new=FOLDERS)
    def rename_folder(self, old: str, new: str) -> None:
        inside = [path for path in self.model.files if path.startswith(f"{old}/")]
        if not inside or f"{new}/".startswith(f"{old}/") or f"{old}/".startswith(f"{new}/"):
            return
        for path in [path for path in self.model.files if path.startswith(f"{new}/")]:
            del self.model.files[path]
        shutil.rmtree(self.folder / new, ignore_errors=True)
        (self.folder / new).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / old).rename(self.folder / new)
        for path in inside:
            self.model.files[new + path.removeprefix(old)] = self.model.files.pop(path)

    # What happens in Notion

    @precondition(lambda self: any(item.alive for item in self.model.everything()))
    @rule(data=st.data())
    def person_deletes(self, data: st.DataObject) -> None:
        def choose(items: list[Item]) -> Item:
            return items[data.draw(st.integers(0, len(items) - 1))]

        item = self.model.delete(choose)
        if item is None:
            return
        page = next(page for page, piece, _ in self.seen() if piece == item.piece)
        if item.destination == ENTRIES:
            read = self.world.api("GET", f"/v1/pages/{page}")
            state = next(each for each in self.world.state()["pages"] if each["id"] == page)
            shown = [(e["name"], e["sha256"]) for e in state["properties"]["Attachments"]]
            files = read["properties"]["Attachments"]["files"]
            del files[shown.index((item.name, digest(item.content)))]
            self.world.api("PATCH", f"/v1/pages/{page}", {"properties": {"Attachments": {"files": files}}})
        else:
            block = next(block for _, piece, block in self.seen() if piece == item.piece)
            self.world.api("DELETE", f"/v1/blocks/{block}")

    @rule(data=st.data())
    def person_adds(self, data: st.DataObject) -> None:
        rows = [page for page in self.world.state()["pages"] if "Attachments" in page["properties"]]
        to_a_row: bool = data.draw(st.booleans())
        if rows and to_a_row:
            row = rows[data.draw(st.integers(0, len(rows) - 1))]
            read = self.world.api("GET", f"/v1/pages/{row['id']}")
            link = {"type": "external", "name": "theirs", "external": {"url": "https://example.com/"}}
            files = [link, *read["properties"]["Attachments"]["files"]]
            self.world.api(
                "PATCH", f"/v1/pages/{row['id']}", {"properties": {"Attachments": {"files": files}}}
            )
            self.foreign["rows", row["title"], "theirs", "https://example.com/"] += 1
        else:
            file = {"type": "external", "external": {"url": "https://example.com/x"}, "name": "theirs"}
            children = [{"object": "block", "type": "file", "file": file}]
            self.world.api("PATCH", f"/v1/blocks/{self.world.page_id}/children", {"children": children})
            self.foreign["page", "", "theirs", ""] += 1

    # What the program does

    @rule(configs=CONFIGS)
    def reconfigure(self, configs: Configs) -> None:
        self.configs = configs

    @rule(configs=CONFIGS)
    def reconfigure_and_push(self, configs: Configs) -> None:
        self.configs = configs
        self.push(None)

    @rule(fault=FAULTS)
    def restore_and_push(self, fault: dict[str, Any] | None) -> None:
        with self.store.transaction():
            self.store.restores.add(())
        self.model.restore(self.configs)
        self.push(fault)

    @rule()
    def push_undisturbed(self) -> None:
        self.push(None)

    @rule(fault=FAULTS)
    def push(self, fault: dict[str, Any] | None) -> None:
        self.world.faults([fault] if fault else [])
        (self.folder / "s").mkdir(exist_ok=True)  # a rule's folder that is missing is another story
        out = io.StringIO()
        tally = push(
            self.configured(),
            ports=Ports(self.store, self.remote(), self.clock, self.threads),
            report=JsonReport(out, out),
            scope=PassScope(),
            patience=0.0,
        )
        self.world.faults([])
        stopped = self.model.push(self.configs, lambda config: not os.listdir(self.folder / config.folder))
        assert tally.counts[ActionName.FAILED] == stopped, out.getvalue()
        assert tally.counts[ActionName.DEFERRED] == 0
        assert self.shown() == self.expected(), out.getvalue()
        self.nothing_is_left_to_do(stopped)

    def nothing_is_left_to_do(self, stopped: int) -> None:
        out = io.StringIO()
        tally = preview(
            self.configured(), store=self.store, account=run(self.remote().account()), clock=self.clock,
            report=JsonReport(out, out), scope=PassScope(),
        )  # fmt: skip
        left = {action: count for action, count in tally.counts.items() if count}
        allowed = {ActionName.UNCHANGED, ActionName.FAILED} if stopped else {ActionName.UNCHANGED}
        assert set(left) <= allowed, out.getvalue()

    def configured(self) -> tuple[Rule, ...]:
        return tuple(self.rule_of(config, str(n)) for n, config in enumerate(self.configs))

    def rule_of(self, config: Config, name: str) -> Rule:
        body = "body" in config.destinations
        rows = RowTarget(self.world.database_id, "Attachments", parse(config.row), body=body)
        targets: dict[str, Target] = {
            "page": PageTarget(self.world.page_id),
            "other": PageTarget(self.other_id),
            "rows": rows,
        }
        return Rule(
            name,
            str(self.folder / config.folder),
            tuple(targets[name] for name in config.destinations if name in targets),
            settle=0.0,
            on_change=OnChange(config.on_change),
            on_delete=OnDelete(config.on_delete),
            max_delete=config.max_delete,
            subfolders=Subfolders.PAGES if config.pages else Subfolders.FLAT,
        )

    def remote(self) -> Remote:
        return Remote(lambda: self.notion, ask_account)

    def expected(self) -> Counter[Piece]:
        ours = Counter(
            {
                (d, location, name, digest(content)): n
                for (d, location, name, content), n in self.model.pieces().items()
            }
        )
        return ours + self.foreign

    def shown(self) -> Counter[Piece]:
        return Counter((d, location, name, sha) for d, location, name, sha in self.raw())

    def raw(self) -> Iterator[Piece]:
        for _, piece, _ in self._walk():
            yield piece

    def seen(self) -> Iterator[tuple[str, Piece, str]]:
        """(page, piece with its content, block) of everything."""
        contents = {digest(content): content for content in ("one", "two", "three", "four")}
        for page, (d, location, name, sha), block in self._walk():
            yield page, (d, location, name, contents.get(sha, sha)), block

    def _walk(self) -> Iterator[tuple[str, Piece, str]]:
        pages = {page["id"]: page for page in self.world.state()["pages"]}

        def blocks(page: str, destination: str, location: str) -> Iterator[tuple[str, Piece, str]]:
            for child in pages[page]["children"]:
                if child["in_trash"]:
                    continue
                if child["type"] == "child_page" and child["id"] != self.other_id:
                    inner = f"{location}/{child['name']}" if location else child["name"]
                    yield from blocks(child["id"], destination, inner)
                elif child["type"] == "file":
                    yield page, (destination, location, child["name"], child["sha256"] or ""), child["id"]

        yield from blocks(self.world.page_id, "page", "")
        yield from blocks(self.other_id, "other", "")
        titles = set()
        for page in pages.values():
            if "Attachments" in page["properties"] and not page["in_trash"]:
                assert page["title"] not in titles, f"two rows {page['title']}"
                titles.add(page["title"])
                for entry in page["properties"]["Attachments"]:
                    yield (
                        page["id"],
                        ("rows", page["title"], entry["name"], entry["sha256"] or entry["url"]),
                        "",
                    )
                yield from blocks(page["id"], "body", page["title"])


async def ask_account(notion: Notion) -> Account:
    """Who we are; of no limit anything is known."""
    return Account((await notion.me()).id, None)


def digest(content: str) -> str:
    """In hex."""
    import hashlib

    return hashlib.sha256(content.encode()).hexdigest()


def test_the_workspace_is_what_the_model_says(sandbox_process: Sandbox) -> None:
    machine = type("Machine", (Machine,), {"sandbox": sandbox_process})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=14,
            derandomize=EXAMPLES == DAILY,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )


pytestmark = pytest.mark.timeout(120 + 10 * EXAMPLES)
