"""A run of India: what it prints, and its report in a real browser, where it draws, is quiet and fetches nothing."""

from __future__ import annotations

import html
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from chumbak.answer import Answer, overview
from chumbak.answer.document import document, schema
from chumbak.answer.plan_document import plan_document
from chumbak.pack import load
from chumbak.report.page import page
from chumbak.report.plan_folder import answer_of, figures_used
from chumbak.report.plan_page import plan_page
from tests.browser import BROWSER, in_a_browser
from tests.conftest import run_here

PROBE = """<script>addEventListener("load", function () { setTimeout(function () {
  var plots = Array.from(document.querySelectorAll(".js-plotly-plot"));
  var found = {
    plots: plots.length,
    drawn: plots.filter(function (plot) { return plot.querySelector(".main-svg"); }).length,
    figures: document.querySelectorAll("figure").length,
    tables: document.querySelectorAll("figure details table").length,
    fetched: performance.getEntriesByType("resource").length,
    overflow: document.documentElement.scrollWidth - innerWidth,
    width: innerWidth, nameless: document.querySelectorAll("th:empty").length,
    focusable: document.querySelectorAll("a[href], summary").length
  };
  document.body.setAttribute("data-probe", JSON.stringify(found));
  if (parent !== window) { parent.postMessage(found, "*"); }
}, 400); });</script>"""


MENU = """<script>addEventListener("load", function () { setTimeout(function () {
  var figure = document.getElementById("elements-through-the-chain"), lists = figure.querySelectorAll("select");
  function seen() {
    var plot = figure.querySelector(".js-plotly-plot");
    return { title: figure.querySelector("h3").textContent, labels: plot.data[0].node.label,
      text: plot.textContent, choices: lists.length };
  }
  var before = seen();
  lists[0].value = "2040"; lists[1].value = "Dy"; lists[1].dispatchEvent(new Event("change"));
  setTimeout(function () {
    var chosen = seen();
    dispatchEvent(new Event("beforeprint")); var printed = seen();
    dispatchEvent(new Event("afterprint")); var after = seen();
    var found = { before: before, chosen: chosen, printed: printed, after: after };
    document.body.setAttribute("data-probe", JSON.stringify(found));
  }, 1500);
}, 400); });</script>"""
SECTIONS = (
    "stand",
    "gap",
    "plan",
    "claims",
    "demand",
    "mine",
    "places",
    "metals",
    "published-section",
    "matters",
    "evidence",
)


def browse(tmp_path: Path, file: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [
        BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
        "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", "--virtual-time-budget=15000",
        f"--user-data-dir={tmp_path / 'profile'}", *more, file.as_uri(),
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


def probe(text: str) -> dict[str, Any]:
    found = re.search(r'data-probe="([^"]*)"', text)
    assert found, "the page did not run to its end"
    read: dict[str, Any] = json.loads(html.unescape(found[1]))
    return read


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def run(folder: Path) -> subprocess.CompletedProcess[str]:
    """A run of India with as many draws as rank its figures: it takes long, and is made once for all that is asked."""
    words = ("run", "india", "--scenario", "targets", "--draws", "200", "--json", "--out", "r")
    return run_here(*words, cwd=folder)


@pytest.fixture(scope="module")
def report(run: subprocess.CompletedProcess[str], folder: Path) -> Path:
    """The report of that run, with a probe at its end."""
    path = folder / "report.html"
    path.write_text((folder / "r" / "report.html").read_text(encoding="utf-8") + PROBE, encoding="utf-8")
    return path


def test_run_india_with_draws_as_json(run: subprocess.CompletedProcess[str], folder: Path) -> None:
    assert run.returncode == 0
    assert re.fullmatch(r"(\d+ of 200 draws\n)*", run.stderr)  # on a slow machine it says how far it is
    answer = json.loads(run.stdout)
    jsonschema.validate(answer, schema())
    assert answer == json.loads((folder / "r" / "answer.json").read_text())
    assert (answer["pack"], answer["scenario"], answer["run"]["draws"]) == ("india", "targets", 200)
    assert (folder / "r" / "inputs" / "pack" / "scenarios" / "targets.yaml").is_file()


@in_a_browser
def test_it_draws_everything_quietly_and_fetches_nothing(report: Path, tmp_path: Path) -> None:
    done = browse(tmp_path, report, "--dump-dom", "--window-size=1200,2000")
    found = probe(done.stdout)
    assert found["plots"] == found["drawn"] == found["figures"] >= 18
    assert found["tables"] == found["figures"]
    assert found["fetched"] == 0
    assert found["overflow"] <= 0
    assert found["nameless"] == 0
    assert found["focusable"] > found["figures"]
    assert "CONSOLE" not in done.stderr


@in_a_browser
def test_it_fits_a_telephone(report: Path, tmp_path: Path) -> None:
    """A window of Chromium is never narrower than 500; a frame can be."""
    frame = tmp_path / "frame.html"
    frame.write_text(
        f'<body><iframe src="{report.as_uri()}" style="width:360px;height:900px;border:0"></iframe>'
        "<script>addEventListener('message', function (event) {"
        "document.body.setAttribute('data-probe', JSON.stringify(event.data)); });</script>"
    )
    found = probe(browse(tmp_path, frame, "--dump-dom").stdout)
    assert found["width"] == 360
    assert found["overflow"] <= 0
    assert found["drawn"] == found["plots"] > 0


@in_a_browser
def test_its_picture_and_its_print(report: Path, tmp_path: Path) -> None:
    picture, paper = tmp_path / "report.png", tmp_path / "report.pdf"
    browse(tmp_path, report, f"--screenshot={picture}", "--window-size=1200,9000")
    browse(tmp_path, report, f"--print-to-pdf={paper}", "--no-pdf-header-footer")
    assert picture.stat().st_size > 300_000  # an empty page of this size is a few kB
    assert 5 <= paper.read_bytes().count(b"/Type /Page\n") <= 60


def test_the_first_screen_is_three_sentences_and_four_numbers(report: Path) -> None:
    text = report.read_text(encoding="utf-8")
    first = text[text.index("<header>") : text.index("</header>")]
    assert first.count("<p>") == 3
    assert first.count("<strong>") == 4
    found = [text.index(f'<h2 id="{section}">') for section in SECTIONS]
    assert found == sorted(found)
    assert all(f'<a href="#{section}">' in text for section in SECTIONS)
    assert len(text.encode()) < 7_000_000


@in_a_browser
def test_the_menu_changes_the_flows_and_print_shows_the_first_choice(report: Path, tmp_path: Path) -> None:
    page_with_menu = tmp_path / "menu.html"
    page_with_menu.write_text(report.read_text(encoding="utf-8").replace(PROBE, MENU), encoding="utf-8")
    done = browse(tmp_path, page_with_menu, "--dump-dom", "--window-size=1200,2000")
    found = probe(done.stdout)
    assert "CONSOLE" not in done.stderr
    before, chosen = found["before"], found["chosen"]
    assert before["choices"] == 2
    assert "neodymium and praseodymium" in before["title"]
    assert "2030" in before["title"]
    assert "dysprosium" in chosen["title"]
    assert "2040" in chosen["title"]
    assert before["labels"] != chosen["labels"]
    for one in (before, chosen):
        assert all(label.replace("<br>", "") in one["text"] for label in one["labels"])
    assert found["printed"]["labels"] == before["labels"]
    assert found["after"]["labels"] == chosen["labels"]


@in_a_browser
def test_the_page_of_a_plan_is_drawn_and_fits_a_telephone(india: Answer, tmp_path: Path) -> None:
    assert india.plan is not None
    found = answer_of(india.pack, plan_document(india.plan), "0" * 64)
    path, frame = tmp_path / "plan.html", tmp_path / "frame.html"
    text = plan_page(found["plan"], india.pack, found, figures_used(india.pack))
    path.write_text(text + PROBE, encoding="utf-8")
    first = text[text.index("<header>") : text.index("</header>")]
    assert (first.count("<p>"), first.count("<strong>")) == (3, 4)
    done = browse(tmp_path, path, "--dump-dom", "--window-size=1200,2000")
    seen = probe(done.stdout)
    assert seen["plots"] == seen["drawn"] == seen["figures"] == 4
    assert seen["fetched"] == 0
    assert "CONSOLE" not in done.stderr
    frame.write_text(
        f'<body><iframe src="{path.as_uri()}" style="width:360px;height:900px;border:0"></iframe>'
        "<script>addEventListener('message', function (event) {"
        "document.body.setAttribute('data-probe', JSON.stringify(event.data)); });</script>"
    )
    narrow = probe(browse(tmp_path, frame, "--dump-dom").stdout)
    assert narrow["width"] == 360
    assert narrow["overflow"] <= 0


@in_a_browser
def test_a_pack_without_chain_and_records_is_drawn_too(toyland: Path, tmp_path: Path) -> None:
    answer = overview(load(toyland))
    assert not answer.findings
    path = tmp_path / "toyland.html"
    path.write_text(page(answer, document(answer, "0" * 64)) + PROBE, encoding="utf-8")
    done = browse(tmp_path, path, "--dump-dom", "--window-size=1200,2000")
    found = probe(done.stdout)
    assert found["plots"] == found["drawn"] == found["figures"] > 5
    assert "CONSOLE" not in done.stderr
    for section in ("stand", "gap", "plan", "claims"):
        assert f'id="{section}"' not in done.stdout


def test_what_a_pack_says_cannot_become_markup(toyland: Path) -> None:
    table = toyland / "tables" / "products.csv"
    table.write_text(table.read_text().replace("Electric scooter", "<script>alert(1)</script>"))
    answer = overview(load(toyland))
    text = page(answer, document(answer, "0" * 64))
    assert "<script>alert(1)" not in text
