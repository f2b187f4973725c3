"""The section "Who pays" of the page: what the state spends, what a kg needs, by which means, on which rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from chumbak.answer.who_pays import ERRORS
from chumbak.report import scheme_pays_words as words
from chumbak.report.pictures.scheme import spend_picture


def payers(found: Mapping[str, Any]) -> list[str]:
    """Return what the summary of a run says of who pays."""
    return [words.summary(found["scheme"])] if found.get("scheme") else []


def scheme_tables(found: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Return the tables of who pays of a run by name, from what goes into answer.json; sums are nominal."""
    told = found.get("scheme")
    if not told:
        return {}
    years = sorted({*told["spend_by_year"], *told["outlay"]["by_year"]})
    spend = [
        {
            "year": int(year),
            **{
                f"{side}_million": told["spend_by_year"].get(year, {}).get(side, 0.0)
                for side in ("mean", "low", "high")
            },
            "outlay_million": told["outlay"]["by_year"].get(year, 0.0),
        }
        for year in years
    ]
    means = [
        {
            "instrument": name, "spend_million": one["spend"], "most_spend_million": one["most_spend"],
            "awarded_t_year": one["awarded_t"], "built_t_year": one["built_t"], "alive_t_year": one["alive_t"],
            "cost_of_alive": one["cost_of_alive"], "cost_of_alive_real": one["cost_of_alive_real"],
        }
        for name, one in told["by_instrument"].items()
    ]  # fmt: skip
    return {"scheme-spend": pd.DataFrame(spend), "scheme-instruments": pd.DataFrame(means)}


def scheme_section(told: words.Told) -> dict[str, Any]:
    """Return what the section says; ``told`` is ``scheme`` of answer.json."""
    return {
        "heading": words.heading(told),
        "invented": words.invented(told),
        "sentences": words.sentences(told),
        "chart": spend_picture(told),
        "means": words.means_table(told),
        "rules": words.rule_table(told),
        "draws": told["draws"],
        "switch_draws": told["switch_draws"],
        "unit": told["shown_in"]["unit"],
        "auction": told["name"],
        "scheme": told["scheme"]["name"],
        "project_name": told["project"]["name"],
        "convention": f"{'; '.join(one for one in told['convention'] if not one.startswith(ERRORS))}.",
    }
