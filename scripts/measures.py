#!/usr/bin/env python3
"""How easy the code is to find one's way in: today's measures beside the goals, as a table.

    .venv/bin/python scripts/measures.py                 # of the package beside this script
    .venv/bin/python scripts/measures.py --root OTHER    # of another checkout

What is counted, so that two people come to the same number:

* **Modules that a new file's way enters.** Real pushes into the local Notion are traced (`sys.setprofile`, in all
  threads). They follow two rules, each from a folder to a page of its own. In some, one file is new; in others, a file
  of each rule. What is called more often in each of these than in any of those is the way of one new file: what a
  pass does once, and how often it looks whether there is news, makes no difference. Counted are the modules of these
  functions; `notion/` and `state/` once each; `cli`, `sandbox`, `report` and `log` are left out, and so is code that
  Python writes (the methods of dataclasses), imports and class bodies.
* **Re-entries.** How often control comes back to the module that runs the journey otherwise than by a return or an
  await: the calls of its functions, from another module, while one of its own frames waits below on the same stack
  (it called somebody, who calls it back); and the calls of its plain functions by the standard library, which runs
  them as callbacks. A coroutine or generator that goes on is no call. Of one file, by the same difference.
* **Callbacks** of the package that carries passes out: calls of `partial`; lambdas with a name of the function around
  them (`symtable`: free variables); methods that are stored or passed on without being called, except to a call that
  is awaited. **Hook classes** are classes most of whose fields are `Callable`s. **Nested functions** are `def`s within
  functions.
* **Long functions** have more than 40 lines, decorators and docstring not counted.
* **Complexity** is McCabe's: one and each `if`, conditional expression, loop, `except`, guard and case, and each `and`
  and `or`. **Methods** of a class are those in its body, properties and dunders, too.
* **Names for different things**: classes and public functions of modules outside `sandbox` and `samples` that several
  modules define. `SAME` lists those that mean one thing.
* **Pure modules** are those of the contract `pure` in `pyproject.toml`. One has literal tests if a test module that
  imports it has a table (`parametrize`).
"""

import argparse
import ast
import collections
import dis
import inspect
import json
import os
import subprocess
import symtable
import sys
import tempfile
import threading
import tomllib
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

PACKAGE = "notion_sync"
JOURNEY = ("sync.journey", "executor.coordinator")
"""The module that runs a file's journey: the first of these that is there."""

EXECUTOR = ("sync", "executor")
"""The package that carries passes out: the first of these that is there."""

ASIDE = ("cli", "sandbox", "report", "log")
WHOLE = ("notion", "state")

TIMES = 4
"""How often each push is traced: what depends on the moment differs between them."""

SAME: Mapping[str, str] = {
    "command": "every module of the command line calls its command so",
    "Notifier": "what the daemon wants of the service manager, and what gives it",
    "Session": "what the daemon wants of a store that is open, and what the command line opens",
}

LINES_BEFORE = 20_124
"""Lines before the step that these measures are for; it has to take 1,900 away."""


@dataclass(frozen=True)
class Measure:
    """A row of the table, and what is behind its number."""

    name: str
    today: str
    goal: str
    behind: Sequence[str] = ()


# Where the source is


@dataclass(frozen=True)
class Module:
    """One module of the package.

    Args:
        name: Without the package's own name.
        path: Of its file.
    """

    name: str
    path: Path

    @cached_property
    def source(self) -> str:
        """Its text."""
        return self.path.read_text("utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax."""
        return ast.parse(self.source)

    @property
    def top(self) -> str:
        """The subpackage or module right below the package."""
        return self.name.partition(".")[0]

    @property
    def lines(self) -> int:
        """How many."""
        return self.source.count("\n")

    def is_at_or_below(self, name: str) -> bool:
        """Whether this is a module or one of the modules in it."""
        return f"{self.name}.".startswith(f"{name}.")


def modules_of(root: Path) -> list[Module]:
    """All modules of the package in a checkout."""
    found = []
    for path in sorted((root / PACKAGE).rglob("*.py")):
        parts = path.relative_to(root / PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append(Module(name, path))
    return found


def first_of(candidates: Sequence[str], modules: Sequence[Module]) -> str:
    """The first candidate that exists."""
    for name in candidates:
        if any(module.is_at_or_below(name) for module in modules):
            return name
    raise SystemExit(f"none of {', '.join(candidates)} is there")


# The journey, by a trace


class Trace:
    """Counts calls of the package's functions while a pass runs, in all threads.

    Args:
        entry: The code of the function that is the pass.
        journey: The full name of the module that runs the journey.
    """

    def __init__(self, entry: CodeType, journey: str) -> None:
        self.calls: collections.Counter[str] = collections.Counter()
        self.entered_again: collections.Counter[str] = collections.Counter()
        self._entry = entry
        self._journey = journey
        self._on = False

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        """What `sys.setprofile` calls."""
        code = frame.f_code
        if code is self._entry and event in ("call", "return"):
            self._on = event == "call"
        if not self._on or event != "call" or not _is_function(code) or _goes_on(frame):
            return
        module = _module(frame)
        if not module.startswith(f"{PACKAGE}."):
            return
        function = f"{module}:{code.co_qualname}"
        self.calls[function] += 1
        if module == self._journey and (caller := frame.f_back) and self._is_called_back(code, caller):
            self.entered_again[f"{function} ← {_module(caller)}:{caller.f_code.co_qualname}"] += 1

    def _is_called_back(self, code: CodeType, caller: FrameType) -> bool:
        if _module(caller) == self._journey:
            return False
        if not _module(caller).startswith(f"{PACKAGE}."):
            return not _can_go_on(code)
        below: FrameType | None = caller
        while below is not None and _module(below) != self._journey:
            below = below.f_back
        return below is not None


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _is_function(code: CodeType) -> bool:
    """Whether somebody wrote this as a function; modules, class bodies and generated methods are none."""
    return bool(code.co_flags & inspect.CO_OPTIMIZED) and code.co_filename != "<string>"


def _can_go_on(code: CodeType) -> bool:
    return bool(code.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR))


def _goes_on(frame: FrameType) -> bool:
    """Whether a coroutine or generator is resumed: then the instruction RESUME says where from."""
    code = frame.f_code
    if not _can_go_on(code) or frame.f_lasti < 0:
        return False
    instruction, argument = code.co_code[frame.f_lasti : frame.f_lasti + 2]
    return dis.opname[instruction] != "RESUME" or argument & 3 != 0


def trace_push(arguments: Sequence[str], journey: str) -> dict[str, Any]:
    """Run one push in this process, and say what was called."""
    from notion_sync.cli import push  # noqa: PLC0415 - the package of the checkout that is measured
    from notion_sync.cli.app import run  # noqa: PLC0415

    trace = Trace(vars(push)["push"].__code__, f"{PACKAGE}.{journey}")
    threading.setprofile(trace)
    sys.setprofile(trace)
    try:
        code = run(arguments)
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return {"code": code, "calls": trace.calls, "again": trace.entered_again}


class Notion:
    """The local Notion, in a process of its own."""

    def __init__(self, root: Path, home: Path) -> None:
        self._environ = {**os.environ, "PYTHONPATH": str(root), "HOME": str(home)}
        command = [sys.executable, "-m", PACKAGE, "sandbox", "--dir", str(home / "sandbox"), "--rate", "off"]
        self._process = subprocess.Popen(command, env=self._environ, stdout=subprocess.PIPE, text=True)  # noqa: S603
        assert self._process.stdout is not None
        self._at: dict[str, str] = json.loads(self._process.stdout.readline())
        self.page = self._at["page_id"]

    def environ(self) -> dict[str, str]:
        """For a process that talks to it."""
        return {**self._environ, "NOTION_TOKEN": self._at["token"], "NOTION_BASE_URL": self._at["base_url"]}

    def another_page(self) -> str:
        """A page below the first one."""
        title = {"title": {"title": [{"text": {"content": "Another"}}]}}
        request = urllib.request.Request(  # noqa: S310 - on this machine
            f"{self._at['base_url']}/v1/pages",
            json.dumps({"parent": {"page_id": self.page}, "properties": title}).encode(),
            {
                "Authorization": f"Bearer {self._at['token']}",
                "Notion-Version": "2026-03-11",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return str(json.load(answer)["id"])

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


def traced_pushes(root: Path, journey: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What was called by pushes of one new file, and by pushes of a new file of each of two rules."""
    with tempfile.TemporaryDirectory(prefix="measures-") as folder:
        home = Path(folder)
        notion = Notion(root, home)
        try:
            pages = [notion.page, notion.another_page()]
            one, two = (
                [
                    _traced_push(root, home / f"{files}-{n}", notion, pages, journey, files=files)
                    for n in range(TIMES)
                ]
                for files in (1, 2)
            )
        finally:
            notion.stop()
    return one, two


def _traced_push(
    root: Path, home: Path, notion: Notion, pages: Sequence[str], journey: str, *, files: int
) -> dict[str, Any]:
    rules = []
    for number, page in enumerate(pages):
        folder = home / f"folder{number}"
        folder.mkdir(parents=True)
        rules.append(f"  - {{name: rule{number}, folder: {folder}, to: {{page: {page}}}}}")
        if number < files:
            (folder / "new.txt").write_text(f"of {home} {number}")
            os.utime(folder / "new.txt", (1_600_000_000, 1_600_000_000))
    config = home / "config.yaml"
    config.write_text("\n".join(["version: 1", "rules:", *rules, ""]))
    arguments = ["--config", str(config), "--state", str(home / "state"), "push"]
    command = [sys.executable, __file__, "--root", str(root), "--trace", journey, *arguments]
    done = subprocess.run(command, env=notion.environ(), capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise SystemExit(f"the push failed: {done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if result["code"] != 0:
        raise SystemExit(f"the push ended with {result['code']}: {done.stderr}")
    return result


def journey_measures(root: Path, modules: Sequence[Module]) -> Iterator[Measure]:
    """Of the way of a new file."""
    journey = first_of(JOURNEY, modules)
    one, two = traced_pushes(root, journey)
    way: dict[str, list[str]] = collections.defaultdict(list)
    for function in _more_often("calls", two, one):
        module, _, name = function.removeprefix(f"{PACKAGE}.").partition(":")
        top = module.partition(".")[0]
        if top not in ASIDE:
            way[top if top in WHOLE else module].append(name)
    behind = [f"{module}: {', '.join(sorted(names))}" for module, names in sorted(way.items())]
    package = first_of(EXECUTOR, modules)
    inside = sum(module.startswith(f"{package}.") for module in way)
    yield Measure(
        "modules that a new file's way enters", f"{len(way)}, {inside} in {package}", "≤ 12", behind
    )
    again = _more_often("again", two, one)
    yield Measure(f"re-entries of {journey}", str(sum(again.values())), "0", sorted(again))


def _more_often(key: str, more: Sequence[Any], fewer: Sequence[Any]) -> dict[str, int]:
    """How much more often at least each function was called; those whose number only varies are left out."""
    least = {name: min(each[key].get(name, 0) for each in more) for name in more[0][key]}
    most = {name: max(each[key].get(name, 0) for each in fewer) for name in least}
    return {name: count - most[name] for name, count in least.items() if count > most[name]}


# Callbacks, by syntax


def callback_measures(modules: Sequence[Module]) -> Iterator[Measure]:
    """Of the package that carries passes out."""
    package = first_of(EXECUTOR, modules)
    inside = [module for module in modules if module.is_at_or_below(package)]
    partials = [spot for module in inside for spot in _partials(module)]
    lambdas = [spot for module in inside for spot in _capturing_lambdas(module)]
    methods = _methods_without_fields(modules)
    bound = [spot for module in inside for spot in _bound_methods(module, methods)]
    kinds = {"partial": partials, "lambda": lambdas, "method": bound}
    yield Measure(
        f"callbacks in {package}: `partial(`, capturing lambdas, stored bound methods",
        f"{len(partials)} + {len(lambdas)} + {len(bound)} = {len(partials) + len(lambdas) + len(bound)}",
        "≤ 10",
        [f"{kind} {spot}" for kind, spots in kinds.items() for spot in spots],
    )
    hooks = [spot for module in inside for spot in _hook_classes(module)]
    yield Measure(f"hook classes in {package}", str(len(hooks)), "0", hooks)
    nested = [spot for module in inside for spot in _nested_functions(module)]
    yield Measure(f"nested functions in {package}", str(len(nested)), "≤ 5", nested)
    callables = sum(_is_callable(node) for module in inside for node in ast.walk(module.tree))
    yield Measure(f"`Callable[` in {package}", str(callables), "≤ 15")


def _partials(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name == "partial":
                yield f"{module.name}:{node.lineno}"


def _capturing_lambdas(module: Module) -> Iterator[str]:
    pending = [symtable.symtable(module.source, str(module.path), "exec")]
    while pending:
        table = pending.pop()
        pending += table.get_children()
        if isinstance(table, symtable.Function) and table.get_name() == "lambda" and table.get_frees():
            yield f"{module.name}:{table.get_lineno()} {', '.join(table.get_frees())}"


def _methods_without_fields(modules: Sequence[Module]) -> set[str]:
    """Names that are methods wherever they are attributes of a class of ours."""
    methods: set[str] = set()
    fields: set[str] = set()
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                for each in node.body:
                    if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                        decorators = {ast.unparse(decorator) for decorator in each.decorator_list}
                        (fields if decorators & {"property", "cached_property"} else methods).add(each.name)
                    elif isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
                        fields.add(each.target.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                fields.add(node.attr)
    return methods - fields


def _bound_methods(module: Module, methods: set[str]) -> Iterator[str]:
    nodes = list(ast.walk(module.tree))
    imported = {
        alias.asname or alias.name
        for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }  # fmt: skip
    harmless = {id(each) for node in nodes for each in _used_at_once(node)}
    for node in nodes:
        if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load):
            continue
        of_module = isinstance(node.value, ast.Name) and node.value.id in imported
        if node.attr in methods and id(node) not in harmless and not of_module:
            yield f"{module.name}:{node.lineno} {ast.unparse(node)}"


def _used_at_once(node: ast.AST) -> Iterator[ast.expr]:
    """What a call has done with when it is over: what it calls, what an awaited one is given, a key to sort by."""
    if isinstance(node, ast.Call):
        yield node.func
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in ("map", "filter", "partial"):  # `partial` is counted by itself
            yield from node.args[:1]
        yield from (keyword.value for keyword in node.keywords if keyword.arg == "key")
    elif isinstance(node, ast.Await) and isinstance(node.value, ast.Call):
        yield from node.value.args
        yield from (keyword.value for keyword in node.value.keywords)


def _hook_classes(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef):
            fields = [each.annotation for each in node.body if isinstance(each, ast.AnnAssign)]
            hooks = [field for field in fields if any(map(_is_callable, ast.walk(field)))]
            if len(hooks) > len(fields) / 2:
                yield f"{module.name}:{node.name}"


def _is_callable(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "Callable"
    )


def _nested_functions(module: Module) -> Iterator[str]:
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(module.tree):
        if isinstance(node, functions):
            inner = [each for each in ast.walk(node) if isinstance(each, functions) and each is not node]
            yield from (f"{module.name}:{each.lineno} {node.name}.{each.name}" for each in inner)


# Size


def size_measures(modules: Sequence[Module]) -> Iterator[Measure]:
    """Lines, complexity, the largest module and classes."""
    lines = sum(module.lines for module in modules if module.top not in ("sandbox", "cli", "samples"))
    yield Measure("lines without sandbox, cli and samples", f"{lines:,}", f"≤ {LINES_BEFORE - 1_900:,}")
    (decide,) = [
        node
        for module in modules if module.top == "plan"
        for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef) and node.name == "decide"
    ]  # fmt: skip
    yield Measure("complexity of plan.decide", str(complexity(decide)), "≤ 12")
    largest = sorted(modules, key=lambda module: -module.lines)
    behind = [f"{module.name}: {module.lines}" for module in largest[:5]]
    yield Measure("lines of the largest module", f"{largest[0].lines} ({largest[0].name})", "≤ 400", behind)
    long = [
        f"{module.name}:{node.name} {count}"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (count := _lines(node)) > 40
    ]
    yield Measure("functions of more than 40 lines", str(len(long)), "0", long)
    large = [
        f"{module.name}:{node.name} {count}"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and (count := _methods(node)) > 20
    ]
    yield Measure("classes with more than 20 methods", str(len(large)), "≤ 1", large)


def complexity(function: ast.AST) -> int:
    """McCabe's, with each operand of `and` and `or` a branch of its own."""
    branches = (ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.match_case)
    count = 1
    for node in ast.walk(function):
        count += isinstance(node, branches)
        if isinstance(node, ast.BoolOp):
            count += len(node.values) - 1
        elif isinstance(node, ast.comprehension):
            count += 1 + len(node.ifs)
        elif isinstance(node, ast.match_case) and node.guard is not None:
            count += 1
    return count


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    assert node.end_lineno is not None
    docstring = ast.get_docstring(node, clean=False)
    return node.end_lineno - node.lineno + 1 - (docstring.count("\n") + 1 if docstring is not None else 0)


def _methods(node: ast.ClassDef) -> int:
    return sum(isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) for each in node.body)


# Names and tests


def name_measures(modules: Sequence[Module]) -> Iterator[Measure]:
    """Of names that several modules define."""
    homes: dict[str, list[str]] = collections.defaultdict(list)
    for module in modules:
        if module.top not in ("sandbox", "samples"):
            for node in module.tree.body:
                if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                    homes[node.name].append(module.name)
    several = {
        name: where
        for name, where in sorted(homes.items())
        if len(where) > 1 and not name.startswith("_") and name not in SAME
    }
    behind = [f"{name}: {', '.join(where)}" for name, where in several.items()]
    yield Measure("names that several modules define for different things", str(len(several)), "≤ 8", behind)


def test_measures(root: Path, modules: Sequence[Module]) -> Iterator[Measure]:
    """Of pure modules."""
    contracts = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (pure,) = [contract for contract in contracts if contract["id"] == "pure"]
    names = [name.removeprefix(f"{PACKAGE}.") for name in pure["source_modules"]]
    all_pure = [
        module for module in modules
        if any(module.is_at_or_below(name) for name in names) and _has_functions(module)
    ]  # fmt: skip
    origins = _origins(modules)
    imported = {name for path in (root / "tests").rglob("test_*.py") for name in _tested_by_tables(path)}
    tested = imported | {origins[name] for name in imported & origins.keys()}
    without = [module.name for module in all_pure if f"{PACKAGE}.{module.name}" not in tested]
    yield Measure(f"pure modules without literal tests, of {len(all_pure)}", str(len(without)), "0", without)


def _origins(modules: Sequence[Module]) -> dict[str, str]:
    """Names that packages pass on, and the modules they come from."""
    return {
        f"{PACKAGE}.{module.name}.{alias.asname or alias.name}": node.module
        for module in modules if module.path.name == "__init__.py"
        for node in module.tree.body if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }  # fmt: skip


def _has_functions(module: Module) -> bool:
    return any(isinstance(node, ast.FunctionDef) for node in ast.walk(module.tree))


def _tested_by_tables(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text("utf-8"))
    decorators = [
        decorator
        for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for decorator in node.decorator_list
    ]  # fmt: skip
    if not any(ast.unparse(decorator).startswith("pytest.mark.parametrize(") for decorator in decorators):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


# The table


def measures(root: Path) -> Iterator[Measure]:
    """All of them."""
    modules = modules_of(root)
    yield from journey_measures(root, modules)
    yield from callback_measures(modules)
    yield from size_measures(modules)
    yield from name_measures(modules)
    yield from test_measures(root, modules)


def main() -> None:
    """Print the table, and below it what is behind each number."""
    parser = argparse.ArgumentParser(description="How easy the code is to find one's way in.")
    parser.add_argument("--root", type=Path, default=Path(__file__).parent.parent, help="a checkout")
    parser.add_argument("--brief", action="store_true", help="the table alone")
    parser.add_argument("--trace", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.trace:
        sys.path.insert(0, str(options.root))
        sys.stdout.write(json.dumps(trace_push(options.trace[1:], options.trace[0])) + "\n")
        return
    rows = list(measures(options.root.resolve()))
    width = max(len(row.name) for row in rows)
    lines = [f"| {'measure':<{width}} | today | goal |", f"|{'-' * (width + 2)}|--:|--:|"]
    lines += [f"| {row.name:<{width}} | {row.today} | {row.goal} |" for row in rows]
    if not options.brief:
        for row in rows:
            if row.behind:
                lines += ["", f"{row.name}:", *(f"  {each}" for each in row.behind)]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
