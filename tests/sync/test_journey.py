"""The way of a file: what happens to one on its way is its own, and each target hears of it once."""

import logging
from collections.abc import Callable
from dataclasses import replace

import pytest

from notion_sync.model import ActionName
from notion_sync.notion.errors import Unauthorized
from notion_sync.notion.requests import Request
from notion_sync.rules import Kind, PageTarget, RowTarget
from notion_sync.template import parse
from tests.simulation.world import Heard
from tests.support.store import digest
from tests.sync.bench import Bench

REASON = "internal error: KeyError('x'); please report it with what --log-file writes"


def ends(heard: Heard) -> list[tuple[str, str]]:
    """How each file ended at each target, in the order of the report."""
    return [(outcome.path, str(outcome.action)) for outcome in heard.outcomes]


def reasons(heard: Heard) -> dict[str, str]:
    return {outcome.path: outcome.reason for outcome in heard.outcomes}


def on(
    what: Callable[[Request], bool], action: Callable[[], object], *, times: int = 1
) -> Callable[[Request], None]:
    """A hook that acts at the first of some requests."""
    left = [None] * times

    def hook(request: Request) -> None:
        if what(request) and left:
            left.pop()
            action()

    return hook


def fails() -> None:
    raise KeyError("x")


def is_send(request: Request) -> bool:
    return request.path.endswith("/send")


def creates(name: str) -> Callable[[Request], bool]:
    def of_this_file(request: Request) -> bool:
        return request.path == "/v1/file_uploads" and (request.json or {}).get("filename") == name

    return of_this_file


@pytest.fixture
def other(bench: Bench) -> PageTarget:
    """A second page, which the rule names, too."""
    target = PageTarget(bench.other_page())
    bench.rule = replace(bench.rule, targets=(bench.page_target, target))
    return target


# Errors that nobody foresaw


def test_an_unforeseen_exception_fails_one_file_and_the_others_go_on(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        bench.write(name, name.encode())
    bench.transport.hook = on(creates("b.txt"), fails)
    with caplog.at_level(logging.ERROR, "notion_sync"):
        heard = bench.push()
    assert sorted(ends(heard)) == [("a.txt", "attached"), ("b.txt", "failed"), ("c.txt", "attached")]
    assert reasons(heard)["b.txt"] == REASON
    assert bench.blocks() == ["a.txt", "c.txt"]
    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[0] is KeyError
    bench.transport.hook = lambda _: None
    assert ends(bench.push()) == [("b.txt", "attached")]


def test_one_in_the_reading_of_a_file_is_that_file_s(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.txt", "b.txt"):
        bench.write(name, name.encode())
    read = bench.threads.read

    async def broken(work: Callable[..., object], *args: object, **kwargs: object) -> object:
        if any(getattr(arg, "path", "") == "a.txt" for arg in args):
            fails()
        return await read(work, *args, **kwargs)

    monkeypatch.setattr(bench.threads, "read", broken)
    heard = bench.push()
    assert sorted(ends(heard)) == [("a.txt", "failed"), ("b.txt", "attached")]
    assert reasons(heard)["a.txt"] == REASON


def test_one_at_one_target_leaves_the_other_target_alone(bench: Bench, other: PageTarget) -> None:
    bench.write("a.txt", b"a")
    bench.transport.hook = on(lambda r: r.path == f"/v1/pages/{other.page_id}", fails)
    heard = bench.push()
    by_target = {outcome.target: (outcome.action, outcome.reason) for outcome in heard.outcomes}
    assert by_target == {
        bench.page_target.key: (ActionName.ATTACHED, ""),
        other.key: (ActionName.FAILED, REASON),
    }


def test_one_after_an_append_has_left_fails_no_file(bench: Bench) -> None:
    """It proves nothing: Notion is looked at, and has them."""
    for name in ("a.txt", "b.txt"):
        bench.write(name, name.encode())
    exchange, failed = bench.transport.exchange, list[str]()

    def broken(request: Request, form: object = None) -> object:
        answer = exchange(request, form)  # type: ignore[arg-type]
        if request.method == "PATCH" and not failed:
            failed.append(request.path)
            fails()
        return answer

    bench.transport.exchange = broken  # type: ignore[method-assign, assignment]
    assert sorted(ends(bench.push())) == [("a.txt", "attached"), ("b.txt", "attached")]
    assert bench.blocks() == ["a.txt", "b.txt"]
    assert len(failed) == 1


def test_an_exception_in_what_follows_from_a_failure_ends_the_pass(bench: Bench) -> None:
    """What cannot even be recorded is no single file's."""
    for name in ("a.txt", "b.txt"):
        bench.write(name, name.encode())
    bench.faults({"method": "PATCH", "do": {"status": 400}})
    bench.store.failures.save = lambda *_: fails()  # type: ignore[method-assign]
    with pytest.raises(KeyError):
        bench.push()
    assert not bench.store.has_open_writes()


def test_a_token_that_is_refused_ends_the_pass(bench: Bench) -> None:
    for name in ("a.txt", "b.txt"):
        bench.write(name, name.encode())
    bench.faults({"method": "POST", "do": {"status": 401}})
    with pytest.raises(Unauthorized):
        bench.push()
    assert sorted(ends(bench.heard)) == [("a.txt", "deferred"), ("b.txt", "deferred")]
    assert set(reasons(bench.heard).values()) == {"not sent (the run was stopped)"}


# Files that change on their way


def changes_while_sent(bench: Bench, content: bytes = b"new content") -> None:
    """The first sending of a file finds another content."""
    bench.transport.hook = on(is_send, lambda: bench.write("a.txt", content, age=0))


def test_a_file_that_changes_while_it_is_sent_goes_to_both_targets_as_it_rests(
    bench: Bench, other: PageTarget
) -> None:
    bench.write("a.txt", b"content")
    bench.write("b.txt", b"b")
    changes_while_sent(bench)
    heard = bench.push(patience=60)
    assert sorted(ends(heard)) == [(name, "attached") for name in ("a.txt", "a.txt", "b.txt", "b.txt")]
    for page in (None, other.page_id):
        assert sorted(bench.contents(page)) == sorted([digest("new content"), digest("b")])
    assert {outcome.sha256 for outcome in heard.outcomes if outcome.path == "a.txt"} == {
        digest("new content")
    }


def test_without_patience_it_is_left_to_another_pass_at_both(bench: Bench, other: PageTarget) -> None:
    bench.write("a.txt", b"content")
    bench.write("b.txt", b"b")
    changes_while_sent(bench)
    heard = bench.push()
    assert sorted(ends(heard)) == [
        ("a.txt", "deferred"), ("a.txt", "deferred"), ("b.txt", "attached"), ("b.txt", "attached"),
    ]  # fmt: skip
    assert bench.contents() == bench.contents(other.page_id) == [digest("b")]
    bench.time.advance(60)
    assert ends(bench.push()) == [("a.txt", "attached")] * 2
    assert bench.push().outcomes == []


def test_a_target_at_which_it_has_ended_gets_what_it_rests_as_by_the_next_pass(
    bench: Bench, other: PageTarget
) -> None:
    """Each target hears of it once a pass; what is in place at one does not keep the other from changing."""
    bench.write("a.txt", b"content")
    assert ends(bench.push(replace(bench.rule, targets=(bench.page_target,)))) == [("a.txt", "attached")]
    with bench.store.transaction():  # its upload is good no more, so it is sent again
        for each in bench.store.uploads.of_content(bench.core.workspace.bot_id, digest("content")):
            bench.store.uploads.drop(each)
    changes_while_sent(bench)

    heard = bench.push(patience=60)
    assert {outcome.target: str(outcome.action) for outcome in heard.outcomes} == {
        bench.page_target.key: "unchanged",
        other.key: "attached",
    }
    assert (bench.contents(), bench.contents(other.page_id)) == ([digest("content")], [digest("new content")])

    heard = bench.push()
    assert {outcome.target: str(outcome.action) for outcome in heard.outcomes} == {
        bench.page_target.key: "replaced",
        other.key: "unchanged",
    }
    assert bench.contents() == bench.contents(other.page_id) == [digest("new content")]
    asked = len(bench.asked())
    assert bench.push().outcomes == []
    assert len(bench.asked()) == asked


def test_a_file_that_vanishes_while_it_is_sent_is_no_failure(bench: Bench, other: PageTarget) -> None:
    bench.write("a.txt", b"content")
    bench.write("b.txt", b"b")
    bench.transport.hook = on(is_send, (bench.root / "a.txt").unlink)
    heard = bench.push()
    assert {end for end in ends(heard) if end[0] == "a.txt"} == {("a.txt", "skipped")}
    assert bench.blocks() == bench.blocks(other.page_id) == ["b.txt"]


# In its order


def test_blocks_stand_in_the_order_of_files_whoever_is_slow(bench: Bench) -> None:
    for number in range(12):
        bench.write(f"{number:02}.txt", f"{number}".encode())
    bench.faults({"path": "/send$", "every": 3, "do": {"delay": 7}})
    bench.push()
    assert bench.blocks() == [f"{number:02}.txt" for number in range(12)]


def test_a_refused_type_keeps_its_place_in_its_package(bench: Bench) -> None:
    bench.rule = replace(bench.rule, unsupported=type(bench.rule.unsupported)("zip"))
    for name in ("a.txt", "b.exe", "c.txt"):
        bench.write(name, name.encode())
    assert sorted(ends(bench.push())) == [(name, "attached") for name in ("a.txt", "b.exe", "c.txt")]
    assert bench.blocks() == ["a.txt", "b.exe.zip", "c.txt"]


def test_a_file_goes_to_its_row_and_onto_the_row_s_page(bench: Bench) -> None:
    """Two destinations, one target: people hear of it once."""
    rows = RowTarget(bench.core.workspace.database_id, "Attachments", parse("{stem}"), body=True)
    bench.rule = replace(bench.rule, targets=(rows,))
    bench.write("a.txt", b"a")
    heard = bench.push()
    assert [(o.target, str(o.action)) for o in heard.outcomes] == [(rows.key, "attached")]
    assert bench.rows() == {"a": ["a.txt"]}
    assert bench.blocks(heard.outcomes[0].page_id) == ["a.txt"]


def test_every_answer_tells_which_file_a_block_shows(bench: Bench) -> None:
    """When it is made, when it gets another content, and when that is under another name."""
    bench.rule = replace(bench.rule, targets=(bench.page_target, replace(bench.page_target, kind=Kind.COVER)))
    bench.write("a.png", b"content")
    for name, content in (("a.png", b"content"), ("a.png", b"changed"), ("b.png", b"changed")):
        bench.write(name, content)
        if name == "b.png":
            (bench.root / "a.png").unlink()
        bench.push()
        recorded = [each for each, _ in bench.store.placements.at_or_below(f"{bench.root}/{name}")]
        assert len(recorded) == 2
        assert {each.file_id for each in recorded} == set(shown(bench))


def shown(bench: Bench) -> list[str | None]:
    """The ids of the files that the page shows, in its block and as its cover."""

    async def look() -> list[str | None]:
        page = bench.core.workspace.page_id
        blocks = [block async for block in bench.notion.children(page) if block.file]
        cover = (await bench.notion.page(page)).cover
        return [each.url_path_file_id for each in (*blocks, cover) if each is not None]

    return bench.run(look())
