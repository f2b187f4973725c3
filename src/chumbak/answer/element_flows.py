"""Element flows: where the elements of the magnets needed come from, what the rungs hand on, lose and get back.

What making the need at home would take, from separated oxide to finished magnets, in contained tonnes between *nodes*;
and beside it the way back, from magnets at end of life to recycled oxide. A node on the way out is a rung; on the last
one, where powder, block and magnet follow each other, it is a process template. All grades are added up.

Materials that several nodes make or take pass in proportion. Oxide is one pool for each element, filled by what swarf
gives back, then by recyclers of end-of-life magnets, then by home plants, the surest first; the rest is bought.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import xarray as xr

from chumbak.answer.supply_chain import DEFINITIONS, SupplyChain
from chumbak.chain.materials import FINISHED
from chumbak.chain.processes import BY_FEED, RECYCLING, STOP
from chumbak.chain.supply import COUNTED
from chumbak.pack import Pack

OXIDE, SWARF, GOODS, ABROAD, OTHERS = "oxide", "swarf", "goods", "abroad", "others"
LOST, LEFT = "lost", "left"
USED, DISMANTLED, RECYCLED, MISSED, IDLE = "used_goods", "dismantled", "recycled", "missed", "idle"
NAMES = {
    RECYCLED: "Recycled oxide",
    COUNTED[0]: "Home oxide, existing plants",
    COUNTED[1]: "Home oxide, being built",
    COUNTED[2]: "Home oxide, announced",
    ABROAD: "Oxide bought abroad",
    OTHERS: "Bought as other materials",
    OXIDE: "Separated oxide",
    SWARF: "Grinding swarf",
    GOODS: "Magnets in goods made at home",
    LOST: "Lost",
    LEFT: "Not returned",
    USED: "Magnets in used goods",
    DISMANTLED: "Magnets taken out",
    MISSED: "Out of reach today",
    IDLE: "No recycler for it",
}
ENDS = (*COUNTED, ABROAD, OTHERS, USED, GOODS, LOST, LEFT, MISSED, IDLE)  # where flows begin or end; others balance
ROUNDING = 1e-12  # t/year: no flow

Links = dict[tuple[str, str], xr.DataArray]


def element_flows(pack: Pack, data: xr.Dataset, chain: SupplyChain, gap: xr.Dataset) -> xr.Dataset:
    """Return contained t/year from node to node, for the elements of ``gap`` and every year (and draw).

    ``data`` is what ``compute`` says, ``gap`` what ``gap_data`` says, both of the same draws as ``chain``. One variable
    ``flow`` (link, element, [draw], year) with coordinates ``source`` and ``target`` (link); ``node`` lists the nodes,
    with ``node_name``. At every node but ``ENDS`` what goes in comes out, what is lost included.
    """
    like = gap.recycled_element.isel(status=0, drop=True)
    flow, names = _way_out(pack, chain, like)
    net = flow.sel(source=OXIDE).sum("target") - flow.sel(target=OXIDE).sum("source")
    links = {
        (str(source), str(target)): flow.sel(source=source, target=target)
        for source, target in itertools.product(flow["source"].values, flow["target"].values)
    }
    links |= _sources(net, gap) | _way_back(pack, data, chain, gap)
    kept = {ends: amount for ends, amount in links.items() if float(amount.max()) > ROUNDING}
    amounts = [amount.broadcast_like(like).transpose(*like.dims).reset_coords(drop=True) for amount in kept.values()]
    stacked = xr.concat(amounts, dim="link") if amounts else like.expand_dims(link=0)
    stacked.attrs = {"units": "t/year", "long_name": "element contained in what passes from node to node"}
    nodes = [node for node in names if any(node in ends for ends in kept)]
    return xr.Dataset(
        {"flow": stacked},
        coords={
            "source": ("link", [source for source, _ in kept]),
            "target": ("link", [target for _, target in kept]),
            "node": nodes,
            "node_name": ("node", [names[node] for node in nodes]),
        },
        attrs={
            "convention": "contained t/year, calendar years; for magnets in goods made at home, all grades together"
        },
    )


def _way_out(pack: Pack, chain: SupplyChain, like: xr.DataArray) -> tuple[xr.DataArray, dict[str, str]]:
    """Return what passes from oxide to finished magnets, (source, target, element, [draw], year); and names of nodes.

    What a material's makers hand on to its takers is in proportion to what each makes and takes.
    """
    compiled, per_tonne = chain.chain, chain.per_tonne
    need = chain.need.sel(definition=DEFINITIONS[0], drop=True)
    activity, asked, bought, left = (
        xr.dot(per_tonne[name], need, dim="grade") for name in ("activity", "asked", "bought", "left")
    )
    node_of, names = _nodes(pack, chain)
    materials = per_tonne["material"].values.tolist()
    into, out = _made_and_taken(compiled, activity, node_of, list(names), materials)
    of_material = compiled[["material_stage", "material_form"]].sel(material=materials)
    is_oxide = (of_material["material_stage"] == STOP).reset_coords(drop=True)
    is_finished = of_material["material_form"].isin(FINISHED).reset_coords(drop=True)
    into.loc[{"node": OTHERS}] = bought.where(~is_oxide, 0.0).transpose(*into.dims[1:])
    out.loc[{"node": GOODS}] = (asked - out.sum("node")).where(is_finished, 0.0).clip(min=0).transpose(*out.dims[1:])
    out.loc[{"node": LEFT}] = left.where(~is_oxide, 0.0).transpose(*out.dims[1:])
    held = compiled.composition.sel(material=materials, element=like["element"]).reset_coords(drop=True)
    total = out.sum("node")
    share = (into / total.where(total > 0)).where(~is_oxide).fillna(0.0)
    flow = xr.dot(share.rename(node="source"), out.rename(node="target"), held, dim="material")
    at_oxide = held.where(is_oxide, 0.0)
    flow.loc[{"source": OXIDE}] += xr.dot(out, at_oxide, dim="material").rename(node="target")
    flow.loc[{"target": OXIDE}] += xr.dot(into, at_oxide, dim="material").rename(node="source")
    loss = compiled.loss.sel(process=activity["process"], element=like["element"]).reset_coords(drop=True) * activity
    for process, node in node_of.items():
        flow.loc[{"source": node, "target": LOST}] += loss.sel(process=process, drop=True).clip(min=0)
    return flow, names


def _nodes(pack: Pack, chain: SupplyChain) -> tuple[dict[str, str], dict[str, str]]:
    """Return the node of every process that takes part, and the names of all nodes."""
    compiled = chain.chain.sel(process=chain.per_tonne["process"])
    columns = ("process", "process_stage", "process_template", "process_driven", "process_main")
    ways = pack.nouns.column("stages", "way")
    last = [stage for stage, way in ways.items() if way == "out"][-1]
    node_of, names = {}, dict(NAMES)
    for process, stage, template, driven, main in zip(
        *(compiled[name].values.tolist() for name in columns), strict=True
    ):
        node_of[process] = SWARF if driven in BY_FEED else template if stage == last else stage
        if driven not in BY_FEED and stage == last:
            grade = str(compiled["material_grade"].sel(material=main).values)
            names[template] = str(compiled["material_name"].sel(material=main).values).replace(f", {grade}", "")
        elif driven not in BY_FEED:
            names[stage] = pack.nouns.cell("stages", stage, "name")
    return node_of, names


def _made_and_taken(
    compiled: xr.Dataset, activity: xr.DataArray, node_of: Mapping[str, str], nodes: list[str], materials: list[str]
) -> tuple[xr.DataArray, xr.DataArray]:
    """Return what each node makes and takes of each material, (node, material, [draw], year), gross t/year."""
    processes = compiled["flow_process"].values
    rows = np.flatnonzero(np.isin(processes, list(node_of)))
    coefficient = compiled.coefficient.isel(flow=rows).reset_coords(drop=True)
    of_flow = activity.sel(process=processes[rows]).rename(process="flow").drop_vars("flow")
    amounts = abs(coefficient * of_flow).transpose("flow", ...)
    comes_out = (coefficient > 0).any([dim for dim in coefficient.dims if dim != "flow"]).values
    at_node = np.array([nodes.index(node_of[process]) for process in processes[rows]])
    at_material = np.array([materials.index(material) for material in compiled["flow_material"].values[rows]])
    found = []
    for side in (comes_out, ~comes_out):
        summed = np.zeros((len(nodes), len(materials), *amounts.shape[1:]))
        np.add.at(summed, (at_node[side], at_material[side]), amounts.values[side])
        coords = {"node": nodes, "material": materials, **{dim: amounts[dim] for dim in amounts.dims[1:]}}
        found.append(xr.DataArray(summed, dims=("node", "material", *amounts.dims[1:]), coords=coords))
    return found[0], found[1]


def _sources(net: xr.DataArray, gap: xr.Dataset) -> Links:
    """Return what fills the pool of oxide beyond returned swarf (``net``): recyclers, home plants, and the rest."""
    primary = gap.supply_element.sel(stage=STOP, drop=True) - gap.recycled_element
    offered = {RECYCLED: gap.recycled_element.sum("status")}
    offered |= {status: primary.sel(status=status, drop=True).clip(min=0) for status in COUNTED}
    links: Links = {}
    still = net.clip(min=0)
    for name, amount in offered.items():
        links[name, OXIDE] = np.minimum(amount, still)
        still = still - links[name, OXIDE]
    links[ABROAD, OXIDE] = still
    links[OXIDE, LEFT] = (-net).clip(min=0)
    links[RECYCLED, LEFT] = offered[RECYCLED] - links[RECYCLED, OXIDE]
    return links


def _way_back(pack: Pack, data: xr.Dataset, chain: SupplyChain, gap: xr.Dataset) -> Links:
    """Return what becomes of magnets at end of life on today's routes.

    Recyclers take what the routes recover, as far as all counted projects together can, every product alike.
    """
    elements = gap["element"].values
    whole = data.end_of_life_by_element.sum("product").sel(element=elements)
    out = data.today_by_element.sum("product").sel(element=elements)
    feed = data.recoverable_today.sum("product")
    projects = [
        name
        for name, cells in pack.nouns.tables["projects"].items()
        if cells["stage"] == RECYCLING and cells["status"] in COUNTED
    ]
    capacity = chain.output.sel(project=projects).sum("project") if projects else xr.zeros_like(feed)
    taken = (np.minimum(capacity, feed) / feed.where(feed > 0)).fillna(0.0) * out
    return {
        (USED, MISSED): whole - out,
        (USED, DISMANTLED): out,
        (DISMANTLED, RECYCLED): taken,
        (DISMANTLED, IDLE): out - taken,
        (RECYCLED, LOST): (taken - gap.recycled_element.sum("status")).clip(min=0),
    }
