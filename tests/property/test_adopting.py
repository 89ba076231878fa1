"""Whatever was pushed by whatever rules: the record is lost, is adopted, and is as good as the old one."""

import io
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notion_sync.adopt.findings import Sums
from notion_sync.adopt.run import Adoption
from notion_sync.clock import SystemClock
from notion_sync.extent import EVERYTHING
from notion_sync.model import ActionName
from notion_sync.notion.client import Notion
from notion_sync.notion.connect import over_https
from notion_sync.report import JsonReport
from notion_sync.rules import PageTarget, RowTarget, Rule, Subfolders, Target, Unsupported
from notion_sync.state import Store
from notion_sync.sync.ports import Account, Ports, Remote
from notion_sync.sync.run import PassScope, preview, push
from notion_sync.system.threads import ThreadPools
from notion_sync.template import parse
from tests.e2e.world import LONG_AGO, Sandbox, sha256
from tests.support.loop import run
from tests.support.tree import make_tree

DAILY = 8
EXAMPLES = int(os.environ.get("NOTION_SYNC_EXAMPLES", DAILY))

PATHS = st.sampled_from(
    [f"{folder}{name}" for folder in ("", "s/", "s/t/") for name in ("a.txt", "b.txt", "a.csv", "a.xyzzy")]
)
TREES = st.dictionaries(PATHS, st.sampled_from([b"one", b"two", b"three"]), min_size=1, max_size=8)
ROWS = st.builds(
    lambda row, body: (row, body),
    st.sampled_from(["{stem}", "all", "{ext} {today}", "{today}"]),
    st.booleans(),
)


@contextmanager
def opened(state: Path, sandbox: Sandbox) -> Iterator[Ports]:
    """A store, the way to Notion, and what belongs to them."""
    clock = SystemClock()
    with (
        Store(str(state)) as store,
        ThreadPools() as threads,
        over_https(sandbox.token, base_url=sandbox.api_url, clock=clock, threads=threads) as notion,
    ):
        yield Ports(store, Remote(lambda: notion, ask_account), clock, threads)


async def ask_account(notion: Notion) -> Account:
    return Account((await notion.me()).id, None)


def adopted(ports: Ports, rule: Rule, *, verify: bool) -> Sums:
    adoption = Adoption(ports=ports, tell=lambda _: None, note=pytest.fail, verify=verify, keep=True)
    run(adoption.run((rule,), EVERYTHING))
    return adoption.sums


def shown(sandbox: Sandbox) -> dict[str, tuple[str, str | None]]:
    """By block, and by row and entry, what is called how and holds what."""
    found = {}
    for page in sandbox.state()["pages"]:
        for block in page["children"]:
            found[block["id"]] = (block["name"], block["sha256"])
        for number, entry in enumerate(page["properties"].get("Attachments", ())):
            found[f"{page['id']} {number}"] = (entry["name"], entry["sha256"])
    return found


def planned(ports: Ports, rule: Rule) -> Counter[ActionName]:
    out = io.StringIO()
    tally = preview(
        (rule,), store=ports.store, account=run(ports.remote.account()), clock=ports.clock,
        report=JsonReport(out, out), scope=PassScope(),
    )  # fmt: skip
    return Counter({action: count for action, count in tally.counts.items() if count})


@settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES == DAILY,
    suppress_health_check=list(HealthCheck),
)
@given(
    tree=TREES, page=st.booleans(), rows=st.none() | ROWS, pages=st.booleans(),
    packaging=st.sampled_from(["zip", "txt"]),
    removed=st.integers(0, 2),
)  # fmt: skip
def test_the_record_is_as_good_as_the_old_one(
    sandbox_process: Sandbox, tree: dict[str, bytes], page: bool, rows: tuple[str, bool] | None, pages: bool,
    packaging: str, removed: int,
) -> None:  # fmt: skip
    """With contents compared everything is found again; by names and sizes alone nothing is mistaken."""
    sandbox = sandbox_process.reset()
    home = Path(tempfile.mkdtemp(prefix="nsa-"))
    targets: list[Target] = [PageTarget(sandbox.page_id)] if page or rows is None else []
    if rows is not None:
        targets.append(RowTarget(sandbox.database_id, "Attachments", parse(rows[0]), body=rows[1]))
    rule = Rule(
        "r", str(home / "folder"), tuple(targets), settle=0.0, unsupported=Unsupported(packaging),
        subfolders=Subfolders.PAGES if pages else Subfolders.FLAT,
    )  # fmt: skip
    make_tree(home / "folder", dict(tree), mtime=LONG_AGO)
    everything = len(tree) * len(rule.destinations)
    with opened(home / "state", sandbox) as ports:
        out = io.StringIO()
        push((rule,), ports=ports, report=JsonReport(out, out), scope=PassScope(), patience=0.0)
    before = shown(sandbox)
    assert len([name for name, content in before.values() if content]) == everything, out.getvalue()

    with opened(home / "names and sizes", sandbox) as ports:
        sums = adopted(ports, rule, verify=False)
        assert (sums.matched + sums.ambiguous, sums.missing, sums.failed) == (everything, 0, 0)
        for placement, _ in ports.store.placements.at_or_below(rule.folder):
            if placement.block_id is not None and not placement.variant:
                assert before[placement.block_id][1] == placement.digest
                assert placement.digest == sha256(tree[placement.id.path.removeprefix(f"{rule.folder}/")])
    with opened(home / "contents", sandbox) as ports:
        sums = adopted(ports, rule, verify=True)
        assert (sums.matched, sums.unknown, sums.others) == (everything, 0, 0)
        assert planned(ports, rule) == {ActionName.UNCHANGED: len(tree) * len(targets)}
    assert shown(sandbox) == before

    lost = [key for key in sorted(before) if " " not in key and before[key][1]][:removed]
    for block in lost:
        sandbox.api("DELETE", f"/v1/blocks/{block}")
    with opened(home / "a part", sandbox) as ports:
        sums = adopted(ports, rule, verify=True)
        assert (sums.matched, sums.missing) == (everything - len(lost), len(lost))
    shutil.rmtree(home)


pytestmark = pytest.mark.timeout(600)
