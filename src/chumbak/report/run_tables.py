"""The tables of a run: what stands in ``tables/*.csv``, one file a subject."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chumbak.answer.dependence import COLUMNS as RECORD_COLUMNS
from chumbak.answer.exposure import MEASURES, REASONS
from chumbak.answer.overview import Answer
from chumbak.answer.published import compare
from chumbak.report.listings import projects
from chumbak.report.pictures.sankey import flow_table
from chumbak.report.plan_tables import plan_tables
from chumbak.report.scheme_page import scheme_tables
from chumbak.report.stress_tables import stress_tables

ALONG_THE_CHAIN = "chain"  # stands among the rungs for the whole of them


def tables(answer: Answer, found: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Return the tables of a run, long form; every column of tonnes ends in its unit.

    ``found`` is what goes into answer.json. A subject that the pack has no figures for has no table.
    """
    plan = plan_tables(found["plan"]) if "plan" in found else {}
    stress = stress_tables(found)
    of_chain = {**_goods(answer), **_gap(answer), **plan, **scheme_tables(found), **stress}
    return {**of_chain, **_trade(answer), **_said(found), **_draws(answer)}


def _goods(answer: Answer) -> dict[str, pd.DataFrame]:
    """Return need, urban mine and other metals."""
    data = answer.data
    by_product = ["sold", "made_at_home", "embedded_imports", "swarf"]
    mine = ["in_use", "end_of_life", "recoverable_today", "recoverable_full"]
    by_element = ["end_of_life_by_element", "today_by_element", "full_by_element"]
    return {
        "demand_by_product": _long(data[by_product]),
        "demand_by_grade": _long(data[["sold_by_grade"]].sum("product")),
        "demand_by_element": _long(data[["sold_by_element"]].sum("product")),
        "exports_by_product": _long(data[["exported"]]),
        "urban_mine_by_product": _long(data[mine]),
        "urban_mine_by_element": _long(data[by_element].sum("product")),
        "urban_mine_by_place": _long(data[["end_of_life_by_place", "full_by_place"]]),
        "other_metals": _long(data[["metal_end_of_life"]]),
        "published": pd.DataFrame([comparison.__dict__ for comparison in compare(answer)]),
    }


def _gap(answer: Answer) -> dict[str, pd.DataFrame]:
    """Return need and supply by rung and element, self-reliance, element flows and projects."""
    if "gap" not in answer.findings:
        return {}
    gap = answer.findings["gap"].data
    own = gap.sel(definition="made_at_home", drop=True)
    needs = [gap.need.sel(definition=name, drop=True).rename(f"need_{name}") for name in gap["definition"].values]
    by_element = [own.need_element.rename("need"), *_by_status(gap.supply_element, "supply")]
    found = {
        "need_and_supply_by_stage": _long(
            xr.merge([*needs, *_by_status(gap.supply, "supply"), *_by_status(gap.lacking, "lacking")])
        ),
        "need_and_supply_by_element": _long(xr.merge(by_element)),
        "self_reliance": _self_reliance(gap),
    }
    if answer.pack.nouns.ids("projects"):
        found["projects"] = pd.DataFrame(projects(answer.pack)).rename(columns={"capacity": "capacity_t"})
    flows = answer.flows
    if flows is not None:
        found["element_flows"] = flow_table(answer, flows)
    return found


def _by_status(array: xr.DataArray, name: str) -> list[xr.DataArray]:
    return [array.sel(status=status, drop=True).rename(f"{name}_{status}") for status in array["status"].values]


def _self_reliance(gap: xr.Dataset) -> pd.DataFrame:
    """Return self-reliance by status, rung and year, shares; the whole chain as a further rung."""
    names = {"reliance_ndpr": "ndpr", "reliance_weakest": "weakest", "weakest": "weakest_element"}
    along = {"chain_ndpr": "ndpr", "chain_weakest": "weakest", "chain_weakest_element": "weakest_element"}
    rungs = gap[list(names)].rename(names).to_dataframe().reset_index()
    along["chain_mixed"] = "ndpr_well_mixed"
    chain = gap[list(along)].rename(along).to_dataframe().reset_index()
    both = pd.concat([rungs, chain.assign(stage=ALONG_THE_CHAIN)], ignore_index=True)
    columns = ["status", "stage", "year", "ndpr", "weakest", "weakest_element", "ndpr_well_mixed"]
    return both[columns].sort_values(["status", "stage", "year"], key=_in_order, kind="stable", ignore_index=True)


def _in_order(column: pd.Series) -> pd.Series:
    """Return labels as the numbers of their first appearance, so that sorting keeps the order of the chain."""
    return column if column.dtype.kind in "if" else pd.Series(pd.factorize(column)[0], index=column.index)


def _trade(answer: Answer) -> dict[str, pd.DataFrame]:
    """Return who supplies what, by record, origin and year, and the scores by rung and year."""
    if "dependence" not in answer.findings or not answer.findings["dependence"].data:
        return {}
    data = answer.findings["dependence"].data
    amounts = data[["amount", "share"]].reset_coords(drop=True).to_dataframe().dropna(how="all").reset_index()
    columns = {name: dict(zip(data["record"].values, data[name].values, strict=True)) for name in RECORD_COLUMNS}
    for name in ("stage", "kind", "measure", "basis", "years", "commodity", "vintage"):
        amounts[name] = amounts["record"].map(columns[name])
    amounts["unit"] = amounts["measure"].map({"mass": "t", "value": "USD", "share": "1"})
    first = ["stage", "record", "year", "origin", "amount", "unit", "share"]
    found = {"dependence_by_origin": amounts[[*first, "kind", "basis", "years", "commodity", "vintage"]]}
    scored = answer.findings["exposure"].data
    if scored:
        found["risk"] = _risk(scored)
    return found


def _risk(scored: xr.Dataset) -> pd.DataFrame:
    """Return every measure of every rung and year that has any, with the reasons for those that are missing."""
    columns = [*MEASURES, *REASONS.values(), "eu_terms", "basis", "warning"]
    frame = scored[columns].to_dataframe()[["stage", "material", *columns]].dropna(subset=list(MEASURES), how="all")
    for measure, why in REASONS.items():
        frame[why] = np.where(frame[measure].isna(), frame[why], "")
    return frame.reset_index()


def _said(found: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Return the claims with our figures and verdicts."""
    if not found.get("claims"):
        return {}
    rows = [
        {**one, "others": "; ".join(f"{other['label']}: {other['value']}" for other in one["others"])}
        for one in found["claims"]
    ]
    return {"claims": pd.DataFrame(rows)}


def _draws(answer: Answer) -> dict[str, pd.DataFrame]:
    """Return the bands of the totals and the figures that matter most."""
    if answer.ensemble is None:
        return {}
    bands = answer.ensemble.bands
    wide = bands.to_series().unstack("percentile").reset_index()
    influences = [{**one.__dict__, "keys": " ".join(one.keys)} for one in answer.ensemble.influences]
    return {"bands": wide[["name", "year", *bands["percentile"].values]], "matters_most": pd.DataFrame(influences)}


def _long(data: xr.Dataset) -> pd.DataFrame:
    frame = data.reset_coords(drop=True).to_dataframe().reset_index()
    return frame.rename(columns={str(name): f"{name}_t" for name in data.data_vars})
