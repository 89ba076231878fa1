"""Templates: what they can say, and that no real file can break one."""

import datetime as dt
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_sync.model import FilePath, Fingerprint, SourceFile
from notion_sync.template import FIELDS, TemplateError, parse, template_values

NOON = int(dt.datetime(2024, 5, 17, 12, 30, 45, tzinfo=dt.UTC).timestamp()) * 10**9
NOW = dt.datetime(2024, 6, 1, 23, 30, tzinfo=dt.UTC)
EAST = dt.timezone(dt.timedelta(hours=2))


def found(path: str = "2024/May/Receipt 7.tar.gz", *, size: int = 1234, mtime_ns: int = NOON) -> SourceFile:
    folder, _, name = f"/home/ana/Drop/{path}".rpartition("/")
    fingerprint = Fingerprint(size, mtime_ns, mtime_ns + 10**9, 7)
    return SourceFile(
        id=FilePath(folder, name), path=path, fingerprint=fingerprint, source=f"{folder}/{name}"
    )


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("", ""),
        ("plain", "plain"),
        ("{{}}", "{}"),
        ("{name}", "Receipt 7.tar.gz"),
        ("{stem}|{ext}", "Receipt 7.tar|gz"),
        ("{path}", "2024/May/Receipt 7.tar.gz"),
        ("{dir}|{folder}", "2024/May|May"),
        ("{size}", "1234"),
        ("{size:,}", "1,234"),
        ("{rule}", "receipts"),
        ("{mtime}", "2024-05-17 14:30"),
        ("{mtime:%Y-%m-%d %H:%M:%S}", "2024-05-17 14:30:45"),
        ("{ctime:%S}", "46"),
        ("{today}", "2024-06-02"),
        ("{today:%d.%m.}", "02.06."),
        ("{stem:.3}", "Rec"),
    ],
)
def test_render(template: str, text: str) -> None:
    """Every field says what its name says, times in the given zone."""
    values = template_values(found(), rule="receipts", now=NOW, zone=EAST)
    assert parse(template).render(values) == text


@pytest.mark.parametrize(
    ("path", "stem", "ext", "dir_", "folder"),
    [
        ("a.txt", "a", "txt", "", "Drop"),
        ("noending", "noending", "", "", "Drop"),
        (".bashrc", ".bashrc", "", "", "Drop"),
        ("x/.a.b", ".a", "b", "x", "x"),
        ("\udcff/\udce9.png", "\ufffd", "png", "\ufffd", "\ufffd"),
    ],
)
def test_values(path: str, stem: str, ext: str, dir_: str, folder: str) -> None:
    """At the top `dir` is empty and `folder` is the rule's; undecodable bytes are made printable."""
    values = template_values(found(path), rule="r", now=NOW)
    assert [values[field] for field in ("stem", "ext", "dir", "folder")] == [stem, ext, dir_, folder]
    assert set(values) == set(FIELDS)


@pytest.mark.parametrize(
    ("template", "fields"),
    [
        ("", []),
        ("today", []),
        ("{{today}}", []),
        ("{today}", ["today"]),
        ("Inbox {today:%Y}/{stem}", ["stem", "today"]),
    ],
)
def test_which_fields_a_text_depends_on(template: str, fields: list[str]) -> None:
    assert sorted(field for field in FIELDS if parse(template).mentions(field)) == fields


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{nmae}", "unknown field {nmae} (did you mean {name}?); fields are name, stem"),
        ("{Stemm}", "unknown field {Stemm} (did you mean {stem}?); fields are"),
        ("{}", "unknown field {}"),
        ("{0}", "unknown field {0}"),
        ("{name.upper}", "unknown field {name.upper}"),
        ("{name[0]}", "unknown field {name[0]}"),
        ("{name!r}", "conversions are not available"),
        ("{name:{size}}", "fields inside a format are not available"),
        ("{name", "a brace has no counterpart; write {{ or }} for a brace itself"),
        ("name}", "a brace has no counterpart; write {{ or }} for a brace itself"),
        ("{name:d}", "{name:d}: a format does not fit its field"),
        ("{size:s}", "{size:s}: a format does not fit its field"),
        ("{size:c}", "a size is no character"),
        ("{size:9999999999}", "a width has at most three digits"),
        ("{mtime:d}", "a time is written like {mtime:%Y-%m-%d}"),
    ],
)
def test_refused(template: str, words: str) -> None:
    """What could reach into objects or fail on a file is refused when the config is read."""
    with pytest.raises(TemplateError) as refusal:
        parse(template)
    assert words in str(refusal.value)


FILES = st.builds(
    found,
    st.binary(min_size=1, max_size=60).map(
        lambda raw: os.fsdecode(raw.replace(b"\0", b"0").strip(b"/") or b"x")
    ),
    size=st.integers(0, 2**63 - 1),
    mtime_ns=st.integers(-(2**63), 2**63 - 1),
)
SPECS = st.text("%YmdHMSfzZaAbBjUwWcxXpIGVu0123456789.,<>^=+- _#excdnsgbGEF\u00e9\n", max_size=8)
TEMPLATES = st.lists(
    st.one_of(st.text(max_size=5), st.builds("{{{}:{}}}".format, st.sampled_from(FIELDS), SPECS)), max_size=4
).map("".join)


@given(TEMPLATES, FILES, st.sampled_from([None, dt.UTC, EAST]))
def test_never_fails(template: str, file: SourceFile, zone: dt.tzinfo | None) -> None:
    """A template that was accepted can be filled with every file there can be, and the result is text."""
    try:
        accepted = parse(template)
    except TemplateError:
        return
    text = accepted.render(template_values(file, rule="r", now=NOW, zone=zone))
    assert isinstance(text.encode(), bytes)
