"""`docs/commands.md` names every variable of the environment that the program reads or sets, and no others of ours."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
SECTION = (ROOT / "docs/commands.md").read_text().split("\n## The environment\n")[1].split("\n## ")[0]
DOCUMENTED = set(re.findall(r"`([A-Z][A-Z_]+)`", SECTION))
VARIABLE = re.compile(r"(?:NOTION|SSL|XDG)[A-Z_]+|[A-Z]+_(?:DIRECTORY|PROXY)")
"""Names that are known for variables wherever they stand."""


def used(tree: ast.AST) -> Iterator[str]:
    """Names that stand in an `environ`, or are known for variables."""
    for node in ast.walk(tree):
        match node:
            case (
                ast.Call(
                    func=ast.Attribute(value=ast.Name() | ast.Attribute() as where, attr="get" | "pop"),
                    args=[ast.Constant(value=str(name)), *_],
                )
                | ast.Subscript(
                    value=ast.Name() | ast.Attribute() as where, slice=ast.Constant(value=str(name))
                )
                | ast.Compare(
                    left=ast.Constant(value=str(name)), comparators=[ast.Name() | ast.Attribute() as where]
                )
            ) if "environ" in ast.unparse(where):
                yield name
            case ast.Constant(value=str(name)) if VARIABLE.fullmatch(name):
                yield name


def test_every_variable_is_documented_and_the_reverse() -> None:
    names = {
        name.upper()
        for path in (ROOT / "notion_sync").rglob("*.py")
        for name in used(ast.parse(path.read_text()))
    }
    assert {"NOTION_TOKEN", "STATE_DIRECTORY", "NO_PROXY", "NO_COLOR", "NOTION_SYNC_EVENT"} <= names
    assert names - DOCUMENTED == set()
    assert {name for name in DOCUMENTED if name.startswith("NOTION")} - names == set()


def test_variables_are_found_however_they_are_asked_for() -> None:
    source = """
    os.environ["A_B"]; environ.get("C_D", ""); "E_F" in os.environ; self._environ.get("G_H")
    {"NOTION_X": 1}; other.get("NO"); found["NEITHER"]
    """
    assert set(used(ast.parse("if True:\n" + source))) == {"A_B", "C_D", "E_F", "G_H", "NOTION_X"}
