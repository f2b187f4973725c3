"""Small planning cases, written by hand: a few goods and activities, money in millions, one element."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from chumbak.chain.supply import run_up
from chumbak.plan.case import INVESTOR, NATIONAL, Case
from chumbak.plan.market import Market
from chumbak.plan.need import Need, Recovery
from chumbak.plan.network import BOUGHT, FOREIGN, HOME, PLAIN, Network
from chumbak.plan.places import WHOLE
from chumbak.plan.plants import Plants
from chumbak.plan.policies import NEVER_BINDS, Policy
from chumbak.plan.result import Plan

Flows = Mapping[str, Mapping[str, float]]  # process -> material -> t per t, below zero what goes in
STAGES = {
    "make": "magnet", "magnet": "magnet", "swarf": "magnet", "separate": "separation", "oxide": "separation",
    "leach_swarf": "recycling", "leach_used": "recycling",
}  # fmt: skip
BLOCK = "block"  # of which all that is awarded is
PLANT = {
    "capital": 10.0, "fixed": 0.0, "variable": 0.0, "electricity": 0.0, "lead": 0.0, "life": 50.0, "least": 0.0,
    "jobs": 0.0, "availability": 1.0, "growth": 0.0, "step": 1e6, "emissions": 0.0,
    "reference": np.nan, "scale": np.nan, "most": np.nan,
}  # fmt: skip


def series(given: Any, years: np.ndarray) -> np.ndarray:
    """Return one number for every year."""
    return np.broadcast_to(np.asarray(given, dtype=float), len(years)).copy()


def table(rows: Sequence[Any], years: np.ndarray) -> np.ndarray:
    """Return (row, year), also of no rows."""
    return np.array([series(row, years) for row in rows]).reshape(len(rows), len(years))


def small_network(
    years: np.ndarray, processes: Flows, stages: Mapping[str, str], plain: Sequence[str], slots: Mapping[str, str],
    traded: Sequence[str] = (), used: Mapping[str, str] | None = None, offered: Sequence[str] = (),
) -> Network:  # fmt: skip
    """Lay out processes; ``plain`` materials have no colour, ``traded`` ones are not balanced.

    Finished magnets (``slots``) that are ``offered`` are a good of their own.
    """
    used = used or {}
    materials = list(dict.fromkeys([m for flows in processes.values() for m in flows] + list(slots)))
    colourless = {*plain, *used.values()}
    coloured = [material for material in materials if material not in traded and material not in colourless]
    bought = {name for name in slots if name in offered}
    goods = [
        (name, colour) for name in materials if name not in traded
        for colour in ((PLAIN,) if name not in coloured else (HOME, FOREIGN, *((BOUGHT,) if name in bought else ())))
    ]  # fmt: skip
    follows = {name for name, flows in processes.items() if any(flows.get(m, 0) < 0 for m in coloured)}
    activities = [(p, c) for p in processes for c in ((HOME, FOREIGN) if p in follows else (PLAIN,))]
    rows = []
    taken = np.zeros((len(activities), len(traded), len(years)))
    turned_out = np.zeros_like(taken)
    for at, (process, colour) in enumerate(activities):
        for material, amount in processes[process].items():
            if material in traded:
                (turned_out if amount > 0 else taken)[at, list(traded).index(material)] = abs(amount)
            else:
                kept = (colour or HOME) if material in coloured else PLAIN
                rows.append((at, goods.index((material, kept)), amount))
    names = [*materials, *processes]
    opened = {name: product for product, material in used.items() for name in names
              if name == material or material in processes.get(name, {})}  # fmt: skip
    return Network(
        years=years, goods=tuple(goods), activities=tuple(activities),
        flow_activity=np.array([row[0] for row in rows]), flow_good=np.array([row[1] for row in rows]),
        flow_amount=np.array([[row[2]] * len(years) for row in rows]), materials=tuple(traded), taken=taken,
        turned_out=turned_out, slot=tuple(slots.get(material, "") for material, _ in goods), used=used,
        template={name: name for name in names}, stage={name: stages.get(name, "") for name in names},
        grade={name: slots.get(name, "") for name in names}, product={name: opened.get(name, "") for name in names},
    )  # fmt: skip


def small_plants(net: Network, decided: np.ndarray, plants: Mapping[str, Mapping[str, Any]]) -> Plants:
    """Lay out plants: of each, ``counts`` (process -> t per t) and any figure of ``Plants`` by its name."""
    years, names, each = net.years.astype(float), tuple(plants), list(plants.values())
    figures = {name: np.array([float(one.get(name, value)) for one in each]) for name, value in PLANT.items()}
    use = np.zeros((len(names), len(net.activities), len(years)))
    for at, one in enumerate(each):
        for activity, (process, _) in enumerate(net.activities):
            use[at, activity] = one["counts"].get(process, 0.0)
    standing, awarded = (table([one.get(name, 0.0) for one in each], years) for name in ("standing", "awarded"))
    levels = [np.array([one.get("ramp", (1.0,) * 3)[age] for one in each])[:, None, None] for age in range(3)]
    begins = decided[None, :] + figures["lead"][:, None]
    return Plants(
        names=names, stage=tuple(one.get("stage", "") for one in each), use=use, **figures,
        standing=standing[:, None], awarded=awarded[:, None], awarded_online=awarded[:, None],
        blocks={BLOCK: (awarded, awarded)},
        level=run_up(begins[..., None], levels, years), online=run_up(begins[..., None], [], years),
        ended=run_up((begins + figures["life"][:, None])[..., None], [], years),
    )  # fmt: skip


def small_case(
    years: Sequence[int], processes: Flows, plants: Mapping[str, Mapping[str, Any]],
    need: Mapping[str, Mapping[str, Any]], offers: Sequence[tuple[str, str, str, Any]] = (), *,
    stages: Mapping[str, str] | None = None, plain: Sequence[str] = (), slots: Mapping[str, str] | None = None,
    traded: Mapping[str, Any] | None = None, sale_limit: Any = np.inf, export: Mapping[str, Any] | None = None,
    holds: Mapping[str, float] | None = None, rung_need: Mapping[str, float] | None = None,
    limits: Mapping[str, Any] | None = None, import_limits: Mapping[str, Any] | None = None,
    arising: Mapping[str, Any] | None = None, used: Mapping[str, str] | None = None,
    steps: Sequence[tuple[str, float, float]] = (), policies: Sequence[Policy] = (),
    decided: Sequence[int] | None = None, rate: float = 0.0, holding: float = 0.0, tax: float = 0.0,
    budget: Any = None, reference: Mapping[str, Any] | None = None, duty: float = 0.0, tariff: float = 0.0,
) -> Case:  # fmt: skip
    """Return a case of one region, where every tonne holds ``holds`` of one element.

    Need: product -> ``grade``, ``need``, ``without`` and, if it has them, ``substitute`` (share) and ``premium``.
    Offers are (offer, origin, material, price). Traded materials have a price; what is sold below zero is paid for.
    Limits of imports go by offer, of all it sells together.
    """
    span = np.array(years)
    slots, traded, recovered = slots or {"magnet": "G"}, traded or {}, arising or {}
    chosen = np.array(decided if decided is not None else years)
    net = small_network(span, processes, stages or STAGES, plain, slots, list(traded), used, [one[2] for one in offers])
    prices = table(list(traded.values()), span)
    consumed = np.einsum("amt,mt->at", net.taken, prices)
    consumed += np.einsum("amt,mt->at", net.turned_out, np.maximum(-prices, 0))
    earning = [at for at, _ in enumerate(traded) if prices[at].max() > 0 and net.turned_out[:, at].any()]
    border = table([price for *_, price in offers], span)
    members = {name: tuple(at for at, one in enumerate(offers) if one[0] == name) for name in import_limits or {}}
    grades = tuple(dict.fromkeys(slots.values()))
    asked = np.zeros((len(need), len(grades), 1, len(span)))
    for at, one in enumerate(need.values()):
        asked[at, grades.index(one.get("grade", grades[0])), 0] = series(one["need"], span)
    materials = list(dict.fromkeys(material for material, _ in net.goods))
    contents = dict.fromkeys(materials, 1.0) | dict(holds or {})
    per_tonne = rung_need or {"separation": 1.0, "magnet": 1.0}
    return Case(
        place="Toyland", scenario="reference", currency="TOY", price_year=int(span[0]), base_year=int(span[0]),
        years=span, decided=chosen, regions=(WHOLE,), network=net, plants=small_plants(net, chosen, plants),
        market=Market(
            offers=tuple((name, origin, material) for name, origin, material, _ in offers), price=border,
            duty=border * duty,
            limits=tuple((name, members[name], series(most, span)) for name, most in (import_limits or {}).items()),
            consumed=consumed, sold=tuple(list(traded)[at] for at in earning), sale_price=prices[earning],
            sale_limit=table([sale_limit] * len(earning), span), footprint=np.zeros(len(offers)),
            export={name: series(most, span) for name, most in (export or {}).items()},
            reference={name: series(price, span) for name, price in (reference or {}).items()},
        ),
        need=Need(
            tuple(need), tuple("all" for _ in need), grades, asked,
            table([one.get("without", 1000.0) for one in need.values()], span),
            table([one.get("substitute", 0.0) for one in need.values()], span),
            table([one.get("premium", 0.0) for one in need.values()], span),
        ),
        recovery=Recovery(
            tuple(recovered), table(list(recovered.values()), span)[:, None], tuple(name for name, *_ in steps),
            share=np.array([share for _, share, _ in steps], dtype=float),
            cost=np.array([cost for *_, cost in steps], dtype=float),
        ),
        policies=tuple(policies), tariff=np.array([tariff]), haul=np.zeros((1, 1)), landing=np.zeros(1),
        region_share={}, limits={name: series(most, span) for name, most in (limits or {}).items()},
        discount={NATIONAL: rate, INVESTOR: rate}, holding=holding, tax=tax, depreciation=0.15,
        budget=None if budget is None else series(budget, span), grid=0.0,
        composition=xr.DataArray(
            [[[contents[name]] * len(span)] for name in materials], dims=("material", "element", "year"),
            coords={"material": materials, "element": ["Nd"], "year": span},
        ),
        rung_need=xr.DataArray(
            [[[[amount] * len(span)] * len(grades)] for amount in per_tonne.values()],
            dims=("stage", "element", "grade", "year"),
            coords={"stage": list(per_tonne), "element": ["Nd"], "grade": list(grades), "year": span},
        ),
    )  # fmt: skip


def in_regions(case: Case, shares: Mapping[str, float], haul: float, landing: Mapping[str, float]) -> Case:
    """Return the case with its need, used goods and plants spread over regions, ``haul`` apart from each other."""
    spread, count = np.array(list(shares.values()))[:, None], len(shares)
    plants, need, recovery = case.plants, case.need, case.recovery
    return replace(
        case, regions=tuple(shares), tariff=np.repeat(case.tariff, count), haul=haul * (1 - np.eye(count)),
        landing=np.array([landing[name] for name in shares]),
        plants=replace(
            plants, standing=plants.standing * spread, awarded=plants.awarded * spread,
            awarded_online=plants.awarded_online * spread,
        ),
        need=replace(need, need=need.need * spread), recovery=replace(recovery, arising=recovery.arising * spread),
    )  # fmt: skip


def policy(instrument: str, plant: str = "magnets", **figures: Any) -> Policy:
    """Return a policy of which ``figures`` alone are said."""
    blank = dict.fromkeys(("share", "per_tonne", "weeks"), np.nan) | NEVER_BINDS
    known: dict[str, Any] = {"material": "", "origin": "", "block": "", "in_force": 1.0} | blank
    return Policy(name="scheme", instrument=instrument, plant=plant, **(known | figures))


def decided(plan: Plan, name: str, *labels: object) -> list[float]:
    """Return a decision by year, all regions together, of the ``labels`` given."""
    found = plan.decisions[name]
    dims = [dim for dim in found.dims if dim not in ("region", "year", "decided")]
    found = found.sel(dict(zip(dims, labels, strict=True)))
    if "region" in found.dims:
        found = found.sum("region")
    return [round(float(value), 6) + 0.0 for value in found.values]


def paid(plan: Plan, term: str) -> float:
    """Return what a plan pays under a name, discounted."""
    program = plan.formulation.program
    by_column = program.costs.get(term, np.zeros(program.width))
    return float(by_column @ plan.solution.columns) + program.offsets.get(term, 0.0)


def shadow(plan: Plan, rows: str, *labels: object) -> list[float]:
    """Return shadow prices by year of a family of rows, one region, of the ``labels`` given."""
    program = plan.formulation.program
    found = program.duals(rows, plan.solution.duals)
    block = program.rows[rows]
    for label, members in zip(labels, block.labels.values(), strict=False):
        found = found[list(members).index(label)]
    return [round(float(value), 6) + 0.0 for value in np.ravel(found)]
