"""What the documents say is true: the table of figures, the README's commands and Python."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chumbak.cli import app
from chumbak.pack.schema import FIGURE_COLUMNS, NOUNS, attributes

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PACKS = (ROOT / "docs" / "packs.md").read_text(encoding="utf-8")


def test_every_attribute_noun_and_column_is_in_the_format() -> None:
    for attribute in attributes().values():
        row = next(line for line in PACKS.splitlines() if line.startswith("|") and f"`{attribute.pattern}`" in line)
        assert attribute.description in row
        assert ("| yes" in row) == attribute.required
    for noun, columns in NOUNS.items():
        row = next(line for line in PACKS.splitlines() if line.startswith(f"| `{noun}`"))
        for column in columns:
            assert re.search(rf"\b{column}\b", row), (noun, column)
    for column in FIGURE_COLUMNS:
        assert f"`{column}`" in PACKS


def test_the_python_of_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})
    assert "e_2w" in capsys.readouterr().out


def test_the_overlay_of_the_readme_loads(tmp_path: Path) -> None:
    (table,) = re.findall(r"```csv\n(.*?)```", README, flags=re.DOTALL)
    (tmp_path / "mine.csv").write_text(table)
    done = CliRunner().invoke(app, ["pack", "check", "india", "--overlay", str(tmp_path / "mine.csv")])
    assert done.exit_code == 0


def test_git_ignores_what_the_tour_leaves() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"runs/", "/mine.csv", "/toyland/", "/with-my-number/"} <= set(ignored)
    assert "toyland/" not in ignored  # examples/toyland is ours


def test_the_scenario_of_the_format_loads(tmp_path: Path) -> None:
    from chumbak.pack import load
    from tests.conftest import make_toyland

    (text,) = re.findall(r"```yaml\n(.*?)```", PACKS, flags=re.DOTALL)
    for ours, toys in (("product.wind_dd", "product.turbine"), ("product.e_2w", "product.scooter")):
        text = text.replace(ours, toys)
    folder = make_toyland(tmp_path / "toyland")
    (folder / "scenarios" / "targets.yaml").write_text(text)
    pack = load(folder, "targets")
    assert float(pack.array("sales").sel(product="scooter", year=2040)) == pytest.approx(7.0e6)


def test_commands_and_links_of_the_readme_exist() -> None:
    verbs = {tuple(line.split()[1:3]) for line in README.splitlines() if line.startswith("chumbak ")}
    for first, second in verbs:
        words = [first, second, "--help"] if first == "pack" else [first, "--help"]
        assert CliRunner().invoke(app, words).exit_code == 0
    for link in re.findall(r"\]\(([^)]+)\)", README + (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")):
        assert link.startswith("http") or (ROOT / link).exists(), link
