"""The core alone: values in, values out; no server, no waiting, the same from the same seed."""

import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest

from notion_sync.sandbox.clock import Clock
from notion_sync.sandbox.control.state import state
from notion_sync.sandbox.core import BrokenError, Core
from notion_sync.sandbox.messages import Answer, Cut, Delayed
from notion_sync.sandbox.options import Options
from tests.sandbox.caller import Caller
from tests.sandbox.support import PNG, paragraph

Json = dict[str, Any]


@pytest.fixture
def caller() -> Caller:
    return Caller(Core.in_memory(seed=1))


def texts(core: Core) -> list[str]:
    (page,) = state(core.workspace)["pages"]
    return [block["caption"] for block in page["children"] if block["type"] == "paragraph"]


def statuses(answers: Sequence[Answer | Cut | Delayed]) -> list[int]:
    return [answer.status for answer in answers if isinstance(answer, Answer)]


def test_a_file_from_its_creation_to_its_download(caller: Caller) -> None:
    upload = caller.upload()
    made = caller.append({"image": {"file_upload": {"id": upload}}})["results"][0]
    listed = caller.ok("GET", f"/v1/blocks/{caller.core.workspace.page_id}/children?page_size=50")["results"]
    assert listed[-1]["id"] == made["id"]
    url = listed[-1]["image"]["file"]["url"]
    whole = caller.download(url)
    assert (whole.status, whole.body) == (200, PNG)
    first = caller.download(url, Range="bytes=0-0")
    assert (first.status, first.body, first.headers["Content-Range"]) == (
        206,
        PNG[:1],
        f"bytes 0-0/{len(PNG)}",
    )
    assert caller.download(url.partition("?")[0]).status == 403


def test_a_file_in_parts(caller: Caller) -> None:
    body = {"mode": "multi_part", "filename": "a.zip", "number_of_parts": 2}
    id_ = caller.ok("POST", "/v1/file_uploads", body)["id"]
    parts = [b"a" * 5 * 1024 * 1024, b"b"]
    for number, data in enumerate(parts, start=1):
        caller.send(id_, data, "application/zip", part=number)
    assert caller.ok("POST", f"/v1/file_uploads/{id_}/complete")["status"] == "uploaded"
    block = caller.append({"file": {"file_upload": {"id": id_}}})["results"][0]
    assert caller.download(block["file"]["file"]["url"]).body == b"".join(parts)


def test_only_hashes_may_be_kept() -> None:
    caller = Caller(Core.in_memory(seed=1, options=Options(rate=None, discard=True)))
    block = caller.append({"image": {"file_upload": {"id": caller.upload()}}})["results"][0]
    assert caller.download(block["image"]["file"]["url"]).status == 410


def test_the_same_seed_gives_the_same_answers_to_the_byte() -> None:
    def life(seed: int) -> list[bytes]:
        caller = Caller(Core.in_memory(seed=seed))
        caller.append({"image": {"file_upload": {"id": caller.upload()}}}, paragraph("x"))
        source = caller.core.workspace.data_source_id
        row = {"parent": {"data_source_id": source}, "properties": {"Status": {"select": {"name": "New"}}}}
        caller.ok("POST", "/v1/pages", row)
        caller.ok("POST", f"/v1/data_sources/{source}/query", {})
        return caller.answers

    assert life(1) == life(1)
    assert not set(life(1)) & set(life(2))


def test_the_log_has_what_was_asked(caller: Caller) -> None:
    caller.ask("GET", "/v1/users/me")
    caller.ask("GET", "/v1/nothing")
    lines = [(line["path"], line["status"]) for line in caller.core.journal.entries()]
    assert lines == [("/v1/users/me", 200), ("/v1/nothing", 400)]


def test_a_rate_window_ends_when_its_clock_says_so() -> None:
    caller = Caller(Core.in_memory(seed=1, options=Options(rate=(2, 60.0))))
    assert statuses([caller.ask("GET", "/v1/users/me") for _ in range(3)]) == [200, 200, 429]
    assert not caller.core.advance_to(caller.core.workspace.clock.now() + 60)
    assert statuses([caller.ask("GET", "/v1/users/me")]) == [200]


@pytest.mark.parametrize(("when", "at_once"), [("before", []), ("after", ["x"])])
def test_a_delay_is_on_the_schedule(caller: Caller, when: str, at_once: list[str]) -> None:
    core, begun = caller.core, caller.core.workspace.clock.now()
    core.faults.load([{"when": when, "do": {"delay": 30}}])
    path = f"/v1/blocks/{core.workspace.page_id}/children"
    delayed = caller.ask("PATCH", path, {"children": [paragraph("x")]})
    assert isinstance(delayed, Delayed)
    assert (delayed.due, core.next_due(), texts(core)) == (begun + 30, begun + 30, at_once)
    assert core.advance_to(begun + 29) == []
    (done,) = core.advance_to(begun + 31)
    assert isinstance(done.outcome, Answer)
    assert (done.ticket, done.outcome.status, texts(core)) == (delayed.ticket, 200, ["x"])
    assert core.next_due() is None
    assert core.workspace.clock.now() == begun + 31
    assert core.journal.entries()[-1]["duration"] == 30


def test_what_is_due_comes_in_the_order_of_the_clock(caller: Caller) -> None:
    core, begun = caller.core, caller.core.workspace.clock.now()
    path = f"/v1/blocks/{core.workspace.page_id}/children"
    for text, seconds in (("second", 20), ("third", 20), ("first", 10)):
        core.faults.load([{"do": {"delay": seconds}}])
        caller.ask("PATCH", path, {"children": [paragraph(text)]})
    assert [done.ticket for done in core.advance_to(begun + 60)] == [5, 1, 3]
    assert texts(core) == ["first", "second", "third"]


def test_a_cut_comes_before_or_after_the_effect(caller: Caller) -> None:
    path = f"/v1/blocks/{caller.core.workspace.page_id}/children"
    for when, wanted in (("before", []), ("after", ["x"])):
        caller.core.faults.load([{"when": when, "do": {"cut": True}}])
        assert caller.ask("PATCH", path, {"children": [paragraph("x")]}) == Cut()
        assert texts(caller.core) == wanted


def test_the_clock_may_be_a_simulations_own() -> None:
    now = 1000.0
    core = Core.in_memory(seed=1, clock=Clock(lambda: now))
    core.faults.load([{"do": {"delay": 5}}])
    delayed = Caller(core).ask("GET", "/v1/users/me")
    assert isinstance(delayed, Delayed)
    now = 1005.0
    (done,) = core.advance_to(now)
    assert (done.ticket, core.workspace.clock.now()) == (delayed.ticket, 1005.0)


def test_the_core_knows_nothing_of_servers() -> None:
    code = (
        "import sys, notion_sync.sandbox.core\n"
        "print(sorted({'aiohttp', 'asyncio', 'concurrent.futures'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_mistake_of_the_sandbox_ends_one_request(caller: Caller) -> None:
    """Its ticket is named, and those before and behind it are answered."""
    core, begun = caller.core, caller.core.workspace.clock.now()
    core.faults.load([{"do": {"delay": 1}}])
    first = caller.ask("GET", "/v1/users/me")
    broken = caller.ask("GET", f"/v1/pages/{core.workspace.page_id}")
    last = caller.ask("GET", "/v1/users/me")
    assert isinstance(first, Delayed)
    assert isinstance(broken, Delayed)
    assert isinstance(last, Delayed)
    core.workspace.db.execute("UPDATE pages SET properties = '{'")
    with pytest.raises(BrokenError) as raised:
        core.advance_to(begun + 2)
    assert raised.value.ticket == broken.ticket
    assert [done.ticket for done in core.advance_to(begun + 2)] == [first.ticket, last.ticket]


def test_faults_change_no_ids() -> None:
    def made(faults: list[Json]) -> str:
        caller = Caller(Core.in_memory(seed=1))
        caller.core.faults.load(faults)
        return str(caller.ok("POST", "/v1/file_uploads", {"filename": "a.png"})["id"])

    assert made([]) == made(
        [{"probability": 0.0, "do": {"cut": True}}, {"path": "/no", "do": {"status": 500}}]
    )
