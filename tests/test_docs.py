"""What the documents say is true: the table of figures, the README's commands and Python."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chumbak.answer.document import schema
from chumbak.cli import app
from chumbak.pack.schema import FIGURE_COLUMNS, NOUNS, attributes
from tests.printed import printed

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
        quicker = block.replace("draws=200", "draws=20")  # which is no other thing, and sooner done
        exec(compile(quicker, "README.md", "exec"), {})
    assert "draws=200" in blocks[0]
    assert "e_2w" in capsys.readouterr().out


def test_the_overlay_of_the_readme_loads(tmp_path: Path) -> None:
    (table,) = re.findall(r"```csv\n(.*?)```", README, flags=re.DOTALL)
    (tmp_path / "mine.csv").write_text(table)
    done = CliRunner().invoke(
        app, ["pack", "check", "india", "-s", "reference", "--overlay", str(tmp_path / "mine.csv")]
    )
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


def test_the_options_of_the_readmes_commands_exist() -> None:
    for line in (line.split("#")[0] for line in README.splitlines() if line.startswith("chumbak ")):
        words = shlex.split(line)[1:]
        verb = words[:2] if words[0] in ("pack", "answer", "scheme", "custody", "magnet", "plant") else words[:1]
        shown = CliRunner().invoke(app, [*verb, "--help"], env={"COLUMNS": "200"}).output
        for option in (word for word in words if word.startswith("--")):
            assert option in shown, line


def test_the_readme_has_an_example_of_every_verb_of_the_plan() -> None:
    (block,) = (block for block in re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL) if "chumbak plan " in block)
    lines = block.splitlines()
    for said in ("chumbak plan", "chumbak frontier", "chumbak gaps", "chumbak replay"):
        assert any(line.startswith(said) for line in lines), said
    assert any("--slack" in line for line in lines)


def test_the_readme_has_an_example_of_every_verb_of_a_shock() -> None:
    (block,) = (block for block in re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL) if "chumbak stress" in block)
    for said in ("--episode", "--plan", "--firm", "chumbak stockpile"):
        assert said in block, said


def test_what_the_verbs_of_a_shock_print_is_in_the_document() -> None:
    text = (ROOT / "docs" / "answer.md").read_text(encoding="utf-8")
    shapes, answer = printed()["$defs"], schema()["$defs"]
    names = [name for shape in ("stress", "episodes", "stockpile") for name in shapes[shape]["required"]]
    names += [*shapes["stockpile"]["properties"]["stockpile"]["required"], *answer["shocked"]["required"]]
    names += [name for name in answer["shock"]["required"] if name not in ("units", "convention")]
    for name in names:
        assert f"`{name}`" in text, name


def test_what_the_verbs_of_the_plan_print_is_in_the_document() -> None:
    text = (ROOT / "docs" / "answer.md").read_text(encoding="utf-8")
    shapes = printed()["$defs"]
    frontier = shapes["frontier"]["properties"]["frontier"]
    names = [*frontier["required"], *frontier["properties"]["points"]["items"]["required"]]
    names += [*shapes["finding"]["required"], *shapes["replay"]["required"]]
    for name in names:
        assert f"`{name}`" in text, name


def test_commands_and_links_of_the_readme_exist() -> None:
    verbs = {tuple(line.split()[1:3]) for line in README.splitlines() if line.startswith("chumbak ")}
    for first, second in verbs:
        words = [first, second, "--help"] if first == "pack" else [first, "--help"]
        assert CliRunner().invoke(app, words).exit_code == 0
    for link in re.findall(r"\]\(([^)]+)\)", README + (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")):
        assert link.startswith("http") or (ROOT / link).exists(), link
