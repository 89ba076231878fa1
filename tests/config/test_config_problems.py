"""What is wrong with a config, each problem with its line and in words for people."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notion_sync.config import check, load
from notion_sync.errors import ConfigError

from .support import DATABASE, PAGE, checked, one_rule, problems, warned

TOP_KEYS = "version, profile, rate_limit, bandwidth_limit, private_hosts, notify, defaults, rules"
RULE_KEYS = "name folder match ignore hidden to settle max_size max_delete rescan"
TARGET_KEYS = "page as caption position after order database property row properties body"
FIELDS = "name, stem, ext, path, dir, folder, rule, size, mtime, ctime, today"
NO_ID = "paste the address of a page or database (Share → Copy link), or its id of 32 hex digits"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", ["1: the file is empty"]),
        (b"# nothing\n---\n", ["1: the file is empty"]),
        (b"- a\n", ["1: expected keys and values, this is a list"]),
        (b"hello", ['1: expected keys and values, this is "hello"']),
        (b"version: 1\nname: \xff\n", ["2: this is not UTF-8 text"]),
        (b"version: 1\nprofile: a\x00b\n", ["2: a character that YAML does not allow (U+0000)"]),
        (b"rules:\n\t- a\n", ["2: a tab; YAML indents with spaces only"]),
        (b"--- {}\n--- {}\n", ["2: a second document begins here; a configuration is one"]),
        (b"\xff\xfea\x00:\x00", ["1: this is UTF-16 text; save the file as UTF-8"]),
        (b"[" * 100_000, ["1: nested too deeply"]),
        (b"{" * 100_000, ["1: nested too deeply"]),
        (b"a: &a [*a]\n", ["1: too many values; are there aliases of aliases?"]),
        (b"#" * (2**20 + 1), [" the file cannot be read: it is larger than 1 MiB"]),
    ],
    ids=range(13),
)
def test_no_document(tmp_path: Path, text: bytes, expected: list[str]) -> None:
    """A file that is no mapping in YAML is one problem, where it begins to go wrong."""
    assert problems(tmp_path, text) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("match: *.png", '5: a value that begins with * needs quotes: "*…"'),
        ("match: [*.png]", '5: a value that begins with * needs quotes: "*…"'),
        ("match: [!*.png]", '5: a value that begins with ! needs quotes: "!…"'),
        ("match: %x", '5: a value that begins with % needs quotes: "%…"'),
        ("match: @x", '5: a value that begins with @ needs quotes: "@…"'),
        ("name: {stem} x", '5: a value that begins with { needs quotes: "{…"'),
        ("position: after: x", '5: a second ": " in this line; put the value in quotes'),
        ("match: 'x", "5: this quote is never closed: '"),
        ("match: !foo", '5: rules[0].match: "!foo" is a YAML tag; a value that begins with ! needs quotes'),
        ("match: !!python/name:os.system x", "5: rules[0].match: "),
        ("hidden: true\nhidden: false", "6: rules[0].hidden: written twice, first in line 5"),
        ("? [a]\n: b", "5: rules[0]: a key must be a single word"),
        ("<<: 5", "5: rules[0]: << takes the alias of another mapping"),
    ],
)
def test_yaml(tmp_path: Path, body: str, expected: str) -> None:
    """What YAML makes hard is explained, not only refused."""
    found = problems(tmp_path, one_rule(body))
    assert len(found) == 1
    assert found[0].startswith(expected)


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        ("version: 2", "version: 2 is not 1, the version of this file's format"),
        ('version: "1"', 'version: "1" is not 1, the version of this file\'s format'),
        ("profle: x", 'profle: unknown key (did you mean "profile"?)'),
        (
            "colour: x",
            f"colour: unknown key; the keys here are {TOP_KEYS}",
        ),
        ("token: ntn_abc", "token: a token does not belong in this file; `notion-sync login` keeps it"),
        ("profile: ntn_abc/x", "profile: a token is not a profile's name (letters, digits, . _ -)"),
        ("profile: ''", 'profile: "" is not a profile\'s name (letters, digits, . _ -)'),
        ("rate_limit: fast", 'rate_limit: "fast" is not auto or a number of requests per minute'),
        ("rate_limit: 0", "rate_limit: 0 is not auto or a number of requests per minute"),
        (
            "bandwidth_limit: fast",
            'bandwidth_limit: "fast" is not none or an amount per second such as 2 MB/s',
        ),
        ("bandwidth_limit: 0.1.2", 'bandwidth_limit: "0.1.2" is not a size such as 20 MB or 2 GiB'),
        ("bandwidth_limit: 9 KB/s", 'bandwidth_limit: "9 KB/s" is too slow for Notion; at least 10 KB/s'),
        ("bandwidth_limit: 9999", "bandwidth_limit: 9999 is too slow for Notion; at least 10 KB/s"),
        (
            "private_hosts: [nas.local, 10.0.0.0/99]",
            'private_hosts[1]: "10.0.0.0/99" is not a host: a name, an IP address or a network such as 10.0.0.0/8',
        ),
        (
            "private_hosts: http://nas.local",
            'private_hosts: "http://nas.local" is not a host: a name, an IP address or a network such as 10.0.0.0/8',
        ),
        (
            'notify: {ping_url: "http://[fe80/run"}',
            'notify.ping_url: "http://[fe80/run" cannot be asked: its host is not valid: a bracket is not closed',
        ),
        (
            'notify: {ping_url: "https://a:70000"}',
            'notify.ping_url: "https://a:70000" cannot be asked: its port is not valid (1 to 65535)',
        ),
        ("settle: 5s", "settle: is in the wrong place; it belongs to a rule"),
        (
            "defaults:",
            "defaults: is empty; expected a mapping of settings that any rule may override",
        ),
        ("defaults: {match: x}", "defaults.match: is in the wrong place; it belongs to a rule"),
        ("defaults: {settle: soon}", 'defaults.settle: "soon" is not a duration such as 5s, 15m or 1h, or 0'),
        ("defaults: {hidden: maybe}", 'defaults.hidden: "maybe" is not true or false'),
    ],
)
def test_top(tmp_path: Path, top: str, expected: str) -> None:
    """Keys at the top level and below `defaults`."""
    assert problems(tmp_path, one_rule(top=top)) == [f"1: {expected}"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("setle: 5s", 'setle: unknown key (did you mean "settle"?)'),
        ("max-size: 1", 'max-size: unknown key (did you mean "max_size"?)'),
        ("page: x", "page: is in the wrong place; it belongs below to:"),
        ("settle: -1", "settle: -1 is not a duration such as 5s, 15m or 1h, or 0"),
        ("settle: 400d", 'settle: "400d" is longer than a year'),
        ("settle: [5s]", "settle: a list is not a duration such as 5s, 15m or 1h, or 0"),
        ("max_size: big", 'max_size: "big" is not none or a size such as 20 MB'),
        ("max_size: 0", "max_size: 0 is not none or a size such as 20 MB"),
        ("max_size: 0 MB", 'max_size: "0 MB" lets nothing through; write none for no limit'),
        ("max_delete: 25", 'max_delete: "25" is not a percentage such as 25%'),
        ("max_delete: 101%", 'max_delete: "101%" is not a percentage from 0% to 100%'),
        ("hidden: 1", 'hidden: "1" is not true or false'),
        ("symlinks: folow", 'symlinks: "folow" is not one of skip, follow (did you mean "follow"?)'),
        ("watch: inotify", 'watch: "inotify" is not one of auto, events, poll'),
        ("match: ['*.png', '!']", 'match[1]: "!" names nothing: there is no name in it'),
        (
            "match: 'a[b'",
            'match: "a[b" names nothing: a bracket is not closed; write "\\[" for the sign itself',
        ),
        ("match: ['!*.png']", 'match: only patterns with "!" take nothing; put "*" before them'),
        (
            "ignore: ['#x']",
            'ignore[0]: "#x" is a comment in gitignore syntax; write "\\#x" for names that begin with #',
        ),
        ("ignore: ['']", "ignore[0]: the pattern is empty"),
        ("ignore: [[a]]", "ignore[0]: a list is not a gitignore pattern in quotes"),
        ("ignore:", "ignore: is empty; expected a gitignore pattern or a list of them, in quotes"),
    ],
)
def test_rule(tmp_path: Path, body: str, expected: str) -> None:
    """Keys of a rule."""
    assert problems(tmp_path, one_rule(body)) == [f"5: rules[0].{expected}"]


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("{}", [': needs "page" or "database"']),
        ("[]", [": is empty; expected a target (page: … or database: …) or a list of targets"]),
        (PAGE, [f': "{PAGE}" is not a target (page: … or database: …) or a list of targets']),
        (f"[{PAGE}]", [f'[0]: "{PAGE}" is not a target (page: … or database: …)']),
        ("{page: nowhere}", [f".page: no Notion id in 'nowhere': {NO_ID}"]),
        (
            "{page: ntn_secret}",
            [".page: this is a token, which does not belong in this file; `notion-sync login` keeps it"],
        ),
        (f"{{paeg: {PAGE}}}", ['.paeg: unknown key (did you mean "page"?)']),
        (f"{{page: {PAGE}, as: image, as: pdf}}", [".as: written twice, first in line 4"]),
        (
            f"{{page: {PAGE}, as: picture}}",
            ['.as: "picture" is not one of auto, image, file, video, audio, pdf, embed, icon, cover'],
        ),
        (
            f"{{page: {PAGE}, caption: '{{nmae}}'}}",
            [f".caption: unknown field {{nmae}} (did you mean {{name}}?); fields are {FIELDS}"],
        ),
        (
            f"{{page: {PAGE}, caption: {{name}}}}",
            ['.caption: a mapping is not a template in quotes, such as "{stem}"'],
        ),
        (
            f"{{page: {PAGE}, position: middle}}",
            ['.position: "middle" is not one of end, start, {after: <block id>}'],
        ),
        (f"{{page: {PAGE}, position: {{}}}}", ['.position: needs "after"']),
        (f"{{page: {PAGE}, position: {{after: x}}}}", [f".position: no Notion id in 'x': {NO_ID}"]),
        (f"{{page: {PAGE}, row: x}}", [".row: belongs to database targets; this one is a page"]),
        (f"{{page: {PAGE}, body: true}}", [".body: belongs to database targets; this one is a page"]),
        (f"{{page: {PAGE}, as: icon, caption: x}}", [".caption: belongs to blocks; a page's icon has none"]),
        (f"{{page: {PAGE}, as: cover, order: name}}", [".order: belongs to blocks; a page's cover has none"]),
        (
            f"[{{page: {PAGE}}}, {{page: {PAGE}, as: pdf}}]",
            ["[1]: the same target as rules[0].to[0]; a file is put there once"],
        ),
        (
            f"{{page: {PAGE}, database: {DATABASE}}}",
            [
                ": a target is a page or a database, not both; write a list of two targets",
            ],
        ),
        (
            f"{{database: {DATABASE}, property: Files, properties: {{On: on, At: 2024-01-01, N: 3}}}}",
            [],
        ),
        (
            f"{{database: {DATABASE}, proprety: Files, as: pdf, caption: x}}",
            [
                '.proprety: unknown key (did you mean "property"?)',
                ".as: in a database it is icon or cover; body: true chooses its blocks by type",
                ".caption: belongs to blocks; write body: true to have one in the row's page",
            ],
        ),
        (
            f"{{database: {DATABASE}, row: '{{x}}', properties: {{A: '{{y}}'}}}}",
            [
                ': needs "property", the name of a files property of the database',
                f".row: unknown field {{x}}; fields are {FIELDS}",
                f".properties.A: unknown field {{y}}; fields are {FIELDS}",
            ],
        ),
    ],
)
def test_target(tmp_path: Path, to: str, expected: list[str]) -> None:
    """Keys below `to`, and keys that exclude each other."""
    assert problems(tmp_path, one_rule(to=to)) == [f"4: rules[0].to{problem}" for problem in expected]


def test_lines_and_order(tmp_path: Path) -> None:
    """All problems come at once, in the order of the file, each with the line of its key."""
    text = f"""\
version: 1
rules:
  - name: one
    fodler: /a
    to:
      - page: {PAGE}
      - page: {PAGE}
        caption: |
          {{oops}}
  - name: two
    folder: /b
    to:
      page:
        {PAGE}
      proprety: x
  -
  - name: one
    folder: /b/c
    to: {{page: {PAGE}}}
"""
    first = "rules[1] (line 10) comes first and takes everything in /b/c"
    assert problems(tmp_path, text) == [
        '4: rules[0].fodler: unknown key (did you mean "folder"?)',
        "7: rules[0].to[1]: the same target as rules[0].to[0]; a file is put there once",
        f"8: rules[0].to[1].caption: unknown field {{oops}}; fields are {FIELDS}",
        '15: rules[1].to.proprety: unknown key (did you mean "property"?)',
        "16: rules[2]: is empty; expected a rule (name, folder, to, …)",
        '17: rules[3].name: "one" is the name of rules[0] (line 3), too',
        f"17: rules[3]: can never take a file: {first}; put the narrower rule first",
    ]


def test_missing_keys(tmp_path: Path) -> None:
    """What a rule cannot do without is named."""
    assert problems(tmp_path, "rules:\n  - settle: 1s\n") == [
        '2: rules[0]: needs "name"',
        '2: rules[0]: needs "folder"',
        '2: rules[0]: needs "to"',
    ]
    assert problems(tmp_path, "rules: []") == ["1: rules: is empty; expected a list of rules"]
    assert problems(tmp_path, "version: 1") == ['1: needs "rules"']


def test_missing_folder(tmp_path: Path) -> None:
    """A missing folder is named by `check` and is no reason not to use the rest."""
    (tmp_path / "file").write_text("")
    missing = one_rule()
    assert problems(tmp_path, missing) == []
    assert checked(tmp_path, missing) == []
    there = "there is no such folder (is its disk mounted?)"
    assert warned(tmp_path, missing) == [f"3: rules[0].folder: {tmp_path}/drop: {there}"]
    no_folder = missing.replace("drop", "file")
    assert warned(tmp_path, no_folder) == [f"3: rules[0].folder: {tmp_path}/file: is not a folder"]
    (tmp_path / "drop").mkdir()
    assert checked(tmp_path, missing) == warned(tmp_path, missing) == []


def test_no_such_user(tmp_path: Path) -> None:
    """The home of a user who does not exist is noticed."""
    text = one_rule().replace("drop", "~nobody-of-this-name/x")
    assert problems(tmp_path, text) == [
        '3: rules[0].folder: "~nobody-of-this-name/x": there is no such user here'
    ]


def test_unreadable(tmp_path: Path) -> None:
    """A file that is not there or cannot be read is a problem like others."""
    assert list(check(tmp_path / "none.yaml").problems) == [f"{tmp_path}/none.yaml: there is no such file"]
    assert list(check(tmp_path).problems) == [f"{tmp_path}: the file cannot be read: Is a directory"]
    with pytest.raises(ConfigError) as error:
        load(tmp_path / "none.yaml")
    assert error.value.exit_code == 78


def test_bombs(tmp_path: Path) -> None:
    """Aliases of aliases, and merges of merges, end quickly."""
    laughs = "a0: &a0 [x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
    )
    assert problems(tmp_path, laughs) == ["1: too many values; are there aliases of aliases?"]
    merges = "a0: &a0 {x: 1}\n" + "".join(
        f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 12)
    )
    assert problems(tmp_path, merges) == ["1: too many values; are there aliases of aliases?"]
    itself = "a: &a {<<: *a}\n"
    assert "1: a: << takes the alias of another mapping" in problems(tmp_path, itself)


KEYS = st.sampled_from(["<<", *TOP_KEYS.split(", "), *RULE_KEYS.split(), *TARGET_KEYS.split()])
WORDS = st.one_of(
    st.text(max_size=8),
    st.sampled_from([PAGE, "on", "5s", "{stem}", "~", "&a x", "*a", "!x", "'*'", "|", "2024-01-01"]),
)
NESTED = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just(PAGE)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=6)),
    max_leaves=20,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.one_of(
        st.binary(max_size=60),
        st.text(max_size=60),
        st.lists(st.builds("{}{}: {}".format, st.sampled_from(["", "  ", "- ", "  - "]), KEYS, WORDS)).map(
            "\n".join
        ),
        NESTED.map(lambda value: repr(value).replace("None", "null")),
        st.dictionaries(KEYS, NESTED, max_size=5).map(repr),
    )
)
def test_only_config_errors(tmp_path: Path, text: str | bytes) -> None:
    """Whatever stands in the file, there is a config or a list of problems of one line each."""
    found = problems(tmp_path, text if isinstance(text, bytes) else text.encode("utf-8", "replace"))
    assert all(problem and "\n" not in problem for problem in found)
    assert len(found) == len(set(found))
    checked(tmp_path, text if isinstance(text, bytes) else text.encode("utf-8", "replace"))
    assert sorted(os.listdir(tmp_path)) == ["config.yaml"]
