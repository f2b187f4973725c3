"""No circle of imports: one shows only to whom it meets from the wrong end, a user's verb and not a test after many."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src"


def module_of(path: Path, source: Path) -> str:
    return ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")


def at_once(body: list[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """Return the imports that run when the module is loaded: none of functions, none for the type checker alone."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test):
            yield from at_once([*node.body, *node.orelse])
        elif isinstance(node, ast.Try):
            yield from at_once([*node.body, *node.orelse, *node.finalbody])
        elif isinstance(node, ast.ClassDef | ast.With):
            yield from at_once(node.body)


def graph(source: Path) -> dict[str, set[str]]:
    """Return module -> the modules it loads, by name; what loading a part does to its package is left out."""
    paths = {module_of(path, source): path for path in source.rglob("*.py")}
    found: dict[str, set[str]] = {}
    for name, path in paths.items():
        package = name.split(".") if path.stem == "__init__" else name.split(".")[:-1]
        loads = found.setdefault(name, set())
        for node in at_once(ast.parse(path.read_text(encoding="utf-8")).body):
            if isinstance(node, ast.Import):
                loads |= {alias.name for alias in node.names}
                continue
            whole = [*(package[: len(package) - node.level + 1] if node.level else []), *filter(None, [node.module])]
            parts = {".".join([*whole, alias.name]) for alias in node.names}
            loads |= parts if parts <= paths.keys() else (parts | {".".join(whole)})
        loads &= paths.keys() - {name}
    return found


def test_no_module_waits_for_itself() -> None:
    found = graph(SOURCE)
    assert "chumbak.plan.lookup" in found["chumbak.plan.case"]
    assert "chumbak.pack.pack" in found["chumbak.pack"]
    TopologicalSorter(found).prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize("again", ["from house.one import a", "from . import one", "import house.one"])
def test_a_circle_is_found(tmp_path: Path, again: str) -> None:
    (tmp_path / "house").mkdir()
    (tmp_path / "house" / "__init__.py").write_text("")
    (tmp_path / "house" / "one.py").write_text("from house.two import b\n\na = 1\n")
    (tmp_path / "house" / "two.py").write_text(f"def later():\n    {again}\n\n\nb = 1\n")
    TopologicalSorter(graph(tmp_path)).prepare()
    (tmp_path / "house" / "two.py").write_text(f"{again}\n\nb = 1\n")
    with pytest.raises(CycleError, match="house"):
        TopologicalSorter(graph(tmp_path)).prepare()
