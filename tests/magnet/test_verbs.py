"""The verbs as a user runs them: each example, each with --json and the same bytes twice, mistakes as sentences."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, run_here

EXAMPLES = ROOT / "examples"
RUNS = {
    "grade": ("magnet", "grade", EXAMPLES / "magnet_measured.csv"),
    "loop": ("magnet", "grade", EXAMPLES / "magnet_loop.csv", "--loop", "--method", "closed-circuit"),
    "list": ("magnet", "grade", "--list"),
    "curve": ("magnet", "curve", EXAMPLES / "magnet_curve.yaml"),
    "blend": ("magnet", "blend", EXAMPLES / "magnet_blend.yaml"),
    "careful": ("magnet", "blend", EXAMPLES / "magnet_blend.yaml", "--form", "conservative"),
    "chart": ("magnet", "chart", EXAMPLES / "magnet_lots_measured.csv", "--baseline", "20", "--grade", "N40H"),
    "ewma": ("magnet", "chart", EXAMPLES / "magnet_lots_measured.csv", "--kind", "ewma", "--quantity", "Br"),
    "predict": (
        "magnet",
        "predict",
        EXAMPLES / "magnet_recipes.csv",
        "--content",
        "Dy_bulk=2",
        "--content",
        "Tb_gbd=0.3",
    ),
    "certify": ("magnet", "certify", EXAMPLES / "magnet_test.yaml"),
    "cusum": ("magnet", "chart", EXAMPLES / "magnet_lots_measured.csv", "--kind", "cusum"),
}


@pytest.mark.parametrize("name", RUNS)
def test_each_example_in_words_and_as_json(name: str, tmp_path: Path) -> None:
    words = run_here(*map(str, RUNS[name]), cwd=tmp_path)
    assert (words.returncode, words.stderr) == (0, "")
    assert words.stdout
    once, again = (run_here(*map(str, RUNS[name]), "--json", cwd=tmp_path) for _ in range(2))
    assert once.stdout == again.stdout
    assert json.loads(once.stdout)["kind"]


def test_what_the_examples_say(tmp_path: Path) -> None:
    def said(name: str) -> str:
        return run_here(*map(str, RUNS[name]), cwd=tmp_path).stdout

    assert "lot 41: N42SH, as kylemagnet prints it" in said("grade")
    assert "FLAG: Hcj of 1,650 kA/m" in said("grade")
    assert "Hottest for this shape: 130 °C" in said("curve")
    assert "DOES NOT HOLD" not in said("curve")
    assert "refuse, even as a gift" in said("blend")
    assert "SIGNAL at lot 025" in said("chart")
    assert "chart ewma, lambda 0.2, L 2.86 sigma" in said("ewma")
    assert "chart cusum, k 0.5 sigma, h 4.77 sigma" in said("cusum")
    assert "PASS, by the guarded rule" in said("certify")
    assert "BHmax: at the confidence" in said("blend")


def test_a_loop_file_says_its_method_and_its_notes(tmp_path: Path) -> None:
    lines = (EXAMPLES / "magnet_loop.csv").read_text().splitlines()
    moved = [f"{float(h.replace(',', '.')) + 0.6:.4f};{j}" for h, j in (line.split(";") for line in lines[4:])]
    text = "\n".join([*lines[:4], *(line.replace(".", ",") for line in moved)])
    (tmp_path / "off.csv").write_text(text)
    said = run_here("magnet", "grade", "off.csv", "--loop", cwd=tmp_path).stdout
    assert "of the two branches differs by" in said
    assert "method of measurement was not said" not in said


def test_cold_is_said_as_cold(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("magnet: {grade: N42SH}\npermeance: 2\nuse: {temperature: -60}\n")
    said = run_here("magnet", "curve", "mine.yaml", cwd=tmp_path).stdout
    assert "At -60 °C B is 9.6 % more" in said
    assert "missing" not in said


def test_what_is_exported_is_there_and_light() -> None:
    code = (
        "import sys, chumbak.magnet as room, types, pkgutil, importlib\n"
        "print([name for name in ('numpy', 'scipy') if name in sys.modules])\n"
        "for one in pkgutil.iter_modules(room.__path__): importlib.import_module(f'chumbak.magnet.{one.name}')\n"
        "print([name for name in room.__all__ if isinstance(getattr(room, name), types.ModuleType)])\n"
        "from chumbak.magnet import Magnet, hottest, load_of_permeance\n"
        "print(round(hottest(Magnet(1.3, 1592, -0.12, -0.55, high=150), load_of_permeance(2.17)).temperature, 1))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:3] == ["[]", "[]", "168.3"]


def test_a_certificate_says_how_it_was_measured(tmp_path: Path) -> None:
    done = run_here("magnet", "certify", str(EXAMPLES / "magnet_test.yaml"), "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["verdict"], found["method"], found["temperature_C"]) == ("pass", "pulsed-field", 20.0)
    text = (EXAMPLES / "magnet_test.yaml").read_text()
    for old, new, says in (
        ("20 C", "warm", "temperature"), ("Hcj: 40 kA/m, ", "", "expanded uncertainty"), ("N38UH", "N38XX", "Near it"),
        ("geometry: {", "geometry: 3 #", "no mapping"), ("sample", "smaple", "Did you mean 'sample'"),
    ):  # fmt: skip
        (tmp_path / "mine.yaml").write_text(text.replace(old, new))
        bad = run_here("magnet", "certify", "mine.yaml", cwd=tmp_path)
        assert (bad.returncode, says in bad.stderr) == (2, True), bad.stderr


def test_the_picture_is_a_page_that_fetches_nothing(tmp_path: Path) -> None:
    done = run_here(*map(str, RUNS["curve"]), "--picture", "curve.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "curve.html").read_text()
    assert "in this shape good up to 130 °C" in page
    assert "load line" in page
    assert '<script src="http' not in page
    assert '<link href="http' not in page


def test_a_measured_loop_in_a_curve(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        f"magnet: {{loop: {EXAMPLES / 'magnet_loop.csv'}, grade: N42H, method: closed-circuit}}\n"
        "shape: {kind: ring, outer_diameter: 40 mm, inner_diameter: 20 mm, thickness: 8 mm}\n"
        "use: {temperature: 130, opposing_field: 2 kOe, allowed_loss: 5 %}\n"
    )
    done = run_here("magnet", "curve", "mine.yaml", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["measured"]["up"]
    assert found["magnet"]["Hcj"]["value"] == pytest.approx(1480, abs=5)
    assert any("outside of 20 to 120 C" in note for note in found["notes"])


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("magnet: {grade: N42SH}", "needs one of 'shape' and 'permeance'"),
        ("magnet: {grade: N42SH}\npermeance: 2\nshape: {kind: sphere}", "needs one of"),
        ("magnet: {grade: N42XX}\npermeance: 2", "No grade 'N42XX'"),
        ("magnet: {br: 1.3, hcj: 1000}\npermeance: 2", "say 'alpha'"),
        ("magnet: {br: 1.3, hcj: 1000, alpha: -0.12, beta: -0.6}\npermeance: 2", "coefficients_to"),
        ("magnet: {grade: N42SH, hjc: 3}\npermeance: 2", "Did you mean 'hcj'"),
        ("magnet: {grade: N42SH}\npermeance: lots", "permeance is 'lots'"),
        ("magnet: {grade: N42SH}\nshape: {kind: disc, diameter: 10}", "disc has diameter, thickness"),
        ("magnet: {grade: N42SH}\npermeance: 2\nuse: {temperature: 400}", "leave no magnet"),
        ("magnet: [1", "cannot be used: line 1: expected"),
        ("[" * 5_000, "is nested too deeply"),
        ("magnet: 2026-13-01", "'2026-13-01' is no day"),
        ("- 1", "is no mapping"),
    ],
)
def test_a_bad_case_is_a_sentence_with_exit_code_2(asked: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(asked)
    done = run_here("magnet", "curve", "mine.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("grade",), "Give either"),
        (("grade", "none.csv"), "Cannot read"),
        (("grade", "--br", "13 T", "--hcj", "1000"), "Check its unit"),
        (("grade", "--br", "1.3", "--hcj", "1000", "--method", "guess"), "no method"),
        (("grade", "--br", "1.3", "--hcj", "1000", "--material", "ferrite"), "neither NdFeB nor Sm-Co"),
        (("grade", "--list", "--vendor", "nobody"), "No grade of vendor"),
        (("chart", str(EXAMPLES / "magnet_lots_measured.csv"), "--kind", "pie"), "no chart"),
        (("chart", str(EXAMPLES / "magnet_lots_measured.csv"), "--quantity", "Nd"), "no column 'Nd'"),
        (("blend", "none.yaml"), "cannot be read"),
        (("certify", "none.yaml"), "cannot be read"),
        (("predict", str(EXAMPLES / "magnet_recipes.csv"), "--content", "Dy"), "is not understood"),
        (("predict", str(EXAMPLES / "magnet_recipes.csv"), "--content", "Tb_gbd=5"), "of no rare-earth magnet"),
        (("chart", str(EXAMPLES / "magnet_lots_measured.csv"), "--floor", "nan", "--json"), "The floor is nan"),
        (("chart", str(EXAMPLES / "magnet_lots_measured.csv"), "--confidence", "95"), "Is 0.95 meant"),
        (("chart", str(EXAMPLES / "magnet_lots_measured.csv"), "--baseline", "999"), "A baseline of 999"),
        (("chart", str(EXAMPLES / "magnet_lots_measured.csv"), "--k", "0.5"), "is of a chart cusum"),
        (("grade", str(EXAMPLES / "magnet_loop.csv"), "--loop", "--method", "pulsed-field"), "Mend one of them"),
        (("curve", str(EXAMPLES / "magnet_curve.yaml"), "--check", "femm"), "There is magpylib"),
        (("predict", str(EXAMPLES / "magnet_recipes.csv"), "--content", "Tb_bulk=1"), "No lot varies Tb_bulk"),
    ],
)
def test_mistakes_are_sentences(arguments: tuple[str, ...], says: str, tmp_path: Path) -> None:
    done = run_here("magnet", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr


def test_the_room_loads_neither_pandas_nor_xarray() -> None:
    code = (
        "import sys, pkgutil, importlib, chumbak.magnet as room\n"
        "for one in pkgutil.iter_modules(room.__path__): importlib.import_module(f'chumbak.magnet.{one.name}')\n"
        "print([name for name in ('pandas', 'xarray', 'pint', 'highspy', 'plotly', 'yaml', 'scipy.stats', "
        "'scipy.optimize') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
