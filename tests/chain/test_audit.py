"""The audit passes what was compiled and fails what was touched: it checks, it does not repeat."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from chumbak.chain import AuditError, audit, requirements
from chumbak.chain.audit import TOLERANCE, audit_requirements, imbalance
from tests.chain.test_requirements import looped
from tests.chain.toy import Toy, grade_need

OFF = 1e-6  # t per t, or kg/kg


@pytest.fixture(scope="module")
def chain() -> xr.Dataset:
    return Toy().chain()


def touched(chain: xr.Dataset, name: str, at: tuple[int, ...], by: float) -> xr.Dataset:
    values = chain[name].values.copy()
    values[at] += by
    return chain.assign({name: (chain[name].dims, values)})


def test_what_was_compiled_balances(chain: xr.Dataset) -> None:
    assert audit(chain) <= TOLERANCE
    off = imbalance(chain)
    assert off.dims == ("process", "element")
    assert off.sizes["process"] == chain.sizes["process"]


@pytest.mark.parametrize("flow", range(Toy().chain().sizes["flow"]))
def test_every_touched_coefficient_is_found(chain: xr.Dataset, flow: int) -> None:
    for by in (OFF, -OFF):
        with pytest.raises(AuditError):
            audit(touched(chain, "coefficient", (flow, 1), by))


@pytest.mark.parametrize("process", range(Toy().chain().sizes["process"]))
def test_every_touched_loss_is_found(chain: xr.Dataset, process: int) -> None:
    for element in range(chain.sizes["element"]):
        with pytest.raises(AuditError):
            audit(touched(chain, "loss", (process, element, 1), OFF))


@pytest.mark.parametrize("material", range(Toy().chain().sizes["material"]))
def test_every_touched_composition_is_found(chain: xr.Dataset, material: int) -> None:
    for element in range(chain.sizes["element"]):
        for by in (OFF, -OFF):
            with pytest.raises(AuditError):
                audit(touched(chain, "composition", (material, element, 0), by))


@settings(max_examples=60)
@given(data=st.data())
def test_a_composition_that_still_sums_to_one_is_found_in_its_processes(data: st.DataObject, chain: xr.Dataset) -> None:
    used = set(chain["flow_material"].values.tolist())
    material = data.draw(st.sampled_from([at for at, name in enumerate(chain["material"].values) if name in used]))
    first, second = data.draw(st.permutations(range(chain.sizes["element"])))[:2]
    moved = touched(chain, "composition", (material, first, 0), 1e-4)
    moved = touched(moved, "composition", (material, second, 0), -1e-4)
    amount = np.abs(chain.coefficient.values[chain["flow_material"].values == chain["material"].values[material], 0])
    if amount.max() > 1e-3:
        with pytest.raises(AuditError):
            audit(moved)


@pytest.mark.parametrize("name", ["composition", "coefficient", "loss"])
def test_what_is_missing_is_no_balance(chain: xr.Dataset, name: str) -> None:
    for at in range(chain[name].shape[0]):
        index = (at, *[0] * (chain[name].ndim - 1))
        with pytest.raises(AuditError):
            audit(touched(chain, name, index, np.nan))


def test_the_missing_part_of_a_material_that_no_process_touches_is_found() -> None:
    toy = Toy()
    toy.add("materials", "spare,Spare,,elements,Cu,,,")
    chain = toy.chain()
    material = chain["material"].values.tolist().index("spare")
    nothing = int(np.flatnonzero(chain.composition.values[material, :, 0] == 0)[0])
    with pytest.raises(AuditError, match="whole"):
        audit(touched(chain, "composition", (material, nothing, 0), np.nan))


def test_a_loss_below_zero_is_found_even_where_it_balances(chain: xr.Dataset) -> None:
    # more iron out of casting than goes in: the flow is touched and the loss agrees with it
    flow = np.flatnonzero((chain["flow_process"] == "cast_n") & (chain["flow_material"] == "iron"))[0]
    process = chain["process"].values.tolist().index("cast_n")
    iron = chain["element"].values.tolist().index("Fe")
    lost = float(chain.loss.values[process, iron, 0])
    changed = touched(chain, "coefficient", (int(flow), 0), lost + OFF)  # less goes in
    changed = touched(changed, "loss", (process, iron, 0), -lost - OFF)
    with pytest.raises(AuditError, match="below zero"):
        audit(changed)


def test_the_error_names_element_and_process(chain: xr.Dataset) -> None:
    process = chain["process"].values.tolist().index("reduce_dy")
    element = chain["element"].values.tolist().index("Dy")
    with pytest.raises(AuditError, match="Dy does not balance in process 'reduce_dy'"):
        audit(touched(chain, "loss", (process, element, 0), 1e-3))


def test_one_draw_of_many_is_enough(chain: xr.Dataset) -> None:
    drawn = chain.expand_dims(draw=3).copy(deep=True)
    assert audit(drawn) <= TOLERANCE
    drawn.loss.loc[{"draw": 1, "process": "bond", "element": "Nd", "year": 2026}] += OFF
    with pytest.raises(AuditError):
        audit(drawn)


def asked(toy: Toy, need: dict[str, float]) -> tuple[xr.Dataset, xr.Dataset, xr.DataArray]:
    chain, wanted = toy.chain(), grade_need(need)
    return chain, requirements(chain, wanted, toy.shares()), wanted


@pytest.mark.parametrize("need", [{"N": 1.0}, {"SH": 2.0, "bonded": 0.3}, {"N": 0.0}, {"alloy_n": 1.0, "N": 1e6}])
def test_what_is_required_balances(need: dict[str, float]) -> None:
    assert audit_requirements(*asked(Toy(), need)) <= TOLERANCE
    assert audit_requirements(*asked(looped(), need)) <= TOLERANCE


@pytest.mark.parametrize("name", ["activity", "bought", "left", "lost"])
@pytest.mark.parametrize("by", [OFF, -OFF, np.nan])
def test_every_touched_requirement_is_found(name: str, by: float) -> None:
    chain, found, wanted = asked(Toy(), {"N": 1.0, "SH": 1.0, "bonded": 1.0})
    (first,) = (dim for dim in found[name].dims if dim != "year")
    for at in range(found.sizes[first]):
        changed = found.copy(deep=True)
        changed[name][{first: at, "year": 1}] += by
        with pytest.raises(AuditError, match="What is required does not balance"):
            audit_requirements(chain, changed, wanted)


def test_another_need_is_found() -> None:
    chain, found, wanted = asked(Toy(), {"N": 1.0, "SH": 1.0})
    with pytest.raises(AuditError):
        audit_requirements(chain, found, wanted * xr.DataArray([1.0, 1 + OFF], dims="slot"))
