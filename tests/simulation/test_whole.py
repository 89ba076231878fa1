"""Whole lives: those that ever found something, every day; and the machinery that plays, tells and shortens them.

`.ci/run` plays new ones each time; `make simulate SEEDS=0-100000` as many as one likes.
"""

import json
from pathlib import Path

import pytest

from tests.simulation.__main__ import Sums, play
from tests.simulation.events import Events
from tests.simulation.shrink import shrink
from tests.simulation.whole import live_with

FOUND = {
    7: "a file that could not be read when others were taken over was attached once more",
    26: "a late effect, for the mistakes planted into what waits for it",
    158: "an entry was removed in place of its equal, which had been replaced before",
    539: "what was left of a deleted file on a row's page stayed there",
    10103: "a pass over what was done asked for the database",
    20345: "an entry that a person had named was taken for another file's",
    1593: "the records of two new entries of one name were exchanged",
    2001679: "an expired upload that an answer named as the new one failed its file for good",
    1001042: "an upload that another answer had named already was taken for a new one",
    2000351: "an older store took an equal entry for the one that had been replaced since",
    2000603: "one of two equal entries was taken for both of their files",
    2000656: "what had been replaced was made again beside its equal",
    2002228: "what a person had deleted was taken for its equal that came later",
    1001924: "what a person had deleted was taken for its equal that was renamed later",
    2001980: "a block that had just been changed was taken for one with a person's file, and stayed",
    100002223: "a file whose disk had gone while a pass ran was given away as moved, and not looked at again",
    400020587: "what a block of an older store shows since was attached again",
    500004269: "what a dead process had renamed was recorded for another file of that name",
    500008776: "an older store took the entry of a renamed file for that of a deleted one, which was called so",
    500009598: "what an earlier rule had left of a file went from where it belonged again but could not come yet",
    900000568: "the block of an append under way was taken for that of an equal file's lost one",
    700000050: "what a dead run had sent, and came late, was taken for a person's",
    2000131: "an earlier version was removed though its file's disk had gone while the pass ran",
}
"""By seed, what it has found; `test_found.py` tells the same as short stories."""


@pytest.mark.parametrize("seed", FOUND)
def test_what_once_went_wrong_goes_right(seed: int) -> None:
    live_with(Events(seed), seed)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_seed_is_the_same_life(seed: int) -> None:
    def asked() -> tuple[list[str], object]:
        events = Events(seed)
        life = live_with(events, seed)
        return events.names, life.world.core.journal.entries()

    assert asked() == asked()


def test_a_life_that_ends_wrong_is_made_shorter() -> None:
    """Down to the events without which it would end right."""

    def ends_wrong(events: Events) -> None:
        happened = [number for number in range(20) if events.happens(f"{number}", 0.9)]
        assert not {4, 7} <= set(happened)

    full = Events(3)
    with pytest.raises(AssertionError):
        ends_wrong(full)
    assert set(full.names) - shrink(ends_wrong, 3) == {"4", "7"}


def test_a_trace_tells_what_was_on_disk_asked_answered_and_recorded(
    capsys: pytest.CaptureFixture[str],
) -> None:
    live_with(Events(1), 1, traced=True)
    told = capsys.readouterr().out
    for kind in ("on disk", "process", "asked", "answered", "recorded"):
        assert f"  {kind} " in told


def test_it_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    keep = tmp_path / "sums.json"
    play(Sums(5), range(5, 7), "whole", keep, float("inf"), first=False)
    sums = Sums(**json.loads(keep.read_text()))
    assert (sums.next, sums.lives, sums.wrong) == (7, 2, {})
    assert sums.counts["file: write"] > 0
