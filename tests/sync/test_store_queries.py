"""What a push asks of its store takes no longer, the more is recorded.

A query that is made once for a pass may read a table from end to end. One that is made for each file, request or
folder may not.
"""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from notion_sync.rules import OnDelete
from tests.sync.bench import Bench

GROWS = {"placements", "retired", "files", "folders", "uploads", "parts", "pages", "failures", "history"}


def new(bench: Bench) -> None:
    """More than two requests take."""
    for number in range(201):
        bench.write(f"b/{number}.txt", b"new %d" % number)


def changed(bench: Bench) -> None:
    for number in range(4):
        bench.write(f"a/{number}.txt", b"changed %d" % number)


def renamed(bench: Bench) -> None:
    for number in range(4):
        (bench.root / f"a/{number}.txt").rename(bench.root / f"a/{number} renamed.txt")


def gone(bench: Bench) -> None:
    for number in range(4):
        (bench.root / f"a/{number}.txt").unlink()


def repeated_queries(bench: Bench) -> list[str]:
    """One of each kind of statement that a push makes several times, with its values."""
    heard: dict[str, list[str]] = {}

    def hear(statement: str) -> None:
        kind = re.sub(r"x'[0-9a-f]*'|'[^']*'|\d[\d.]*|Inf|NULL", "?", statement)
        heard.setdefault(kind, []).append(statement)

    bench.store._database.set_trace_callback(hear)
    try:
        bench.push()
    finally:
        bench.store._database.set_trace_callback(None)
    queries = [each[0] for each in heard.values() if len(each) > 1]
    # SQLite writes infinity as it does not read it.
    return [
        each.replace("Inf", "9e999") for each in queries if re.match(r"\s*(SELECT|WITH|UPDATE|DELETE)", each)
    ]


def read_as_a_whole(bench: Bench, query: str) -> set[str]:
    """The tables that a query reads from end to end."""
    names = {alias: table for table, alias in re.findall(r"\b(?:FROM|JOIN)\s+(\w+)\s+(?:AS\s+)?(\w+)", query)}
    plan = [str(row[3]) for row in bench.store._database.execute(f"EXPLAIN QUERY PLAN {query}")]
    scanned = [name for step in plan for name in re.findall(r"^SCAN (\w+)", step)]
    return {names.get(name, name) for name in scanned}


@pytest.mark.parametrize("change", [new, changed, renamed, gone])
def test_no_query_reads_what_grows_from_end_to_end(bench: Bench, change: Callable[[Bench], None]) -> None:
    bench.rule = replace(bench.rule, on_delete=OnDelete.REMOVE, max_delete=1.0)
    for number in range(4):
        bench.write(f"a/{number}.txt", b"%d" % number)
    bench.push()
    change(bench)
    queries = repeated_queries(bench)
    assert len(queries) > 5
    for query in queries:
        assert not GROWS & read_as_a_whole(bench, query), query
