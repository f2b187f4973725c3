"""What a plan of whole plants says of them: how many, what they cost beside plants of any size, how it is proved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chumbak.pack import Pack
from chumbak.report.words import in_a_row, mid_sentence, money, percent

Told = Mapping[str, Any]  # the document of a plan
NAMED = 5  # kinds of plant in a sentence
DIGITS = 2  # of a share that is told in per cent


def whole_plants(told: Told, pack: Pack) -> str:
    """Say how many plants are opened, and what it costs that they are whole; nothing of plants of any size."""
    if "whole" not in told:
        return ""
    whole, cost = told["whole"], told["cost_npv"]["value"]
    total = sum(whole["opened"].values())
    if not total:
        opened = "Plants are whole, and none is opened."
    else:
        most = sorted(whole["opened"].items(), key=lambda one: (-one[1], one[0]))
        parts = [f"{mid_sentence(pack.nouns.cell('plants', name, 'name'))} {number}" for name, number in most[:NAMED]]
        left = total - sum(number for _, number in most[:NAMED])
        parts += [f"{left} of other kinds"] if left else []
        opened = f"Plants are whole: {total} {'is' if total == 1 else 'are'} opened ({in_a_row(parts)})."
    return f"{opened} {_beside_any_size(whole, cost, pack)} {_proof(whole)}"


def _beside_any_size(whole: Mapping[str, Any], cost: float, pack: Pack) -> str:
    if whole["any_size"] is None:
        return "No plan with plants of any size at the capital of their reference size keeps what is required."
    more = cost - whole["any_size"]
    share = small_share(abs(more) / max(abs(whole["any_size"]), 1.0))
    amount = money(abs(more), pack.currency)
    beside = "than with plants of any size at the capital of their reference size"
    if more >= 0:
        return f"The plan costs {amount} ({share}) more {beside}."
    return f"The plan costs {amount} ({share}) less {beside}: larger plants cost less for a tonne."


def _proof(whole: Mapping[str, Any]) -> str:
    proved = f"no plan of whole plants costs more than {small_share(whole['gap'])} less than it"
    if whole["gap"] <= whole["gap_asked"]:
        return f"By the solver's branch and bound, {proved} ({small_share(whole['gap_asked'])} was asked)."
    return (
        f"The search stopped after {whole['nodes']:,} steps: by the solver's branch and bound {proved}, short of the "
        f"{small_share(whole['gap_asked'])} asked."
    )


def small_share(share: float) -> str:
    """Return a share in per cent, to two digits where it is below one."""
    return percent(share) if share >= 0.01 else f"{100 * share:.{DIGITS}g} %"


def fixed_numbers(told: Told) -> str:
    """Say of what the proof is that stands in the certificate."""
    return "with as many plants opened no plan costs less" if "whole" in told else "no plan costs less"
