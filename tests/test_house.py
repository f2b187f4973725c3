"""The house: who may import whom, and that no country is known to the code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "chumbak"
# Each may import those before it.
ORDER = [
    "yaml_text", "elements", "pack", "chain", "linear", "stocks", "risk", "plan", "stress", "scheme", "reconcile",
    "magnet", "plant", "superstructure", "custody", "exchange", "answer", "report", "cli",
]  # fmt: skip
ENGINES = {
    "stocks",
    "risk",
    "plan",
    "stress",
    "scheme",
    "reconcile",
    "magnet",
    "plant",
    "superstructure",
    "custody",
    "exchange",
}  # none imports another
PURE: dict[str, set[str]] = {
    "stocks": set(), "risk": set(), "linear": set(), "stress": {"linear"}, "scheme": set(), "reconcile": set(),
    "magnet": {"linear"}, "plant": {"elements", "yaml_text"}, "superstructure": {"linear"},
    "custody": {"yaml_text", "elements", "reconcile"}, "exchange": {"yaml_text", "elements", "custody", "reconcile"},
    "elements": set(), "yaml_text": set(),
}  # no pack, no chain  # fmt: skip


def imports(path: Path) -> set[str]:
    """Return the rooms a module imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert node.level <= 1 or node.module is None, f"{path}: reach into another room by its full name"
            names = [node.module or ""] if node.level == 0 else []
        found |= {name.split(".")[1] for name in names if name.startswith("chumbak.")}
    return found


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_follow_the_way_data_takes(path: Path) -> None:
    room = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    if room == "__init__":
        assert imports(path) == set()
        return
    allowed = set(ORDER[: ORDER.index(room) + 1])
    if room in PURE:
        allowed = PURE[room] | {room}
    elif room in ENGINES:
        allowed = allowed - ENGINES | {room}
    assert imports(path) <= allowed


def test_no_country_is_known_to_the_code() -> None:
    for path in SOURCE.rglob("*.py"):
        text = path.read_text(encoding="utf-8").replace('load("india")', "")
        assert "india" not in text.lower(), path


def test_modules_stay_short() -> None:
    for path in SOURCE.rglob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 500, path


def test_one_place_opens_the_terminal() -> None:
    # Elsewhere rich would draw pictures: of urn:x:lot, ":x:" is one of its names for them.
    found = {path.name for path in SOURCE.rglob("*.py") if "Console(" in path.read_text(encoding="utf-8")}
    assert found == {"screen.py"}
