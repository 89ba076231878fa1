#!/usr/bin/env python3
"""Push real files into the sandbox through a checking proxy, and ask both how it went.

    .venv/bin/python scripts/contract_run.py --contract DIR --contract-python PYTHON [--files 200]

DIR holds the package `notion_contract`: a proxy that compares each exchange with Notion's official contract.
There are three runs, each with a sandbox and a proxy of its own: a large and varied tree, pushed again without
and then with changes; a small one for a sandbox that refuses some of its types; and Notion's official JavaScript
client and the questions of `tests/live`, which ask for refusals on purpose, so that only the answers count.
Everything happens in one temporary folder, which is kept when something was wrong.
"""

import argparse
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contract_tree import Tree, change, make_large_tree, make_small_tree

REPOSITORY = Path(__file__).resolve().parent.parent
READY_SECONDS = 30
PUSH_SECONDS = 480


class Wrong(Exception):
    """Something is not as it has to be; the message is for people."""


@dataclass(frozen=True)
class Setting:
    """Where things are, and how to call the program."""

    contract: Path
    contract_python: Path
    work: Path

    def environment(self, **more: str) -> dict[str, str]:
        """Nothing of the caller's environment but the search path; what has to be at home is in `work`."""
        home = self.work / "home"
        home.mkdir(exist_ok=True)
        plain = {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return {**plain, "HOME": str(home), **more}


@dataclass
class Run:
    """A sandbox with a proxy before it, and what was found wrong so far."""

    setting: Setting
    folder: Path
    sandbox: Mapping[str, Any]
    proxy: str
    wrong: list[str] = field(default_factory=list)

    def check(self, holds: bool, otherwise: str) -> None:  # noqa: FBT001
        """Note what is wrong and go on."""
        if not holds:
            self.wrong.append(otherwise)
            say(f"  WRONG: {otherwise}")


def main() -> int:
    """Do both runs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--contract", type=Path, required=True, help="folder of the package notion_contract")
    parser.add_argument("--contract-python", type=Path, required=True, help="interpreter that can run it")
    parser.add_argument("--files", type=int, default=200, help="how many files to take from this Python")
    asked = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="contract-"))
    setting = Setting(asked.contract.resolve(), asked.contract_python.absolute(), work)
    wrong: list[str] = []
    try:
        with running(setting, "large", types="2026-09") as run:
            large_run(run, asked.files)
        wrong += run.wrong + report(run)
        with running(setting, "small", types="classic") as run:
            small_run(run)
        wrong += run.wrong + report(run)
        with running(setting, "places", types="classic", rate="off") as run:
            places_run(run)
        wrong += run.wrong + report(run)
        with running(setting, "clients", types="2026-09", rate="off") as run:
            clients_run(run)
        wrong += run.wrong + report(run, answers_only=True)
    except Wrong as error:
        wrong.append(str(error))
    if wrong:
        say("", f"The contract run found {len(wrong)} thing(s) wrong; all traces are in {work}", *wrong)
        return 1
    shutil.rmtree(work)
    say("", "The contract run found nothing wrong.")
    return 0


def large_run(run: Run, files: int) -> None:
    """A large tree, then the same again, then a few changes."""
    folder = run.folder / "tree"
    tree = make_large_tree(folder, files)
    say(f"large tree: {len(tree.wanted) + len(tree.unwanted)} files, {tree.size() / 2**20:.1f} MiB")

    first = push(run, folder)
    compare(run, tree)
    before_change = tree.digests()
    compare_order(run, tree.in_order(), before_change)
    run.check(
        first["attached"] == len(tree.wanted), f"{first['attached']} of {len(tree.wanted)} files attached"
    )
    distinct = len(set(tree.digests().values()))
    run.check(first["uploads"] == distinct, f"{first['uploads']} uploads for {distinct} different contents")
    report_of_each(run, tree, first)

    before = writes(run)
    again = push(run, folder)
    run.check(writes(run) == before, f"the second push wrote: {dict(writes(run) - before)}")
    for action in ("attached", "replaced", "renamed", "removed", "uploads"):
        run.check(again[action] == 0, f"the second push: {again[action]} {action}")

    places, new = tree.in_order(), change(tree)
    before = writes(run)
    push(run, folder)
    compare(run, tree)
    # Blocks stay where they are, whatever their files are called now.
    compare_order(run, places, before_change | new)
    sent = sum(count for (_, path), count in (writes(run) - before).items() if path.endswith("/send"))
    run.check(sent == len(new), f"{sent} contents sent for {len(new)} changed file(s)")


def small_run(run: Run) -> None:
    """A tree of which this sandbox refuses some types."""
    folder = run.folder / "tree"
    tree = make_small_tree(folder)
    say(f"small tree: {len(tree.wanted)} files and {len(tree.unwanted)} of a type that is refused")
    summary = push(run, folder)
    compare(run, tree)
    compare_order(run, tree.in_order(), tree.digests())
    report_of_each(run, tree, summary)


def places_run(run: Run) -> None:
    """Rows, pages for subfolders, packaged files; then changes, renames and removals of all of these."""
    folder = run.folder / "tree"
    files = {
        "a.pdf": b"%PDF-1.4 a", "a.txt": b"a", "sub/b.png": b"\x89PNG b", "sub/deep/c.csv": b"c", "Grüße.txt": b"d",
        "notes.md": b"of a type that this sandbox refuses", "gone.txt": b"soon",
    }  # fmt: skip
    for name, content in files.items():
        write(folder / name, content)
    say(f"places: {len(files)} files to rows, to their pages, and to a page for each subfolder")
    first = push_by_rules(run, folder)
    run.check(first["attached"] == 2 * len(files), f"{first['attached']} attached")
    write(folder / "a.txt", b"changed")
    write(folder / "sub/new.txt", b"new")
    (folder / "sub/b.png").rename(folder / "sub/renamed.png")
    (folder / "gone.txt").unlink()
    second = push_by_rules(run, folder)
    for action, count in (("replaced", 2), ("failed", 0), ("removed", 3)):
        run.check(second[action] == count, f"the second push: {second[action]} {action}, not {count}")
    third = push_by_rules(run, folder)
    run.check(third["requests"] == 0, f"the third push: {third['requests']} requests")
    state = control(run, "state")
    rows = [page for page in state["pages"] if "Attachments" in page["properties"] and not page["in_trash"]]
    entries = Counter(entry["name"] for row in rows for entry in row["properties"]["Attachments"])
    run.check(max(entries.values()) == 1, f"an entry is there twice: {entries}")
    run.check(len({row["title"] for row in rows}) == len(rows), "two rows have one title")


def write(path: Path, content: bytes) -> None:
    """A file that has rested long enough."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (1_600_000_000, 1_600_000_000 + len(content)))


def push_by_rules(run: Run, folder: Path) -> dict[str, Any]:
    """Push by a configuration that uses every kind of place."""
    config = run.folder / "config.yaml"
    config.write_text(f"""
defaults: {{on_delete: remove, max_delete: 50%, unsupported: txt}}
rules:
  - name: places
    folder: {folder}
    subfolders: pages
    to:
      - page: {run.sandbox["page_id"]}
        caption: "{{stem}}"
      - database: {run.sandbox["database_id"]}
        property: Attachments
        body: true
        properties: {{Status: Inbox, Date: "{{mtime:%Y-%m-%d}}"}}
""")
    return carry_out(run, ["--config", str(config)], ["push", "--json"])


def clients_run(run: Run) -> None:
    """What other clients say, and what is asked to find out about Notion."""
    say("other clients: @notionhq/client and tests/live")
    tests = REPOSITORY / "tests"
    node = shutil.which("node")
    if node is None or not (tests / "sandbox/sdk/node_modules/@notionhq").exists():
        say("  there is no @notionhq/client here (scripts/test_needs.sh): left out")
    else:
        coordinates = {
            f"SANDBOX_{name.upper()}": str(run.sandbox[key])
            for name, key in (
                ("token", "token"),
                ("page", "page_id"),
                ("source", "data_source_id"),
                ("database", "database_id"),
            )
        }
        for script in ("life.mjs", "refusals.mjs"):
            for version in ("2025-09-03", "2026-03-11"):
                command = [node, str(tests / "sandbox/sdk" / script), version]
                talk(run, command, SANDBOX_URL=run.proxy, **coordinates)
    command = [sys.executable, "-m", "pytest", "-q", "--live", str(tests / "live")]
    command += ["-p", "no:xdist", "-p", "no:cacheprovider", "--timeout=600"]
    coordinates = {"NOTION_TOKEN": str(run.sandbox["token"]), "NOTION_LIVE_PAGE": str(run.sandbox["page_id"])}
    talk(run, command, NOTION_BASE_URL=run.proxy, **coordinates)


def talk(run: Run, command: list[str], **more: str) -> None:
    """Let somebody talk to the proxy; it has to end well."""
    done = subprocess.run(  # noqa: S603
        command,
        env=run.setting.environment(**more),
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PUSH_SECONDS,
        check=False,
    )
    with (run.folder / "clients.log").open("a") as log:
        log.write(done.stdout)
    name = Path(command[1]).name if "pytest" not in command else "tests/live"
    run.check(done.returncode == 0, f"{name} ended with {done.returncode}: {done.stdout[-1500:]}")


def push(run: Run, folder: Path) -> dict[str, Any]:
    """Push the folder through the proxy; returns the summary, with the objects of the files under `files`."""
    return carry_out(run, [], ["push", str(folder), "--to", str(run.sandbox["page_id"]), "--json"])


def carry_out(run: Run, options: list[str], words: list[str]) -> dict[str, Any]:
    """Run the program and read its lines."""
    command = [sys.executable, "-m", "notion_sync", "--state", str(run.folder / "state"), *options, *words]
    secrets = {"NOTION_TOKEN": str(run.sandbox["token"]), "NOTION_BASE_URL": run.proxy}
    begun = time.monotonic()
    with (run.folder / "push.log").open("ab") as log:
        done = subprocess.run(  # noqa: S603
            command,
            env=run.setting.environment(**secrets),
            stdout=subprocess.PIPE,
            stderr=log,
            timeout=PUSH_SECONDS,
            check=False,
        )
    objects = [json.loads(text) for text in done.stdout.decode().splitlines()]
    with (run.folder / "push.jsonl").open("ab") as copy:
        copy.write(done.stdout)
    if not objects or objects[-1]["event"] != "summary":
        raise Wrong(
            f"push ended with {done.returncode} and without a summary: {tail(run.folder / 'push.log')}"
        )
    summary: dict[str, Any] = objects[-1]
    counts = ", ".join(f"{value} {key}" for key, value in summary.items() if key != "event" and value)
    say(f"  push ended with {done.returncode} after {time.monotonic() - begun:.0f} s: {counts}")
    run.check(
        done.returncode in (0, 1), f"push ended with {done.returncode}: {tail(run.folder / 'push.log')}"
    )
    return {**summary, "files": objects[:-1]}


def compare(run: Run, tree: Tree) -> None:
    """The page has to hold the bytes of each wanted file once, and nothing else."""
    held = held_blocks(run)
    there = Counter(block["sha256"] for block in held)
    wanted = Counter(tree.digests().values())
    run.check(not wanted - there, f"{(wanted - there).total()} file(s) not on the page")
    run.check(not there - wanted, f"{(there - wanted).total()} block(s) on the page that no file stands for")
    # The other kinds of block have no name in Notion, and a long name is shortened.
    names = {path.name for path in tree.wanted}
    strange = {b["name"] for b in held if b["type"] == "file" and len(b["name"]) < 80} - names
    run.check(not strange, f"names on the page that no file has: {sorted(strange)}")


def compare_order(run: Run, places: list[Path], digests: Mapping[Path, str]) -> None:
    """The blocks have to stand in the order of their files' paths."""
    there = [block["sha256"] for block in held_blocks(run)]
    wanted = [digests[path] for path in places]
    wrong = [str(path) for path, a, b in zip(places, wanted, there, strict=False) if a != b]
    run.check(there == wanted, f"{len(wrong)} block(s) out of order, the first at {wrong[:1]}")


def held_blocks(run: Run) -> list[dict[str, Any]]:
    """The page's blocks of files, in its order."""
    state = control(run, "state")
    return [block for block in blocks(state["pages"]) if block.get("sha256")]


def report_of_each(run: Run, tree: Tree, summary: Mapping[str, Any]) -> None:
    """What cannot be taken has to be reported, with a reason."""
    reported = {Path(entry["path"]).name: entry for entry in summary["files"] if entry["event"] == "file"}
    for path in tree.unwanted:
        entry = reported.get(path.name)
        stays = entry is not None and entry["action"] in ("skipped", "failed") and entry["reason"]
        run.check(bool(stays), f"{path.name}: not reported with a reason ({entry})")


def blocks(parents: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """All blocks below these, the trashed ones left out."""
    for parent in parents:
        for block in parent.get("children", ()):
            if not block.get("in_trash"):
                yield block
                yield from blocks([block])


def writes(run: Run) -> Counter[tuple[str, str]]:
    """The requests that change something, as the sandbox logged them."""
    log = control(run, "requests")
    return Counter(
        (entry["method"], entry["path"])
        for entry in log
        if entry["method"] != "GET" and not entry["path"].startswith("/__sandbox__")
    )


def report(run: Run, *, answers_only: bool = False) -> list[str]:
    """The proxy's own report; what is wrong if it has errors to tell."""
    options = ("--side", "response") if answers_only else ()
    done = subprocess.run(  # noqa: S603
        [run.setting.contract_python, "-m", "notion_contract.report", run.folder / "proxy", *options],
        env=run.setting.environment(PYTHONPATH=str(run.setting.contract)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    told = done.stdout.splitlines()
    say(*(line for line in told if not answers_only or not ("request:" in line or "[request]" in line)), "")
    return [f"{run.folder.name} run: the contract's report has errors"] if done.returncode else []


@contextmanager
def running(setting: Setting, name: str, *, types: str, rate: str | None = None) -> Iterator[Run]:
    """A sandbox and a proxy before it."""
    folder = setting.work / name
    folder.mkdir()
    with ExitStack() as stack:
        options = ["--dir", str(folder / "sandbox"), "--types", types]
        options += ["--rate", rate] if rate else []
        sandbox = stack.enter_context(
            process([sys.executable, "-m", "notion_sync", "sandbox", *options], setting.environment(), folder)
        )
        where = json.loads(first_line(sandbox, folder))
        port = free_port()
        command = [str(setting.contract_python), "-m", "notion_contract.proxy", "--quiet"]
        command += [
            "--listen",
            f"127.0.0.1:{port}",
            "--upstream",
            where["base_url"],
            "--out",
            str(folder / "proxy"),
        ]
        environment = setting.environment(PYTHONPATH=str(setting.contract))
        proxy = stack.enter_context(process(command, environment, folder))
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/__contract__/summary", proxy, folder)
        yield Run(setting, folder, where, address)
        ask(f"{address}/__contract__/summary")  # waits for checks that are still going on


@contextmanager
def process(command: list[str], env: dict[str, str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process for as long as it is needed; what it says on stderr goes to a log in the folder."""
    with (
        (folder / "servers.log").open("ab") as log,
        subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=log) as started,  # noqa: S603
    ):
        try:
            yield started
        finally:
            started.terminate()
            try:
                started.wait(15)
            except subprocess.TimeoutExpired:
                started.kill()


def first_line(started: subprocess.Popen[bytes], folder: Path) -> bytes:
    """The line in which a server says that it is ready."""
    assert started.stdout is not None
    ready, _, _ = select.select([started.stdout], [], [], READY_SECONDS)
    text = started.stdout.readline() if ready else b""
    if not text.strip():
        raise Wrong(f"the sandbox did not start: {tail(folder / 'servers.log')}")
    return text


def wait_for(url: str, server: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait until a server answers."""
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            ask(url)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise Wrong(f"the proxy did not start: {tail(folder / 'servers.log')}")


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def control(run: "Run", name: str) -> Any:  # noqa: ANN401
    """What a control of the sandbox answers."""
    return ask(f"{run.sandbox['base_url']}/__sandbox__/{name}", token=run.sandbox["token"])


def ask(url: str, *, token: str = "") -> Any:  # noqa: ANN401
    """The JSON that a loopback address answers."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})  # noqa: S310
    with opener.open(request, timeout=60) as answer:
        return json.load(answer)


def tail(log: Path) -> str:
    """The end of a log."""
    text = log.read_text("utf-8", "replace") if log.exists() else ""
    return text[-1500:].strip() or "it said nothing"


def say(*lines: str) -> None:
    """Lines for people."""
    for text in lines:
        sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
