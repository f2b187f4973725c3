"""Processes: the tables of processes, flows and projects, templates spelled out and held against the materials.

What can be said of the tables before any number is looked at is said here: names that are not there, materials that
a process cannot make, projects that cannot be counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from chumbak.chain.materials import FINISHED, GRADE, OXYGEN, PRODUCT, Material, spelled
from chumbak.pack.faults import Faults, did_you_mean, short
from chumbak.pack.tables import Nouns

BY_FEED = ("feed", "opened")
STOP = "separation"  # the rung of separated oxides, where what is needed is asked for and no longer made
RECYCLING = "recycling"  # its projects are counted by what they take in


@dataclass(frozen=True)
class Process:
    """One process: ``main`` is its product, or its feed; ``slot`` what it serves, a material or a grade of magnets."""

    id: str
    template: str
    name: str
    stage: str
    main: str
    driven: str
    slot: str
    grade: str
    product: str


@dataclass(frozen=True)
class Flow:
    """A row of the table of flows, its template spelled out for one process."""

    row: str
    way: str
    material: str
    keys: tuple[str, ...]


def expand_processes(nouns: Nouns, materials: Mapping[str, Material]) -> dict[Process, list[Flow]]:
    """Return every process with its flows in order, those of a template once for each grade or product."""
    found: dict[Process, list[Flow]] = {}
    for row, cells in nouns.tables["processes"].items():
        for main in (one for one in materials.values() if cells["main"] in (one.template, one.id)):
            spelled = main.grade.lower() if GRADE in main.template else main.product
            slot = main.grade if main.form in FINISHED and cells["driven"] not in BY_FEED else main.id
            process = Process(
                id=f"{row}_{spelled}" if spelled else row, template=row, name=cells["name"], stage=cells["stage"],
                main=main.id, driven=cells["driven"], slot=slot, grade=main.grade, product=main.product,
            )  # fmt: skip
            found[process] = _flows(nouns, process)
    return found


def _flows(nouns: Nouns, process: Process) -> list[Flow]:
    found = []
    for row, cells in nouns.tables["flows"].items():
        if cells["process"] == process.template:
            material = cells["material"].replace(GRADE, process.grade.lower()).replace(PRODUCT, process.product)
            found.append(Flow(row, cells["way"], material, tuple(cells["keys"].split())))
    return found


def check_tables(
    nouns: Nouns, materials: Mapping[str, Material], processes: Mapping[Process, list[Flow]], faults: Faults
) -> None:
    """Note everything in the tables of the chain that cannot be, whatever the figures say."""
    where = nouns.where
    if STOP not in nouns.tables["stages"]:
        what = f"the chain has no stage '{STOP}', the rung whose oxides are asked for"
        first = next(iter(nouns.tables["processes"]), None)
        at = where["processes", first] if first is not None else ("", 0)
        faults.add(at, "stage", "missing-stage", what, "Add it to the table stages.")
    if OXYGEN not in nouns.tables["elements"]:
        for row, cells in nouns.tables["materials"].items():
            if cells["form"] == "oxides":
                what, mend = (
                    f"'{row}' is an oxide, and oxygen is no element of the pack",
                    "Add O to the table elements.",
                )
                faults.add(where["materials", row], "form", "unknown-element", what, mend)
    _check_oxides(nouns, faults)
    _check_materials(nouns, materials, faults)
    _check_processes(nouns, materials, processes, faults)
    _check_flows(nouns, materials, processes, faults)
    for row in nouns.ids("projects"):
        _check_project(nouns, row, materials, faults)


def _check_oxides(nouns: Nouns, faults: Faults) -> None:
    oxides = [row for row, cells in nouns.tables["materials"].items() if cells["form"] in ("oxides", "ore")]
    if oxides and not nouns.tables["oxides"]:
        what = f"'{oxides[0]}' is made of oxides, and the pack has no rows in a table oxides to say what they hold"
        mend = "List tables/oxides.csv in datapackage.json and fill it."
        faults.add(nouns.where["materials", oxides[0]], "form", "no-oxides", what, mend)
    first: dict[str, str] = {}
    for row, cells in nouns.tables["oxides"].items():
        if first.setdefault(cells["element"], row) != row:
            what = f"{cells['element']} has an oxide already, {first[cells['element']]}"
            mend = "Keep the one that its tonnes of oxide are counted in."
            faults.add(nouns.where["oxides", row], "element", "two-oxides", what, mend)


def _check_materials(nouns: Nouns, materials: Mapping[str, Material], faults: Faults) -> None:
    grades, families = list(nouns.tables["grades"]), list(nouns.column("grades", "family").values())
    count = Counter(material.id for row in nouns.tables["materials"] for material in spelled(nouns, row))
    for row, cells in nouns.tables["materials"].items():
        where, form = nouns.where["materials", row], cells["form"]
        for name in (material.id for material in spelled(nouns, row) if count[material.id] > 1):
            what = f"'{name}' stands for two materials once the templates are spelled out"
            faults.add(where, "id", "duplicate-id", what, "Give one of them another id.")
        known = [*grades, *families] if GRADE in row else grades
        if (GRADE in row or form in ("grade", *FINISHED)) and cells["of"] not in known:
            what = f"{short(cells['of'])} is no grade" + (" and no family of grades" if GRADE in row else "")
            faults.add(where, "of", "unknown-grade", what, did_you_mean(cells["of"], list(dict.fromkeys(known))))
        if form in ("used", "dismantled") and PRODUCT not in row:
            what = f"'{row}' is of goods, and its id does not say which"
            faults.add(where, "id", "no-product", what, f"Put {PRODUCT} in the id: it stands for each product.")
        if form in ("grade", "magnet") and cells["base"] and cells["base"] not in materials:
            what, mend = f"'{cells['base']}' is no material", did_you_mean(cells["base"], list(materials))
            faults.add(where, "base", "unknown-material", what, mend)


def _check_processes(
    nouns: Nouns, materials: Mapping[str, Material], processes: Mapping[Process, list[Flow]], faults: Faults
) -> None:
    known = {material.template for material in materials.values()} | set(materials)
    count = Counter(process.id for process in processes)
    for row, cells in nouns.tables["processes"].items():
        if cells["main"] not in known:
            what, mend = f"'{cells['main']}' is no material", did_you_mean(cells["main"], sorted(known))
            faults.add(nouns.where["processes", row], "main", "unknown-material", what, mend)
    order = nouns.ids("stages")
    later = order[order.index(STOP) + 1 :] if STOP in order else order
    served = {process.slot for process in processes if process.driven not in BY_FEED and process.stage in later}
    for grade in (grade for grade in nouns.ids("grades") if grade not in served):
        what = f"no process after the stage '{STOP}' makes finished magnets of grade '{grade}'"
        faults.add(nouns.where["grades", grade], "id", "nothing-makes", what, "Add a material and a process for it.")
    for process in processes:
        where = nouns.where["processes", process.template]
        if count[process.id] > 1:
            what = f"'{process.id}' stands for two processes once the templates are spelled out"
            faults.add(where, "id", "duplicate-id", what, "Give one of them another id.")
        if process.driven == "opened" and not process.product:
            what = f"process '{process.id}' opens '{process.main}', which is of no product"
            faults.add(where, "main", "no-product", what, "Name goods of a product, or drive it by its feed.")
        if process.driven == "shape" and not process.grade:
            what = f"process '{process.id}' is driven by shape, and '{process.main}' is of no grade"
            faults.add(where, "main", "no-grade", what, "Name a material of a grade, or drive it by need.")


def _check_flows(
    nouns: Nouns, materials: Mapping[str, Material], processes: Mapping[Process, list[Flow]], faults: Faults
) -> None:
    """Note, once for each row, flows of what is no material, inputs beside a feed, and processes without an input."""
    _check_fed(nouns, faults)
    known = {material.template for material in materials.values()} | set(materials)
    noted = set()
    for row, cells in nouns.tables["flows"].items():
        where = nouns.where["flows", row]
        if cells["material"] not in known:
            noted.add(row)
            what, mend = f"'{cells['material']}' is no material", did_you_mean(cells["material"], sorted(known))
            faults.add(where, "material", "unknown-material", what, mend)
        if cells["way"] == "in" and nouns.cell("processes", cells["process"], "driven") in BY_FEED:
            what = f"process '{cells['process']}' is driven by its feed, and this goes in beside it"
            faults.add(where, "way", "input-beside-feed", what, "Write make_up for what brings what its products lack.")
    for process, flow in ((process, flow) for process, flows in processes.items() for flow in flows):
        if flow.material not in materials and flow.row not in noted:
            noted.add(flow.row)
            what = f"'{flow.material}', which process '{process.id}' would have here, is no material"
            mend = did_you_mean(flow.material, list(materials))
            faults.add(nouns.where["flows", flow.row], "material", "unknown-material", what, mend)


def _check_fed(nouns: Nouns, faults: Faults) -> None:
    """Note a process that nothing goes into; once, where the pack has no flows at all."""
    flows, where = nouns.tables["flows"].values(), nouns.where
    if not flows and nouns.tables["processes"]:
        first = where["processes", next(iter(nouns.tables["processes"]))]
        what = "the pack has processes, and no rows in a table flows to say what goes in and comes out"
        mend = "List tables/flows.csv in datapackage.json and fill it, or take off the processes."
        faults.add((first[0], 0), "id", "no-flows", what, mend)
        return
    fed = {cells["process"] for cells in flows if cells["way"] != "out"}
    for row, cells in nouns.tables["processes"].items():
        if cells["driven"] not in BY_FEED and row not in fed:
            what = f"nothing goes into process '{row}'"
            faults.add(where["processes", row], "id", "no-flows", what, "Add its inputs to the table flows.")


def _check_project(nouns: Nouns, row: str, materials: Mapping[str, Material], faults: Faults) -> None:
    """Note a project whose output cannot be counted on the rungs it names."""
    cells, where = nouns.tables["projects"][row], nouns.where["projects", row]
    found = next((one for one in materials.values() if cells["material"] in (one.template, one.id)), None)
    if found is None:
        known = list(dict.fromkeys(name for one in materials.values() for name in (one.template, one.id)))
        what, mend = f"'{cells['material']}' is no material", did_you_mean(cells["material"], known)
        faults.add(where, "material", "unknown-material", what, mend)
        return
    if cells["takes"] and cells["takes"] not in materials:
        what, mend = f"'{cells['takes']}' is no material", did_you_mean(cells["takes"], list(materials))
        faults.add(where, "takes", "unknown-material", what, mend)
    out = [stage for stage, way in nouns.column("stages", "way").items() if way == "out"]
    if cells["stage"] == RECYCLING and found.form != "dismantled":
        what = f"a recycler is counted by the magnets it takes in, and '{cells['material']}' is not dismantled magnets"
        faults.add(where, "material", "wrong-material", what, "Name the material of form dismantled that it takes in.")
    if cells["stage"] in out and cells["stage"] != found.stage:
        own = f"the stage '{found.stage}'" if found.stage else "no stage"
        what = f"'{cells['material']}' is a material of {own}, not of '{cells['stage']}'"
        faults.add(where, "stage", "wrong-stage", what, "Give the stage of what the project turns out.")
    elif cells["from_stage"] and found.form not in FINISHED:
        what = f"'{cells['material']}' is no finished magnet, and only magnet plants are counted on several rungs"
        faults.add(
            where, "from_stage", "wrong-stage", what, "Leave from_stage empty, and give each output its own row."
        )
    elif cells["from_stage"] and cells["stage"] in out:
        rungs = out[out.index(STOP) if STOP in out else 0 : out.index(cells["stage"]) + 1]
        if cells["from_stage"] not in rungs:
            what = f"the project begins at '{cells['from_stage']}', which is not on the way to '{cells['stage']}'"
            faults.add(where, "from_stage", "wrong-stage", what, f"Choose one of: {', '.join(rungs)}.")
