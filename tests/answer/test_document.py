"""answer.json, the evidence trail and the comparison with published totals."""

from __future__ import annotations

import csv

import jsonschema
import pytest

from chumbak.answer import Answer
from chumbak.answer.document import document, schema
from chumbak.answer.evidence import by_confidence, confidence_in, resting_on
from chumbak.answer.published import compare


def test_documents_fit_their_schema(india: Answer, drawn_toyland: Answer) -> None:
    for answer in (india, drawn_toyland):
        jsonschema.validate(document(answer, "0" * 64), schema())
    assert "bands" in document(drawn_toyland, "0" * 64)
    assert "bands" not in document(india, "0" * 64)


def test_the_schema_refuses_what_is_wrong(india: Answer) -> None:
    found = document(india, "0" * 64)
    found["demand"]["total_t"]["2025"] = -1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found, schema())


def test_parts_add_up_in_the_document(india: Answer) -> None:
    found = document(india, "0" * 64)
    demand, mine = found["demand"], found["urban_mine"]
    for year, total in demand["total_t"].items():
        assert demand["made_at_home_t"][year] + demand["embedded_imports_t"][year] == pytest.approx(total, abs=1e-5)
        for parts in ("by_product_t", "by_sector_t", "by_grade_t", "by_element_t"):
            assert sum(part[year] for part in demand[parts].values()) == pytest.approx(total, abs=1e-3)
        gone = mine["end_of_life_t"][year]
        for parts in ("by_product_t", "by_element_t", "by_grade_t", "by_place_t"):
            assert sum(part[year] for part in mine[parts].values()) == pytest.approx(gone, abs=1e-3)
        assert mine["recoverable_today_t"][year] < mine["recoverable_full_t"][year] < gone
    assert list(demand["total_t"]) == [str(year) for year in range(2015, 2048)]


def test_evidence_counts_every_figure_once(india: Answer) -> None:
    assert sum(by_confidence(india.figures).values()) == len(india.figures)
    rows = {(figure.where, figure.key, figure.period) for figure in india.figures}  # a rule says several
    assert len(rows) == len(india.figures)
    assert all(figure.source for figure in india.figures)


def test_shares_of_evidence_add_up_to_one(india: Answer) -> None:
    rests = resting_on(india, 2025)
    assert rests.sum("confidence").values == pytest.approx(1.0)


def test_a_year_between_two_rows_is_as_weak_as_the_weaker(india: Answer) -> None:
    sales = india.pack.entries["product.e_2w.sales"]
    assert confidence_in(sales, 2025) == "high"
    assert confidence_in(sales, 2027) == "estimate"
    assert confidence_in(sales, 2016) == "medium"


def test_published_numbers_stand_beside_ours_of_the_same_year(india: Answer) -> None:
    total, home = (india.data[name].sum("product") for name in ("sold", "made_at_home"))
    by_id = dict(zip(india.pack.nouns.tables["published"], compare(india), strict=True))
    assert by_id["demand_2025"].ours == pytest.approx(float(total.sel(year=2025)))
    fiscal = 0.75 * float(home.sel(year=2024)) + 0.25 * float(home.sel(year=2025))
    assert by_id["bare_fy25"].ours == pytest.approx(fiscal)
    assert by_id["all_magnets_fy25"].ours is None


def test_india_pack_is_as_wide_as_promised(india: Answer) -> None:
    pack = india.pack
    assert len(pack.nouns.ids("products")) >= 20
    assert len(pack.nouns.ids("places")) == 36
    metals = set(india.data["metal"].values) | {
        entry.indices["metal"] for entry in pack.entries.values() if entry.attribute.name == "item_content"
    }
    assert len(metals) >= 22
    assert all(figure.note for figure in pack.figures() if figure.confidence == "estimate")


def test_the_schema_says_which_engine_takes_an_attribute() -> None:
    """``engine`` in schema.csv is what `chumbak pack show` tells the user: it has to be true."""
    from importlib import resources

    from chumbak.answer import supply_chain, weekly_case
    from chumbak.plan import case
    from chumbak.stocks import demand, other_metals, urban_mine

    text = resources.files("chumbak.pack").joinpath("schema.csv").read_text(encoding="utf-8")
    taken = {
        **dict.fromkeys(weekly_case.INPUTS, "stress"),
        **dict.fromkeys(case.INPUTS, "plan"),  # of what others take too, the others are named
        **dict.fromkeys(supply_chain.INPUTS, "chain"),
        **dict.fromkeys(demand.INPUTS, "demand"),
        **dict.fromkeys(urban_mine.INPUTS, "urban_mine"),
        **dict.fromkeys(other_metals.INPUTS, "other_metals"),
    }
    taken |= dict.fromkeys(("record", "stability", "governance", "sourcing", "unit_value_floor"), "risk") | {
        "metal_best": "device",
        **dict.fromkeys(("smelter_charge", "refining_charge", "smelted"), "exchange"),
    }
    for row in csv.DictReader(text.splitlines()):
        assert row["engine"] == taken.get(row["name"], "pack"), row["name"]
