"""Requirements as they are written: what can be read, what cannot and why, and what a case has no meaning for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chumbak.plan.case import Case
from chumbak.plan.formulate import formulate
from chumbak.plan.requirements import KINDS, Requirement, RequirementError, read_requirement
from chumbak.plan.result import make_plan
from tests.plan.small import small_case


def toy() -> Case:
    return small_case(
        [2025, 2026, 2027], {"make": {"oxide": -1.25, "magnet": 1.0}}, {"magnets": {"counts": {"make": 1.0}}},
        {"motor": {"need": 100.0}}, [("magnets", "CHN", "magnet", 10.0), ("oxides", "JPN", "oxide", 4.0)],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "text", "read"),
    [
        ("max-share", "CHN=0.5@2032", Requirement("max-share", "CHN", "", 0.5, 2032)),
        ("max-share", "CHN.magnet=0.5@2032", Requirement("max-share", "CHN", "magnet", 0.5, 2032)),
        ("self-reliance", "magnet=0.8@2035", Requirement("self-reliance", "magnet", "", 0.8, 2035)),
        ("self-reliance", "separation.Dy=0.2@2035", Requirement("self-reliance", "separation", "Dy", 0.2, 2035)),
        ("chain-self-reliance", "0.5@2035", Requirement("chain-self-reliance", "", "", 0.5, 2035)),
        ("stock-weeks", "8@2028", Requirement("stock-weeks", "", "", 8.0, 2028)),
        ("stock-weeks", "60@2028", Requirement("stock-weeks", "", "", 60.0, 2028)),
        ("recycled-share", " .15@2035 ", Requirement("recycled-share", "", "", 0.15, 2035)),
        ("budget", "2e3@2027", Requirement("budget", "", "", 2000.0, 2027)),
        ("self-reliance", "magnet=0@2035", Requirement("self-reliance", "magnet", "", 0.0, 2035)),
        ("self-reliance", "magnet=1@2035", Requirement("self-reliance", "magnet", "", 1.0, 2035)),
    ],
)
def test_what_can_be_read(kind: str, text: str, read: Requirement) -> None:
    assert read_requirement(kind, text) == read


@pytest.mark.parametrize("kind", KINDS)
def test_a_requirement_says_what_it_was_read_from(kind: str) -> None:
    text = {"max-share": "CHN.magnet=0.5@2032", "self-reliance": "separation.Dy=0.2@2035"}.get(kind, "0.25@2030")
    assert str(read_requirement(kind, text)) == f"--{kind} {text}"


@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        ("max-share", "CHN", "cannot be read. Write it as CHN=0.5@2032."),
        ("max-share", "0.5@2032", "cannot be read. Write it as CHN=0.5@2032."),
        ("max-share", "=0.5@2032", "cannot be read. Write it as CHN=0.5@2032."),
        ("self-reliance", "magnet=80%@2035", "cannot be read. Write it as magnet=0.8@2035."),
        ("self-reliance", "magnet=0.8", "cannot be read. Write it as magnet=0.8@2035."),
        ("self-reliance", "magnet=0.8@35", "cannot be read. Write it as magnet=0.8@2035."),
        ("self-reliance", "magnet 0.8@2035", "cannot be read. Write it as magnet=0.8@2035."),
        ("chain-self-reliance", "magnet=0.5@2035", "cannot be read. Write it as 0.5@2035."),
        ("stock-weeks", "eight@2028", "cannot be read. Write it as 8@2028."),
        ("stock-weeks", "", "cannot be read. Write it as 8@2028."),
        ("recycled-share", "0.1.5@2035", "has no number before the @. Write it as 0.15@2035."),
        ("max-share", "CHN=1.5@2032", "is 1.5; it has to be between 0 and 1."),
        ("self-reliance", "magnet=-0.1@2032", "is -0.1; it has to be between 0 and 1."),
        ("self-reliance", "magnet=1.0000001@2032", "is 1.0000001; it has to be between 0 and 1."),
        ("stock-weeks", "-1@2028", "is -1; it has to be from 0 to 520."),
        ("stock-weeks", "1e9@2028", "is 1000000000; it has to be from 0 to 520."),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_with_how_to_write_it(kind: str, text: str, sentence: str) -> None:
    with pytest.raises(RequirementError) as told:
        read_requirement(kind, text)
    assert str(told.value) == f"--{kind} '{text}' {sentence}"


@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        ("max-share", "CHM=0.5@2026", "--max-share CHM=0.5@2026: no offer comes from 'CHM'. Did you mean 'CHN'?"),
        ("max-share", "CHN.magnets=0.5@2026",
         "--max-share CHN.magnets=0.5@2026: nothing is bought on a rung 'magnets'. Did you mean 'magnet'?"),
        ("self-reliance", "magnets=0.5@2026",
         "--self-reliance magnets=0.5@2026: there is no rung 'magnets' with a need. Did you mean 'magnet'?"),
        ("self-reliance", "magnet.NdPt=0.5@2026",
         "--self-reliance magnet.NdPt=0.5@2026: no magnet holds 'NdPt'. Did you mean 'NdPr'?"),
        ("stock-weeks", "8@2024", "--stock-weeks 8@2024: the plan runs from 2025 to 2027."),
        ("chain-self-reliance", "0.5@2028", "--chain-self-reliance 0.5@2028: the plan runs from 2025 to 2027."),
    ],
)  # fmt: skip
def test_what_a_case_has_no_meaning_for_is_told_with_the_nearest_name(kind: str, text: str, sentence: str) -> None:
    with pytest.raises(RequirementError) as told:
        formulate(toy(), (read_requirement(kind, text),))
    assert str(told.value) == sentence


@pytest.mark.parametrize(
    ("kind", "text", "meant"),
    [
        ("max-share", "chn=0.5@2026", "CHN"),
        ("max-share", "China=0.5@2026", "CHN"),
        ("max-share", "JPN.MAGNET=0.5@2026", "magnet"),
        ("self-reliance", "MAGNET=0.5@2026", "magnet"),
        ("self-reliance", "Finished magnets=0.5@2026", "magnet"),
        ("self-reliance", "magnet.neodymium=0.5@2026", "NdPr"),
        ("self-reliance", "magnet.Nd=0.5@2026", "NdPr"),
    ],
)
def test_another_case_or_a_name_is_known_for_what_it_is(kind: str, text: str, meant: str) -> None:
    case = replace(toy(), names={"CHN": "China", "magnet": "Finished magnets", "Nd": "Neodymium"})
    with pytest.raises(RequirementError, match=f"Did you mean '{meant}'"):
        formulate(case, (read_requirement(kind, text),))


def test_a_share_of_neodymium_has_no_meaning_where_there_is_none() -> None:
    case = toy()
    other = replace(
        case, composition=case.composition.assign_coords(element=["Sm"]),
        rung_need=case.rung_need.assign_coords(element=["Sm"]),
    )  # fmt: skip
    for kind, text in (("recycled-share", "0.1@2026"), ("self-reliance", "magnet=0.1@2026")):
        with pytest.raises(RequirementError, match=r"NdPr|neodymium"):
            formulate(other, (read_requirement(kind, text),))


def test_a_name_far_from_all_is_told_with_all() -> None:
    with pytest.raises(RequirementError, match=r"no offer comes from 'XXXXXX'.*CHN.*JPN"):
        formulate(toy(), (read_requirement("max-share", "XXXXXX=0.5@2026"),))


def test_a_requirement_holds_from_its_year_on() -> None:
    one = read_requirement("max-share", "CHN.magnet=0.5@2026")
    found = formulate(toy(), (one,))
    rows = found.required[one]
    names = [found.program.name_of(number, "rows") for number in rows[rows >= 0]]
    assert names == [f"{one}[magnet, NdPr, 2026]", f"{one}[magnet, NdPr, 2027]"]


def test_asked_twice_is_asked_once() -> None:
    one = read_requirement("self-reliance", "magnet=0.5@2026")
    assert make_plan(toy(), (one, one)).cost == pytest.approx(make_plan(toy(), (one,)).cost)


def test_values_that_print_alike_are_two_requirements() -> None:
    close = [read_requirement("stock-weeks", text) for text in ("0.12345678@2026", "0.12345679@2026")]
    assert len(formulate(toy(), tuple(close)).required) == 2


def test_several_requirements_hold_together() -> None:
    texts = {"max-share": "CHN.magnet=0.5@2026", "self-reliance": "magnet=0.3@2026", "stock-weeks": "2@2027"}
    asked = tuple(read_requirement(kind, text) for kind, text in texts.items())
    plan = make_plan(toy(), asked)
    assert set(plan.formulation.required) == set(asked)
    values = plan.decisions
    bought = values["buy"].sel(offer="magnets:magnet").sum("region").values
    made = values["run"].sum(["activity", "region"]).values
    assert (bought[1:] <= 0.5 * (bought + made)[1:] + 1e-6).all()
    assert (made[1:] >= 30 - 1e-6).all()
    assert values["store"].sum(["good", "region"]).values[2] >= 2 / 52 * 100 - 1e-6
