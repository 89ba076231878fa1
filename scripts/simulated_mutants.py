#!/usr/bin/env python3
"""Plant mistakes into the code, one at a time, and see after how many seeds a simulated life ends wrong by each.

    make simulated-mutants
    make simulated-mutants ARGS="--rule caption --seeds 500"

Each is written into a copy of the tree. Lives are played from seed 0 on until one does not end right; where none does,
the simulation cannot see what the rule is good for.

Exit status: 0 if each was found, 1 if not, 2 if the code is another than the list says.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from mutants import Mutant, NotThere, Tree, _planted, rule_mutants, say

LIST = Path(__file__).with_name("simulated.toml")


def planted(part: str) -> Iterator[tuple[Mutant, str]]:
    """The mutants of the list whose rule has `part` in its words, each with the kind of life that has to notice.

    Raises:
        NotThere: The code is another than the list says.
    """
    listed = tomllib.loads(LIST.read_text("utf-8"))
    known = {mutant.change: mutant for mutant in rule_mutants("")}
    for rule in listed["rules"]:
        if rule not in known:
            raise NotThere(f"mutants.toml has no such rule: {rule}")
        if part in rule:
            yield known[rule], "whole"
    for each in listed["mutant"]:
        if part in each["rule"]:
            kind = each.pop("kind", "whole")
            yield _planted(**each, tests=()), kind


def seeds_needed(tree: Tree, mutant: Mutant, kind: str, seeds: int) -> tuple[int | None, str]:
    """How many lives were played until one ended wrong, None where none did; and how it ended."""
    command = [sys.executable, "-m", "tests.simulation", "--first", "--kind", kind, "--seeds", f"0-{seeds}"]
    with tree.holding(mutant):
        done = subprocess.run(  # noqa: S603
            command, cwd=tree.folder, env=_environment(tree), capture_output=True, text=True, check=False
        )
    found = re.search(r"^seed (\d+): (.*)", done.stdout, re.MULTILINE)
    if found is None and done.returncode != 0:
        raise RuntimeError(f"the simulation could not be played:\n{done.stdout}{done.stderr}")
    return (int(found[1]) + 1, found[2][:80]) if found else (None, "")


def _environment(tree: Tree) -> Mapping[str, str]:
    return {**os.environ, "PYTHONPATH": str(tree.folder)}


def main() -> int:
    """Do it, and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rule", default="", help="only those with this in their words")
    parser.add_argument("--seeds", type=int, default=20_000, help="lives at most (default: 20000)")
    parser.add_argument("--jobs", type=int, default=2, help="at the same time (default: 2)")
    options = parser.parse_args()
    try:
        mutants = list(planted(options.rule))
    except NotThere as trouble:
        say(str(trouble))
        return 2
    with tempfile.TemporaryDirectory(prefix="mutants-") as scratch, ThreadPoolExecutor(options.jobs) as pool:
        trees: SimpleQueue[Tree] = SimpleQueue()
        for number in range(options.jobs):
            trees.put(Tree(Path(scratch) / str(number)))

        def found(mutant: Mutant, kind: str) -> bool:
            tree = trees.get()
            try:
                needed, how = seeds_needed(tree, mutant, kind, options.seeds)
            finally:
                trees.put(tree)
            say(f"| {mutant.change} | {'not found' if needed is None else needed} | {how}")
            return needed is not None

        results = list(pool.map(found, *zip(*mutants, strict=True)))
    say(f"{sum(results)} of {len(results)} found")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
