"""What has to be read of a file before its content is in Notion."""

import hashlib
import random
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import pytest

from notion_sync.model import ActionName, Digest
from notion_sync.rules import PageTarget
from notion_sync.scan.reading import read_content
from tests.simulation.ports import SimulatedThreads
from tests.sync.bench import Bench

T = TypeVar("T")


class Counting(SimulatedThreads):
    """Threads that count the files that are read from end to end."""

    whole = 0

    async def read(self, work: Callable[..., T], *args: object, **kwargs: object) -> T:
        self.whole += work is read_content
        return await super().read(work, *args, **kwargs)


@pytest.mark.parametrize("size", [7, 21 * 2**20])
@pytest.mark.parametrize(("known", "whole"), [(True, 0), (False, 1)])
def test_what_is_recorded_is_read_for_another_page_only_where_it_has_to_be_sent(
    bench: Bench, size: int, known: bool, whole: int
) -> None:
    bench.write("a.zip", bytes(size))
    bench.push()
    if not known:
        bot, content = bench.core.workspace.bot_id, Digest(hashlib.sha256(bytes(size)).hexdigest())
        with bench.store.transaction():
            for each in bench.store.uploads.of_content(bot, content):
                bench.store.uploads.drop(each)
    other = replace(bench.rule, targets=(*bench.rule.targets, PageTarget(bench.other_page())))
    threads = Counting(random.Random(0))
    bench.ports = replace(bench.ports, threads=threads)
    bench.push(other)
    assert bench.tally.counts[ActionName.ATTACHED] == 1
    assert bench.tally.reused == known
    assert threads.whole == whole
