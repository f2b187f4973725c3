"""What a blend says, as a document: what to take and to refuse, what each lot is worth, what each limit costs."""

from __future__ import annotations

from typing import Any

from chumbak.magnet.blend import CLOSE, SEEN, Blend, best_blend, largest_recycled, margin, spread
from chumbak.magnet.blend_case import BlendCase, Lot, unit_of
from chumbak.magnet.curve import State, energy_product_limit
from chumbak.magnet.curve_document import both
from chumbak.magnet.remade import HEAVY
from chumbak.magnet.units import KINDS, MU0, UNIT

WORTHLESS = 1e-6  # money a kg
DIGITS = {"T": 4, "kA/m": 1, "ppm": 0}


def blend_document(case: BlendCase, form: str = "exact") -> dict[str, Any]:
    """Return the blend of least cost in a form, the other form beside it, and the largest recycled share."""
    best = best_blend(case, form)
    most = largest_recycled(case, form)
    return {
        "kind": "blend", "title": case.title, "form": form, "batch_kg": case.batch, "currency": case.currency,
        "confidence_of_each_limit": case.confidence, "standard_deviations": round(margin(case.confidence), 4),
        "cost_per_kg": round(best.cost, 4), "recycled_share_pct": round(100 * best.recycled, 2),
        "lots": [_lot(case, lot, best, at) for at, lot in enumerate(case.lots)],
        "limits": _limits(case, best, form), "grade_floors": _follow(case, best, form), "heavy": _heavy(case, best),
        "residual_of_limit": best.residual, "cuts": best.cuts, "other_form": _other(case, form),
        "largest_recycled": {
            "share_pct": round(100 * most.recycled, 2), "cost_per_kg": round(most.cost, 4),
            "lots_kg": {lot.name: round(part * case.batch, 3)
                        for lot, part in zip(case.lots, most.share, strict=True) if part > SEEN},
        },
        "notes": [*case.notes, MODEL[form], TEST_MELT],
    }  # fmt: skip


MODEL = {
    "exact": "Exact form: errors of lots are taken as independent, each limit holds at the confidence for itself.",
    "conservative": "Conservative form: errors of lots are taken to fall together; each limit holds at least at the "
    "confidence for itself.",
}
TEST_MELT = "Mixing is taken as linear in mass. Make a trial lot before the batch: the melt is not linear."


def _lot(case: BlendCase, lot: Lot, best: Blend, at: int) -> dict[str, Any]:
    share, worth = float(best.share[at]), float(best.worth[at])
    full = lot.available <= case.batch * (share + SEEN)
    if share > SEEN:
        verdict = "take all of it" if full and worth > lot.price + WORTHLESS else "take"
    elif worth <= WORTHLESS:
        verdict = "refuse, even as a gift"
    else:
        verdict = "refuse at this price" if worth < lot.price - WORTHLESS else "take or leave"
    return {
        "name": lot.name, "kind": lot.kind, "doping": lot.doping, "recycled": lot.recycled, "verdict": verdict,
        "kg": round(share * case.batch, 3), "share_pct": round(100 * share, 3), "price_per_kg": lot.price,
        "worth_per_kg": round(worth, 4),
    }  # fmt: skip


def _limits(case: BlendCase, best: Blend, form: str) -> list[dict[str, Any]]:
    found = []
    k = margin(case.confidence)
    for (limit, mean, independent, together), price in zip(spread(case, best.share), best.price_of_limit, strict=True):
        unit = unit_of(limit.quantity)
        wide = independent if form == "exact" else together
        held = mean - k * wide if limit.least else mean + k * wide
        found.append({
            "quantity": limit.quantity, "from": limit.why or None, "side": "floor" if limit.least else "ceiling",
            "bound": _amount(limit.bound, unit), "mean": _amount(mean, unit), "standard_deviation": _amount(wide, unit),
            "at_confidence": _amount(held, unit), "tight": bool(abs(price) > 0),
            "cost_of_one_more_unit_per_kg": round(float(price), 6) + 0.0,
        })  # fmt: skip
    return found


def _follow(case: BlendCase, best: Blend, form: str) -> list[dict[str, Any]]:
    """Return of floors of BHmax and Hcb whether they hold with Br and Hcj as they stand at the confidence."""
    if not case.follow:
        return []
    k = margin(case.confidence)
    low = {}
    for limit, mean, independent, together in spread(case, best.share):
        if limit.least:
            low[limit.quantity] = mean - k * (independent if form == "exact" else together)
    found = []
    for name, floor in case.follow.items():
        unit = UNIT[KINDS[name]]
        if "Hcj" in low:
            state = State(low["Br"], low["Hcj"], case.knee, case.mu_rec)
            value = state.energy_product()[0] if name == "BHmax" else state.coercivity_of_flux()
            how = f"with the knee at {case.knee:g} x Hcj and mu_rec {case.mu_rec:g}"
        else:
            value = low["Br"] / (MU0 * case.mu_rec) if name == "Hcb" else energy_product_limit(low["Br"], case.mu_rec)
            how = f"along a straight B(H) at mu_rec {case.mu_rec:g}; Hcj is no limit here, so its knee is not looked at"
        found.append({"quantity": name, "floor": both(floor, unit), "at_confidence": both(value, unit),
                      "holds": bool(value >= floor * (1 - 2 * CLOSE)), "how": how})  # fmt: skip
    return found


def _heavy(case: BlendCase, best: Blend) -> list[dict[str, Any]]:
    """Return the Dy and Tb that the batch carries (kg), and what of it came in diffused scrap."""
    found = []
    used = [(lot, float(part)) for lot, part in zip(case.lots, best.share, strict=True) if part > SEEN]
    for element in HEAVY:
        if not any(element in lot.carries for lot in case.lots):
            continue
        kg = {lot.name: case.batch * part * lot.carries[element] / 1e6 for lot, part in used if element in lot.carries}
        found.append({
            "element": element, "kg": round(sum(kg.values()), 4),
            "in_diffused_scrap_kg": round(sum(kg[lot.name] for lot, _ in used if lot.doping == "gbd"
                                              and lot.name in kg), 4),
            "lots_that_do_not_say": [lot.name for lot, _ in used if element not in lot.carries],
        })  # fmt: skip
    return found


def _other(case: BlendCase, form: str) -> dict[str, Any]:
    other = "conservative" if form == "exact" else "exact"
    try:
        found = best_blend(case, other)
    except ValueError as error:
        return {"form": other, "cost_per_kg": None, "why": str(error)}
    return {"form": other, "cost_per_kg": round(found.cost, 4), "recycled_share_pct": round(100 * found.recycled, 2)}


def _amount(value: float, unit: str) -> dict[str, Any]:
    if unit == "ppm":
        return {"value": round(value, 1), "unit": unit, "trade_value": round(value / 1e4, 4), "trade_unit": "wt%"}
    return both(value, unit, DIGITS[unit])
