"""Requirements against an iteration that knows no matrix, loops by hand, and the laws that any chain keeps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from chumbak.chain import requirements
from chumbak.chain.requirements import RouteError, takes_part
from tests.chain.toy import YEARS, Toy, grade_need

STAGES = ("separation", "metal", "alloy", "magnet", "recycling")
ELEMENTS = ("A", "B", "C")


@dataclass
class Sketch:
    """A chain drawn freely: ``flows`` (process, material, t per t), ``processes`` id -> (stage, main, driven, slot)."""

    processes: dict[str, tuple[str, str, str, str]] = field(default_factory=dict)
    flows: list[tuple[str, str, float]] = field(default_factory=list)
    stage: dict[str, str] = field(default_factory=dict)
    shares: dict[str, float] = field(default_factory=dict)
    seed: int = 0

    def chain(self, order: np.random.Generator | None = None) -> xr.Dataset:
        """Return the chain, with random compositions and the losses they leave; rows shuffled by ``order``."""
        materials, processes, flows = list(self.stage), list(self.processes), list(self.flows)
        if order is not None:
            for rows in (materials, processes, flows):
                order.shuffle(rows)  # type: ignore[arg-type]
        rng = np.random.default_rng(self.seed)
        held = {name: rng.dirichlet(np.ones(len(ELEMENTS))) for name in self.stage}
        loss = np.zeros((len(processes), len(ELEMENTS)))
        for process, material, amount in flows:
            loss[processes.index(process)] -= amount * held[material]
        cells = [self.processes[name] for name in processes]
        columns = dict(zip(("stage", "main", "driven", "slot"), zip(*cells, strict=True), strict=True))
        return xr.Dataset(
            {
                "composition": (("material", "element"), [held[name] for name in materials]),
                "coefficient": ("flow", [amount for *_, amount in flows]),
                "loss": (("process", "element"), loss),
            },
            coords={
                "material": materials,
                "element": list(ELEMENTS),
                "process": processes,
                "stage": list(STAGES),
                "flow_process": ("flow", [process for process, *_ in flows]),
                "flow_material": ("flow", [material for _, material, _ in flows]),
                "material_stage": ("material", [self.stage[name] for name in materials]),
                **{f"process_{name}": ("process", list(column)) for name, column in columns.items()},
            },
        ).expand_dims(year=list(YEARS), axis=-1)  # fmt: skip


def random_chain(seed: int) -> Sketch:
    """Return a chain of four rungs with joint products, two routes to a slot, scrap, and recycling to any rung."""
    rng = np.random.default_rng(seed)
    sketch = Sketch(seed=seed)
    rungs: list[list[str]] = [[f"oxide{at}" for at in range(3)]]
    sketch.stage |= dict.fromkeys(rungs[0], "separation") | {"reagent": "", "scrap0": "", "scrap1": ""}
    for stage in STAGES[1:4]:
        made = []
        for at in range(int(rng.integers(1, 4))):
            name = f"{stage}{at}"
            sketch.stage[name] = stage
            for route in range(int(rng.integers(1, 3))):
                process = f"make_{name}_{route}"
                sketch.processes[process] = (stage, name, "need", name)
                sketch.flows.append((process, name, 1.0))
                inputs = rng.choice(rungs[-1], size=int(rng.integers(1, len(rungs[-1]) + 1)), replace=False)
                sketch.flows += [(process, str(one), -float(rng.uniform(0.2, 0.9))) for one in inputs]
                sketch.flows.append((process, "reagent", -float(rng.uniform(0, 0.5))))
                if rng.random() < 0.7:
                    sketch.flows.append((process, f"scrap{rng.integers(2)}", float(rng.uniform(0, 0.3))))
                if route:
                    sketch.shares[process] = float(rng.uniform(0, 1))
            made.append(name)
        rungs.append(made)
    back = [name for name in sketch.stage if sketch.stage[name]]
    for at in range(2):
        for use in range(int(rng.integers(1, 3))):
            process = f"recycle{at}_{use}"
            sketch.processes[process] = ("recycling", f"scrap{at}", "feed", f"scrap{at}")
            sketch.flows.append((process, f"scrap{at}", -1.0))
            sketch.flows += [(process, str(one), float(rng.uniform(0, 0.4))) for one in rng.choice(back, size=2)]
            sketch.shares[process] = float(rng.uniform(0, 0.5))
    return sketch


def solve(sketch: Sketch, need: xr.DataArray, order: np.random.Generator | None = None) -> xr.Dataset:
    chain = sketch.chain(order)
    part = set(takes_part(chain))
    return requirements(chain, need, {name: share for name, share in sketch.shares.items() if name in part})


def brute_force(sketch: Sketch, need: Mapping[str, float]) -> dict[str, float]:
    """Return the activities once passing needs up the chain and by-products back no longer changes them."""
    serving = defaultdict(list)
    for name, (stage, _, driven, slot) in sketch.processes.items():
        if driven == "need" and stage != "separation":
            serving[slot].append(name)
    shares = dict(sketch.shares)
    for members in serving.values():
        for name in members:
            shares.setdefault(name, 1 - sum(sketch.shares.get(other, 0.0) for other in members))
    activity = dict.fromkeys(sketch.processes, 0.0)
    for _ in range(3000):
        wanted, arising = defaultdict(float, need), defaultdict(float)
        for process, material, amount in sketch.flows:
            _, main, driven, slot = sketch.processes[process]
            moved = amount * activity[process]
            if amount > 0 and not (driven == "need" and material == main):
                arising[material] += moved
                wanted[material] -= moved
            elif amount < 0 and not (driven == "feed" and material == main):
                wanted[material] -= moved
        new = {
            name: shares[name] * (wanted[slot] if driven == "need" else arising[main])
            for name, (_, main, driven, slot) in sketch.processes.items()
        }
        if all(abs(new[name] - activity[name]) < 1e-14 for name in new):
            break
        activity = new
    return activity


def holds_together(seed: int, need: Mapping[str, float]) -> tuple[Sketch, dict[str, float]] | None:
    """Return a random chain and its activities, or None where by-products pass what is needed."""
    sketch = random_chain(seed)
    known = {slot: amount for slot, amount in need.items() if slot in {row[3] for row in sketch.processes.values()}}
    activity = brute_force(sketch, known)
    sound = all(np.isfinite(one) and 0 <= one < 1e6 for one in activity.values())
    return (sketch, known) if sound else None  # type: ignore[return-value]


NEED = {"magnet0": 3.0, "magnet1": 0.7, "alloy0": 0.2}


def test_most_random_chains_hold_together() -> None:
    assert sum(holds_together(seed, NEED) is not None for seed in range(60)) > 40


@pytest.mark.parametrize("seed", range(60))
def test_the_iteration_comes_to_the_same(seed: int) -> None:
    found = holds_together(seed, NEED)
    sketch = random_chain(seed)
    known = {slot: amount for slot, amount in NEED.items() if slot in {row[3] for row in sketch.processes.values()}}
    if found is None:
        with pytest.raises(RouteError):
            solve(sketch, grade_need(known))
        return
    result = solve(sketch, grade_need(known))
    for name, activity in brute_force(sketch, known).items():
        if name in result["process"].values:
            assert result.activity.sel(process=name).values == pytest.approx([activity] * 2, abs=1e-10)
        else:
            assert activity == 0


sound = st.integers(0, 2000).map(lambda seed: holds_together(seed, NEED)).filter(lambda found: found is not None)
laws = settings(max_examples=25)


@laws
@given(found=sound)
def test_elements_bought_are_needed_left_or_lost(found: tuple[Sketch, dict[str, float]]) -> None:
    sketch, need = found
    chain = sketch.chain()
    result = solve(sketch, grade_need(need))
    held = chain.composition.sel(material=result["material"])
    bought, left = (xr.dot(result[name], held, dim="material") for name in ("bought", "left"))
    final = sum(amount * chain.composition.sel(material=slot, drop=True) for slot, amount in need.items())
    off = bought - final - left - result.lost
    assert float(np.abs(off).max()) < 1e-9 * max(1.0, float(bought.max()))


@laws
@given(found=sound)
def test_every_material_is_accounted_for(found: tuple[Sketch, dict[str, float]]) -> None:
    sketch, need = found
    result = solve(sketch, grade_need(need))
    off = result.made + result.turned_out + result.bought - result.asked - result.left
    assert float(np.abs(off).max()) < 1e-9
    for name in ("asked", "within", "made", "turned_out", "returned", "bought", "left"):
        assert float(result[name].min()) >= -1e-12
    assert bool((result.within <= result.asked + 1e-12).all())
    assert bool((result.returned <= result.turned_out + 1e-12).all())


@laws
@given(found=sound, factor=st.floats(0, 1e3))
def test_twice_the_need_asks_for_twice_as_much(found: tuple[Sketch, dict[str, float]], factor: float) -> None:
    sketch, need = found
    one, more = (solve(sketch, times * grade_need(need)) for times in (1, factor))
    for name in one:
        np.testing.assert_allclose(more[name], factor * one[name], atol=1e-9 * max(1, factor))


@laws
@given(found=sound, first=st.floats(0, 1))
def test_needs_add_up(found: tuple[Sketch, dict[str, float]], first: float) -> None:
    sketch, need = found
    whole = grade_need(need)
    parts = [solve(sketch, share * whole) for share in (first, 1 - first)]
    together = solve(sketch, whole)
    for name in ("activity", "asked", "made", "turned_out", "lost"):
        np.testing.assert_allclose(parts[0][name] + parts[1][name], together[name], atol=1e-9)


@laws
@given(found=sound, seed=st.integers(0, 100))
def test_the_order_of_rows_does_not_matter(found: tuple[Sketch, dict[str, float]], seed: int) -> None:
    sketch, need = found
    one = solve(sketch, grade_need(need))
    turned = dict(reversed(need.items()))
    other = solve(sketch, grade_need(turned), np.random.default_rng(seed))
    for name in one:
        xr.testing.assert_allclose(one[name], other[name].reindex_like(one[name]), atol=1e-9)


def test_several_needs_at_once_are_each_alone() -> None:
    toy = Toy()
    chain, shares = toy.chain(), toy.shares()
    grades = ["N", "SH", "bonded"]
    each = xr.DataArray(np.eye(3), dims=("slot", "grade"), coords={"slot": grades, "grade": grades})
    twice = xr.concat([each, 2 * each], dim=xr.IndexVariable("size", ["small", "large"]))
    together = requirements(chain, twice, shares)
    assert set(together.activity.dims) == {"process", "year", "grade", "size"}
    for size, factor in (("small", 1.0), ("large", 2.0)):
        for grade in grades:
            alone = requirements(chain, grade_need({grade: factor}), shares)
            for name in alone:
                one = together[name].sel(size=size, grade=grade).transpose(*alone[name].dims)
                np.testing.assert_allclose(one, alone[name], atol=1e-12)


def test_draws_and_years_are_each_alone() -> None:
    toy = Toy()
    chain, shares = toy.chain(), toy.shares()
    spread = xr.DataArray([[1.0, 1.2], [0.9, 1.1], [1.3, 0.8]], dims=("draw", "year"))
    spread = spread.assign_coords(draw=range(3), year=list(YEARS))
    drawn = chain.assign(coefficient=chain.coefficient * spread.where(chain.coefficient < 0, 1.0))
    given_shares = {**shares, "diffuse_sh": 0.5 * spread / spread.max()}
    need = grade_need({"SH": 2.0, "N": 1.0}) * spread
    result = requirements(drawn, need, given_shares)
    for draw in range(3):
        for year in YEARS:
            at = {"draw": draw, "year": [year]}
            alone = requirements(
                drawn.sel(at), need.sel(at),
                {name: one.sel({dim: at[dim] for dim in one.dims if dim in at}) for name, one in given_shares.items()},
            )  # fmt: skip
            for name in alone:
                one = result[name].sel(at).transpose(*alone[name].dims)
                np.testing.assert_allclose(one, alone[name], atol=1e-12)


def test_swarf_that_returns_as_oxide_by_hand() -> None:
    # A tonne of N: 1.25 t of alloy and 0.2 t of swarf, 90 % of it leached; the alloy needs 1.25 x 0.24 / 0.98 of Nd
    # as metal at 95 %, and leaching gives 0.18 x 0.24 x 0.95 of it back.
    toy = Toy()
    result = requirements(toy.chain(), grade_need({"N": 1.0}), toy.shares()).isel(year=0)
    nd = 2 * 144.24 / (2 * 144.24 + 3 * 15.999)
    asked, returned = 1.25 * 0.24 / 0.98 / 0.95 / nd, 0.18 * 0.24 * 0.95 / nd
    at = {"material": "nd_oxide"}
    assert float(result.asked.sel(at)) == pytest.approx(asked)
    assert float(result.turned_out.sel(at)) == float(result.returned.sel(at)) == pytest.approx(returned)
    assert float(result.bought.sel(at)) == pytest.approx(asked - returned)
    assert float(result.left.sel(material="swarf_n")) == pytest.approx(0.02)
    assert float(result.activity.sel(process="leach_n")) == pytest.approx(0.18)


def looped() -> Toy:
    """Return the toy with casting that leaves skulls, 0.1 t per tonne of alloy, all melted into alloy at 90 %."""
    toy = Toy()
    toy.figures |= {"process.cast.yield": 0.9, "process.cast.recovery": 0.99, "process.melt.recovery": 0.9}
    toy.figures |= {"process.melt.share": 1.0, "process.leach.share": 0.0}
    toy.add("materials", "skull_GRADE,Skull GRADE,,grade,,sintered,,")
    toy.add("processes", "melt,Melting of skulls,recycling,skull_GRADE,feed,")
    toy.add("flows", "cast_6,cast,out,skull_GRADE,Nd,", "melt_1,melt,out,alloy_GRADE,Nd,")
    return toy


def test_a_loop_by_hand() -> None:
    # x of alloy leave 0.1 x of skulls, which give 0.09 x of alloy: x + 0.09 x = 1.25
    toy = looped()
    result = requirements(toy.chain(), grade_need({"N": 1.0}), toy.shares()).isel(year=0)
    alloy = 1.25 / 1.09
    assert float(result.activity.sel(process="cast_n")) == pytest.approx(alloy)
    assert float(result.activity.sel(process="melt_n")) == pytest.approx(0.1 * alloy)
    assert float(result.made.sel(material="alloy_n")) == pytest.approx(alloy)
    assert float(result.turned_out.sel(material="alloy_n")) == pytest.approx(0.09 * alloy)
    assert float(result.bought.sel(material="alloy_n")) == pytest.approx(0, abs=1e-12)


def test_magnets_that_are_diffused_ask_for_the_magnets_they_start_from() -> None:
    toy = Toy()
    result = requirements(toy.chain(), grade_need({"SH": 1.0}), toy.shares()).isel(year=0)
    assert float(result.activity.sel(process="diffuse_sh")) == pytest.approx(0.25)
    assert float(result.activity.sel(process="machine_sh")) == pytest.approx(0.75)
    assert float(result.activity.sel(process="machine_n")) == pytest.approx(0.25 * 0.988)
    assert float(result.within.sel(material="magnet_n")) == pytest.approx(0.25 * 0.988)
    assert float(result.asked.sel(material="magnet_sh_diffused")) == pytest.approx(0.25)


def test_it_stops_at_the_oxides_and_goes_on_where_it_may() -> None:
    toy = Toy()
    chain = toy.chain()
    assert not {"separate", "mine", "open_car", "recycle_car"} & set(takes_part(chain))
    assert {"separate", "mine", "leach_n"} <= set(takes_part(chain, None))
    whole = requirements(chain, grade_need({"nd_oxide": 1.0}), toy.shares(None), stop=None).isel(year=0)
    assert float(whole.asked.sel(material="monazite")) == pytest.approx(1 / 0.9 / 0.375)
    assert float(whole.left.sel(material="pr_oxide")) == pytest.approx(0.5 * 0.2 / 0.375)
    assert float(whole.bought.sel(material="monazite")) == pytest.approx(0)
    assert float(whole.bought.sel(material="sand")) > 100


def self_feeding(back: float) -> Sketch:
    """Return a chain whose scrap gives back ``back`` t of metal for every tonne of metal made."""
    sketch = Sketch(stage={"oxide": "separation", "metal": "metal", "scrap": ""})
    sketch.processes = {"make": ("metal", "metal", "need", "metal"), "remelt": ("recycling", "scrap", "feed", "scrap")}
    sketch.flows = [("make", "metal", 1.0), ("make", "oxide", -1.0), ("make", "metal", -back), ("make", "scrap", 1.0)]
    sketch.flows.append(("remelt", "scrap", -1.0))
    sketch.shares = {"remelt": 1.0}
    return sketch


@pytest.mark.parametrize("back", [1.0, 1.5])
def test_a_loop_that_takes_all_it_makes_is_refused(back: float) -> None:
    sketch = self_feeding(back)
    with pytest.raises(RouteError, match="route shares cannot all hold"):
        requirements(sketch.chain(), grade_need({"metal": 1.0}), sketch.shares)


def test_by_products_beyond_what_is_needed_of_what_a_process_makes_are_refused() -> None:
    # Swarf that comes back as neodymium metal: half of the block is machined away, and casting asks for little of it.
    toy = Toy()
    toy.cell("flows", "leach_1", "material", "nd_metal")
    assert float(requirements(toy.chain(), grade_need({"N": 1.0}), toy.shares()).activity.min()) >= 0
    toy.stocks["shape_yield"]["N"] = 0.5
    with pytest.raises(RouteError, match="more than is needed of what process electrolyse_nd makes"):
        requirements(toy.chain(), grade_need({"N": 1.0}), toy.shares())


def test_a_feed_may_come_from_another_feed() -> None:
    toy = Toy()
    toy.add("materials", "cake_GRADE,Cake GRADE,,grade,,sintered,,")
    toy.add("processes", "press,Pressing,recycling,swarf_GRADE,feed,")
    toy.add("flows", "press_1,press,out,cake_GRADE,Nd,")
    toy.cell("processes", "leach", "main", "cake_GRADE")
    toy.figures |= {"process.press.recovery": 1.0, "process.press.share": 1.0}
    result = requirements(toy.chain(), grade_need({"N": 1.0}), toy.shares()).isel(year=0)
    assert float(result.activity.sel(process="leach_n")) == pytest.approx(0.9 * 0.2)


@pytest.fixture
def toy() -> Toy:
    return Toy()


def refused(toy: Toy, need: dict[str, float], shares: Mapping[str, xr.DataArray | float] | None, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        requirements(toy.chain(), grade_need(need), toy.shares() if shares is None else shares)


def test_what_nothing_makes_is_refused(toy: Toy) -> None:
    refused(toy, {"N": 1.0, "sintered": 1.0}, None, "Nothing makes sintered. Known: didymium, ")
    refused(toy, {"nd_oxide": 1.0}, None, "Nothing makes nd_oxide")  # beyond the rung where it stops


def test_a_share_of_no_process_is_refused(toy: Toy) -> None:
    refused(toy, {"N": 1.0}, {"diffuse_sh": 0.1, "melting": 1.0}, "No process that takes part is called melting")


@pytest.mark.parametrize("share", [-0.1, 1.1, np.nan])
def test_a_share_outside_its_bounds_is_refused(toy: Toy, share: float) -> None:
    refused(toy, {"N": 1.0}, {"diffuse_sh": share}, "The share of process diffuse_sh is not between 0 and 1")


def test_two_routes_without_a_share_are_refused(toy: Toy) -> None:
    refused(toy, {"N": 1.0}, {}, "Routes to SH without a share: machine_sh, diffuse_sh. Only one can take the rest")


def test_routes_that_do_not_sum_to_one_are_refused(toy: Toy) -> None:
    refused(toy, {"N": 1.0}, {"diffuse_sh": 0.5, "machine_sh": 0.6}, "routes to SH sum to 1.1, not to 1")
    refused(toy, {"N": 1.0}, {"diffuse_sh": 0.5, "machine_sh": 0.1}, "routes to SH sum to 0.6, not to 1")


def test_uses_of_a_feed_above_one_are_refused() -> None:
    toy = Toy()
    toy.add("processes", "remelt,Remelting,recycling,swarf_GRADE,feed,")
    toy.add("flows", "remelt_1,remelt,out,alloy_GRADE,Nd,")
    toy.figures |= {"process.remelt.recovery": 0.9, "process.remelt.share": 0.2}
    refused(toy, {"N": 1.0}, None, "The shares of the uses of swarf_n sum to 1.1, above 1")


def test_other_years_than_those_of_the_chain_are_refused(toy: Toy) -> None:
    need = grade_need({"N": 1.0}).expand_dims(year=[2030, 2031])
    with pytest.raises(ValueError, match="another year than the chain"):
        requirements(toy.chain(), need, toy.shares())


def test_a_feed_that_has_no_share_is_left() -> None:
    toy = Toy()
    del toy.figures["process.leach.share"]
    result = requirements(toy.chain(), grade_need({"N": 1.0}), toy.shares()).isel(year=0)
    assert float(result.left.sel(material="swarf_n")) == pytest.approx(0.2)
    assert float(result.turned_out.sel(material="nd_oxide")) == 0
