"""Writes of one row, against the sandbox's core: what their ends mean for the changes of the row."""

from collections.abc import Callable

import pytest

from notion_sync.model import FilePath, Fingerprint, Label, SourceFile, Upload
from notion_sync.notion.client import Notion
from notion_sync.notion.errors import ValidationFailed
from notion_sync.notion.multipart import Form
from notion_sync.notion.requests import Request
from notion_sync.notion.responses import Response
from notion_sync.plan.actions import ENTRY, Attach, TargetLocation
from notion_sync.rules import Destination, RowPage, RowTarget
from notion_sync.sandbox.core import Core
from notion_sync.state import Store
from notion_sync.sync.batching import Activity, Cadence
from notion_sync.sync.journal import Journal
from notion_sync.sync.ports import Account, Ports, Remote
from notion_sync.sync.rows.rows import Rows
from notion_sync.sync.sequencer import Sequencer
from notion_sync.sync.target_checks import TargetChecks
from notion_sync.sync.tasks import Tasks
from notion_sync.template import parse
from tests.notion.support import Bytes
from tests.simulation.ports import CoreTransport, Time
from tests.simulation.world import Heard
from tests.support.clock import FakeClock
from tests.support.loop import InlineThreads, run
from tests.support.store import digest

REFUSAL = b'{"object": "error", "status": 400, "code": "validation_error", "message": "Not this one."}'


class Intercepted(CoreTransport):
    """The sandbox's core, where `before` may answer in its place."""

    before: Callable[[Request], Response | None] = staticmethod(lambda _request: None)

    def exchange(self, request: Request, form: Form | None = None) -> Response:
        return self.before(request) or super().exchange(request, form)


class Writing:
    """The rows of a pass whose files have all been admitted, so that no write waits for company."""

    def __init__(self, store: Store) -> None:
        self.core = Core.in_memory(seed=1)
        start = self.core.workspace.clock.now()
        self.transport = Intercepted(self.core, Time(start))
        clock, threads = FakeClock(start), InlineThreads()
        self.notion = Notion(self.transport, clock=clock, threads=threads, random=lambda: 0.5)
        ports = Ports(store, Remote(lambda: self.notion, _ask_account), clock, threads)
        activity = Activity()
        activity.end_admission()
        self.tasks = Tasks()
        self.rows = Rows(
            ports=ports,
            journal=Journal(ports, Heard()),
            activity=activity,
            sequencer=Sequencer(clock),
            cadence=Cadence(ports.remote),
            tasks=self.tasks,
            checks=TargetChecks(ports),
        )
        self.target = RowTarget(self.core.workspace.database_id, "Attachments", parse("row"))

    async def upload(self, content: bytes) -> Upload:
        made = await self.notion.create_upload(filename="a.txt", content_type="text/plain")
        await self.notion.send(made.id, Bytes((content,)), filename="a.txt", content_type="text/plain")
        return Upload(made.id, digest(content), "text/plain", "a.txt", len(content), "uploaded", 0.0, None)

    def attach(self, name: str, content: bytes, target: Destination | None = None) -> Attach:
        found = SourceFile(FilePath("/f", name), name, Fingerprint(len(content), 1, 1, 1), f"/f/{name}")
        location = TargetLocation("row", "row")
        return Attach(found, target or self.target, digest(content), ENTRY, Label(name), location)

    async def entries(self) -> list[str]:
        """Of all rows, by name."""
        source = self.core.workspace.data_source_id
        return [
            entry.name async for row in self.notion.query(source) for entry in row.files("Attachments") or ()
        ]


async def _ask_account(notion: Notion) -> Account:
    return Account((await notion.me()).id, None)


def test_an_error_ends_what_was_written_and_nothing_that_came_meanwhile(store: Store) -> None:
    async def scenario() -> None:
        writing = Writing(store)
        uploads = [await writing.upload(b"one"), await writing.upload(b"other")]
        one = writing.rows.add(writing.target, "row", writing.attach("one.txt", b"one"), "r")
        other = writing.rows.add(writing.target, "row", writing.attach("other.txt", b"other"), "r")

        ready = iter([None, uploads[1]])

        def refuse_twice(request: Request) -> Response | None:
            if request.method != "POST" or request.path != "/v1/pages" or other.upload is not None:
                return None
            other.upload = next(ready)  # it is ready while the second write is under way
            return Response(400, {"x-notion-request-id": "r"}, REFUSAL)

        writing.transport.before = refuse_twice
        with pytest.raises(ValidationFailed, match="Not this one"):
            await writing.rows.result(one, uploads[0])
        result = await writing.rows.result(other, uploads[1])
        await writing.tasks.join()
        assert result.placement is not None
        assert result.placement.id.name == "other.txt"
        assert await writing.entries() == ["other.txt"]

    run(scenario())


def test_whoever_needs_but_the_row_has_it_once_others_are_written(store: Store) -> None:
    """The row is there and nobody knows it: it is looked for, read and written, and not read once more."""

    async def scenario() -> None:
        writing = Writing(store)
        first = writing.rows.add(writing.target, "row", writing.attach("first.txt", b"1"), "r")
        await writing.rows.result(first, await writing.upload(b"1"))
        await writing.tasks.join()
        with store.transaction():
            store.pages.forget(writing.core.workspace.data_source_id, "row")
        second = await writing.upload(b"2")
        requests: list[str] = []
        writing.transport.before = lambda request: requests.append(request.method)
        change = writing.rows.add(writing.target, "row", writing.attach("second.txt", b"2"), "r")
        writing.rows.add(writing.target, "row", writing.attach("x", b"x", RowPage(writing.target)), "r")
        await writing.rows.result(change, second)
        await writing.tasks.join()
        assert requests == ["POST", "GET", "PATCH"]
        assert await writing.entries() == ["first.txt", "second.txt"]

    run(scenario())
