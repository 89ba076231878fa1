"""No token and no signed address gets into the log, however it is carried in."""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from notion_sync.log.redaction import keep_secrets, redacted, redacted_value, register_secret
from notion_sync.log.silence import silence
from notion_sync.log.tracing import configure
from notion_sync.text.secret import HIDDEN
from tests.log.support import unheard

TOKEN = "ntn_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V2w3"
OTHER = "vault/issued+token=without-a-known-shape"
SIGNATURE = "5f4dcc3b5aa765d61d8327deb882cf99"
SIGNED = (
    "https://prod-files-secure.s3.us-west-2.amazonaws.com/space/file/a%20b.pdf?X-Amz-Algorithm=AWS4-HMAC-SHA256"
    f"&X-Amz-Credential=AKIA%2F20260701&X-Amz-Expires=3600&X-Amz-Signature={SIGNATURE}&x-id=GetObject"
)


@pytest.fixture(autouse=True)
def _in_use() -> None:
    keep_secrets()
    for secret in (TOKEN, OTHER):
        assert register_secret(secret) == secret


def every_character_encoded(text: str) -> str:
    return "".join(f"%{ord(c):02X}" for c in text)


@pytest.mark.parametrize(
    ("text", "remains"),
    [
        # A token: as it is, in what is sent with a request, percent-encoded once and twice, cut off, escaped.
        (f"token {TOKEN} was refused", "token … was refused"),
        (f"Illegal header value b'Bearer {TOKEN}'", "Illegal header value b'Bearer …'"),
        (f"{{'authorization': 'Bearer {TOKEN}'}}", "{'authorization': 'Bearer …'}"),
        (f"a{every_character_encoded(TOKEN)}b", "a…b"),
        (f"a {every_character_encoded(TOKEN).lower()} b", "a … b"),
        (quote(quote(f"a {OTHER} b")), "a%2520…%2520b"),
        (f"it begins with {TOKEN[:20]}", "it begins with …"),
        (TOKEN.replace("_", r"\_"), "…"),
        (f"{TOKEN}{TOKEN}", "……"),
        # Of nobody that was registered, but with the shape of one.
        ("ntn_" + "Z" * 46, "…"),
        ("secret_" + "Z" * 43, "…"),
        ("bearer abc.def", "bearer …"),
        # A signed address: as it is, quoted, as JSON has it, percent-encoded, without its beginning, in pieces.
        (f"GET {SIGNED} answered", f"GET {SIGNED.partition('?')[0]}?… answered"),
        (f'{{"url":"{SIGNED}","expiry_time":1}}', f'{{"url":"{SIGNED.partition("?")[0]}?…","expiry_time":1}}'),
        (f"<{SIGNED}>", f"<{SIGNED.partition('?')[0]}?…>"),
        (SIGNED.replace("/", "\\/").upper(), SIGNED.partition("?")[0].replace("/", "\\/").upper() + "?…"),
        (quote(SIGNED, safe=""), quote(SIGNED.partition("?")[0], safe="") + "?…"),
        (quote(quote(SIGNED, safe=""), safe=""), quote(quote(SIGNED.partition("?")[0], safe=""), safe="") + "?…"),
        (f"/v1/blocks?start_cursor=abc&page_size=3 {SIGNATURE[:2]}", f"/v1/blocks?… {SIGNATURE[:2]}"),
        (f"and X-Amz-Signature={SIGNATURE}&b", "and X-Amz-Signature=…&b"),
        (f"https://h/a?b c&X-Amz-Signature={SIGNATURE}", "https://h/a?… c&X-Amz-Signature=…"),
        (f"Signature%3D{SIGNATURE}", "Signature%3D…"),
        (f"https://cdn.example/a?Expires=1&Signature={SIGNATURE}~&Key-Pair-Id=K", "https://cdn.example/a?…"),
        ("https://h/a?opaque", "https://h/a?…"),
        ("https://me:hunter2@h/a", "https://…@h/a"),
        # Everything else stays.
        ("https://www.notion.so/acme/Scans-0123#4567", "https://www.notion.so/acme/Scans-0123#4567"),
        ("is it? yes: 3 < 4 = ok", "is it? yes: 3 < 4 = ok"),
        ("/home/ada/secret_recipe.txt", "/home/ada/secret_recipe.txt"),
    ],
)  # fmt: skip
def test_text(text: str, remains: str) -> None:
    assert redacted(text) == remains


def test_values_are_redacted_through_and_through() -> None:
    value = {
        "status": 200,
        "ok": True,
        "none": None,
        "tokens": 3,
        "seconds": 0.5,
        "endless": float("inf"),
        "path": Path("/a"),
        "headers": {
            "Authorization": "whatever",
            "Cookie": "",
            f"x{TOKEN}": [SIGNED, (TOKEN, {"deep": TOKEN})],
        },
    }
    assert redacted_value(value) == {
        "status": 200,
        "ok": True,
        "none": None,
        "tokens": 3,
        "seconds": 0.5,
        "endless": "inf",
        "path": "/a",
        "headers": {
            "Authorization": HIDDEN,
            "Cookie": "",
            "x…": [SIGNED.partition("?")[0] + "?…", ["…", {"deep": "…"}]],
        },
    }


class Telltale:
    """An object whose text holds a token."""

    def __str__(self) -> str:
        return f"client of {TOKEN}"


def raised(logger: logging.Logger) -> None:
    try:
        try:
            raise ValueError(f"cannot use {TOKEN}")  # noqa: TRY301
        except ValueError as error:
            raise RuntimeError(f"no answer from {SIGNED}") from error
    except RuntimeError:
        logger.exception("it failed")


def ill_formed(logger: logging.Logger) -> None:
    logger.info("%d files", TOKEN)
    logger.info(f"100 %% of {TOKEN} %d", "x")
    logger.info("a %s and no more", TOKEN, SIGNED)  # noqa: PLE1205


class Broken:
    """An object without a text."""

    def __str__(self) -> str:
        raise ValueError(TOKEN)


SMUGGLERS: dict[str, Callable[[logging.Logger], None]] = {
    "message": lambda logger: logger.info(f"{TOKEN} {SIGNED}"),
    "arguments": lambda logger: logger.info("%s at %s", TOKEN, SIGNED),
    "halves": lambda logger: logger.info("%s%s", TOKEN[:25], TOKEN[25:]),
    "mapping": lambda logger: logger.info("%(token)s", {"token": TOKEN}),
    "object": lambda logger: logger.info(Telltale()),
    "object in arguments": lambda logger: logger.info("%s %r", Telltale(), [SIGNED]),
    "bytes": lambda logger: logger.info("%r", TOKEN.encode()),
    "percent-encoded": lambda logger: logger.info("%s %s", every_character_encoded(TOKEN), quote(SIGNED, safe="")),
    "fields": lambda logger: logger.info("m", extra={"fields": {"url": SIGNED, "a": {"b": [TOKEN]}, TOKEN: 1}}),
    "object in fields": lambda logger: logger.info("m", extra={"fields": {"client": Telltale()}}),
    "fields that are none": lambda logger: logger.info("m", extra={"fields": TOKEN}),
    "broken object": lambda logger: logger.info("%s", Broken(), extra={"fields": {"a": Broken()}}),
    "traceback": raised,
    "ill-formed": ill_formed,
}  # fmt: skip


@pytest.fixture(params=["text", "json"])
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """What is in the log file."""
    file = tmp_path / "log"
    configure(shown=None, file=str(file), form=request.param, journal=False, say=pytest.fail)
    yield lambda: file.read_text("utf-8")
    silence()


@pytest.mark.parametrize("way", SMUGGLERS)
def test_nothing_is_smuggled_into_a_file(
    written: Callable[[], str], way: str, capfd: pytest.CaptureFixture[str]
) -> None:
    SMUGGLERS[way](unheard("notion_sync.http"))
    text = written()
    assert text
    for secret in (TOKEN, TOKEN[:20], TOKEN[25:], SIGNATURE, "AKIA"):
        assert secret not in text
        assert every_character_encoded(secret) not in text
    assert capfd.readouterr() == ("", "")


def test_what_is_not_secret_is_still_there(tmp_path: Path) -> None:
    file = tmp_path / "log"
    configure(shown=None, file=str(file), form="json", journal=False, say=pytest.fail)
    raised(logging.getLogger("notion_sync.http"))
    silence()
    line = json.loads(file.read_text("utf-8"))
    assert (
        "RuntimeError: no answer from https://prod-files-secure.s3.us-west-2.amazonaws.com/"
        in line["exception"]
    )
    assert "ValueError: cannot use …" in line["exception"]
    assert "in raised" in line["exception"]
