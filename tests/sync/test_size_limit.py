"""A file above the workspace's limit is refused by its size, and not read, unless Notion has it already."""

import os
from dataclasses import replace

from notion_sync.model import ActionName
from notion_sync.notion.client import Notion
from notion_sync.rules import OnChange
from notion_sync.sync.ports import Account, Remote
from tests.sync.bench import Bench

SIZE = 6 * 2**20
FREE = 5 * 2**20


def limit(bench: Bench, size: int | None) -> None:
    """The workspace has another plan from now on."""

    async def account(notion: Notion) -> Account:
        return Account((await notion.me()).id, size)

    bench.remote = Remote(lambda: bench.notion, account)
    bench.ports = replace(bench.ports, remote=bench.remote)


def ends(bench: Bench) -> dict[str, ActionName]:
    return {each.path: each.action for each in bench.push().outcomes}


def was_read(bench: Bench, name: str) -> bool:
    known = bench.store.files.get(bench.found(name).id)
    return known is not None and known[0] == bench.found(name).fingerprint


def test_it_is_refused_unread_also_after_its_mode_was_changed(bench: Bench) -> None:
    limit(bench, FREE)
    bench.write("big.pdf", bytes(SIZE))
    bench.write("small.pdf")
    for mode in (0o600, 0o644):
        os.chmod(bench.root / "big.pdf", mode)
        assert ends(bench)["big.pdf"] is ActionName.FAILED
        assert "5.0 MiB" in bench.heard.outcomes[0].reason
        assert bench.heard.outcomes[0].bytes == SIZE
        assert not was_read(bench, "big.pdf")
    assert was_read(bench, "small.pdf")


def test_a_larger_plan_takes_it(bench: Bench) -> None:
    limit(bench, FREE)
    bench.write("big.pdf", bytes(SIZE))
    assert ends(bench) == {"big.pdf": ActionName.FAILED}
    limit(bench, None)
    assert ends(bench) == {"big.pdf": ActionName.ATTACHED}


def test_what_came_under_a_larger_plan_stays_as_it_is(bench: Bench) -> None:
    bench.write("big.pdf", bytes(SIZE))
    bench.write("kept.pdf", b"k" * (SIZE - 1))
    ends(bench)
    limit(bench, FREE)
    bench.write("big.pdf", bytes(SIZE), age=50.0)  # the same once more
    os.rename(bench.root / "kept.pdf", bench.root / "renamed.pdf")
    assert ends(bench) == {"big.pdf": ActionName.UNCHANGED, "renamed.pdf": ActionName.RENAMED}
    bench.write("big.pdf", bytes(SIZE + 1), age=40.0)
    assert ends(bench) == {"big.pdf": ActionName.FAILED}
    assert not was_read(bench, "big.pdf")


def test_what_a_rule_keeps_is_kept_whatever_it_has_become(bench: Bench) -> None:
    bench.rule = replace(bench.rule, on_change=OnChange.KEEP)
    bench.write("a.pdf")
    ends(bench)
    limit(bench, FREE)
    bench.write("a.pdf", bytes(SIZE), age=50.0)
    assert ActionName.FAILED not in ends(bench).values()
