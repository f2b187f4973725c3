"""The report in a real browser: it draws, says nothing on the console, fetches nothing, fits a telephone."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from chumbak.answer import Answer, overview
from chumbak.answer.document import document
from chumbak.pack import load
from chumbak.report.page import page

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(
    BROWSER is None,
    reason="NO BROWSER: THE REPORT WAS NOT LOOKED AT. Get one with: apt-get install chromium",
)
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


def browse(tmp_path: Path, file: Path, *more: str) -> subprocess.CompletedProcess[str]:
    assert BROWSER is not None
    command = [
        BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
        "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", "--virtual-time-budget=15000",
        f"--user-data-dir={tmp_path / 'profile'}", *more, file.as_uri(),
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


def probe(text: str) -> dict[str, float]:
    found = re.search(r'data-probe="([^"]*)"', text)
    assert found, "the page did not run to its end"
    read: dict[str, float] = json.loads(html.unescape(found[1]))
    return read


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of India with ranges, with a probe at its end."""
    answer: Answer = overview(load("india"), draws=300)
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(page(answer, document(answer, "0" * 64)) + PROBE, encoding="utf-8")
    return path


def test_it_draws_everything_quietly_and_fetches_nothing(report: Path, tmp_path: Path) -> None:
    done = browse(tmp_path, report, "--dump-dom", "--window-size=1200,2000")
    found = probe(done.stdout)
    assert found["plots"] == found["drawn"] == found["figures"] >= 12
    assert found["tables"] == found["figures"]
    assert found["fetched"] == 0
    assert found["overflow"] <= 0
    assert found["nameless"] == 0
    assert found["focusable"] > found["figures"]
    assert "CONSOLE" not in done.stderr


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
    for section in ("demand", "mine", "places", "metals", "published-section", "matters", "evidence"):
        assert f'id="{section}"' in text


def test_what_a_pack_says_cannot_become_markup(toyland: Path) -> None:
    table = toyland / "tables" / "products.csv"
    table.write_text(table.read_text().replace("Electric scooter", "<script>alert(1)</script>"))
    answer = overview(load(toyland))
    text = page(answer, document(answer, "0" * 64))
    assert "<script>alert(1)" not in text
