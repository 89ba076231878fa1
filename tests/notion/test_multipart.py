"""The form that carries a file."""

from collections.abc import Iterator

import pytest

from notion_sync.errors import FileChanged
from notion_sync.notion.errors import BodyMismatch
from notion_sync.notion.multipart import Form, ascii_name

from .support import Bytes


def form(body: Bytes, part: int | None = None, filename: str = "a.txt") -> Form:
    return Form(body, filename=filename, content_type="text/plain; charset=utf-8", part=part, boundary="XX")


def test_a_single_part() -> None:
    made = form(Bytes((b"hel", b"lo")))
    expected = (
        b"--XX\r\n"
        b'Content-Disposition: form-data; name="file"; filename="a.txt"\r\n'
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
        b"hello\r\n--XX--\r\n"
    )
    assert b"".join(made) == expected
    assert made.content_length == len(expected)
    assert made.content_type == "multipart/form-data; boundary=XX"


def test_a_part_carries_its_number_first() -> None:
    made = form(Bytes((b"hello",)), part=12)
    sent = b"".join(made)
    assert sent.startswith(
        b'--XX\r\nContent-Disposition: form-data; name="part_number"\r\n\r\n12\r\n--XX\r\n'
    )
    assert made.content_length == len(sent)


def test_it_can_be_sent_again() -> None:
    made = form(Bytes((b"hello",)))
    assert b"".join(made) == b"".join(made)


def test_large_chunks_pass_uncopied() -> None:
    chunk = bytes(256 * 1024)
    assert any(each is chunk for each in form(Bytes((chunk, b"rest"))))


@pytest.mark.parametrize(("body", "pieces"), [((), 1), ((b"one", b"two"), 1), ((bytes(64 * 1024),), 3)])
def test_a_small_form_is_one_piece(body: tuple[bytes, ...], pieces: int) -> None:
    made = list(form(Bytes(body)))
    assert len(made) == pieces
    assert b"".join(body) in b"".join(made)


@pytest.mark.parametrize(("announced", "how"), [(4, "more"), (6, "fewer"), (0, "more")])
def test_a_body_that_lies_about_its_length(announced: int, how: str) -> None:
    with pytest.raises(BodyMismatch, match=how):
        b"".join(form(Bytes((b"he", b"llo"), announced=announced)))


def test_nothing_after_a_lie_is_sent() -> None:
    """Notion must never see a well-formed end of a body that is wrong."""
    sent: list[bytes] = []

    def drain(chunks: Iterator[bytes]) -> None:
        sent.extend(chunks)

    with pytest.raises(BodyMismatch):
        drain(iter(form(Bytes((b"hello",), announced=6))))
    assert not b"".join(sent).endswith(b"--\r\n")


def test_troubles_of_the_body_come_out_unchanged() -> None:
    trouble = FileChanged("it was written to")
    with pytest.raises(FileChanged) as caught:
        b"".join(form(Bytes((b"hello",), trouble=trouble)))
    assert caught.value is trouble


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report (1).pdf", "report (1).pdf"),
        ("Über.pdf", "_ber.pdf"),
        ('a"b\r\nX: y.pdf', "a_b__X_ y.pdf"),
        ("a;b%.txt", "a_b_.txt"),
        ("", "file"),
        ("x" * 200 + ".pdf", "x" * 96 + ".pdf"),
    ],
)
def test_ascii_name(name: str, safe: str) -> None:
    assert ascii_name(name) == safe


def test_a_content_type_cannot_smuggle_headers() -> None:
    with pytest.raises(ValueError, match="not a content type"):
        Form(Bytes(()), filename="a", content_type="text/plain\r\nX: y")


def test_boundaries_differ() -> None:
    forms = [Form(Bytes(()), filename="a", content_type="text/plain") for _ in range(2)]
    assert forms[0].content_type != forms[1].content_type
