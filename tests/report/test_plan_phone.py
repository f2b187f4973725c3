"""Pictures of a plan on a telephone: however many names the legend has, it covers nothing and leaves room."""

from __future__ import annotations

import copy
from pathlib import Path

from chumbak.answer import Answer
from chumbak.answer.plan_document import plan_document
from chumbak.report.plan_folder import answer_of, figures_used
from chumbak.report.plan_page import plan_page
from tests.browser import in_a_browser
from tests.report.test_browser import browse, probe

pytestmark = in_a_browser
LEGENDS = """<script>addEventListener("load", function () { setTimeout(function () {
  var found = Array.from(document.querySelectorAll(".js-plotly-plot")).map(function (plot) {
    var legend = plot.querySelector(".legend").getBoundingClientRect();
    var area = plot.querySelector(".draglayer .nsewdrag").getBoundingClientRect();
    return { covers: Math.min(legend.bottom - area.top, area.bottom - legend.top), height: area.height };
  });
  parent.postMessage({ pictures: found, width: innerWidth }, "*");
}, 400); });</script>"""


def test_legends_cover_no_picture_and_leave_it_its_height(india: Answer, tmp_path: Path) -> None:
    assert india.plan is not None
    told = copy.deepcopy(plan_document(india.plan))
    mix = told["supply_mix"]
    mix["sources"] |= {name: [50.0] * len(mix["years"]) for name in ("AUS", "DEU", "EST", "JPN", "KOR", "VNM", "USA")}
    found = answer_of(india.pack, told, "0" * 64)
    page, frame = tmp_path / "plan.html", tmp_path / "frame.html"
    page.write_text(plan_page(told, india.pack, found, figures_used(india.pack)) + LEGENDS, encoding="utf-8")
    frame.write_text(
        f'<body><iframe src="{page.as_uri()}" style="width:360px;height:900px;border:0"></iframe>'
        "<script>addEventListener('message', function (event) {"
        "document.body.setAttribute('data-probe', JSON.stringify(event.data)); });</script>"
    )
    seen = probe(browse(tmp_path, frame, "--dump-dom").stdout)
    assert seen["width"] == 360
    assert len(seen["pictures"]) == 4
    assert all(one["covers"] <= 0 for one in seen["pictures"]), seen
    assert all(one["height"] >= 200 for one in seen["pictures"]), seen
