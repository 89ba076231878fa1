"""What Notion's documentation leaves open, asked of whatever Notion this is: each guess with its answer.

Every test begins with uploads and blocks of its own, so the answer to one question never depends on another.
"""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest

from tests.live.conftest import Guess, Row
from tests.live.place import MIB, Json, Place, answered, file_of, outcome, paragraph
from tests.sandbox.test_browse import PICTURE

INVALID = "400 validation_error"
UNKNOWN = "12345678-1234-4234-8234-123456789abc"
SMALLEST_PART = 5 * MIB


def parts_of(place: Place, count: int) -> Json:
    """An upload in so many parts."""
    return place.create("parts.zip", mode="multi_part", number_of_parts=count)


def sent_parts(upload: Json) -> str:
    """How many parts have arrived."""
    return f"{upload['number_of_parts']['sent']} of {upload['number_of_parts']['total']}"


# A file on its way


def test_a_part_sent_again(place: Place, guess: Guess) -> None:
    upload = parts_of(place, 2)
    place.send(upload, b"1" * SMALLEST_PART, part=1)
    again = place.send(upload, b"2" * SMALLEST_PART, part=1)
    guess("a part sent again", "200", outcome(again))
    place.send(upload, b"3", part=2)
    counted = place.ok("GET", f"/v1/file_uploads/{upload['id']}")
    guess("… and counted", "2 of 2", sent_parts(counted))
    guess("… and completed", "200", outcome(place.complete(upload)))
    (block,) = place.append({"type": "file", "file": file_of(upload)})
    content = place.download(block["file"]["file"])
    won = {b"1" * SMALLEST_PART + b"3": "the first", b"2" * SMALLEST_PART + b"3": "the second"}
    guess("… which of the two is kept", "the second", won.get(content, "neither"))


def test_complete_before_its_time(place: Place, guess: Guess) -> None:
    upload = parts_of(place, 2)
    guess("complete without any part", INVALID, outcome(place.complete(upload)))
    place.send(upload, b"1" * SMALLEST_PART, part=1)
    guess("complete with a part missing", INVALID, outcome(place.complete(upload)))
    guess("the missing part, afterwards", "200", outcome(place.send(upload, b"2", part=2)))
    guess("complete, now", "200", outcome(place.complete(upload)))
    guess("complete a second time", INVALID, outcome(place.complete(upload)))


def test_parts_that_are_too_small(place: Place, guess: Guess) -> None:
    upload = parts_of(place, 2)
    small = place.send(upload, b"1" * MIB, part=1)
    guess("a part of 1 MiB that is not the last", "200", outcome(small))
    place.send(upload, b"2", part=2)
    guess("… when completed", INVALID, outcome(place.complete(upload)))


def test_part_numbers(place: Place, guess: Guess) -> None:
    upload = parts_of(place, 2)
    guess("a part above the announced number", INVALID, outcome(place.send(upload, b"3", part=3)))
    guess("a part number of 0", INVALID, outcome(place.send(upload, b"0", part=0)))
    guess("no part number for a part", INVALID, outcome(place.send(upload, b"x")))
    body = {"mode": "multi_part", "filename": "parts.zip", "number_of_parts": 10_001}
    guess("10,001 parts announced", INVALID, outcome(place.call("POST", "/v1/file_uploads", body)))
    single = place.create("one.txt")
    guess("a part number for a single-part upload", INVALID, outcome(place.send(single, b"x", part=1)))


def test_complete_without_parts(place: Place, guess: Guess) -> None:
    guess("complete a pending single-part upload", INVALID, outcome(place.complete(place.create("one.txt"))))
    sent = place.upload("one.txt", b"x")
    guess("complete a sent single-part upload", INVALID, outcome(place.complete(sent)))


def test_sent_twice_or_wrong(place: Place, guess: Guess) -> None:
    upload = place.create("one.png")
    wrong = place.send(upload, PICTURE, content_type="image/gif")
    guess("sent as another type than created", INVALID, outcome(wrong))
    guess("sent as the right type, afterwards", "200", outcome(place.send(upload, PICTURE)))
    guess("sent a second time", INVALID, outcome(place.send(upload, PICTURE)))
    form = place.call("POST", f"/v1/file_uploads/{place.create('one.png')['id']}/send", {"file": "x"})
    guess("sent as JSON", INVALID, outcome(form))
    large = place.send(place.create("large.zip"), bytes(20 * MIB + 1))
    guess("20 MiB and one byte in one request", INVALID, outcome(large))


def test_an_empty_file(place: Place, guess: Guess) -> None:
    guess("an empty file", INVALID, outcome(place.send(place.create("empty.txt"), b"")))
    last = parts_of(place, 2)
    place.send(last, b"1" * SMALLEST_PART, part=1)
    guess("an empty last part", INVALID, outcome(place.send(last, b"", part=2)))


# Names and types


def test_names_that_are_not_ascii(place: Place, guess: Guess) -> None:
    name = "Übersicht 数据 🌻.txt"
    created = place.create(name)
    guess("a non-ASCII name in JSON", name, str(created["filename"]))
    place.send(created, b"x", name="plain.txt")
    (block,) = place.append({"type": "file", "file": file_of(created)})
    guess("… as the name of the block", name, str(block["file"]["name"]))
    unnamed = place.create(None, content_type="text/plain")
    sent = place.send(unnamed, b"x", name=name)
    guess("a non-ASCII name in the form", "200", outcome(sent))
    seen = sent.json().get("filename") if sent.status_code == 200 else None
    guess("… as the name of the upload", name, str(seen))


def test_long_names(place: Place, guess: Guess) -> None:
    create = {"filename": "n" * 897 + ".txt"}
    guess("a file name of 901 bytes", INVALID, outcome(place.call("POST", "/v1/file_uploads", create)))
    upload = place.upload("n" * 200 + ".txt", b"x")
    for length, expected in ((100, "200"), (101, INVALID)):
        named = {"type": "file", "file": file_of(upload, name="n" * (length - 4) + ".txt")}
        guess(f"a block's name of {length} characters", expected, outcome(place.try_append(named)))
    plain = {"type": "file", "file": file_of(upload)}
    guess("a file name of 204 as a block's name", "200", outcome(place.try_append(plain)))
    astral = {"type": "file", "file": file_of(upload, name="🌻" * 96 + ".txt")}
    guess("a name of 100 characters, 96 of them astral", INVALID, outcome(place.try_append(astral)))


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("a.exe", INVALID),
        ("a.ipynb", INVALID),
        ("a", INVALID),
        ("a.md", "text/markdown; charset=utf-8"),
        ("a.csv", "text/csv; charset=utf-8"),
        ("a.zip", "application/zip"),
        ("a.py", "text/x-python; charset=utf-8"),
        ("a.txt", "text/plain; charset=utf-8"),
        ("a.json", "application/json; charset=utf-8"),
        ("a.mp4", "application/mp4"),
        ("a.wav", "audio/wav"),
        ("A.PNG", "image/png"),
    ],
)
def test_types_by_name(place: Place, guess: Guess, filename: str, expected: str) -> None:
    answer = place.call("POST", "/v1/file_uploads", {"filename": filename})
    seen = answer.json()["content_type"] if answer.status_code == 200 else outcome(answer)
    guess(f"a file called {filename}", expected, str(seen))
    if filename == "a.exe":
        message = answer.json()["message"]
        known = "Provided `filename` has an extension that is not supported for the File Upload API."
        guess("… in the known words", "True", str(message == known))


@pytest.mark.parametrize(
    ("filename", "content_type", "expected"),
    [
        ("a.zip", "application/octet-stream", INVALID),
        ("a.wav", "audio/x-wav", INVALID),
        ("a.png", "image/gif", "200"),
        ("a.mp4", "video/mp4", "200"),
        ("a", "text/plain", "200"),
    ],
)
def test_types_as_declared(
    place: Place, guess: Guess, filename: str, content_type: str, expected: str
) -> None:
    answer = place.call("POST", "/v1/file_uploads", {"filename": filename, "content_type": content_type})
    guess(f"a file called {filename} declared as {content_type}", expected, outcome(answer))


# Attaching


def test_what_cannot_be_attached(place: Place, guess: Guess) -> None:
    pending = place.create("pending.png")
    not_usable = "404 object_not_found"
    guess("a pending upload", not_usable, outcome(place.try_append({"image": file_of(pending)})))
    guess("an unknown upload", not_usable, outcome(place.try_append({"image": file_of({"id": UNKNOWN})})))
    two = [{"image": file_of(place.upload("right.png", PICTURE))}, {"image": file_of(pending)}]
    before = len(place.children())
    guess("a good and a pending upload together", not_usable, outcome(place.try_append(*two)))
    guess("… is refused as a whole", "0 blocks", f"{len(place.children()) - before} blocks")


def test_an_upload_is_there_at_once(place: Place, guess: Guess) -> None:
    upload = place.upload("now.png", PICTURE)
    guess("attached right after it was sent", "200", outcome(place.try_append({"image": file_of(upload)})))
    attached = place.ok("GET", f"/v1/file_uploads/{upload['id']}")
    guess("the expiry of what is attached", "None", str(attached["expiry_time"]))
    listed = place.ok("GET", "/v1/file_uploads?page_size=1")["results"][0]
    guess("the first upload in the list is the newest", "True", str(listed["id"] == upload["id"]))


def test_one_upload_in_two_places(place: Place, guess: Guess) -> None:
    upload = place.upload("twice.png", PICTURE)
    one, two = place.append({"image": file_of(upload)}, {"file": file_of(upload)})
    paths = {urlsplit(file["file"]["url"]).path for file in (one["image"], two["file"])}
    guess("one upload in two blocks has one address", "1", str(len(paths)))
    place.ok("DELETE", f"/v1/blocks/{one['id']}")
    place.ok("DELETE", f"/v1/blocks/{two['id']}")
    again = place.try_append({"image": file_of(upload)})
    guess("attached again after both were deleted", "200", outcome(again))


@pytest.mark.parametrize(
    ("filename", "kind", "expected"),
    [
        ("a.png", "image", "200"),
        ("a.png", "file", "200"),
        ("a.png", "video", INVALID),
        ("a.png", "pdf", INVALID),
        ("a.pdf", "image", INVALID),
        ("a.txt", "audio", INVALID),
        ("a.mp4", "video", "200"),
        ("a.mp4", "audio", "200"),
        ("a.svg", "image", "200"),
    ],
)
def test_kinds_of_block(place: Place, guess: Guess, filename: str, kind: str, expected: str) -> None:
    upload = place.upload(filename, PICTURE)
    answer = place.try_append({"type": kind, kind: file_of(upload)})
    guess(f"{filename} in a block of kind {kind}", expected, outcome(answer))


def test_changing_a_block(place: Place, guess: Guess) -> None:
    upload, other = place.upload("one.png", PICTURE), place.upload("other.png", PICTURE)
    text = place.upload("a.txt", b"x")
    (block,) = place.append({"image": file_of(upload)})
    path = f"/v1/blocks/{block['id']}"
    plain = {"file_upload": {"id": other["id"]}}
    guess("another upload for a block", "200", outcome(place.call("PATCH", path, {"image": plain})))
    typed = place.call("PATCH", path, {"image": file_of(other)})
    guess("`type` inside the update of a block", INVALID, outcome(typed))
    named = place.call("PATCH", path, {"image": {**plain, "name": "n.png"}})
    guess("`name` of an image", INVALID, outcome(named))
    both = {**plain, "external": {"url": "https://example.com/a.png"}}
    guess("an upload and a link at once", INVALID, outcome(place.call("PATCH", path, {"image": both})))
    misfit = {"image": {"file_upload": {"id": text["id"]}}}
    guess("a text for an image's block", INVALID, outcome(place.call("PATCH", path, misfit)))
    kind = place.call("PATCH", path, {"file": {"file_upload": {"id": text["id"]}}})
    guess("another kind for a block", INVALID, outcome(kind))


def test_the_trash(place: Place, guess: Guess) -> None:
    upload = place.upload("one.png", PICTURE)
    (block,) = place.append({"image": file_of(upload)})
    path = f"/v1/blocks/{block['id']}"
    place.ok("DELETE", path)
    guess("a second DELETE", INVALID, outcome(place.call("DELETE", path)))
    change = {"image": {"file_upload": {"id": upload["id"]}}}
    guess("a change of what is in the trash", INVALID, outcome(place.call("PATCH", path, change)))
    guess("reading what is in the trash", "200", outcome(place.call("GET", path)))
    guess("out of the trash", "200", outcome(place.call("PATCH", path, {"in_trash": False})))


# The `files` property of a row


def entry(file: Json, url: str | None = None) -> Json:
    """An entry as it was read, perhaps at another address."""
    return {"type": "file", "name": file["name"], "file": {"url": url or file["file"]["url"]}}


def altered(url: str, **changes: str | None) -> str:
    """The address with other parameters; None takes one away."""
    parts = urlsplit(url)
    query = {**dict(parse_qsl(parts.query)), **changes}
    kept = {name: value for name, value in query.items() if value is not None}
    return urlunsplit(parts._replace(query=urlencode(kept)))


def test_entries_sent_back(row: Row, place: Place, guess: Guess) -> None:
    answered(row.put(file_of(place.upload("one.png", PICTURE), name="kept.png")))
    (file,) = row.files()
    url = file["file"]["url"]
    path = urlsplit(url).path
    for about, changed in (
        ("as it was read", url),
        ("of yesterday", altered(url, **{"X-Amz-Date": "20200101T000000Z"})),
        ("without its signature", altered(url, **{"X-Amz-Signature": None})),
        ("without any parameter", url.partition("?")[0]),
    ):
        answer = row.put(entry(file, changed))
        guess(f"an entry whose address is {about}", "200", outcome(answer))
        kept = [urlsplit(each["file"]["url"]).path == path for each in row.files()]
        guess("… is kept", "[True]", str(kept))
    foreign = url.replace(path, "/" + UNKNOWN + "/" + UNKNOWN + "/foreign.png")
    guess("an address that Notion never gave out", INVALID, outcome(row.put(entry(file, foreign))))
    guess("an entry that is left out", "200", outcome(row.put()))
    guess("… is gone", "0", str(len(row.files())))


def test_new_entries(row: Row, place: Place, guess: Guess) -> None:
    one, two = place.upload("one.png", PICTURE), place.upload("n" * 200 + ".txt", b"x")
    answered(row.put(file_of(one, name="first.png")))
    (first,) = row.files()
    added = row.put(entry(first), file_of(two, name="second.txt"))
    guess("an entry beside those that are there", "200", outcome(added))
    guess("… and their order", "first.png, second.txt", ", ".join(str(f["name"]) for f in row.files()))
    guess("an entry's name of 101 characters", INVALID, outcome(row.put(file_of(two, name="n" * 101))))
    guess("a file name of 204 as an entry's name", "200", outcome(row.put(file_of(two))))
    guess(
        "a pending upload as an entry",
        "404 object_not_found",
        outcome(row.put(file_of(place.create("p.png")))),
    )
    many = [file_of(one, name=f"{number}.png") for number in range(101)]
    guess("101 entries", INVALID, outcome(row.put(*many)))


# Versions, places, addresses


@pytest.mark.parametrize(
    ("version", "key", "expected"),
    [
        ("2022-06-28", "after", "200"),
        ("2022-06-28", "position", INVALID),
        ("2025-09-03", "after", "200"),
        ("2025-09-03", "position", "200"),
        ("2026-03-11", "after", INVALID),
        ("2026-03-11", "position", "200"),
    ],
)
def test_where_new_blocks_go(place: Place, guess: Guess, version: str, key: str, expected: str) -> None:
    one, two = place.append(paragraph("one"), paragraph("two"))
    where = {"after": one["id"], "position": {"type": "after_block", "after_block": {"id": one["id"]}}}
    answer = place.try_append(paragraph("between"), version=version, **{key: where[key]})
    guess(f"`{key}` under {version}", expected, outcome(answer))
    if answer.status_code == 200 and version == "2026-03-11":
        results = answer.json()["results"]
        guess("… answers with what follows, too", "2", str(len(results)))
        guess("… and in its order", "True", str(results[-1]["id"] == two["id"]))


@pytest.mark.parametrize(
    ("about", "version", "method", "path", "expected"),
    [
        ("no version", None, "GET", "/v1/users/me", "400 missing_version"),
        ("an unknown version", "2023-01-01", "GET", "/v1/users/me", INVALID),
        ("an unknown address", "2026-03-11", "GET", "/v1/nothing", "400 invalid_request_url"),
        ("a bad id", "2026-03-11", "GET", "/v1/blocks/AAA", INVALID),
        ("an id with a bad variant", "2026-03-11", "GET",
         "/v1/blocks/12345678-1234-1234-1234-123456789abc", INVALID),
        ("an unknown block", "2026-03-11", "GET", f"/v1/blocks/{UNKNOWN}", "404 object_not_found"),
        ("an unknown upload", "2026-03-11", "GET", f"/v1/file_uploads/{UNKNOWN}", "404 object_not_found"),
        ("uploads by an unknown status", "2026-03-11", "GET", "/v1/file_uploads?status=lost", INVALID),
        ("a data source under 2022-06-28", "2022-06-28", "GET", f"/v1/data_sources/{UNKNOWN}",
         "400 invalid_request_url"),
        ("a database's query under 2025-09-03", "2025-09-03", "POST", f"/v1/databases/{UNKNOWN}/query",
         "400 invalid_request_url"),
    ],
)  # fmt: skip
def test_other_questions(
    place: Place, guess: Guess, about: str, version: str | None, method: str, path: str, expected: str
) -> None:
    body: Json | None = {} if method == "POST" else None
    guess(about, expected, outcome(place.call(method, path, body, version=version)))


def test_how_deep_how_many_how_long(place: Place, guess: Guess) -> None:
    nested = paragraph("innermost")
    for level, expected in ((1, "200"), (2, "200"), (3, INVALID)):
        nested = {"type": "toggle", "toggle": {"rich_text": [], "children": [nested]}}
        guess(f"children {level} deep", expected, outcome(place.try_append(nested)))
    many = [paragraph(str(number)) for number in range(101)]
    guess("101 blocks at once", INVALID, outcome(place.try_append(*many)))
    long = paragraph("x" * 2001)
    guess("a text of 2,001 characters", INVALID, outcome(place.try_append(long)))


def test_downloads(place: Place, guess: Guess) -> None:
    (block,) = place.append({"image": file_of(place.upload("one.png", PICTURE))})
    url = block["image"]["file"]["url"]
    again = place.ok("GET", f"/v1/blocks/{block['id']}")["image"]["file"]["url"]
    guess("two reads give two addresses", "True", str(url != again))
    some = place.client.get(url, headers={"Range": "bytes=1-3"})
    guess("a part of a download", "206 PNG", f"{some.status_code} {some.content.decode('latin-1')}")
    guess("a HEAD of a download", "403", str(place.client.head(url).status_code))
    forged = altered(url, **{"X-Amz-Signature": "0" * 64})
    guess("a forged signature", "403", str(place.client.get(forged).status_code))
