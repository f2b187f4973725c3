"""Recipes: what a process takes in and turns out, compiled from compositions and recoveries.

The pack lists for each process its main product, and its inputs and by-products in order, each with the *key*
elements that decide how much of it there is. Per tonne of main product:

- the main product needs, of each element, its content over the share of the input that reaches it
  (``process_yield`` where by-products take some too, else the recovery);
- inputs (``in``) are taken in their order, each as far as its key elements go without any of them passing what is
  needed: ``x = min over keys (needed - brought so far) / content``. The last input with a key brings the rest;
- by-products (``out``) are filled in their order in the same way, from what the process recovers of each element
  and has not put into an earlier product;
- a ``make_up`` input (oxygen of the air, a reagent) brings what its key lacks in all products together;
- what is left is loss, by element.

A process driven by its ``feed`` is compiled per tonne of feed, and everything it turns out is filled like a
by-product; one that is ``opened`` recovers the rare earths of its feed as the product they sit in allows. What a
process driven by ``shape`` loses is a property of the products' magnet shapes. So every element balances because it
is derived; what cannot be (a loss below zero, an element from nowhere, an input that brings more than is needed) is
a fault that names the process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from chumbak.chain.materials import INPUTS as MATERIAL_INPUTS
from chumbak.chain.materials import Compositions, Material, Plain, expand
from chumbak.chain.processes import BY_FEED, Flow, Process, check_tables, expand_processes
from chumbak.pack.faults import Faults
from chumbak.pack.tables import Nouns

INPUTS = (*MATERIAL_INPUTS, "process_yield", "process_recovery", "element_recovery")
RARE_EARTH = "rare earth"
TINY = 1e-9  # t per t: rounding, not a flow


@dataclass
class _Recipe:
    """One process being compiled. ``flows`` are (material, t per t of main product or feed), inputs below zero."""

    process: Process
    flows: list[tuple[str, np.ndarray]] = field(default_factory=list)
    brought: np.ndarray = field(default_factory=lambda: np.zeros((1, 1, 1)))  # of each element, by inputs
    made: np.ndarray = field(default_factory=lambda: np.zeros((1, 1, 1)))  # of each element, in products

    def take(self, material: str, amount: np.ndarray, composition: np.ndarray) -> None:
        """Add an input."""
        self.flows.append((material, -amount))
        self.brought = self.brought + amount * composition

    def make(self, material: str, amount: np.ndarray, composition: np.ndarray) -> None:
        """Add a product."""
        self.flows.append((material, amount))
        self.made = self.made + amount * composition


def compile_chain(nouns: Nouns, given: Mapping[str, xr.DataArray]) -> xr.Dataset:
    """Return the chain of a pack: compositions, recipes and losses, central or for every draw.

    ``given`` holds ``INPUTS`` (over ``year`` where they have one, and ``draw`` where drawn), ``used`` and
    ``dismantled`` (product, element, year; see ``materials``), and ``shape_yield`` (grade, year): finished over rough
    magnet, as the shapes of the products that take the grade ask for; and ``magnet_recovery`` (product): what opening
    the goods recovers of their magnets. Variables:

    - ``composition`` (material, element, [draw], year), kg/kg
    - ``coefficient`` (flow, [draw], year), t of the flow's material per t of the process's main product or feed:
      above zero what comes out, below zero what goes in
    - ``loss`` (process, element, [draw], year), t per t

    with coordinates ``stage`` (the rungs in order), ``flow_process`` and ``flow_material``; ``material_`` and
    ``process_`` name, stage, template and the rest of ``Material`` and ``Process``. Raises ``PackError`` with
    everything that cannot be.
    """
    faults = Faults()
    materials = expand(nouns)
    processes = expand_processes(nouns, materials)
    check_tables(nouns, materials, processes, faults)
    faults.stop_if_any()
    compositions = Compositions(nouns, materials, given, faults)
    for name in materials:
        _ = compositions[name]
    shares = _Shares(nouns, given)
    recipes = [
        _compile(nouns, process, flows, compositions, shares, faults)
        for process, flows in processes.items()
        if compositions.lost.isdisjoint([process.main, *(flow.material for flow in flows)])
    ]
    faults.stop_if_any()
    return _dataset(materials, recipes, compositions, given).assign_coords(stage=nouns.ids("stages"))


def _compile(
    nouns: Nouns, process: Process, flows: list[Flow], compositions: Compositions, shares: _Shares, faults: Faults
) -> _Recipe:
    recipe = _Recipe(process)
    recovered = shares.recovered(process)
    if process.driven in BY_FEED:
        recipe.take(process.main, np.ones((1, 1)), compositions[process.main])
    else:
        recipe.make(process.main, np.ones((1, 1)), compositions[process.main])
        needed = _needed(recipe.made, shares.reaches_main(process))
        for flow in (flow for flow in flows if flow.way == "in"):
            amount = _as_far_as(needed - recipe.brought, compositions, flow, nouns, faults)
            if np.any(amount < -TINY):
                what = f"what goes into process '{process.id}' before '{flow.material}' brings more than is needed"
                _note(nouns, process, "too-much-brought", what, "Change the order of its inputs.", faults)
            recipe.take(flow.material, np.clip(amount, 0, None), compositions[flow.material])
        keys = {key for flow in flows if flow.way == "in" for key in flow.keys}
        _check_inputs(nouns, process, keys, needed, recipe, compositions, faults)
    asked = dict.fromkeys(key for flow in flows if flow.way == "out" for key in flow.keys)
    missing = [key for key in asked if np.any(np.isnan(recovered[compositions.at[key]]))]
    _note_recovery(nouns, process, missing, faults)
    for flow in (flow for flow in flows if flow.way == "out"):
        left = np.nan_to_num(recovered) * recipe.brought - recipe.made
        amount = _as_far_as(left, compositions, flow, nouns, faults)
        recipe.make(flow.material, np.clip(amount, 0, None), compositions[flow.material])
    for flow in (flow for flow in flows if flow.way == "make_up"):
        amount = _as_far_as(recipe.made - recipe.brought, compositions, flow, nouns, faults)
        recipe.take(flow.material, np.clip(amount, 0, None), compositions[flow.material])
    if not missing:  # else what is lost follows from nothing
        _check_losses(nouns, process, recipe, compositions, faults)
    return recipe


def _needed(made: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return what has to go in of each element; infinite where none of it reaches the product, NaN as ``share``."""
    needed = made / np.where(share == 0, 1.0, share)
    return np.where((share == 0) & (made > 0), np.inf, needed)


def _as_far_as(wanted: np.ndarray, compositions: Compositions, flow: Flow, nouns: Nouns, faults: Faults) -> np.ndarray:
    """Return how much of a material brings no more of any of its key elements than is wanted, (draw, year)."""
    content = compositions[flow.material]
    amount: np.ndarray | None = None
    for at in (compositions.at[key] for key in flow.keys):
        holds = content[at] > 0
        if np.any(holds):
            limit = np.where(holds, wanted[at] / np.where(holds, content[at], 1.0), np.inf)
            amount = limit if amount is None else np.minimum(amount, limit)
    if amount is None:
        if np.any(content):  # goods never sold hold nothing
            what = f"'{flow.material}' holds none of its key elements, {' '.join(flow.keys) or 'none are named'}"
            mend = "Name in 'keys' the elements that decide how much of it there is."
            faults.add(nouns.where["flows", flow.row], "keys", "key-not-held", what, mend)
        return np.zeros((1, 1))
    return np.where(np.isfinite(amount), amount, 0.0)


class _Shares:
    """The recoveries and yields of processes, laid out once."""

    def __init__(self, nouns: Nouns, given: Mapping[str, xr.DataArray]) -> None:
        self._of_all = Plain(given["process_recovery"], "process")
        self._of_one = Plain(given["element_recovery"], "process", "element")
        self._yields = Plain(given["process_yield"], "process")
        self._shape = Plain(given["shape_yield"], "grade")
        self._opened = Plain(given["magnet_recovery"], "product")
        kinds = nouns.column("elements", "kind")
        self._rare_earth = np.array([kind.endswith(RARE_EARTH) for kind in kinds.values()])[:, None, None]
        self._at = {element: at for at, element in enumerate(kinds)}

    def recovered(self, process: Process) -> np.ndarray:
        """Return the share of each element's input that leaves in products; NaN where no figure says."""
        found = np.full((len(self._at), 1, 1), np.nan)
        of_all = self._of_all.row(process.template)
        if of_all is not None:
            found = np.ones_like(found) * of_all
        if process.driven == "opened":
            of_magnets = self._opened.row(process.product)
            assert of_magnets is not None, "every product of a pack has a recovery"
            found = np.where(self._rare_earth, of_magnets, found)
        of_one = self._of_one.row(process.template)
        if of_one is None:
            return found
        own = np.full((len(found), *of_one.shape[1:]), np.nan)
        own[[self._at[element] for element in self._of_one.labels[1]]] = of_one
        return np.where(np.isnan(own), found, own)

    def reaches_main(self, process: Process) -> np.ndarray:
        """Return the share of each element's input that reaches the main product; NaN where no figure says."""
        of_main = self._shape.row(process.grade) if process.driven == "shape" else self._yields.row(process.template)
        return self.recovered(process) if of_main is None else of_main[None]


def _check_inputs(
    nouns: Nouns, process: Process, keys: set[str], needed: np.ndarray, recipe: _Recipe, compositions: Compositions,
    faults: Faults,
) -> None:  # fmt: skip
    """Note key elements of which no figure says the loss, or that the inputs do not bring enough of."""
    missing = [key for key in sorted(keys) if np.any(np.isnan(needed[compositions.at[key]]))]
    _note_recovery(nouns, process, missing, faults)
    for key in (key for key in sorted(keys) if key not in missing):
        need = needed[compositions.at[key]]
        if np.any(np.isinf(need)):
            what = f"process '{process.id}' has a recovery of 0 for {key}, which its product holds"
            _note(nouns, process, "no-recovery", what, "Mend the recovery.", faults)
        elif np.any(recipe.brought[compositions.at[key]] < need * (1 - TINY) - TINY):
            what = f"the inputs of process '{process.id}' do not bring all the {key} its product needs"
            mend = "Add an input with this key after the others, or mend the compositions."
            _note(nouns, process, "element-from-nowhere", what, mend, faults)


def _check_losses(nouns: Nouns, process: Process, recipe: _Recipe, compositions: Compositions, faults: Faults) -> None:
    loss = recipe.brought - recipe.made
    gained = [element for element, at in compositions.at.items() if np.any(loss[at] < -TINY)]
    if gained:
        more = max(-float(loss[compositions.at[element]].min()) for element in gained)
        by = f"by {more:.3g} t per t" if len(gained) == 1 else f"by up to {more:.3g} t per t"
        what = f"process '{process.id}' turns out more {', '.join(gained)} than goes in, {by}"
        mend = "Mend its recoveries or compositions, or add the input that brings it."
        _note(nouns, process, "negative-loss", what, mend, faults)


def _note_recovery(nouns: Nouns, process: Process, missing: list[str], faults: Faults) -> None:
    """Note, once for a process, the elements of which no figure says how much it recovers."""
    if missing:
        figure = f"process.{process.template}.recovery"
        mend = f"Add {figure}, or {' and '.join(f'{figure}.{key}' for key in missing[:3])}"
        mend += " and those of the others." if len(missing) > 3 else "."
        what = f"no figure says how much {', '.join(missing)} process '{process.id}' recovers"
        _note(nouns, process, "missing-recovery", what, mend, faults)


def _note(nouns: Nouns, process: Process, kind: str, what: str, mend: str, faults: Faults) -> None:
    faults.add(nouns.where["processes", process.template], "id", kind, what, mend)


def _dataset(
    materials: Mapping[str, Material], recipes: list[_Recipe], compositions: Compositions,
    given: Mapping[str, xr.DataArray],
) -> xr.Dataset:  # fmt: skip
    """Return materials and recipes as labelled arrays."""
    content = given["content"]
    drawn = "draw" in content.dims
    shape = (content.sizes["draw"] if drawn else 1, content.sizes["year"])
    flows = [(recipe.process.id, material, amount) for recipe in recipes for material, amount in recipe.flows]
    processes = [recipe.process for recipe in recipes]
    elements = (len(compositions.elements),)

    def stacked(dims: tuple[str, ...], arrays: list[np.ndarray], inner: tuple[int, ...] = ()) -> xr.DataArray:
        values = np.empty((len(arrays), *inner, *shape))
        for at, array in enumerate(arrays):
            values[at] = array
        labelled = xr.DataArray(values, dims=(*dims, "draw", "year"))
        return labelled if drawn else labelled.isel(draw=0)

    chain = xr.Dataset(
        {
            "composition": stacked(("material", "element"), [compositions[name] for name in materials], elements),
            "coefficient": stacked(("flow",), [amount for _, _, amount in flows]),
            "loss": stacked(("process", "element"), [recipe.brought - recipe.made for recipe in recipes], elements),
        },
        coords={
            "material": list(materials),
            "element": compositions.elements,
            "process": [process.id for process in processes],
            "year": content["year"].values,
            "flow_process": ("flow", [process for process, _, _ in flows]),
            "flow_material": ("flow", [material for _, material, _ in flows]),
            **({"draw": content["draw"].values} if drawn else {}),
            **{
                f"material_{name}": ("material", [getattr(material, name) for material in materials.values()])
                for name in ("name", "stage", "template", "form", "grade", "product")
            },
            **{
                f"process_{name}": ("process", [getattr(process, name) for process in processes])
                for name in ("name", "stage", "template", "main", "driven", "slot", "grade", "product")
            },
        },
    )
    for name, (units, long_name) in _ATTRS.items():
        chain[name].attrs = {"units": units, "long_name": long_name}
    return chain


_ATTRS = {
    "composition": ("kg/kg", "mass fraction of the element in the material"),
    "coefficient": ("t/t", "what comes out (above zero) and goes in (below) per t of main product or feed"),
    "loss": ("t/t", "what is lost of the element per t of main product or feed"),
}
