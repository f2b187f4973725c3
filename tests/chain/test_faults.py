"""Every fault of a chain comes of one edit to a chain that is right, says where it is, and is told with the others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chumbak.pack import PackError
from tests.chain.toy import Toy

Edit = Callable[[Toy], None]


def faulty(toy: Toy) -> PackError:
    with pytest.raises(PackError) as caught:
        toy.chain()
    return caught.value


def cell(table: str, row: str, column: str, text: str) -> Edit:
    return lambda toy: toy.cell(table, row, column, text)


def add(table: str, *rows: str) -> Edit:
    return lambda toy: toy.add(table, *rows)


def drop(table: str, row: str) -> Edit:
    return lambda toy: toy.drop(table, row)


def figure(key: str, value: float) -> Edit:
    return lambda toy: toy.figures.update({key: value})


def without(*keys: str) -> Edit:
    def edit(toy: Toy) -> None:
        for key in keys:
            del toy.figures[key]

    return edit


def both(*edits: Edit) -> Edit:
    def edit(toy: Toy) -> None:
        for one in edits:
            one(toy)

    return edit


def no_oxygen(toy: Toy) -> None:
    without("element.O.molar_mass", "material.quartz.content.Si")(toy)
    toy.drop("elements", "O")
    for row in ("quartz", "monazite", "air"):
        toy.cell("materials", row, "balance", "Si")
    for row in ("separate_5", "leach_4", "recycle_3"):
        toy.drop("flows", row)


CASES: dict[str, tuple[Edit, str, str, str, str]] = {
    # name: edit, kind, table, row, words of the sentence
    "main": (cell("processes", "cast", "main", "alloys_GRADE"), "unknown-material", "processes", "cast",
             "'alloys_GRADE' is no material. Did you mean 'alloy_GRADE'?"),
    "flow": (cell("flows", "cast_5", "material", "irn"), "unknown-material", "flows", "cast_5",
             "'irn' is no material. Did you mean 'iron'?"),
    "flow of no grade": (cell("flows", "bond_1", "material", "alloy_GRADE"), "unknown-material", "flows", "bond_1",
                         "'alloy_bonded', which process 'bond' would have here, is no material"),
    "binder": (cell("materials", "bonded_powder", "base", "glue"), "unknown-material", "materials", "bonded_powder",
               "'glue' is no material"),
    "part of several": (
        both(figure("material.sand.part.alloy_GRADE", 0.1)), "unknown-material", "materials", "sand",
        "'alloy_GRADE', a part of the mixture 'sand', stands for several materials"),
    "project": (cell("projects", "mine_now", "material", "ore"), "unknown-material", "projects", "mine_now",
                "'ore' is no material"),
    "oxygen": (no_oxygen, "unknown-element", "materials", "nd_oxide", "oxygen is no element of the pack"),
    "grade": (cell("materials", "bonded_powder", "of", "Bonded"), "unknown-grade", "materials", "bonded_powder",
              "'Bonded' is no grade"),
    "family": (cell("materials", "swarf_GRADE", "of", "sinterd"), "unknown-grade", "materials", "swarf_GRADE",
               "'sinterd' is no grade and no family of grades"),
    "grade left empty": (cell("materials", "bonded_magnet", "of", ""), "unknown-grade", "materials", "bonded_magnet",
                         "'' is no grade"),
    "grade that nothing makes": (both(drop("processes", "bond"), drop("flows", "bond_1"), drop("flows", "bond_2"),
                                     without("process.bond.recovery")), "nothing-makes", "grades", "bonded",
                                 "no process after the stage 'separation' makes finished magnets of grade 'bonded'"),
    "made too early": (cell("processes", "bond", "stage", "mining"), "nothing-makes", "grades", "bonded", "no process"),
    "goods": (cell("materials", "copper", "form", "used"), "no-product", "materials", "copper", "PRODUCT"),
    "opened": (cell("processes", "separate", "driven", "opened"), "no-product", "processes", "separate",
               "process 'separate' opens 'nd_oxide', which is of no product"),
    "shaped": (cell("processes", "reduce_dy", "driven", "shape"), "no-grade", "processes", "reduce_dy",
               "'dy_metal' is of no grade"),
    "twice": (add("materials", "alloy_n,Alloy,alloy,grade,,N,,"), "duplicate-id", "materials", "alloy_n",
              "'alloy_n' stands for two materials"),
    "process twice": (add("processes", "cast_n,Casting,alloy,nd_metal,need,"), "duplicate-id", "processes", "cast_n",
                      "'cast_n' stands for two processes"),
    "no separation": (
        both(cell("stages", "separation", "id", "splitting"),), "missing-stage", "processes", "mine",
        "the chain has no stage 'separation'"),
    "two oxides": (add("oxides", "NdO,Nd,1,1"), "two-oxides", "oxides", "NdO", "Nd has an oxide already, Nd2O3"),
    "beside a feed": (cell("flows", "leach_4", "way", "in"), "input-beside-feed", "flows", "leach_4", "Write make_up"),
    "recycler": (cell("projects", "recycler", "material", "copper"), "wrong-material", "projects", "recycler",
                 "'copper' is not dismantled magnets"),
    "project's stage": (cell("projects", "oxide_now", "stage", "metal"), "wrong-stage", "projects", "oxide_now",
                        "'nd_oxide' is a material of the stage 'separation', not of 'metal'"),
    "integrated oxide": (cell("projects", "oxide_now", "from_stage", "mining"), "wrong-stage", "projects", "oxide_now",
                         "'nd_oxide' is no finished magnet"),
    "begins at the mine": (cell("projects", "magnets_next", "from_stage", "mining"), "wrong-stage", "projects",
                           "magnets_next", "Choose one of: separation, metal, alloy, magnet."),
    "begins after its end": (
        cell("projects", "magnets_next", "from_stage", "recycling"), "wrong-stage", "projects", "magnets_next",
        "the project begins at 'recycling', which is not on the way to 'magnet'"),
    "over one": (figure("material.monazite.content.P", 0.6), "fractions-over-one", "materials", "monazite",
                 "the fractions of 'monazite' come to 1.1"),
    "parts over one": (figure("material.sand.part.copper", 1.0), "fractions-over-one", "materials", "sand",
                       "come to 1.01"),
    "no balance": (cell("materials", "iron", "balance", ""), "no-balance", "materials", "iron",
                   "'iron' has no balance element, and its fractions come to 0"),
    "balance given": (figure("material.iron.content.Fe", 0.9), "balance-given", "materials", "iron",
                      "Fe is the balance element of 'iron'"),
    "circle": (both(cell("materials", "quartz", "form", "mixture"), cell("materials", "quartz", "base", "sand"),
                    figure("material.quartz.part.copper", 0.1)),
               "circular-mixture", "materials", "quartz", "'quartz' is made of itself"),
    "oxide": (drop("oxides", "Dy2O3"), "unknown-oxide", "materials", "dy_oxide",
              "the oxide of Dy, which 'dy_oxide' holds, is not known. Add Dy to the table oxides."),
    "molar mass": (without("element.Dy.molar_mass"), "unknown-oxide", "materials", "monazite",
                   "Add element.Dy.molar_mass."),
    "molar mass of oxygen": (without("element.O.molar_mass"), "unknown-oxide", "materials", "nd_oxide",
                             "Add element.O.molar_mass."),
    "no molar mass": (without(*(f"element.{name}.molar_mass" for name in ("Nd", "Pr", "Dy", "Tb", "Sm", "O"))),
                      "unknown-oxide", "materials", "pr_oxide", "Add element.Pr.molar_mass and element.O.molar_mass."),
    "ore without content": (without("material.monazite.reo"), "material-without-composition", "materials", "monazite",
                            "'monazite' has no rare-earth oxide content"),
    "ore of nothing": (cell("materials", "monazite", "of", "rock"), "material-without-composition", "materials",
                       "monazite", "or its ore has no split"),
    "mixture of nothing": (without("material.sand.part.monazite"), "material-without-composition", "materials", "sand",
                           "the mixture 'sand' has no parts"),
    "mixture without base": (cell("materials", "sand", "base", ""), "material-without-composition", "materials", "sand",
                             "no base that is a material"),
    "diffused into nothing": (cell("materials", "magnet_GRADE_diffused", "base", "magnet_x"),
                              "material-without-composition", "materials", "magnet_GRADE_diffused", "no base magnet"),
    "diffusion saves": (without("material.magnet_GRADE_diffused.heavy_saving"), "material-without-composition",
                        "materials", "magnet_GRADE_diffused", "no share of heavy rare earth that diffusion saves"),
    "all is binder": (cell("materials", "bonded_powder", "base", "bonded_magnet"), "material-without-composition",
                      "materials", "bonded_powder", "is its grade without 'bonded_magnet', and nothing is left"),
    "key": (cell("flows", "cast_5", "keys", "Cu"), "key-not-held", "flows", "cast_5",
            "'iron' holds none of its key elements, Cu"),
    "no key": (cell("flows", "separate_4", "keys", ""), "key-not-held", "flows", "separate_4", "none are named"),
    "nowhere": (drop("flows", "cast_4"), "negative-loss", "processes", "cast",
                "process 'cast_sh' turns out more Dy than goes in, by 0.03 t per t"),
    "not enough": (drop("flows", "cast_2"), "element-from-nowhere", "processes", "cast",
                   "the inputs of process 'cast_n' do not bring all the Nd its product needs"),
    "wrong input": (both(cell("flows", "bond_1", "keys", "Fe"), cell("flows", "bond_2", "keys", "Fe"),
                      cell("flows", "bond_2", "material", "iron")),
                 "negative-loss", "processes", "bond", "process 'bond' turns out more polymer than goes in"),
    "recovery": (without("process.reduce_dy.recovery"), "missing-recovery", "processes", "reduce_dy",
                 "no figure says how much Dy process 'reduce_dy' recovers. Add process.reduce_dy.recovery, or "),
    "recovery of a by-product": (without("process.open.recovery.Cu"), "missing-recovery", "processes", "open",
                                 "no figure says how much Cu process 'open_car' recovers"),
    "nothing recovered": (figure("process.reduce_dy.recovery", 0.0), "no-recovery", "processes", "reduce_dy",
                          "process 'reduce_dy' has a recovery of 0 for Dy, which its product holds"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_one_edit_one_fault(name: str) -> None:
    edit, kind, table, row, words = CASES[name]
    toy = Toy()
    edit(toy)
    error = faulty(toy)
    line = toy.line(table, row)
    found = [one for one in error.faults if (one.file, one.row, one.kind) == (f"tables/{table}.csv", line, kind)]
    assert found, str(error)
    assert any(words in str(one) for one in found), str(error)
    assert all(one.mend and one.what.isprintable() for one in error.faults)


def test_inputs_that_bring_too_much_are_named() -> None:
    # Iron for its own key would come first, and the alloy that brings neodymium brings iron again.
    toy = Toy()
    toy.cell("flows", "mine_1", "keys", "Nd")
    toy.add("flows", "bond_0,bond,in,alloy_n,Nd,", "bond_3,bond,in,iron,Fe,")
    toy.drop("flows", "bond_1")
    error = faulty(toy)
    assert {one.kind for one in error.faults} >= {"too-much-brought"}
    assert "what goes into process 'bond' before 'iron' brings more than is needed" in str(error)


@pytest.mark.parametrize(("table", "kind"), [("flows", "no-flows"), ("oxides", "no-oxides")])
def test_a_chain_that_lacks_a_table_is_told_so_once(table: str, kind: str) -> None:
    toy = Toy()
    toy.tables[table] = toy.tables[table].splitlines(keepends=True)[0]
    [fault] = faulty(toy).faults
    assert (fault.kind, f"tables/{table}.csv" in fault.mend) == (kind, True)


def test_elements_from_nowhere_are_told_once_for_each_process() -> None:
    toy = Toy()
    toy.cell("flows", "cast_5", "way", "out")
    toy.drop("flows", "cast_2")
    toy.drop("flows", "cast_4")
    found = [(one.kind, one.what.split("'")[1]) for one in faulty(toy).faults if one.kind == "negative-loss"]
    assert len(found) == len(set(found))


def test_all_faults_of_the_tables_are_told_at_once() -> None:
    toy = Toy()
    edits = ["main", "flow", "project", "family", "two oxides", "beside a feed", "goods"]
    for name in edits:
        CASES[name][0](toy)
    found = {(one.kind, one.file) for one in faulty(toy).faults}
    assert {(CASES[name][1], f"tables/{CASES[name][2]}.csv") for name in edits} <= found


def test_all_faults_of_the_figures_are_told_at_once() -> None:
    toy = Toy()
    edits = ["over one", "no balance", "recovery", "ore without content", "diffusion saves", "nothing recovered"]
    for name in ("over one", "no balance", "diffusion saves"):
        CASES[name][0](toy)
    del toy.figures["process.electrolyse_nd.recovery"]
    found = {(one.kind, one.file) for one in faulty(toy).faults}
    expected = {(CASES[name][1], f"tables/{CASES[name][2]}.csv") for name in edits[:2]}
    assert expected | {("missing-recovery", "tables/processes.csv")} <= found


def test_nothing_more_is_said_of_what_rests_on_a_lost_composition() -> None:
    toy = Toy()
    del toy.figures["element.Dy.molar_mass"]
    faults = faulty(toy).faults
    assert {one.kind for one in faults} == {"unknown-oxide"}
    assert {one.row for one in faults} == {toy.line("materials", "monazite"), toy.line("materials", "dy_oxide")}


def test_a_row_of_a_template_is_blamed_once() -> None:
    toy = Toy()
    toy.cell("flows", "machine_2", "material", "chips_GRADE")
    assert len(faulty(toy).faults) == 1
