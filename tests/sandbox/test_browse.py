"""The browse page: what it serves, what it keeps browsers from, and how it looks in one."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from tests.sandbox.browser import CHROMIUM, Tab, browser
from tests.sandbox.support import PNG, Sandbox, file_of, paragraph, rich

BROWSE = "/__sandbox__/browse"
HOSTILE = '<img src=x onerror="document.title=1">.svg'
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>parent.document.title="bad"</script></svg>'
HTML = b"<!doctype html><title>x</title><script>document.title='bad'</script>"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("", "text/html"),
        ("/", "text/html"),
        ("/style.css", "text/css"),
        ("/app.js", "text/javascript"),
        ("/draw.js", "text/javascript"),
        ("/blocks.js", "text/javascript"),
        ("/lists.js", "text/javascript"),
        ("/tables.js", "text/javascript"),
        ("/icon.svg", "image/svg+xml"),
        ("/data/tree", "application/json"),
        ("/data/uploads", "application/json"),
        ("/data/latest", "application/json"),
        ("/data/trash", "application/json"),
        ("/data/search?q=x", "application/json"),
        ("/data/rate", "application/json"),
    ],
)
def test_the_page_and_its_files_are_under_a_strict_policy(notion: Sandbox, path: str, kind: str) -> None:
    response = notion.browse_client().get(BROWSE + path)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith(kind)
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["", "/", "/app.js", "/live", "/data/tree", "/data/latest", "/data/rate", "/file/x", "/nothing"]
)
def test_the_page_is_for_who_has_its_key(notion: Sandbox, path: str) -> None:
    key = notion.coordinates["browse_url"].rpartition("=")[2]
    for query in ("", "?key=", "?key=wrong", f"?key={key}x", f"?Key={key}"):
        answer = notion.plain_client().get(BROWSE + path + query)
        assert answer.status_code == 403
        assert key not in answer.text
        assert "Set-Cookie" not in answer.headers


def test_the_key_is_kept_as_a_cookie_that_no_script_and_no_other_page_has(notion: Sandbox) -> None:
    answer = notion.plain_client().get(notion.coordinates["browse_url"])
    notion.plain_client().cookies.clear()
    assert answer.status_code == 200
    assert answer.headers["Set-Cookie"].endswith(f"; Path={BROWSE}; HttpOnly; SameSite=Strict")


def test_the_key_stays_the_same_for_a_folder(start: Callable[..., Sandbox], tmp_path: Path) -> None:
    first, other = start("--dir", str(tmp_path / "a")), start("--dir", str(tmp_path / "b"))
    keys = [sandbox.coordinates["browse_url"].rpartition("=")[2] for sandbox in (first, other)]
    first.stop()
    again = start("--dir", str(tmp_path / "a")).coordinates["browse_url"].rpartition("=")[2]
    assert again == keys[0] != keys[1]


def test_nothing_is_loaded_from_elsewhere_and_no_text_becomes_markup(notion: Sandbox) -> None:
    client = notion.browse_client()
    for name in ("", "/app.js", "/draw.js", "/blocks.js", "/lists.js", "/tables.js", "/style.css"):
        text = client.get(BROWSE + name).text
        foreign = re.findall(r"""["'(]((?:https?:)?//[^"')\s]+)""", text)
        assert set(foreign) <= {"http://www.w3.org/2000/svg"}
        for word in ("innerHTML =", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert word not in text


@pytest.mark.parametrize(
    ("name", "data", "type_", "inline"),
    [
        ("a.png", PNG, "image/png", True),
        ("a.svg", SVG, "image/svg+xml", True),
        ("v.mp4", b"mp4", "video/mp4", True),
        ("a.pdf", b"%PDF", "application/pdf", True),
        ("a.html", HTML, "application/octet-stream", False),
        ("a.xml", b"<x/>", "application/octet-stream", False),
        ("a.txt", b"text", "application/octet-stream", False),
    ],
)
def test_files_are_inert(notion: Sandbox, name: str, data: bytes, type_: str, inline: bool) -> None:
    upload = notion.upload(name, data)
    client = notion.browse_client()
    response = client.get(f"{BROWSE}/file/{upload['id']}/whatever")
    assert response.content == data
    assert response.headers["Content-Type"] == type_
    assert response.headers["Content-Disposition"].startswith("inline" if inline else "attachment")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox;" if type_ != "application/pdf" else "default-src 'none'")
    download = client.get(f"{BROWSE}/file/{upload['id']}/whatever?download=1")
    assert download.headers["Content-Disposition"].startswith("attachment")


def test_unknown_things_are_not_found(notion: Sandbox) -> None:
    client = notion.browse_client()
    pending = notion.ok("POST", "/v1/file_uploads", {"filename": "a.png"})["id"]
    for path in (
        "/nothing",
        "/data/page/x",
        f"/file/{pending}",
        "/file/x",
        "/data/%2e%2e/app.js",
        "/data/page/..%2f",
    ):
        assert client.get(BROWSE + path).status_code in (400, 404)
    assert client.post(BROWSE).status_code == 405


def test_the_data_has_what_a_person_would_see(notion: Sandbox) -> None:
    upload = notion.upload("big picture.png")
    child = notion.ok("POST", "/v1/pages", {"parent": {"page_id": notion.page_id}, "icon": file_of(upload)})
    notion.append(paragraph("words"), {"image": {**file_of(upload), "caption": rich("seen")}})
    row = {"Name": {"title": rich("Row")}, "Attachments": {"files": [file_of(upload)]}}
    notion.ok("POST", "/v1/pages", {"parent": {"data_source_id": notion.source_id}, "properties": row})
    client = notion.browse_client()

    tree = client.get(f"{BROWSE}/data/tree").json()["pages"][0]
    assert [page["kind"] for page in tree["pages"]] == ["database", "page"]
    assert tree["pages"][1]["icon"]["name"] == "big picture.png"
    view = client.get(f"{BROWSE}/data/page/{notion.page_id}").json()
    kinds = [block["type"] for block in view["blocks"]]
    assert kinds == ["child_database", "child_page", "paragraph", "image"]
    assert view["blocks"][3]["file"] | {"id": ""} == {
        "id": "",
        "name": "big picture.png",
        "size": len(PNG),
        "type": "image/png",
        "kind": "image",
    }
    assert view["blocks"][0]["table"]["rows"][0]["cells"][1]["files"][0]["name"] == "big picture.png"
    first = client.get(f"{BROWSE}/data/page/{notion.page_id}?count=1").json()
    assert (len(first["blocks"]), first["more"]) == (1, True)
    assert client.get(f"{BROWSE}/data/page/{child['id']}").json()["path"][0]["id"] == notion.page_id
    uploads = client.get(f"{BROWSE}/data/uploads").json()
    assert (uploads["total"], uploads["uploads"][0]["attached"]) == (1, True)


def test_lists_over_the_workspace(start: Callable[..., Sandbox]) -> None:
    notion = start("--rate", "50/60")
    for name in ("Straße.png", "b.png"):
        notion.append({"image": file_of(notion.upload(name))})
    row = {"Name": {"title": rich("A row in the STRASSE")}}
    made = notion.ok("POST", "/v1/pages", {"parent": {"data_source_id": notion.source_id}, "properties": row})
    gone = notion.append(paragraph("thrown away"))[0]["id"]
    notion.ok("DELETE", f"/v1/blocks/{gone}")
    client = notion.browse_client()

    def names(what: str) -> list[str]:
        items = client.get(f"{BROWSE}/data/{what}").json()["items"]
        return [
            item.get("file", {}).get("name") or item.get("text") or item["head"]["title"] for item in items
        ]

    assert names("latest") == ["A row in the STRASSE", "b.png", "Straße.png"]
    assert names("search?q=strasse") == ["A row in the STRASSE", "Straße.png"]
    assert names("search?q=%20") == names("search") == []
    assert names("trash") == ["thrown away"]
    item = client.get(f"{BROWSE}/data/search?q=row").json()["items"][0]
    assert (item["id"], item["page"]["id"]) == (made["id"], notion.coordinates["database_id"])
    view = client.get(f"{BROWSE}/data/page/{notion.page_id}").json()
    assert view["totals"] == {"files": 2, "bytes": 2 * len(PNG)}
    rate = client.get(f"{BROWSE}/data/rate").json()
    assert (rate["limit"], rate["seconds"]) == (50, 60)
    before = rate["used"]
    notion.ok("GET", "/v1/users/me")
    assert client.get(f"{BROWSE}/data/rate").json()["used"] == before + 1
    notion.control("clock", {"advance": 61})
    assert client.get(f"{BROWSE}/data/rate").json()["used"] == 0


def test_the_live_stream_tells_of_changes(notion: Sandbox) -> None:
    with notion.browse_client().stream("GET", f"{BROWSE}/live") as stream:
        lines = (line for line in stream.iter_lines() if line)
        first = next(lines)
        notion.append(paragraph("x"))
        assert next(lines) != first


needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


def look(tmp_path: Path, steps: Callable[[Tab], Coroutine[None, None, None]]) -> None:
    """Run steps in a fresh browser; the page must not have complained."""

    async def run() -> None:
        async with browser(tmp_path / "profile") as tab:
            await steps(tab)
            assert tab.messages == []

    asyncio.run(run())


@needs_chromium
def test_a_push_appears_while_the_page_is_open(notion: Sandbox, tmp_path: Path) -> None:
    notion.append(paragraph("before"))

    async def steps(tab: Tab) -> None:
        await tab.open(notion.coordinates["browse_url"])
        await tab.until("document.querySelectorAll('.is-paragraph').length === 1")
        await tab.ask("document.querySelector('.is-paragraph').marked = true")
        upload = notion.upload("new.png", PICTURE)
        notion.append({"image": {**file_of(upload), "caption": rich("just now")}})
        await tab.until("document.querySelector('figure img')?.naturalWidth === 2")
        assert await tab.ask("document.querySelector('figcaption').textContent") == "just now"
        # What was there has not been drawn again.
        assert await tab.ask("document.querySelector('.is-paragraph').marked") is True
        await tab.ask("location.hash = '#/uploads'")
        await tab.until("document.querySelector('.state.attached') !== null")

    look(tmp_path, steps)


@needs_chromium
def test_hostile_names_and_scripts_do_nothing(notion: Sandbox, tmp_path: Path) -> None:
    svg, html = notion.upload(HOSTILE, SVG), notion.upload("page.html", HTML)
    notion.append(
        {"image": {**file_of(svg), "caption": rich("<script>document.title='bad'</script>")}},
        {"file": {**file_of(html), "name": "<b onmouseover=alert(1)>.html"}},
        {"bookmark": {"url": "javascript:document.title='bad'"}},
        {"paragraph": {"rich_text": [{"text": {"content": "x", "link": {"url": "javascript:alert(1)"}}}]}},
    )
    title = rich("<img src=x onerror=document.title='bad'>")
    notion.ok("PATCH", f"/v1/pages/{notion.page_id}", {"properties": {"title": title}})

    async def steps(tab: Tab) -> None:
        await tab.open(notion.coordinates["browse_url"])
        await tab.until("document.querySelector('figure img')?.naturalWidth === 9")
        assert await tab.ask("document.querySelector('.under .grow').textContent") == HOSTILE
        assert (
            await tab.ask(
                "document.querySelectorAll('#main script, #main b[onmouseover], #main h1 img').length"
            )
            == 0
        )
        assert await tab.ask("[...document.links].filter((a) => a.protocol === 'javascript:').length") == 0
        assert "bad" not in (await tab.ask("document.title")).replace("onerror=document.title='bad'", "")
        await tab.open(f"{notion.base_url}{BROWSE}/file/{svg['id']}/x.svg")
        await tab.until("document.documentElement.tagName === 'svg' && document.readyState === 'complete'")
        assert await tab.ask("document.title ?? ''") != "bad"
        tab.messages.clear()  # the sandboxed script was refused, and Chromium says so

    look(tmp_path, steps)


@needs_chromium
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (390, False)])
def test_it_fits_wide_and_narrow_windows(notion: Sandbox, tmp_path: Path, width: int, dark: bool) -> None:
    notion.append(
        *(paragraph("long words " * 30) for _ in range(3)), {"image": file_of(notion.upload(data=PICTURE))}
    )

    async def steps(tab: Tab) -> None:
        await tab.look(width, 800, dark=dark)
        await tab.open(notion.coordinates["browse_url"])
        await tab.until("document.querySelectorAll('.block').length === 5")
        assert await tab.ask("document.documentElement.scrollWidth") == width
        background = await tab.ask("getComputedStyle(document.body).backgroundColor")
        assert background == ("rgb(25, 25, 25)" if dark else "rgb(255, 255, 255)")
        shown = await tab.ask("document.getElementById('sidebar').getBoundingClientRect().right > 0")
        assert shown == (width > 760)
        if not shown:
            await tab.ask("document.getElementById('menu').click()")
            await tab.until("document.getElementById('sidebar').getBoundingClientRect().left === 0")

    look(tmp_path, steps)


@needs_chromium
def test_it_can_be_used_without_eyes_and_without_a_mouse(notion: Sandbox, tmp_path: Path) -> None:
    """What plays, tables and databases are named; a file that is none of its kind is a card; a block has an address."""
    film, broken = notion.upload("film.mp4", b"no film"), notion.upload("broken.pdf", b"no pdf at all")
    sound = notion.upload("sound.wav", b"no sound")
    made = notion.append(
        {"video": file_of(film)}, *(paragraph("far " * 400) for _ in range(9)), {"pdf": file_of(broken)},
        {"audio": file_of(sound)}, paragraph("the last one"),
    )  # fmt: skip
    block = made[-1]["id"]

    async def steps(tab: Tab) -> None:
        await tab.open(f"{notion.coordinates['browse_url']}#/{notion.page_id}/{block.replace('-', '')}")
        await tab.until("document.querySelector('.block.pointed')?.textContent === 'the last one'")
        await tab.until("document.querySelector('.is-pdf .file .name')?.textContent === 'broken.pdf'")
        await tab.until("document.querySelector('.is-video .file .name')?.textContent === 'film.mp4'")
        await tab.until("document.querySelector('.pointed').getBoundingClientRect().bottom <= innerHeight")
        assert await tab.ask("document.activeElement.className.includes('pointed')")
        assert await tab.ask("document.querySelector('h2 a.db-title') !== null")
        assert await tab.ask("[...document.querySelectorAll('table.db')].every((t) => t.ariaLabel)")
        await tab.ask("document.getElementById('skip').click()")
        assert await tab.ask("document.activeElement.id") == "main"
        await tab.ask("document.getElementById('query').value = 'film'")
        await tab.ask("document.getElementById('search').requestSubmit()")
        await tab.until("document.querySelector('h1').textContent === 'Search: film'")
        await tab.until("document.querySelector('td a.row-title')?.textContent === 'film.mp4'")
        await tab.until("document.getElementById('rate-words').textContent !== ''")

    look(tmp_path, steps)


def _picture() -> bytes:
    """A PNG of two by one pixels."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 2, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\x00\xff\x00\x00\x00\x00\xff")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


PICTURE = _picture()
