"""What others write, whatever it is: each reader takes it or refuses it in its own words, and nothing else is raised.

A few examples each day; `make soak` plays many.
"""

import datetime as dt
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notion_sync.config import loader
from notion_sync.control.protocol import BadMessage, parse_answer, parse_request
from notion_sync.model import FilePath, Fingerprint, SourceFile
from notion_sync.notion.errors import NotionError
from notion_sync.notion.json_access import Malformed
from notion_sync.notion.pages import Database, DataSource, Page, PropertyFile, decode_found
from notion_sync.notion.requests import Effect
from notion_sync.notion.responses import Response, decode
from notion_sync.notion.values import Block, Bot, FileRef, FileUpload, ImportResult, ListPage, Parent
from notion_sync.sandbox.core import Core
from notion_sync.sandbox.messages import Answer, Request
from notion_sync.sandbox.multipart import Event, Field, FormError, FormReader, boundary_of
from notion_sync.template import TemplateError, parse, template_values
from notion_sync.watch.commands import paths_of

EXAMPLES = int(os.environ.get("NOTION_SYNC_EXAMPLES", "30"))
EXAMPLE_CONFIG = Path(__file__).resolve().parents[2] / "config.example.yaml"

Check = tuple[st.SearchStrategy[Any], Callable[[Any], None]]

texts = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["", " ", "\0", "\x1b[31m", "\ud800", "%", "{stem}", "2024-99-99", "1e999", "NaN", "a" * 5000]
    ),
)
numbers = st.one_of(st.integers(), st.floats(), st.just(10**400), st.booleans(), st.none())
values = st.recursive(
    st.one_of(texts, numbers),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@st.composite
def changed(draw: st.DrawFn, whole: Any) -> Any:
    """A value of which some parts, at any depth, were exchanged for anything, left out or doubled."""
    if draw(st.integers(0, 9)) == 0:
        return draw(values)
    if isinstance(whole, dict):
        found = {}
        for key, value in whole.items():
            fate = draw(st.integers(0, 19))
            if fate:
                found[key if fate > 1 else draw(texts)] = draw(changed(value))
        return found
    if isinstance(whole, list):
        found_items = [draw(changed(item)) for item in whole]
        return found_items * draw(st.sampled_from([1, 1, 1, 2, 0]))
    return whole


def _answers() -> list[Any]:
    """Answers of each kind, as the local Notion gives them."""
    core = Core.in_memory(seed=1)
    page, database = core.workspace.page_id, core.workspace.database_id
    asked = [
        ("POST", "/v1/file_uploads", {"mode": "single_part", "filename": "a.txt"}),
        ("PATCH", f"/v1/blocks/{page}/children", {"children": [{"paragraph": {"rich_text": []}}]}),
        ("GET", f"/v1/blocks/{page}/children", None),
        ("GET", f"/v1/pages/{page}", None),
        ("GET", f"/v1/databases/{database}", None),
        ("GET", f"/v1/data_sources/{core.workspace.data_source_id}", None),
        ("GET", "/v1/users/me", None),
        ("GET", "/v1/file_uploads", None),
        ("POST", "/v1/search", {}),
        ("GET", "/v1/pages/nothing", None),
    ]
    return [json.loads(_ask(core, method, path, body).body) for method, path, body in asked]


def _ask(core: Core, method: str, path: str, body: Any) -> Answer:
    headers = {**core.headers(), "Content-Type": "application/json"}
    content = b"" if body is None else json.dumps(body).encode()
    answer = core.handle(Request(method, path, "", headers, content))
    assert isinstance(answer, Answer)
    return answer


ANSWERS = _answers()
DECODERS: tuple[Callable[[Any], object], ...] = (
    Block.decode, Page.decode, DataSource.decode, Database.decode, Bot.decode, FileUpload.decode, FileRef.decode,
    FileRef.decode_embed, Parent.decode, PropertyFile.decode, ImportResult.decode, decode_found,
    lambda source: ListPage.decode(source, Block.decode),
)  # fmt: skip


def _in_words(error: Exception, pause: float | None = None) -> None:
    assert str(error).strip()
    assert pause is None or pause >= 0


def notions_things(said: Any) -> None:
    """What an answer is about: a value, or `Malformed`; values can be looked at."""
    if not isinstance(said, dict):
        return
    for each in DECODERS:
        try:
            found = each(said)
        except Malformed:
            continue
        repr(found)
        if isinstance(found, Block):
            assert found.name is None or isinstance(found.name, str)
            assert found.url_path_file_id is None or isinstance(found.url_path_file_id, str)


def notions_answers(said: tuple[int, dict[str, str], bytes]) -> None:
    """A whole answer: an object, or an error that can be shown."""
    status, headers, body = said
    for effect in Effect:
        try:
            decode(Response(status, headers, body), effect=effect, now=1.7e9)
        except NotionError as error:
            _in_words(error, error.retry_after)


def templates(text: str) -> None:
    """A template that is accepted can be filled in for every file."""
    try:
        template = parse(text)
    except TemplateError as error:
        _in_words(error)
        return
    for moment in (0, -(2**31) * 10**9, 2**34 * 10**9):
        fingerprint = Fingerprint(1, moment, moment, 1)
        found = SourceFile(FilePath("/r/a", "b.\udcff"), "a/b.\udcff", fingerprint, "/r/a/b.\udcff")
        now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        assert isinstance(template.render(template_values(found, rule="r", now=now, zone=dt.UTC)), str)


def requests_at_the_socket(line: bytes) -> None:
    """A request or an answer, or `BadMessage`."""
    for each in (parse_request, parse_answer):
        try:
            each(line)
        except BadMessage as error:
            _in_words(error)


def paths_of_requests(given: Any) -> None:
    """Paths, or `BadMessage`."""
    try:
        assert all(path.startswith("/") for path in paths_of(given))
    except BadMessage as error:
        _in_words(error)


def configurations(content: bytes) -> None:
    """Every problem is one line that says where."""
    with tempfile.NamedTemporaryFile(suffix=".yaml") as file:
        file.write(content)
        file.flush()
        for problem in loader.check(file.name).problems:
            assert problem.startswith(file.name)
            assert "\n" not in problem  # what else is in it is escaped where it is written


def forms(said: tuple[bytes, list[int]]) -> None:
    """A form is the same in whatever pieces it comes, and what is none is refused as such."""
    body, cuts = said
    whole, pieces = (
        _form([body]),
        _form([body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]),
    )
    assert (whole is None) == (pieces is None)
    if whole is not None and pieces is not None:
        assert _joined(whole) == _joined(pieces)


def _form(chunks: list[bytes]) -> list[Event] | None:
    reader = FormReader(b"cut")
    events: list[Event] = []
    try:
        for chunk in chunks:
            events += reader.feed(chunk)
        reader.finish()
    except FormError:
        return None
    return events


def _joined(events: list[Event]) -> list[tuple[Field | None, bytes]]:
    found: list[tuple[Field | None, bytes]] = []
    for event in events:
        if isinstance(event, Field):
            found.append((event, b""))
        else:
            field, content = found.pop() if found else (None, b"")
            found.append((field, content + event))
    return found


def content_types(text: str) -> None:
    """A boundary, or `FormError`."""
    try:
        assert boundary_of(text)
    except FormError as error:
        _in_words(error)


SANDBOX = Core.in_memory(seed=2)
PAGE = SANDBOX.workspace.page_id
BODIES: list[tuple[str, str, Any]] = [
    ("POST", "/v1/file_uploads", {"mode": "multi_part", "filename": "a.zip", "number_of_parts": 2}),
    ("POST", "/v1/file_uploads", {"mode": "external_url", "external_url": "https://a.example/b.pdf", "filename": "b"}),
    (
        "PATCH",
        f"/v1/blocks/{PAGE}/children",
        {
            "children": [
                {"type": "image", "image": {"type": "external", "external": {"url": "https://a.example/b.png"}}},
                {"paragraph": {"rich_text": [{"type": "text", "text": {"content": "a", "link": {"url": "x"}}}]}},
            ],
            "position": {"type": "start"},
        },
    ),
    ("PATCH", f"/v1/pages/{PAGE}", {"icon": {"type": "emoji", "emoji": "a"}, "properties": {"title": []}}),
    (
        "POST",
        "/v1/pages",
        {
            "parent": {"data_source_id": SANDBOX.workspace.data_source_id},
            "properties": {"Name": {"title": [{"text": {"content": "a"}}]}, "Date": {"date": {"start": "2026-01-01"}}},
        },
    ),
    (
        "POST",
        f"/v1/data_sources/{SANDBOX.workspace.data_source_id}/query",
        {
            "filter": {"and": [{"property": "Name", "title": {"equals": "a"}}]},
            "sorts": [{"property": "Name", "direction": "ascending"}],
            "page_size": 10,
        },
    ),
    ("POST", "/v1/search", {"query": "a", "filter": {"property": "object", "value": "page"}, "page_size": 5}),
    ("POST", "/v1/databases", {"parent": {"page_id": PAGE}, "title": [], "initial_data_source": {"properties": {}}}),
]  # fmt: skip


def requests_to_the_sandbox(said: tuple[tuple[str, str, Any], Any]) -> None:
    """The local Notion answers every request, and never with an error of its own."""
    (method, path, _), body = said
    answer = _ask(SANDBOX, method, path, body)
    assert answer.status < 500, (method, path, body, answer.body)


WORDS = st.sampled_from(
    [
        "{",
        "}",
        "{{",
        "}}",
        "{stem",
        "{mtime",
        ":",
        "%Y",
        "%",
        "!r",
        ".__class__",
        "[0]",
        "{size",
        ">9",
        "d",
        "0",
        "{0}",
        " ",
        "a",
    ]
)
FORMS = st.sampled_from(
    [b"--cut", b"--cut--", b"\r\n", b"\r\n\r\n", b"--", b"a", b"\r\n--cut\r\n",
     b'Content-Disposition: form-data; name="file"; filename="a"\r\n\r\n', b"Content-Type: text/plain",
     b"\0", b"\r", b"x" * 100, b"filename*=UTF-8''%ff"]
)  # fmt: skip


@st.composite
def cut_up(draw: st.DrawFn) -> tuple[bytes, list[int]]:
    body = b"".join(draw(st.lists(FORMS, max_size=12)))
    cuts = draw(st.lists(st.integers(0, len(body)), max_size=5))
    return body, sorted(cuts)


LIMITED = {
    "object": "error", "status": 429, "code": "rate_limited", "message": "m",
    "additional_data": {"retry_after": 5, "rate_limit_reason": "r", "committed_child_ids": ["a"]},
}  # fmt: skip
ODD_HEADERS = ("-1", "nan", "inf", "9" * 400, "Wed, 99 Foo 9999 99:99:99 GMT")


def _json(whole: Any) -> st.SearchStrategy[bytes]:
    return changed(whole).map(lambda said: json.dumps(said).encode())


CHECKS: dict[str, Check] = {
    "notion's things": (st.sampled_from(ANSWERS).flatmap(changed), notions_things),
    "notion's answers": (
        st.tuples(
            st.sampled_from([200, 204, 302, 400, 401, 403, 404, 409, 429, 500, 503, 529, 999]),
            st.dictionaries(
                st.sampled_from(["Retry-After", "Content-Type", "cf-ray", "x-notion-request-id", "Date"]),
                st.one_of(texts, st.sampled_from(ODD_HEADERS)),
            ),
            st.one_of(st.binary(max_size=100), _json(LIMITED), st.just(b"[" * 100_000)),
        ),
        notions_answers,
    ),
    "templates": (st.one_of(st.text(max_size=30), st.lists(WORDS, max_size=8).map("".join)), templates),
    "requests at the socket": (
        st.one_of(
            st.binary(max_size=60),
            _json({"command": "retry", "arguments": {"paths": ["/a"]}}),
            _json({"ok": True, "result": {"a": 1}, "error": "e", "exit_code": 1}),
        ),
        requests_at_the_socket,
    ),
    "paths of requests": (st.one_of(values, st.lists(st.text(max_size=9).map("/".__add__))), paths_of_requests),
    "configurations": (
        st.one_of(
            st.binary(max_size=60),
            changed(yaml.safe_load(EXAMPLE_CONFIG.read_text())).map(
                lambda said: yaml.safe_dump(said, allow_unicode=True).encode("utf-8", "surrogatepass")
            ),
        ),
        configurations,
    ),
    "forms": (cut_up(), forms),
    "content types": (
        st.one_of(st.text(max_size=30), st.text(max_size=20).map("multipart/form-data; boundary=".__add__)),
        content_types,
    ),
    "requests to the sandbox": (
        st.sampled_from(BODIES).flatmap(lambda each: st.tuples(st.just(each), changed(each[2]))),
        requests_to_the_sandbox,
    ),
}  # fmt: skip


def _play(name: str, examples: int) -> None:
    strategy, check = CHECKS[name]
    quick = settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    quick(given(strategy)(check))()


@pytest.mark.parametrize("name", CHECKS)
def test_a_few(name: str) -> None:
    _play(name, EXAMPLES)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", CHECKS)
def test_many(name: str) -> None:
    _play(name, 200 * EXAMPLES)
