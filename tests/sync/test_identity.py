"""Whether a file in Notion holds what was sent: by its id, its size, its bytes; never by a name."""

import io
import zipfile
from dataclasses import replace

import httpx
import pytest

from notion_sync.model import FETCHED, Digest, Placement
from notion_sync.notion.errors import DownloadFailed, NotFound, Unseen
from notion_sync.sync import identity
from notion_sync.sync.identity import (
    HostedFile,
    Identity,
    SentContent,
    ask_hosted,
    hosted_size,
    sent_content_of,
)
from tests.support.store import PAGE, digest, intent, notion_id, placement
from tests.sync.bench import Bench

OURS = b"what we have sent"
OF_ITS_SIZE = b"what others sent."
assert len(OURS) == len(OF_ITS_SIZE)


def on_page(bench: Bench, content: bytes, name: str = "a.txt") -> HostedFile:
    """A file that somebody has put onto the page, as it is read there."""
    upload = bench.uploaded(name, content)
    block = bench.caller.ok("PATCH", f"/v1/blocks/{bench.core.workspace.page_id}/children", {
        "children": [{"type": "file", "file": {"type": "file_upload", "file_upload": {"id": upload.id}}}]
    })["results"][0]  # fmt: skip
    shown = bench.run(bench.notion.block(block["id"]))
    assert shown.file is not None
    return HostedFile(shown.file, bench.core.workspace.page_id, shown.id)


def content(data: bytes = OURS, *, size: int | None = len(OURS), variant: str = "") -> SentContent:
    return SentContent((digest(data), variant), digest(data), size)


def zipped(data: bytes = OURS) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xyz", data)
    return out.getvalue()


def holds(bench: Bench, file: HostedFile, wanted: SentContent) -> bool:
    return bench.run(Identity(bench.ports).holds(file, wanted))


SIZE = ("a.txt", "bytes=0-0")
BYTES = ("a.txt", "")


@pytest.mark.parametrize(
    ("there", "wanted", "expected", "asked"),
    [
        # A size that is another one tells.
        (b"something else", content(), False, [SIZE]),
        (OF_ITS_SIZE, content(), False, [SIZE, BYTES]),
        (OURS, content(), True, [SIZE, BYTES]),
        # The record of the upload was dropped.
        (OURS, content(size=None), True, [SIZE, BYTES]),
        (OF_ITS_SIZE, content(size=None), False, [SIZE, BYTES]),
        # In a zip the file is what counts.
        (zipped(), content(size=len(zipped()), variant="zip"), True, [SIZE, BYTES]),
        (zipped(OF_ITS_SIZE), content(size=len(zipped(OF_ITS_SIZE)), variant="zip"), False, [SIZE, BYTES]),
        (zipped(), content(), False, [SIZE]),
        (OURS, content(variant="zip"), False, [SIZE, BYTES]),
        # Under another ending it is the same.
        (OURS, content(variant="txt"), True, [SIZE, BYTES]),
        # Nobody here has seen what Notion fetched.
        (OURS, replace(content(), digest=None), True, [SIZE]),
        (b"something else", replace(content(), digest=None), False, [SIZE]),
    ],
)
def test_what_is_not_known_is_compared(
    bench: Bench, there: bytes, wanted: SentContent, expected: bool, asked: list[tuple[str, str]]
) -> None:
    assert holds(bench, on_page(bench, there), wanted) is expected
    assert bench.files.asked == asked


@pytest.mark.parametrize(
    ("recorded", "variant", "expected"), [(OURS, "", True), (b"older", "", False), (OURS, "zip", False)]
)
def test_a_file_that_is_recorded_is_known(
    bench: Bench, recorded: bytes, variant: str, expected: bool
) -> None:
    file = on_page(bench, OURS)
    known = replace(placement(bench.file_path("b"), recorded), file_id=file.file_id, variant=variant)
    record(bench, known)
    assert holds(bench, file, content()) is expected
    with bench.store.transaction():
        bench.store.retired.add(known, 2.0)
        bench.store.placements.forget(known)
    assert holds(bench, file, content()) is expected
    assert bench.files.asked == []


def record(bench: Bench, *placements: Placement) -> None:
    with bench.store.transaction():
        for each in placements:
            bench.store.placements.save(each, 1.0)


def test_an_upload_that_was_attached_before_is_known_wherever_it_is(bench: Bench) -> None:
    """Equal bytes of another upload are somebody else's."""
    file = on_page(bench, OURS)
    assert holds(bench, file, replace(content(), file_id=file.file_id))
    assert not holds(bench, file, replace(content(), file_id=notion_id(9)))
    assert bench.files.asked == []


def test_a_link_is_no_file_of_ours(bench: Bench) -> None:
    file = on_page(bench, OURS)
    assert not holds(bench, replace(file, file=replace(file.file, type="external")), content())


def test_several_contents_cost_no_more_than_one(bench: Bench) -> None:
    """And one that was asked for before costs nothing."""
    file, known = on_page(bench, OURS), Identity(bench.ports)
    wanted = [content(), content(OF_ITS_SIZE), content(b"x", size=1), content(variant="zip")]
    for _ in range(2):
        assert bench.run(known.held(file, wanted)) == {wanted[0]}
    assert bench.files.asked == [SIZE, BYTES, BYTES]


@pytest.mark.parametrize("trouble", [403, 404, 410, 500, httpx.ConnectError("refused"), RuntimeError("?")])
def test_what_cannot_be_fetched_is_not_known(bench: Bench, trouble: int | Exception) -> None:
    file = on_page(bench, OURS)
    bench.files.trouble = trouble
    with pytest.raises(Unseen, match=r'what the file "a\.txt" in Notion holds is not known'):
        holds(bench, file, content())


def test_an_address_that_has_run_out_is_read_anew(bench: Bench) -> None:
    file = on_page(bench, OURS)
    bench.time.advance(3700)
    assert holds(bench, file, content())
    assert bench.files.asked == [SIZE, SIZE, BYTES, BYTES]


def test_the_address_of_what_is_gone_cannot_be_read_anew(bench: Bench) -> None:
    file = replace(on_page(bench, OURS), block_id=notion_id(9))
    bench.time.advance(3700)
    with pytest.raises(NotFound):
        holds(bench, file, content())


def test_another_file_in_the_block_is_not_taken_for_the_one_that_was_asked_for(bench: Bench) -> None:
    file, other = on_page(bench, OURS), on_page(bench, b"somebody's")
    bench.time.advance(3700)
    with pytest.raises(DownloadFailed):
        bench.run(ask_hosted(bench.ports, hosted_size, replace(file, block_id=other.block_id)))


def test_of_large_files_it_is_said_that_they_take_a_while(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "LARGE", len(OURS))
    file, known = on_page(bench, OURS), Identity(bench.ports, bench.heard)
    assert not bench.run(known.holds(file, content(b"x", size=1)))
    assert bench.heard.notes == []
    assert bench.run(known.holds(file, content()))
    (note,) = bench.heard.notes
    assert note.startswith('fetching "a.txt" from Notion')
    assert note.endswith("this takes a while")


@pytest.mark.parametrize("variant", ["", "zip", "txt"])
def test_what_an_intent_is_to_hold(bench: Bench, variant: str) -> None:
    upload = bench.uploaded("a.txt", OURS)
    wanted = replace(intent(bench.file_path("a.txt"), OURS), upload_id=upload.id, variant=variant)
    expected = SentContent((digest(OURS), variant), digest(OURS), len(OURS))
    assert sent_content_of(bench.store, wanted) == expected
    there = placement(bench.file_path("b"))
    there = replace(there, digest=digest(OURS), upload_id=upload.id, file_id=notion_id(7))
    record(bench, there)
    assert sent_content_of(bench.store, wanted) == replace(expected, file_id=notion_id(7))
    with bench.store.transaction():
        bench.store.uploads.drop(upload.id)
    assert sent_content_of(bench.store, wanted) == replace(expected, size=None, file_id=notion_id(7))


def test_what_an_import_is_to_hold(bench: Bench) -> None:
    """What Notion has fetched nobody here has seen; what was fetched here has its own digest."""
    address, bytes_ = digest("an address"), digest("the bytes")
    for by_notion, seen in ((True, None), (False, bytes_)):
        upload = replace(
            bench.uploaded("a.txt"),
            digest=address if by_notion else bytes_,
            variant=FETCHED if by_notion else "",
        )
        with bench.store.transaction():
            bench.store.uploads.drop(upload.id)
            bench.store.uploads.save(bench.core.workspace.bot_id, upload)
        wanted = replace(
            intent(bench.file_path("a.url")), digest=address, upload_id=upload.id, variant=FETCHED
        )
        assert sent_content_of(bench.store, wanted) == SentContent((address, FETCHED), seen, upload.size)


def test_what_a_placement_holds(bench: Bench) -> None:
    """The id that is recorded of it counts; where the upload is not known the bytes do."""
    plain = replace(placement(bench.file_path("a"), OURS), target=PAGE.key, upload_id=None)
    assert sent_content_of(bench.store, plain) == SentContent((Digest(digest(OURS)), ""), digest(OURS), None)
    assert sent_content_of(bench.store, replace(plain, file_id=notion_id(3))).file_id == notion_id(3)
