"""A property is known by its id: what people call it, and how a rule writes it, may change."""

from dataclasses import replace

import pytest

from notion_sync.model import ActionName
from notion_sync.rules import OnDelete, RowTarget, Rule
from notion_sync.sandbox.control.state import state
from notion_sync.template import Template, parse
from tests.sync.bench import Bench, Json

ATTACHED, FAILED = ActionName.ATTACHED, ActionName.FAILED
COMPOSED, DECOMPOSED = "Re\u00e7us", "Rec\u0327us"


def target(bench: Bench, name: str = "Attachments", **more: object) -> RowTarget:
    return RowTarget(bench.core.workspace.database_id, name, parse("{stem}"), **more)  # type: ignore[arg-type]


def push(bench: Bench, target: RowTarget, **more: object) -> dict[str, ActionName]:
    rule: Rule = replace(bench.rule, targets=(target,), **more)  # type: ignore[arg-type]
    return {outcome.path: outcome.action for outcome in bench.push(rule).outcomes}


def rename(bench: Bench, old: str, new: str) -> None:
    source = f"/v1/data_sources/{bench.core.workspace.data_source_id}"
    bench.caller.ok("PATCH", source, {"properties": {old: {"name": new}}})


def property_id(bench: Bench, name: str) -> str:
    source = f"/v1/data_sources/{bench.core.workspace.data_source_id}"
    return str(bench.caller.ok("GET", source)["properties"][name]["id"])


def entries(bench: Bench, name: str) -> dict[str, list[str]]:
    """By title, what a property of the rows holds."""
    return {
        page["title"]: [entry["name"] for entry in page["properties"][name]]
        for page in state(bench.core.workspace)["pages"]
        if name in page["properties"] and not page["in_trash"]
    }


@pytest.fixture
def two(bench: Bench) -> Bench:
    """Two files in their rows, in the property and on the rows' pages."""
    for name in "ab":
        bench.write(f"{name}.txt", name.encode())
    assert set(push(bench, target(bench, body=True)).values()) == {ATTACHED}
    return bench


def test_a_renamed_property_is_used_and_said(two: Bench) -> None:
    rename(two, "Attachments", "Scans")
    two.write("c.txt", b"c")
    assert push(two, target(two, body=True)) == {"c.txt": ATTACHED}
    assert entries(two, "Scans") == {"a": ["a.txt"], "b": ["b.txt"], "c": ["c.txt"]}
    (note,) = two.heard.notes
    assert '"Attachments"' in note
    assert '"Scans"' in note
    # Once a day is enough.
    two.write("d.txt", b"d")
    push(two, target(two, body=True))
    assert two.heard.notes == []


def test_a_property_that_is_renamed_back_is_the_same(two: Bench) -> None:
    rename(two, "Attachments", "Scans")
    two.write("c.txt", b"c")
    push(two, target(two, body=True))
    rename(two, "Scans", "Attachments")
    two.write("a.txt", b"changed")
    assert push(two, target(two, body=True)) == {"a.txt": ActionName.REPLACED}
    assert entries(two, "Attachments") == {"a": ["a.txt"], "b": ["b.txt"], "c": ["c.txt"]}


@pytest.mark.parametrize("how", ["new name", "read alike", "id", "data source"])
@pytest.mark.parametrize("on_delete", list(OnDelete))
def test_what_is_recorded_follows_the_rule(two: Bench, how: str, on_delete: OnDelete) -> None:
    """And what is gone is removed where the rule says so, with the record that is there counted in full."""
    old = target(two, body=True)
    after = {
        "new name": replace(old, property_name="Scans"),
        "read alike": replace(old, property_name=DECOMPOSED),
        "id": replace(old, property_name=property_id(two, "Attachments")),
        "data source": replace(old, database_id=two.core.workspace.data_source_id),
    }[how]
    name = {"new name": "Scans", "read alike": COMPOSED}.get(how, "Attachments")
    rename(two, "Attachments", name)
    two.write("c.txt", b"c")
    (two.root / "b.txt").unlink()
    two.core.journal.clear()
    ends = push(two, after, on_delete=on_delete, max_delete=0.5)
    removed = on_delete is OnDelete.REMOVE
    assert ends == {"c.txt": ATTACHED} | ({"b.txt": ActionName.REMOVED} if removed else {})
    assert two.tally.uploads == 1
    assert entries(two, name) == {"a": ["a.txt"], "b": [] if removed else ["b.txt"], "c": ["c.txt"]}
    assert two.asked().count("POST /v1/pages") == 1
    # Nothing is left under the other key, and the next pass needs no look.
    assert two.store.targets.recorded() == {after.key, f"{after.key}#body"}
    two.core.journal.clear()
    assert push(two, after) == {}
    assert two.asked() == []


def test_a_rule_that_goes_back_to_the_old_name(two: Bench) -> None:
    rename(two, "Attachments", "Scans")
    push(two, target(two, "Scans", body=True))
    rename(two, "Scans", "Attachments")
    assert push(two, target(two, body=True)) == {}
    assert two.tally.uploads == 0
    assert entries(two, "Attachments") == {"a": ["a.txt"], "b": ["b.txt"]}


def test_another_property_gets_its_own_record(two: Bench) -> None:
    source = f"/v1/data_sources/{two.core.workspace.data_source_id}"
    two.caller.ok("PATCH", source, {"properties": {"Receipts": {"files": {}}}})
    assert set(push(two, target(two, "Receipts")).values()) == {ATTACHED}
    assert entries(two, "Receipts") == entries(two, "Attachments") == {"a": ["a.txt"], "b": ["b.txt"]}


def test_a_rule_in_use_keeps_its_record(two: Bench) -> None:
    """Another one names the same property by its id."""
    by_name = replace(two.rule, targets=(target(two, body=True),))
    other = two.root / "other"
    by_id = replace(
        two.rule, name="id", folder=str(other), targets=(target(two, property_id(two, "Attachments")),)
    )
    two.write("other/c.txt", b"c")
    ends = two.push(by_id, by_name).outcomes
    assert [(end.path, end.action) for end in ends] == [("c.txt", ATTACHED)]
    assert entries(two, "Attachments") == {"a": ["a.txt"], "b": ["b.txt"], "c": ["c.txt"]}


def test_nothing_is_attached_while_it_is_unknown_what_is_recorded(two: Bench) -> None:
    rename(two, "Attachments", "Scans")
    two.faults({"method": "GET", "path": "/v1/data_sources/", "times": 6, "do": {"status": 409}})
    assert set(push(two, target(two, "Scans")).values()) == {FAILED}
    assert push(two, target(two, "Scans")) == {}
    assert entries(two, "Scans") == {"a": ["a.txt"], "b": ["b.txt"]}


def test_a_write_that_is_open_is_looked_for_in_the_renamed_property(bench: Bench) -> None:
    bench.write("a.txt", b"a")
    push(bench, target(bench))
    bench.write("b.txt", b"b")
    bench.faults(
        {"method": "POST", "path": "^/v1/pages$", "when": "after", "do": {"cut": True}},
        {"method": "POST", "path": "query$", "nth": 2, "times": 6, "do": {"status": 503}},
    )
    assert push(bench, target(bench)) == {"b.txt": ActionName.DEFERRED}
    rename(bench, "Attachments", "Scans")
    push(bench, target(bench, "Scans"))
    assert entries(bench, "Scans") == {"a": ["a.txt"], "b": ["b.txt"]}


# The other columns of a rule


def test_a_value_goes_to_the_property_that_is_called_otherwise_now(bench: Bench) -> None:
    values: dict[str, Template] = {"Status": parse("Inbox")}
    rule = target(bench, properties=values)
    bench.write("a.txt", b"a")
    push(bench, rule)
    rename(bench, "Status", "State")
    bench.write("b.txt", b"b")
    push(bench, rule)
    pages = state(bench.core.workspace)["pages"]
    assert {p["title"]: p["properties"]["State"] for p in pages if "State" in p["properties"]} == {
        "a": "Inbox", "b": "Inbox",
    }  # fmt: skip
    assert any('"State"' in note for note in bench.heard.notes)


@pytest.mark.parametrize(
    ("options", "text", "expected"),
    [
        ([COMPOSED], DECOMPOSED, COMPOSED),
        (["Work "], "Work", "Work "),
        ([COMPOSED, DECOMPOSED], DECOMPOSED, DECOMPOSED),
        (["Other"], DECOMPOSED, DECOMPOSED),
    ],
)
@pytest.mark.parametrize("kind", ["select", "multi_select", "status"])
def test_an_option_that_reads_the_same_is_the_option(
    bench: Bench, kind: str, options: list[str], text: str, expected: str
) -> None:
    if kind == "status" and expected not in options:
        pytest.skip("a status gets no new options")
    add_column(bench, "Area", kind, options)
    bench.write("a.txt", b"a")
    push(bench, target(bench, properties={"Area": parse(text)}))
    (row,) = [page for page in state(bench.core.workspace)["pages"] if page["title"] == "a"]
    assert row["properties"]["Area"] == expected


@pytest.mark.parametrize("kind", ["select", "multi_select", "status"])
def test_several_options_that_read_the_same_are_named(bench: Bench, kind: str) -> None:
    add_column(bench, "Area", kind, [COMPOSED, f"{COMPOSED} "])
    bench.write("a.txt", b"a")
    assert push(bench, target(bench, properties={"Area": parse(DECOMPOSED)})) == {"a.txt": FAILED}
    (outcome,) = bench.heard.outcomes
    assert f'"{COMPOSED}", "{COMPOSED} "' in outcome.reason


def test_several_properties_that_read_the_same_are_named(bench: Bench) -> None:
    for name in (COMPOSED, f"{COMPOSED} "):
        source = f"/v1/data_sources/{bench.core.workspace.data_source_id}"
        bench.caller.ok("PATCH", source, {"properties": {name: {"files": {}}}})
    bench.write("a.txt", b"a")
    assert push(bench, target(bench, DECOMPOSED)) == {"a.txt": FAILED}
    (outcome,) = bench.heard.outcomes
    assert "2 properties that read like" in outcome.reason
    assert f'"{COMPOSED} " (id ' in outcome.reason


def add_column(bench: Bench, name: str, kind: str, options: list[str]) -> None:
    source = f"/v1/data_sources/{bench.core.workspace.data_source_id}"
    column: Json = {kind: {"options": [{"name": each} for each in options]}}
    bench.caller.ok("PATCH", source, {"properties": {name: column}})


# Names of rules


def test_a_rule_of_another_name_leaves_files_in_the_rows_that_it_named(bench: Bench) -> None:
    by_rule = RowTarget(bench.core.workspace.database_id, "Attachments", parse("{rule}"))
    bench.write("a.txt", b"a")
    push(bench, by_rule, name="before")
    bench.write("a.txt", b"changed")
    bench.write("b.txt", b"b")
    assert push(bench, by_rule, name="after") == {"a.txt": ActionName.REPLACED, "b.txt": ATTACHED}
    assert bench.rows() == {"before": ["a.txt"], "after": ["b.txt"]}
