#!/usr/bin/env python3
"""Plant mistakes into the code, one at a time, and see whether the tests beside it notice.

    make mutants
    make mutants ARGS="--module plan/decide --count 50 --seed 2"
    make mutants ARGS=rules
    make mutants ARGS="rules --rule shared"

A mutant is a module with one small mistake: another comparison, a condition the other way round, a number that is
off by one, a statement left out. The sample is drawn by a seed, so it is the same in every run until the module
changes. Each mutant is written into a copy of the tree, never into the tree itself. One that the module's tests
pass with survives: look whether a test is missing, or whether it means the same as what was there.

`rules` plants the list beside this script instead: in each of its mutants a rule that nothing may break is left out,
and the tests that are named with it have to notice. None may survive.

Exit status: 0 if as many are killed as has to be, 1 if not, 2 if the tests fail without a mistake.
"""

import argparse
import ast
import copy
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

MODULES: dict[str, tuple[str, ...]] = {
    "plan/decide": ("tests/test_plan.py",),
    "plan/folder": ("tests/test_plan.py",),
    "plan/removals": ("tests/test_plan.py",),
    "sync/entries": ("tests/sync/test_entries.py",),
    "sync/evidence": ("tests/sync/test_evidence.py",),
    "sync/journal": (
        "tests/sync/test_recovery.py",
        "tests/sync/test_journal.py",
        "tests/state/test_journal.py",
    ),
    "sync/recovery": ("tests/sync/test_recovery.py", "tests/sync/test_journal.py", "tests/sync/test_late.py"),
    "sync/page/queue": ("tests/sync/page",),
    "sync/page/reservations": ("tests/sync/page",),
    "sync/page/writer": ("tests/sync/page",),
    "sync/rows/queue": ("tests/sync/rows",),
    "sync/rows/rows": ("tests/sync/rows",),
    "sync/rows/update": ("tests/sync/rows",),
    "sync/rows/journaled": ("tests/sync/rows",),
    "watch/due": ("tests/watch/test_due.py", "tests/watch/test_pending.py"),
    "watch/pending": ("tests/watch/test_pending.py",),
    "watch/rescans": ("tests/watch/test_rescans.py",),
    "watch/retries": ("tests/watch/test_retries.py",),
    "watch/stability": ("tests/watch/test_stability.py",),
}
"""By module below the package, the tests that have to notice, as pytest takes them."""

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGE = "notion_sync"
RULES = Path(__file__).with_suffix(".toml")
COPIED = (PACKAGE, "tests", "pyproject.toml")

OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip

LONGEST = 900.0
SLACK, MUCH_SLOWER = 10.0, 3.0
"""Seconds for the tests of one module; and how much slower a mistake may make them before it counts as noticed."""

WORDS_SHOWN = 70


@dataclass(frozen=True)
class Mutant:
    """A module with one mistake in it, and the tests that have to notice."""

    module: str
    line: int
    change: str
    source: str
    tests: tuple[str, ...]


# Making mistakes


def mutants_of(module: str, source: str) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its lines as far as they are nested alike."""
    tree = ast.parse(source)
    for holder, key, node in _places(tree):
        for other in _instead_of(node):
            _put(holder, key, other)
            change = f"{_words(node)}  →  {_words(other)}"
            yield Mutant(module, _line(node), change, ast.unparse(tree), MODULES[module])
            _put(holder, key, node)


Holder = ast.AST | list[ast.AST]
Key = str | int


def _places(parent: ast.AST) -> Iterator[tuple[Holder, Key, ast.AST]]:
    """Each node below another one, and where it is held; those left out in which no mistake would be one."""
    for name, value in ast.iter_fields(parent):
        if name in ("annotation", "returns", "decorator_list", "pattern"):
            continue
        children: list[tuple[Holder, Key, object]] = [(parent, name, value)]
        if isinstance(value, list):
            children = [(value, number, each) for number, each in enumerate(value)]
        for holder, key, child in children:
            if isinstance(child, ast.AST) and not _is_beside_the_point(child, parent):
                yield holder, key, child
                yield from _places(child)


def _is_beside_the_point(node: ast.AST, parent: ast.AST) -> bool:
    """Assertions, types, `strict=` of zip, and the limits that a module names: no test could mind one more."""
    limit = isinstance(parent, ast.Module) and isinstance(node, ast.Assign | ast.AnnAssign)
    strict = isinstance(node, ast.keyword) and node.arg == "strict"
    typing = isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    return limit or strict or typing or isinstance(node, ast.Assert)


def _instead_of(node: ast.AST) -> Iterator[ast.AST]:
    """What could stand by mistake where a node stands."""
    match node:
        case ast.Compare(ops=[first, *rest]):
            yield _with(node, ops=[OPPOSITES[type(first)](), *rest])
        case ast.BoolOp(op=operator):
            yield _with(node, op=ast.Or() if isinstance(operator, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) if _is_plain(test):
            yield _with(node, test=ast.UnaryOp(ast.Not(), test))
        case ast.comprehension(ifs=[_, *_]):
            yield _with(node, ifs=[])
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield ast.Constant(value + 1)
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="_log")))):
            return  # what is told to the log nobody waits for
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom() | ast.Await()):
            yield ast.Pass()
        case ast.AugAssign() | ast.Delete() | ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()


def _is_plain(test: ast.expr) -> bool:
    """Whether a condition is neither of those in which another mistake means the same."""
    return not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp)


def _with(node: ast.AST, **fields: object) -> ast.AST:
    other = copy.copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


def _put(holder: Holder, key: Key, node: ast.AST) -> None:
    if isinstance(holder, list):
        assert isinstance(key, int)
        holder[key] = node
    else:
        setattr(holder, str(key), node)


def _line(node: ast.AST) -> int:
    named = node.target if isinstance(node, ast.comprehension) else node
    return int(getattr(named, "lineno", 0))


def _words(node: ast.AST) -> str:
    """The first line of a node, without what hangs below it."""
    text = ast.unparse(node).splitlines()[0].strip()
    return text if len(text) <= WORDS_SHOWN else f"{text[:WORDS_SHOWN]}…"


def sample(module: str, count: int, seed: int) -> list[Mutant]:
    """So many mutants of a module, in the order of its lines."""
    source = (REPOSITORY / PACKAGE / f"{module}.py").read_text()
    every = list(mutants_of(module, source))
    chosen = random.Random(f"{seed} {module}").sample(every, min(count, len(every)))  # noqa: S311
    return sorted(chosen, key=lambda mutant: mutant.line)


def rule_mutants(part: str) -> list[Mutant]:
    """The mutants of the list whose rule has `part` in its words."""
    listed = tomllib.loads(RULES.read_text("utf-8"))["mutant"]
    return [_planted(**each) for each in listed if part in each["rule"]]


def _planted(rule: str, module: str, old: str, new: str, tests: Sequence[str]) -> Mutant:
    source = (REPOSITORY / PACKAGE / f"{module}.py").read_text()
    if source.count(old) != 1:
        raise NotThere(f"{module} has {source.count(old)} times what the rule is kept by ({rule}):\n{old}")
    ast.parse(source.replace(old, new))  # a mistake that cannot be read proves nothing
    line = source[: source.index(old)].count("\n") + 1
    return Mutant(module, line, rule, source.replace(old, new), tuple(tests))


class NotThere(Exception):
    """The code is another than the list says."""


# Noticing them


class Tree:
    """A copy of the tree in which one module at a time is another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._changes = 0
        for name in COPIED:
            origin = REPOSITORY / name
            if origin.is_dir():
                shutil.copytree(
                    origin, folder / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules")
                )
            else:
                shutil.copy(origin, folder / name)

    @contextmanager
    def holding(self, mutant: Mutant) -> Iterator[None]:
        """Let a mutant stand in its module's place."""
        path = self.folder / PACKAGE / f"{mutant.module}.py"
        before = path.read_text()
        self._write(path, mutant.source)
        try:
            yield
        finally:
            self._write(path, before)

    def _write(self, path: Path, source: str) -> None:
        """Compiled code is told from stale by the second of the last write, and by the size."""
        path.write_text(source)
        self._changes += 2
        os.utime(path, (path.stat().st_mtime + self._changes,) * 2)

    def notices(self, tests: Sequence[str], seconds: float) -> str:
        """How the tests notice what is wrong, empty if they do not."""
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
        environment = {**os.environ, "PYTHONPATH": str(self.folder)}
        with subprocess.Popen(  # noqa: S603
            [*command, "--hypothesis-seed=0", *tests],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as running:
            try:
                said, _ = running.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                return f"are not done in {seconds:.0f} s"
            finally:
                _end(running)
        if running.returncode in (1, 2):
            failed = [
                line for line in said.splitlines() if line.startswith(("FAILED tests/", "ERROR tests/"))
            ]
            return failed[0].partition(" - ")[0].rpartition("/")[2] if failed else said[-500:]
        if running.returncode != 0:
            raise RuntimeError(f"pytest ended with {running.returncode}:\n{said}")
        return ""


def _end(process: "subprocess.Popen[str]") -> None:
    """With whatever it has started: a session of its own."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


Tests = tuple[str, ...]


def judge(mutants: Sequence[Mutant], jobs: int, seconds: Mapping[Tests, float]) -> list[tuple[Mutant, str]]:
    """Each mutant, and how it was noticed.

    Args:
        mutants: In the order in which they are tried.
        jobs: How many at the same time.
        seconds: By tests, how long they may take.
    """
    with tempfile.TemporaryDirectory(prefix="mutants-") as scratch, ThreadPoolExecutor(jobs) as pool:
        trees: SimpleQueue[Tree] = SimpleQueue()
        for number in range(jobs):
            trees.put(Tree(Path(scratch) / str(number)))

        def one(mutant: Mutant) -> tuple[Mutant, str]:
            tree = trees.get()
            try:
                with tree.holding(mutant):
                    noticed = tree.notices(mutant.tests, seconds[mutant.tests])
            finally:
                trees.put(tree)
            say(
                f"{'killed  ' if noticed else 'SURVIVED'}  {mutant.module}:{mutant.line}  {mutant.change}  {noticed}"
            )
            return mutant, noticed

        return list(pool.map(one, mutants))


class TestsFail(Exception):
    """The tests fail without a mistake."""


def patience(groups: Iterable[Tests]) -> dict[Tests, float]:
    """By tests, the seconds that they may take: some times what they take as long as there is no mistake.

    Raises:
        TestsFail: They do not pass then.
    """
    found = {}
    with tempfile.TemporaryDirectory(prefix="mutants-") as scratch:
        tree = Tree(Path(scratch) / "tree")
        for tests in groups:
            begun = time.monotonic()
            if noticed := tree.notices(tests, LONGEST):
                raise TestsFail(f"without a mistake tests fail: {noticed}")
            found[tests] = SLACK + MUCH_SLOWER * (time.monotonic() - begun)
    return found


def say(text: str) -> None:
    """To whoever waits."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def table(results: Sequence[tuple[Mutant, str]]) -> str:
    """The sums by module."""
    wide = max(len(mutant.module) for mutant, _ in results)
    lines = [f"{'module':<{wide}} {'mutants':>8} {'killed':>8} {'survived':>9}"]
    rows: dict[str, list[bool]] = {}
    for mutant, noticed in results:
        rows.setdefault(mutant.module, []).append(bool(noticed))
    rows["all"] = [bool(noticed) for _, noticed in results]
    lines += [
        f"{name:<{wide}} {len(row):>8} {sum(row):>8} {len(row) - sum(row):>9}" for name, row in rows.items()
    ]
    return "\n".join(lines)


def main() -> int:
    """Do it, and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "mode", nargs="?", choices=("sample", "rules"), default="sample",
        help="random mistakes in the modules, or each rule left out (default: sample)",
    )  # fmt: skip
    parser.add_argument("--module", choices=MODULES, action="append", help="this one only; may be repeated")
    parser.add_argument("--count", type=int, default=10, help="mutants of each module (default: 10)")
    parser.add_argument("--seed", type=int, default=1, help="another sample (default: 1)")
    parser.add_argument("--rule", default="", help="with rules: only those with this in their words")
    parser.add_argument("--jobs", type=int, default=2, help="at the same time (default: 2)")
    parser.add_argument(
        "--least", type=float, help="part that has to be killed (default: 0.9; of the rules all)"
    )
    options = parser.parse_args()

    try:
        if options.mode == "rules":
            chosen, least = rule_mutants(options.rule), 1.0
            together = tuple(dict.fromkeys(test for mutant in chosen for test in mutant.tests))
            seconds = dict.fromkeys((mutant.tests for mutant in chosen), patience([together])[together])
        else:
            modules, least = options.module or list(MODULES), 0.9
            chosen = [mutant for module in modules for mutant in sample(module, options.count, options.seed)]
            seconds = patience(MODULES[module] for module in modules)
    except (TestsFail, NotThere) as trouble:
        say(str(trouble))
        return 2
    results = judge(chosen, options.jobs, seconds)
    say(f"\n{table(results)}")
    least = least if options.least is None else options.least
    return 0 if sum(bool(noticed) for _, noticed in results) >= least * len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
