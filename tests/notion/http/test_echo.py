"""A token that a server repeats is in no text that comes of its answer."""

import json

import pytest

from notion_sync.notion.http.echo import Echo
from notion_sync.notion.requests import Effect
from notion_sync.notion.responses import Response, decode

TOKEN = "ntn_4711ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
ECHO = Echo(TOKEN)


@pytest.mark.parametrize(
    "said",
    [
        TOKEN,
        f"Authorization: Bearer {TOKEN}!",
        f"bearer%20{TOKEN[:30]}",
        TOKEN[:20] + "…",
        "".join(f"%{ord(each):02x}" for each in TOKEN),
        "\\".join(TOKEN),
    ],
)
def test_in_any_form_it_is_taken_out_of_an_error(said: str) -> None:
    error = {"object": "error", "code": said, "message": f"bad {said}", "additional_data": {said: [said]}}
    escaped = "".join(f"\\u{ord(each):04x}" for each in said)
    bodies = [
        json.dumps(error).encode(),
        json.dumps(error).replace(json.dumps(said)[1:-1], escaped).encode(),
        f"<html>{said}</html>".encode(),
        b"[" * 5000 + said.encode(),
    ]
    for body in bodies:
        clean = ECHO.out_of_body(body, refused=True)
        assert TOKEN[:12] not in clean.decode()
        assert said not in json.loads(clean).values() if clean.startswith(b"{") else True
    assert TOKEN[:12] not in ECHO.out_of_headers({"x-notion-request-id": said})["x-notion-request-id"]


def test_what_is_no_echo_stays_as_it_is() -> None:
    body = b'{"object": "error", "code": "x", "message": "ntn_ is how tokens begin", "n": 1.0, "a": [null]}'
    assert json.loads(ECHO.out_of_body(body, refused=True)) == json.loads(body)
    assert ECHO.out_of_body(body, refused=False) is body
    good = ECHO.out_of_body(json.dumps({"name": TOKEN}).encode(), refused=False)
    assert decode(Response(200, {}, good), effect=Effect.READ) == {"name": "…"}


def test_it_is_not_shown_by_itself() -> None:
    assert TOKEN not in repr(ECHO)
