"""One file's or location's trouble is that one's alone, also where it is an error that nobody foresaw."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from notion_sync.adopt.findings import Finding, Sums
from notion_sync.adopt.run import Adoption
from notion_sync.clock import Stop, SystemClock
from notion_sync.errors import Cancelled
from notion_sync.extent import EVERYTHING
from notion_sync.notion.client import Notion
from notion_sync.notion.connect import over_https
from notion_sync.notion.errors import DownloadFailed, Unauthorized
from notion_sync.report import JsonReport
from notion_sync.rules import PageTarget, Rule, Subfolders, Unsupported
from notion_sync.state import Store
from notion_sync.sync.ports import Account, Ports, Remote
from notion_sync.sync.run import PassScope, push
from notion_sync.system.threads import ThreadPools, Threads
from tests.e2e.world import LONG_AGO, Sandbox
from tests.support.loop import run
from tests.support.tree import make_tree

T = TypeVar("T")

FILES = {"a.txt": b"a", "b.txt": b"bb", "s/c.txt": b"ccc", "s/d.txt": b"dddd", "t/e.txt": b"eeeee"}


class Nth:
    """Threads in which one piece of work of a kind does what nobody foresaw.

    Args:
        threads: Do all the others.
        kind: `scan`, `request`, `read` or `download`.
        nth: Which one, from 1.
        trouble: What it does.
    """

    def __init__(self, threads: Threads, kind: str, nth: int, trouble: Callable[[], None]) -> None:
        self._threads = threads
        self._left = {kind: nth}
        self._trouble = trouble

    async def scan(self, work: Callable[..., T], *args: object, **kwargs: object) -> T:
        return await self._threads.scan(self._troubled("scan", partial(work, *args, **kwargs)))

    async def request(self, work: Callable[..., T], *args: object, **kwargs: object) -> T:
        return await self._threads.request(self._troubled("request", partial(work, *args, **kwargs)))

    async def read(self, work: Callable[..., T], *args: object, **kwargs: object) -> T:
        return await self._threads.read(self._troubled("read", partial(work, *args, **kwargs)))

    async def download(self, work: Callable[..., T], *args: object, **kwargs: object) -> T:
        return await self._threads.download(self._troubled("download", partial(work, *args, **kwargs)))

    def _troubled(self, kind: str, work: Callable[[], T]) -> Callable[[], T]:
        self._left[kind] = self._left.get(kind, 0) - 1
        is_it = self._left[kind] == 0

        def doing() -> T:
            if is_it:
                self._trouble()
            return work()

        return doing


def unforeseen() -> None:
    raise RuntimeError("nobody foresaw this")


@contextmanager
def opened(state: Path, sandbox: Sandbox, stop: Stop | None = None) -> Iterator[Ports]:
    clock = SystemClock(stop)
    with Store(str(state)) as store, ThreadPools() as threads:
        yield Ports(store, remote_by(sandbox, clock, threads), clock, threads)


def remote_by(sandbox: Sandbox, clock: SystemClock, threads: Threads) -> Remote:
    def connect() -> Notion:
        return over_https(sandbox.token, base_url=sandbox.api_url, clock=clock, threads=threads)

    async def ask_account(notion: Notion) -> Account:
        return Account((await notion.me()).id, None)

    return Remote(connect, ask_account)


@pytest.fixture
def rule(tmp_path: Path, sandbox: Sandbox) -> Rule:
    """A rule whose files are in Notion, each with a size of its own, and of which nothing is recorded."""
    make_tree(tmp_path / "f", FILES, mtime=LONG_AGO)
    rule = Rule(
        "r", str(tmp_path / "f"), (PageTarget(sandbox.page_id),), settle=0.0, subfolders=Subfolders.PAGES
    )
    with opened(tmp_path / "before", sandbox) as ports, open(tmp_path / "out", "w") as out:
        push((rule,), ports=ports, report=JsonReport(out, out), scope=PassScope(), patience=0.0)
        ports.remote.notion.close()
    return rule


class Adopted:
    """What one run said."""

    def __init__(self, ports: Ports, *, verify: bool = False) -> None:
        self.findings: list[Finding] = []
        self.notes: list[str] = []
        self._ports = ports
        self._verify = verify

    def run(self, rule: Rule) -> Sums:
        adoption = Adoption(
            ports=self._ports,
            tell=self.findings.append,
            note=self.notes.append,
            verify=self._verify,
            keep=True,
        )
        try:
            run(adoption.run((rule,), EVERYTHING))
        finally:
            self._ports.remote.notion.close()
        return adoption.sums

    def results(self) -> dict[str, str]:
        return {finding.path: finding.result for finding in self.findings if finding.path is not None}


def troubled(ports: Ports, kind: str, nth: int, trouble: Callable[[], None] = unforeseen) -> Ports:
    threads = Nth(ports.threads, kind, nth, trouble)
    assert isinstance(ports.clock, SystemClock)
    return replace(ports, threads=threads)


@pytest.mark.parametrize(
    ("kind", "nth", "verify", "failed", "noted"),
    [
        ("read", 2, False, {"b.txt"}, ""),
        ("download", 1, False, {"a.txt"}, "the file of block"),
        # With contents compared, those of all five are asked for once their sizes are known.
        ("download", 6, True, {"a.txt"}, "the file of block"),
    ],
)
def test_what_nobody_foresaw_of_one_file_is_its_failure(
    tmp_path: Path, sandbox: Sandbox, rule: Rule, caplog: pytest.LogCaptureFixture,
    kind: str, nth: int, verify: bool, failed: set[str], noted: str,
) -> None:  # fmt: skip
    with opened(tmp_path / "state", sandbox) as ports:
        adopted = Adopted(troubled(ports, kind, nth), verify=verify)
        sums = adopted.run(rule)
    assert adopted.results() == {path: "failed" if path in failed else "matched" for path in FILES}
    assert (sums.matched, sums.failed) == (len(FILES) - len(failed), len(failed))
    said = [*adopted.notes, *(finding.reason for finding in adopted.findings)]
    assert len([text for text in said if "nobody foresaw this" in text and noted in text]) == 1
    assert_stack_is_logged(caplog)


def assert_stack_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    (record,) = [each for each in caplog.records if each.name == "notion_sync.adopt"]
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], RuntimeError)


def unfetchable() -> None:
    raise DownloadFailed("its server is gone")


@pytest.mark.parametrize("unsupported", Unsupported)
def test_a_file_that_cannot_be_fetched_is_not_called_missing(
    tmp_path: Path, sandbox: Sandbox, rule: Rule, unsupported: Unsupported
) -> None:
    """Whatever else it may be there as: a push would attach it a second time."""
    with opened(tmp_path / "state", sandbox) as ports:
        adopted = Adopted(troubled(ports, "download", 1, unfetchable))
        sums = adopted.run(replace(rule, unsupported=unsupported))
    assert adopted.results() == {path: "failed" if path == "a.txt" else "matched" for path in FILES}
    assert (sums.matched, sums.failed, sums.missing) == (4, 1, 0)


def test_what_nobody_foresaw_of_one_location_is_its_failure(
    tmp_path: Path, sandbox: Sandbox, rule: Rule, caplog: pytest.LogCaptureFixture
) -> None:
    """After who we are and the page itself, the page of the first subfolder is listed."""
    with opened(tmp_path / "state", sandbox) as ports:
        assert isinstance(ports.clock, SystemClock)
        remote = remote_by(sandbox, ports.clock, Nth(ports.threads, "request", 3, unforeseen))
        adopted = Adopted(replace(ports, remote=remote))
        sums = adopted.run(rule)
    assert adopted.results() == {"a.txt": "matched", "b.txt": "matched", "t/e.txt": "matched"}
    assert (sums.matched, sums.failed) == (3, 2)
    (note,) = adopted.notes
    assert note.startswith("the page of the folder s: internal error")
    assert_stack_is_logged(caplog)


def test_a_wrong_token_ends_the_run(tmp_path: Path, sandbox: Sandbox, rule: Rule) -> None:
    with opened(tmp_path / "state", sandbox) as ports:
        assert isinstance(ports.clock, SystemClock)
        stranger = replace(sandbox, token="ntn_" + "0" * 46)
        adopted = Adopted(replace(ports, remote=remote_by(stranger, ports.clock, ports.threads)))
        with pytest.raises(Unauthorized):
            adopted.run(rule)
    assert adopted.findings == []


def test_a_stop_keeps_what_was_recorded_and_leaves_nothing_behind(
    tmp_path: Path, sandbox: Sandbox, rule: Rule
) -> None:
    """It comes while the third file is read: those of the first location are recorded."""
    stop = Stop()
    with opened(tmp_path / "state", sandbox, stop) as ports:
        adopted = Adopted(troubled(ports, "read", 3, stop.set))
        with pytest.raises(Cancelled):
            adopted.run(rule)
        assert adopted.results() == {"a.txt": "matched", "b.txt": "matched"}
        recorded = [placement.id.name for placement, _ in ports.store.placements.at_or_below(rule.folder)]
    assert sorted(recorded) == ["a.txt", "b.txt"]
