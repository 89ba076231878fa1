"""The first lines of `watch`."""

from notion_sync.rules import Kind, PageTarget, RowTarget, Rule
from notion_sync.selection.patterns import Patterns
from notion_sync.template import parse
from notion_sync.watch.banner import banner
from notion_sync.watch.folders.guard import FolderState, Mode

ID = "01234567-89ab-cdef-0123-456789abcdef"
URL = "https://www.notion.so/0123456789abcdef0123456789abcdef"


def test_a_line_for_each_rule() -> None:
    rules = (
        Rule(
            "shots",
            "/srv/shots",
            (PageTarget(ID), PageTarget(ID, Kind.COVER)),
            match=Patterns(("*.png", "*.jpg")),
        ),
        Rule("receipts", "/mnt/nas", (RowTarget(ID, "Files", parse("{stem}")),)),
        Rule("later", "/media/stick", (PageTarget(ID),)),
    )
    states = (
        FolderState("/srv", Mode.EVENTS),
        FolderState("/mnt/nas", Mode.POLL, "nfs does not tell of all changes"),
        FolderState("/media/stick", Mode.MISSING),
    )
    assert banner(rules, (), states) == [
        f"shots: watching /srv/shots (*.png, *.jpg) for {URL} and the cover of {URL}; changes are noticed at once",
        f'receipts: watching /mnt/nas for "Files" in the rows of {URL}; looking for changes every few seconds',
        f"later: watching /media/stick for {URL}; waiting for the folder",
    ]


def test_only_what_was_asked_for() -> None:
    """Rules that have nothing to do with it are not named; a single file is looked at."""
    rules = (Rule("a", "/srv/a", (PageTarget(ID),)), Rule("b", "/srv/b", (PageTarget(ID),)))
    assert banner(rules, ("/srv/a/x", "/srv/a/y.txt"), (FolderState("/srv/a/x", Mode.EVENTS),)) == [
        f"a: watching /srv/a/x, /srv/a/y.txt for {URL}; changes are noticed at once"
    ]
    assert banner(rules, ("/srv/b/y.txt",), ()) == [
        f"b: watching /srv/b/y.txt for {URL}; looking for changes every few seconds"
    ]
    assert (
        len(
            banner(rules, ("/srv",), (FolderState("/srv/a", Mode.EVENTS), FolderState("/srv/b", Mode.EVENTS)))
        )
        == 2
    )


def test_a_name_that_is_no_text() -> None:
    (line,) = banner((Rule("r", "/srv/\udcff\n", (PageTarget(ID),)),), (), ())
    line.encode()
    assert "\n" not in line
