"""What a good config becomes."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from notion_sync.cli.scope import rule_for_command_line
from notion_sync.config import load, schema_text
from notion_sync.rules import Kind, Links, OnChange, PageTarget, Position, Rule, SortOrder, Watch
from notion_sync.selection.patterns import Patterns
from notion_sync.template import parse

from .support import PAGE, PAGE_ID, one_rule, read

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"


def test_smallest(tmp_path: Path) -> None:
    """A name, a folder and a page are enough; everything else has a default."""
    config = read(tmp_path, one_rule())
    assert config.rules == (Rule("r", str(tmp_path / "drop"), (PageTarget(PAGE_ID),)),)
    assert (config.profile, config.rate_limit, config.bandwidth_limit) == ("default", None, None)
    assert config.path == str(tmp_path / "config.yaml")


def test_everything(tmp_path: Path) -> None:
    """Every key that this version knows arrives in its value."""
    config = read(
        tmp_path,
        f"""
version: 1
profile: work
rate_limit: 120
bandwidth_limit: 512 KiB/s
defaults: {{settle: 1m, ignore: "*.log", hidden: true, max_size: 20 MB, links: import, watch: poll, rescan: 0}}
rules:
  - name: shots
    folder: /srv/shots
    match: ["*.png"]
    ignore: ["*.tmp", "!a.tmp"]
    hidden: false
    symlinks: follow
    max_size: 2 MiB
    unsupported: skip
    links: fetch
    subfolders: flat
    settle: 1.5s
    on_change: append
    on_delete: keep
    max_delete: 50%
    watch: events
    rescan: 1h
    to:
      page: https://www.notion.so/acme/Shots-{PAGE}?v=1
      as: image
      caption: "{{stem}}"
      position: {{after: fedcba9876543210fedcba9876543210}}
      order: mtime
  - name: rest
    folder: /srv
    match: "*.pdf"
    to: [{{page: {PAGE}}}, {{page: {PAGE}, as: icon}}]
""",
    )
    assert (config.profile, config.rate_limit, config.bandwidth_limit) == ("work", 120, 524_288)
    shots, rest = config.rules
    assert shots == Rule(
        name="shots",
        folder="/srv/shots",
        targets=(
            PageTarget(
                PAGE_ID,
                Kind.IMAGE,
                parse("{stem}"),
                Position("after", "fedcba98-7654-3210-fedc-ba9876543210"),
                SortOrder.MTIME,
            ),
        ),
        match=Patterns(("*.png",)),
        ignore=Patterns(("*.tmp", "!a.tmp")),
        follow_symlinks=True,
        max_size=2 * 2**20,
        settle=1.5,
        links=Links.FETCH,
        on_change=OnChange.APPEND,
        max_delete=0.5,
        watch=Watch.EVENTS,
        rescan=3600.0,
    )
    assert rest == Rule(
        name="rest",
        folder="/srv",
        targets=(PageTarget(PAGE_ID), PageTarget(PAGE_ID, Kind.ICON)),
        match=Patterns(("*.pdf",)),
        ignore=Patterns(("*.log",)),
        hidden=True,
        max_size=20_000_000,
        links=Links.IMPORT,
        settle=60.0,
        watch=Watch.POLL,
        rescan=0.0,
    )


def test_example() -> None:
    """The example at the top level is a good config."""
    config = load(EXAMPLE)
    assert [rule.name for rule in config.rules] == ["screenshots", "receipts", "projects", "drop"]


def test_example_has_everything(tmp_path: Path) -> None:
    """What is commented out is good, too, and with it every key is there; defaults that are shown are the defaults."""
    text = EXAMPLE.read_text(encoding="utf-8")
    whole = re.sub(r"^( *)# ( *[a-z_]+:( .*)?)$", r"\1\2", text, flags=re.MULTILINE)
    config = read(tmp_path, whole)
    assert config.notify.ping_url == "https://hc-ping.com/0123abcd"
    schema = json.loads(schema_text())
    known = {*schema["properties"], *schema["properties"]["notify"]["properties"]}
    for part in ("rule", "target"):
        known |= set(schema["$defs"][part]["properties"])
    assert known - set(_keys(yaml.safe_load(whole))) == set()

    shown, plain = (yaml.safe_load(text), read(tmp_path, one_rule()))
    del shown["defaults"]["ignore"]
    top = {key: shown[key] for key in ("version", "profile", "rate_limit", "bandwidth_limit", "defaults")}
    assert read(tmp_path, one_rule(top=yaml.safe_dump(top))) == plain


def _keys(value: object) -> Iterator[str]:
    """Every key of a document."""
    if isinstance(value, dict):
        yield from value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _keys(inner)


def test_example_names_its_schema() -> None:
    """The example's first line leads an editor to the schema."""
    first = EXAMPLE.read_text(encoding="utf-8").splitlines()[0]
    marker = "# yaml-language-server: $schema="
    assert first.startswith(marker)
    assert (EXAMPLE.parent / first.removeprefix(marker)).is_file()


@pytest.mark.parametrize(
    ("written", "folder"),
    [
        ("drop", "{here}/drop"),
        ("./a/../drop/", "{here}/drop"),
        ("~/drop", "/home/ana/drop"),
        ("~", "/home/ana"),
        ("/srv/drop", "/srv/drop"),
        ("2024", "{here}/2024"),
        ("2024-01-01", "{here}/2024-01-01"),
        ("on", "{here}/on"),
        ("null", "{here}/null"),
        ("1e3", "{here}/1e3"),
        ("0x1F", "{here}/0x1F"),
        ("12:30:00", "{here}/12:30:00"),
        ('"with space"', "{here}/with space"),
    ],
)
def test_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, folder: str) -> None:
    """A folder is taken as it is written, relative to the config's own folder."""
    monkeypatch.setenv("HOME", "/home/ana")
    config = read(tmp_path, f"rules: [{{name: r, folder: {written}, to: {{page: {PAGE}}}}}]")
    assert config.rules[0].folder == folder.format(here=tmp_path)


@pytest.mark.parametrize(
    "page_id",
    [
        "01234567890123456789012345678901",
        "123e4567890123456789012345678901",
        "00000000000000000000000000000000",
        "12345678-9012-3456-7890-123456789012",
    ],
)
def test_unquoted_ids(tmp_path: Path, page_id: str) -> None:
    """An id that looks like a number to YAML stays an id."""
    target = read(tmp_path, one_rule(to=f"{{page: {page_id}}}")).rules[0].targets[0]
    assert isinstance(target, PageTarget)
    assert target.page_id.replace("-", "") == page_id.replace("-", "")


@pytest.mark.parametrize(
    ("written", "value"), [("true", True), ("yes", True), ("on", True), ("No", False), ("off", False)]
)
def test_booleans(tmp_path: Path, written: str, value: bool) -> None:
    """Where true or false is due, people's other words for it do."""
    assert read(tmp_path, one_rule(f"hidden: {written}")).rules[0].hidden is value


@pytest.mark.parametrize(
    ("written", "position"),
    [
        ("end", Position()),
        ("start", Position("start")),
        (f"{{after: {PAGE}}}", Position("after", PAGE_ID)),
        (f'"after: {PAGE}"', Position("after", PAGE_ID)),
        (f'{{after: "https://www.notion.so/x#{PAGE}"}}', Position("after", PAGE_ID)),
    ],
)
def test_position(tmp_path: Path, written: str, position: Position) -> None:
    """`after` takes a block's id or address."""
    target = read(tmp_path, one_rule(to=f"{{page: {PAGE}, position: {written}}}")).rules[0].targets[0]
    assert isinstance(target, PageTarget)
    assert target.position == position


def test_anchors_and_merges(tmp_path: Path) -> None:
    """Aliases and merge keys work; what stands nearer wins."""
    config = read(
        tmp_path,
        f"""
rules:
  - &first {{name: a, folder: /a, settle: 1s, to: &to {{page: {PAGE}}}}}
  - {{name: b, folder: /b, to: *to}}
  - {{<<: *first, name: c, folder: /c}}
""",
    )
    assert [(rule.name, rule.folder, rule.settle) for rule in config.rules] == [
        ("a", "/a", 1.0),
        ("b", "/b", 5.0),
        ("c", "/c", 1.0),
    ]


def test_byte_order_mark(tmp_path: Path) -> None:
    """A file saved by a Windows editor is read, too."""
    text = one_rule().replace("\n", "\r\n").encode("utf-8-sig")
    assert read(tmp_path, text).rules[0].name == "r"


def test_command_line_rule() -> None:
    """`push PATH --to PAGE` makes the rule that the shortest config would make."""
    assert rule_for_command_line("/srv/My files/", PageTarget(PAGE_ID)) == Rule(
        "My files", "/srv/My files", (PageTarget(PAGE_ID),)
    )
    assert rule_for_command_line("/", PageTarget(PAGE_ID)).name == "/"
