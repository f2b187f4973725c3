"""Requirements: what each rung must supply for a need, with every loop solved at once.

A *slot* is what is asked for: a material, or a grade of finished magnets. What is needed of a slot comes from the
processes that serve it, each with its route share; what they take in is needed in turn, and what a process driven
by its feed (swarf recycling) turns out is needed no more. With activities x (t of main product or feed a year),

    driven by need:  x_k = share_k (need[slot_k] + sum_j (taken[slot_k, j] - turned_out[slot_k, j]) x_j)
    driven by feed:  x_k = share_k sum_j turned_out[feed_k, j] x_j

is one linear system a year and draw, solved directly, so that swarf that returns as oxide, metal or alloy is counted
exactly. It stops at the materials of one rung: they are asked for and not made, so that what ore brings along never
passes for supply that was meant.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from chumbak.chain.processes import BY_FEED, STOP
from chumbak.pack.faults import did_you_mean

ROUNDING = 1e-9


class RouteError(ValueError):
    """Route shares that cannot hold together; ``process`` is one of those they are shares of."""

    def __init__(self, process: str, what: str) -> None:
        super().__init__(what)
        self.process = process


def requirements(
    chain: xr.Dataset, need: xr.DataArray, route_shares: Mapping[str, xr.DataArray | float], stop: str | None = STOP
) -> xr.Dataset:
    """Return what every process must do and what is needed of every material.

    ``need`` (slot, [draw], year, ...) is t/year of finished material: ``slot`` labels are grades, or materials;
    further dimensions are further needs, solved together. ``route_shares`` gives the share of a process (by id; a
    number, or over year and draw) in what its slot asks for. Of the processes driven by need that serve a slot one may
    have none and takes the rest; one driven by its feed takes none of it without a share. Variables, t/year:

    - ``activity`` (process): main product made, or feed taken in
    - ``asked`` (material): taken in by processes, and final need
    - ``within`` (material): the part of it that processes of the material's own rung take in
    - ``made`` (material): made by processes of which it is the main product
    - ``turned_out`` (material): by-products, and what processes driven by their feed make
    - ``returned`` (material): the part of it that processes of other rungs turn out
    - ``bought`` (material): asked for beyond what is made and turned out
    - ``left`` (material): made and turned out beyond what is asked for
    - ``lost`` (element): losses of the processes that took part

    Raises ``RouteError`` for shares that do not fit together and loops that turn out more than they take in, and
    ``ValueError`` for a slot that nothing makes and for other years or draws than those of the chain.
    """
    system = _System(chain, stop)
    shares = _shares(system, route_shares)
    return _solve(system, need, shares)


def takes_part(chain: xr.Dataset, stop: str | None = STOP) -> list[str]:
    """Return the processes that take part: those of later rungs than ``stop``; all where it is None.

    A process driven by its feed takes part where its feed is a by-product of the others.
    """
    processes = chain["process"].values.tolist()
    stage = _by(chain, "process", "process_stage")
    driven = _by(chain, "process", "process_driven")
    main = _by(chain, "process", "process_main")
    order = chain["stage"].values.tolist()
    before = set(order[: order.index(stop) + 1]) if stop is not None else set()
    pulled = {name for name in processes if driven[name] not in BY_FEED and stage[name] not in before}
    ends = list(zip(chain["flow_process"].values.tolist(), chain["flow_material"].values.tolist(), strict=True))
    found: set[str] = set()
    more = pulled
    while more:  # what a process driven by its feed turns out may be the feed of another
        found |= more
        arising = {material for process, material in ends if process in found}
        more = {name for name in processes if driven[name] in BY_FEED and main[name] in arising} - found
    return [name for name in processes if name in found]


def _by(chain: xr.Dataset, dim: str, name: str) -> dict[str, str]:
    return dict(zip(chain[dim].values.tolist(), chain[name].values.tolist(), strict=True))


class _System:
    """The processes that take part and the flows between them.

    ``taken`` and ``out`` are (draw, year, material, process), t per t of activity, the main product or feed that
    the activity counts left out.
    """

    def __init__(self, chain: xr.Dataset, stop: str | None) -> None:
        self.processes = takes_part(chain, stop)
        main, slot, driven = (_by(chain, "process", f"process_{name}") for name in ("main", "slot", "driven"))
        self.main = {name: main[name] for name in self.processes}
        self.slot = {name: slot[name] for name in self.processes}
        self.by_feed = {name: driven[name] in BY_FEED for name in self.processes}
        self.serving: dict[str, list[str]] = {}  # slot -> processes driven by need
        self.using: dict[str, list[str]] = {}  # material -> processes driven by it
        for name in self.processes:
            (self.using if self.by_feed[name] else self.serving).setdefault(self.slot[name], []).append(name)
        ends = list(zip(chain["flow_process"].values.tolist(), chain["flow_material"].values.tolist(), strict=True))
        touched = {material for process, material in ends if process in self.slot}
        self.materials = [name for name in chain["material"].values.tolist() if name in touched]
        self.at = {name: at for at, name in enumerate(self.materials)}
        self.chain = chain
        self.draws, self.years = chain.sizes.get("draw", 1), chain.sizes["year"]
        column = {name: at for at, name in enumerate(self.processes)}
        self.taken = np.zeros((self.draws, self.years, len(self.materials), len(self.processes)))
        self.out = np.zeros_like(self.taken)
        for amount, (process, material) in zip(self.plain(chain.coefficient, "flow"), ends, strict=True):
            if process not in self.slot:
                continue
            into = amount.max() <= 0
            if material == main[process] and into == self.by_feed[process]:
                continue  # what the activity itself counts
            side = self.taken if into else self.out
            side[..., self.at[material], column[process]] += np.abs(amount)

    def plain(self, array: xr.DataArray, *dims: str) -> np.ndarray:
        """Return an array as (dims ..., draw, year). Raises ``ValueError`` for other years or draws."""
        for dim in ("draw", "year"):
            own = self.chain[dim].values if dim in self.chain.dims else np.empty(0)
            if dim in array.coords and dim in array.dims and not np.array_equal(array[dim].values, own):
                raise ValueError(f"'{array.name or 'an array'}' has another {dim} than the chain.")
        lacking = {dim: size for dim, size in (("draw", self.draws), ("year", self.years)) if dim not in array.dims}
        values: np.ndarray = array.expand_dims(lacking).transpose(*dims, "draw", "year").values
        return values


def _shares(system: _System, given: Mapping[str, xr.DataArray | float]) -> dict[str, np.ndarray]:
    """Return the share of every process, (draw, year). Raises ``RouteError`` where shares do not fit together."""
    stray = [name for name in given if name not in system.slot]
    if stray:
        raise ValueError(f"No process that takes part is called {', '.join(stray)}.")
    found = {name: system.plain(xr.DataArray(share)) for name, share in given.items()}
    for name, share in found.items():
        if not (np.all(share >= -ROUNDING) and np.all(share <= 1 + ROUNDING)):
            raise RouteError(name, f"The share of process {name} is not between 0 and 1.")
    for slot, members in system.serving.items():
        without = [name for name in members if name not in found]
        taken = sum((found[name] for name in members if name in found), np.zeros((1, 1)))
        if len(without) > 1:
            what = f"Routes to {slot} without a share: {', '.join(without)}. Only one can take the rest."
            raise RouteError(without[0], what)
        if np.any(taken > 1 + ROUNDING) or (not without and np.any(np.abs(taken - 1) > ROUNDING)):
            what = f"The shares of the routes to {slot} sum to {_far_from_one(taken):.6g}, not to 1."
            raise RouteError(members[0], what)
        found |= {name: np.clip(1 - taken, 0, 1) for name in without}
    for material, members in system.using.items():
        found = {name: np.zeros((1, 1)) for name in members} | found
        taken = sum((found[name] for name in members), np.zeros((1, 1)))
        if np.any(taken > 1 + ROUNDING):
            what = f"The shares of the uses of {material} sum to {float(taken.max()):.6g}, above 1."
            raise RouteError(members[0], what)
    return found


def _far_from_one(taken: np.ndarray) -> float:
    return float(taken.flat[int(np.abs(taken - 1).argmax())])


def _solve(system: _System, need: xr.DataArray, shares: Mapping[str, np.ndarray]) -> xr.Dataset:
    unknown = [str(slot) for slot in need["slot"].values if str(slot) not in system.serving]
    if unknown:
        raise ValueError(f"Nothing makes {', '.join(unknown)}. {did_you_mean(unknown[0], list(system.serving))}")
    more = [str(dim) for dim in need.dims if dim not in ("slot", "draw", "year")]
    wanted = system.plain(need.stack(case=more) if more else need.expand_dims(case=1), "slot", "case")
    final = {str(slot): np.moveaxis(wanted[at], 0, -1) for at, slot in enumerate(need["slot"].values)}
    count = len(system.processes)
    matrix = np.zeros((system.draws, system.years, count, count)) + np.eye(count)
    right = np.zeros((system.draws, system.years, count, wanted.shape[1]))
    for row, name in enumerate(system.processes):
        share = np.broadcast_to(shares[name], (system.draws, system.years))[..., None]
        if system.by_feed[name]:
            matrix[..., row, :] -= share * system.out[..., system.at[system.main[name]], :]
            continue
        for main in dict.fromkeys(system.main[other] for other in system.serving[system.slot[name]]):
            at = system.at[main]
            matrix[..., row, :] -= share * (system.taken[..., at, :] - system.out[..., at, :])
        right[..., row, :] = share * final.get(system.slot[name], 0.0)
    activity = _solved(system, matrix, right)
    return _result(system, np.clip(activity, 0, None), final, need, more)


def _solved(system: _System, matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the activities. Raises ``RouteError`` where a loop gives back as much as it takes, or more."""
    try:
        activity: np.ndarray = np.linalg.solve(matrix, right)
    except np.linalg.LinAlgError as error:
        name = next((name for name in system.processes if system.by_feed[name]), system.processes[0])
        raise RouteError(name, "A loop gives back all that it takes: its route shares cannot all hold.") from error
    least = activity.min(axis=(0, 1, 3), initial=0.0)
    if np.any(least < -ROUNDING * max(float(np.abs(right).max(initial=0.0)), 1.0)):
        name = system.processes[int(least.argmin())]
        what = f"By-products turn out more than is needed of what process {name} makes: route shares cannot all hold."
        raise RouteError(name, what)
    return activity


def _result(
    system: _System, activity: np.ndarray, final: Mapping[str, np.ndarray], need: xr.DataArray, more: list[str]
) -> xr.Dataset:
    chain = system.chain
    of_material = chain["material_stage"].sel(material=system.materials).values
    of_process = chain["process_stage"].sel(process=system.processes).values
    own = (of_material[:, None] == of_process[None, :]).astype(float)
    asked, within = system.taken @ activity, (system.taken * own) @ activity
    turned_out, returned = system.out @ activity, (system.out * (1 - own)) @ activity
    made = np.zeros_like(asked)
    for column, name in enumerate(system.processes):
        (asked if system.by_feed[name] else made)[..., system.at[system.main[name]], :] += activity[..., column, :]
    for slot, amount in final.items():  # a grade's final need falls on what was made of it
        members = list(dict.fromkeys(system.at[system.main[name]] for name in system.serving[slot]))
        total = made[..., members, :].sum(axis=-2)
        for member in members:
            part = np.divide(made[..., member, :], total, out=np.zeros_like(total), where=total > 0)
            asked[..., member, :] += amount * part
    loss = np.moveaxis(system.plain(chain.loss.sel(process=system.processes), "element", "process"), (0, 1), (-2, -1))
    by_material = {
        "asked": asked, "within": within, "made": made, "turned_out": turned_out, "returned": returned,
        "bought": np.clip(asked - made - turned_out, 0, None), "left": np.clip(made + turned_out - asked, 0, None),
    }  # fmt: skip
    inner = {
        "activity": ("process", activity), "lost": ("element", loss @ activity),
        **{name: ("material", numbers) for name, numbers in by_material.items()},
    }  # fmt: skip
    labels = {"process": system.processes, "element": chain["element"].values, "material": system.materials}
    coords = {"year": chain["year"].values, **({"draw": chain["draw"].values} if "draw" in chain.dims else {})}
    cases = need.stack(case=more)["case"] if more else None
    result = xr.Dataset()
    for name, (dim, numbers) in inner.items():
        array = xr.DataArray(
            numbers, dims=("draw", "year", dim, "case"), coords={dim: labels[dim], "year": coords["year"]}
        )
        array = array.assign_coords(draw=coords["draw"]) if "draw" in coords else array.isel(draw=0)
        array = array.isel(case=0) if cases is None else array.assign_coords(case=cases).unstack("case")
        array.attrs = {"units": "t/year", "long_name": _NAMES[name]}
        result[name] = array
    return result


_NAMES = {
    "activity": "main product made or feed taken in by the process",
    "asked": "taken in by processes, and final need",
    "within": "taken in by processes of the material's own rung",
    "made": "made by processes of which it is the main product",
    "turned_out": "by-products, and what processes driven by their feed make",
    "returned": "by-products that processes of other rungs turn out",
    "bought": "asked for beyond what is made and turned out",
    "left": "made and turned out beyond what is asked for",
    "lost": "losses of the processes that took part",
}
