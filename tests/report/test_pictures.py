"""What the pictures say: findings that follow the data, and tables that agree with answer.json."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from chumbak.answer import Answer, overview
from chumbak.answer.claims import VERDICTS
from chumbak.answer.document import document
from chumbak.answer.finding import Finding
from chumbak.answer.gap import gap
from chumbak.answer.supply_chain import supply_chain
from chumbak.pack import load
from chumbak.report.page import page
from chumbak.report.pictures import demand, exposure, mine, places, rungs, sankey
from chumbak.report.words import percent, rounded
from tests.report.test_words import change_settings


@pytest.fixture(scope="module")
def found(india: Answer) -> dict[str, Any]:
    return document(india, "0" * 64)


@pytest.fixture(scope="module")
def html(india: Answer, found: dict[str, Any]) -> str:
    return page(india, found)


def with_supply(answer: Answer, times_need: float) -> Answer:
    """Return the answer as if plants that exist made a multiple of the need of every rung, and no others were known."""
    gap = answer.findings["gap"]
    own = gap.data.sel(definition="made_at_home", drop=True)
    existing = xr.DataArray([1.0, 0.0, 0.0], dims="status", coords={"status": gap.data["status"]})
    share = min(times_need, 1.0)
    changes = {
        "supply": existing * own.need * times_need,
        "supply_element": existing * own.need_element * times_need,
        "recycled_element": 0 * gap.data.recycled_element,
        "lacking": 0 * existing + own.need * (1 - share),
        **{
            name: xr.full_like(gap.data[name], share)
            for name in ("reliance_ndpr", "reliance_weakest", "chain_ndpr", "chain_mixed", "chain_weakest")
        },
    }
    changed = Finding(gap.name, gap.data.assign(changes), gap.figures)
    return dataclasses.replace(answer, findings={**answer.findings, "gap": changed})


def test_the_gap_by_rung_is_that_of_the_document(india: Answer, found: dict[str, Any]) -> None:
    chart = rungs.bars_by_rung(india)
    stages = [stage for stage in found["supply"]["existing"] if not stage.startswith("by_")]
    assert len(chart.table.rows) == len(stages) == 5
    for row, stage in zip(chart.table.rows, stages, strict=True):
        supply = [found["supply"][status][stage]["2030"] for status in ("existing", "committed", "announced")]
        numbers = [found["need"][stage]["2030"], *supply, found["lacking"]["announced"][stage]["2030"]]
        assert row[1:6] == tuple(rounded(number) for number in numbers)
        weakest = found["self_reliance"]["announced"]["weakest"][stage.removesuffix("_t")]["2030"]
        assert row[7].endswith(percent(weakest["share"]))
    assert "57 % at separation" in chart.title


def test_the_gap_says_so_when_nothing_or_everything_is_there(india: Answer) -> None:
    assert "every rung can meet" in rungs.bars_by_rung(with_supply(india, 1.2)).title
    assert "all of the need of 2030 is lacking" in rungs.bars_by_rung(with_supply(india, 0.0)).title
    assert "still lacks 50 % at mining, 50 % at separation" in rungs.bars_by_rung(with_supply(india, 0.5)).title


def test_the_chain_says_how_far_it_gets(india: Answer, found: dict[str, Any]) -> None:
    chart = rungs.along_the_chain(india)
    shares = {year: share for year, share in found["self_reliance"]["announced"]["chain"].items() if int(year) >= 2025}
    best = max(shares, key=lambda year: shares[year])
    assert f"at most {percent(shares[best])}" in chart.title
    assert f"in {best}; by 2047 it falls to {percent(shares['2047'])}" in chart.title
    assert len(chart.table.rows) == len(shares)
    for supply, said in ((1.0, "all magnets from oxide on by 2047"), (0.0, "No magnet"), (0.3, "30 % of the magnets")):
        assert said in rungs.along_the_chain(with_supply(india, supply)).title


def test_where_nothing_is_needed_the_pictures_say_so(india: Answer) -> None:
    data = india.data.assign(made_at_home=0 * india.data.made_at_home)
    chain = supply_chain(india.pack, data)
    findings = {**india.findings, "gap": gap(india.pack, data, chain)}
    answer = dataclasses.replace(india, data=data, chain=chain, findings=findings)
    flows = answer.flows
    assert flows is not None
    charts = (
        rungs.bars_by_rung(answer),
        rungs.along_the_chain(answer),
        sankey.elements_through_the_chain(answer, flows),
    )
    for chart in charts:
        assert re.search(r" need no (rare-earth magnets|neodymium and praseodymium)", chart.title)


def test_flows_say_what_must_be_bought(india: Answer, found: dict[str, Any]) -> None:
    flows = india.flows
    assert flows is not None
    chart = sankey.elements_through_the_chain(india, flows)
    assert chart.menu is not None
    assert set(chart.menu.views) == {
        f"{year} {group}" for year in (2025, 2030, 2035, 2040, 2047) for group in ("NdPr", "Dy", "Tb", "Sm")
    }
    need = sum(found["need"]["by_element_t"]["separation"][element]["2030"] for element in ("Nd", "Pr"))
    bought = 1 - found["self_reliance"]["announced"]["separation"]["2030"]
    assert f"Of the {rounded(need)} t" in chart.title
    assert f"{percent(bought)} must be bought abroad, even if everything announced is built" in chart.title
    table = sankey.flow_table(india, flows)
    shown = table[(table.year == 2030) & (table.elements == "NdPr")]
    assert len(shown) == len(chart.table.rows)
    assert shown[(shown.source == "abroad")].contained_t.sum() == pytest.approx(need * bought, rel=1e-5)
    json.dumps(chart.menu.views)  # plain lists and numbers


def test_flows_say_so_when_nothing_must_be_bought(india: Answer) -> None:
    answer = with_supply(india, 1.5)
    flows = answer.flows
    assert flows is not None
    assert sankey.elements_through_the_chain(answer, flows).title.endswith("plants at home can make all")


def test_first_origins_are_those_of_the_document(india: Answer, found: dict[str, Any]) -> None:
    chart = exposure.who_supplies(india)
    assert chart is not None
    items = [item for items in found["dependence"].values() for item in items]
    latest = {(item["name"], item["period"]): item for item in items}
    assert len(chart.table.rows) == len({item["record"] for item in items})
    for row in chart.table.rows:
        shares = latest[row[1], row[2]]["shares"]
        if shares:
            assert row[6].endswith(percent(max(shares.values())))
        else:
            assert row[6] == latest[row[1], row[2]]["why"] != ""
    drawn = [label.replace("<br>", " ") for bar in chart.figure.data for label in bar.y]
    assert any("by mass" in label for label in drawn)
    assert any("by value" in label for label in drawn)


def test_a_missing_score_shows_its_reason_and_no_zero(india: Answer, found: dict[str, Any]) -> None:
    chart = exposure.scores(india)
    assert chart is not None
    (bar,) = chart.figure.data
    for label, drawn, (stage, one) in zip(bar.y, bar.x, found["risk"].items(), strict=True):
        if one["geopolrisk"] is None:
            assert drawn is None
            assert "no score" in label
            assert one["why"]["geopolrisk"].split(".")[0].split()[-1] in label
        else:
            assert drawn == one["geopolrisk"], stage
    assert f"{found['risk']['mining']['geopolrisk']:.3f}" in chart.title
    assert f"{found['risk']['magnet']['geopolrisk']:.3f}" in chart.title


def test_dependence_over_time_begins_in_2002(india: Answer) -> None:
    chart = exposure.over_time(india)
    assert chart is not None
    assert chart.table.rows[0][0] == "2002"
    assert chart.title.startswith("Magnet: ")


def test_claims_projects_and_records_are_listed(india: Answer, found: dict[str, Any], html: str) -> None:
    claims = html[html.index('<h2 id="claims">') : html.index('<h2 id="demand">')]
    for index, verdict in enumerate(VERDICTS):
        count = sum(one["verdict"] == verdict for one in found["claims"])
        assert claims.count(f'<span class="badge v{index}">{verdict}</span>') == count + 1  # and in the tally
    gap = html[html.index('<h2 id="gap">') : html.index('<h2 id="claims">')]
    names = india.pack.nouns.tables["projects"]
    assert gap.count('<th scope="row">') >= len(names)
    claimed = [name for name, cells in names.items() if cells["status"] == "claimed"]
    assert gap.count("counted nowhere: it is a claim") == len(claimed) > 0
    evidence = html[html.index('<h2 id="evidence">') :]
    assert "record.hs850511" not in evidence
    used = {figure.key.split(".")[1] for figure in india.figures if figure.key.startswith("record.")}
    listed = evidence[evidence.index("Each record in a line") : evidence.index('id="every-figure"')]
    assert listed.count('<th scope="row">') == len(used) + 2  # and the two indicators of origins
    assert f"{len(india.figures):,} figures were used" in evidence


def test_other_metals_are_metals_on_dots(india: Answer) -> None:
    chart = mine.other_metals(india, 2025)
    assert chart is not None
    kinds = india.pack.nouns.column("elements", "kind")
    names = india.pack.nouns.column("elements", "name")
    metals = {names[name] for name, kind in kinds.items() if kind == "other metal"}
    assert {row[0] for row in chart.table.rows} <= metals
    assert chart.title.startswith(f"{len(chart.table.rows)} other metals")
    assert all(trace.type == "scatter" and trace.mode == "markers" for trace in chart.figure.data)


def test_titles_of_a_small_pack_make_sense(toyland: Path) -> None:
    answer = overview(load(toyland))
    pack = answer.pack
    year = pack.base_year + 10
    product = demand.by_product(answer, pack.base_year).title
    assert product.count(";") < len(pack.nouns.ids("products"))
    assert " times as many magnets" in demand.by_sector(answer, year).title
    assert "thrown away" in places.by_place(answer, year).title
    change_settings(toyland, base_year=pack.window.last)
    last = overview(load(toyland))
    sectors = demand.by_sector(last, last.pack.base_year)
    assert len(sectors.figure.data) == 1
    assert "are in: " in sectors.title


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ([3.0, 1.0], "75 % of the magnets are in: first"),
        ([1.0, 3.0], "75 % of the magnets are in: second"),
        ([5.0, 0.0], "All the magnets are in: first"),
        ([0.0, 0.0], "There are none of the magnets"),
        ([2.0, 2.0, 1.0], "80 % of the magnets are in: first; second"),
    ],
)
def test_the_few_that_hold_most_are_named(numbers: list[float], said: str) -> None:
    assert demand._most(["first", "second", "third"][: len(numbers)], np.array(numbers), "the magnets") == said
