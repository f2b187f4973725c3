"""The catalogue of an exchange, from the India pack and by hand from a toy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from chumbak.answer.device import device, oxide_factor, price_key
from chumbak.answer.exchange_catalogue import exchange_catalogue
from chumbak.elements.masses import ELEMENTS
from chumbak.exchange.catalogue import Catalogue, Kind, read, write
from chumbak.exchange.price.fair import fair_price
from chumbak.exchange.trust import plausible
from chumbak.exchange.trust.policy import SAMPLE
from chumbak.exchange.trust.policy import load as policy_file
from chumbak.pack import Pack, load
from tests.answer.test_device import FACTOR, priced_toy
from tests.conftest import make_toyland
from tests.pack.toy import Toy, chained, full, toy


@pytest.fixture(scope="module")
def catalogue(india_pack: Pack) -> Catalogue:
    return exchange_catalogue(india_pack)


def test_it_is_written_and_read_whole(catalogue: Catalogue) -> None:
    assert read(write(catalogue)) == catalogue
    assert read(write(catalogue)).edition == catalogue.edition


@pytest.mark.parametrize("product", ["smartphone", "laptop", "ac", "e_2w", "fan"])
def test_a_device_is_what_the_device_page_says_of_the_mean_unit(
    india_pack: Pack, catalogue: Catalogue, product: str
) -> None:
    data, kind = device(india_pack, product).data, catalogue.kind(product)
    assert kind is not None
    whole = data.expected.sum("part")
    share = float(data.penetration)
    for element in (str(name) for name in data["element"].values):
        if element not in ELEMENTS:
            assert element not in kind.ug
            assert any(element in note for note in catalogue.notes), "what is left out is said"
            continue
        grams = float(whole.sel(element=element))
        assert kind.ug[element][0] / 1e6 == pytest.approx(grams, rel=1e-9)
        price = float(data.price.sel(element=element))
        if not np.isnan(price):
            assert kind.paise[element][0] / 100 == pytest.approx(grams * price, rel=1e-9)
        if share == 1 and kind.recovered_today.get(element) is not None:
            won = float(data.recovered_today.sum("part", skipna=False).sel(element=element))
            assert kind.recovered_today[element] * grams == pytest.approx(won, rel=1e-9)
    assert kind.magnet_ug[0] == pytest.approx(float(data.magnet) * share * 1e6, rel=1e-9)
    if share == 1:
        assert kind.won is not None
        # What is not known to be won of one part is not counted, where the page counts the rest of it.
        best = (data.recovered_best.sum("part", skipna=False) * data.price).fillna(0.0)
        elements = [name for name in best["element"].values if name in ELEMENTS]
        assert kind.won[0] / 100 == pytest.approx(float(best.sel(element=elements).sum()), rel=1e-9)
        assert kind.won[0] / 100 <= float(data.worth_best) * (1 + 1e-9)
        low, high = (
            float(data.inside_low.sel(part="magnets", element="Nd")),
            float(data.inside_high.sel(part="magnets", element="Nd")),
        )
        assert [end / 1e6 for end in kind.ug["Nd"][1:]] == pytest.approx([low, high], rel=1e-9)


def test_ends_lie_around_and_everything_has_a_source(catalogue: Catalogue) -> None:
    assert len(catalogue.kinds) > 20
    for kind in catalogue.kinds:
        assert kind.sources
        assert all(low <= central <= high for central, low, high in [*kind.ug.values(), *kind.paise.values()])
        assert kind.recoverable.keys() <= kind.ug.keys()
        assert all(0 < share <= 1 for share in kind.recoverable.values())
    for substance in catalogue.substances:
        assert substance.sources, substance.id
        assert sum(triple[0] for triple in substance.ug_per_g.values()) <= 1e6 * (1 + 1e-9)
        assert all(low <= central <= high for central, low, high in substance.ug_per_g.values())
    assert all(metal.source for metal in catalogue.metals.values())
    assert all(cost.source for cost in catalogue.costs)
    assert all(low <= central <= high for central, low, high in (cost.paise for cost in catalogue.costs))


def test_swarf_by_hand(india_pack: Pack, catalogue: Catalogue) -> None:
    swarf = catalogue.substance("swarf_n")
    assert swarf is not None
    content = india_pack.array("content").sel(grade="N", year=india_pack.base_year)
    assert swarf.ug_per_g["Nd"][0] == pytest.approx(1e6 * float(content.sel(element="Nd")))
    recovery = float(india_pack.entries["process.leach_swarf.recovery"].value)
    assert swarf.recoverable == {"Nd": recovery, "Pr": recovery}  # grade N holds no dysprosium and no terbium
    price = float(india_pack.entries[f"price.{price_key(india_pack, 'Nd')}"].value) / 1e6 * 100
    assert catalogue.metals["Nd"].paise_per_g[0] == pytest.approx(price * oxide_factor(india_pack, "Nd"))


def test_the_cost_of_treating_swarf_by_hand(india_pack: Pack, catalogue: Catalogue) -> None:
    def value(key: str) -> float:
        return float(india_pack.entries[key].value)

    plant = {name: value(f"plant.hydromet.{name}") for name in
             ("variable_cost", "electricity", "capital", "fixed_cost", "life", "availability")}  # fmt: skip
    tariff = np.mean([value(f"region.{name}.tariff") for name in india_pack.nouns.ids("regions")])
    rate = value("finance.discount.investor")
    annuity = rate / (1 - (1 + rate) ** -plant["life"])
    a_tonne = plant["variable_cost"] + plant["electricity"] * tariff
    a_tonne += plant["capital"] * (annuity + plant["fixed_cost"]) / plant["availability"]
    swarf = catalogue.substance("swarf_n")
    assert swarf is not None
    oxides = sum(
        swarf.ug_per_g[name][0] / 1e6 * share * oxide_factor(india_pack, name)
        for name, share in swarf.recoverable.items()
    )
    (cost,) = [one for one in catalogue.costs if one.of == "swarf_n"]
    assert (cost.step, cost.per) == ("treating", "kg")
    assert cost.paise[0] / 100 * 1000 == pytest.approx(oxides * a_tonne)


def test_collecting_costs_the_mean_of_the_steps(india_pack: Pack, catalogue: Catalogue) -> None:
    steps = india_pack.nouns.ids("steps")
    cost, share = (
        [float(india_pack.entries[f"step.{name}.{what}"].value) for name in steps] for what in ("cost", "share")
    )
    mean = np.average(cost, weights=share)
    kind = catalogue.kind("feature_phone")
    assert kind is not None
    (found,) = [one for one in catalogue.costs if (one.of, one.step) == (kind.id, "collecting")]
    tonnes = sum(central for central, _, _ in kind.ug.values()) / 1e12
    assert found.paise[0] / 100 >= tonnes * mean  # the depots come on top
    assert found.paise[0] / 100 < tonnes * (mean + 2000)


def test_the_cost_of_smelting_boards_by_hand(india_pack: Pack, catalogue: Catalogue) -> None:
    def value(key: str) -> float:
        return float(india_pack.entries[key].value)

    refined = ("Cu", "Au", "Ag", "Pd")
    board = catalogue.substance("board_tv")
    assert board is not None
    a_kilogram = value("smelter.charge") / 1000  # all of a board is fed
    a_kilogram += sum(
        board.ug_per_g[name][0] / 1e9 * board.recoverable[name] * value(f"metal.{name}.refining_charge")
        for name in refined
    )
    (cost,) = [one for one in catalogue.costs if one.of == "board_tv"]
    assert (cost.step, cost.per, set(cost.elements)) == ("smelting", "kg", set(refined))
    assert cost.paise[0] / 100 == pytest.approx(a_kilogram)
    assert cost.paise[1] < cost.paise[0] < cost.paise[2], "a charge is a range"
    assert "estimate from: " in cost.source


@pytest.mark.parametrize(
    ("product", "part"), [("smartphone", "phone"), ("desktop", "pc"), ("laptop", "laptop_mass"), ("disk_dc", "disk")]
)
def test_of_a_device_its_boards_are_smelted(india_pack: Pack, catalogue: Catalogue, product: str, part: str) -> None:
    def value(key: str) -> float:
        return float(india_pack.entries[key].value)

    kind = catalogue.kind(product)
    assert kind is not None
    fed = value(f"product.{product}.holds.{part}") * value(f"item.{part}.smelted")
    refined = {name: share for name, share in kind.recoverable.items() if name in ("Cu", "Au", "Ag", "Pd")}
    refining = sum(
        kind.ug[name][0] / 1e12 * share * value(f"metal.{name}.refining_charge") for name, share in refined.items()
    )
    (cost,) = [one for one in catalogue.costs if (one.of, one.step) == (product, "smelting")]
    assert cost.paise[0] / 100 == pytest.approx(fed * value("smelter.charge") + refining)
    fair = fair_price(catalogue, product, pieces=1)
    assert not fair.at_most
    assert fair.low < fair.paise < fair.high


@pytest.mark.parametrize("product", ["ac", "washer", "e_car"])
def test_copper_of_motors_and_metals_of_batteries_stay_an_upper_end(catalogue: Catalogue, product: str) -> None:
    assert not [one for one in catalogue.costs if (one.of, one.step) == (product, "smelting")]
    assert fair_price(catalogue, product, pieces=1).at_most


def test_what_is_lacking_is_told(catalogue: Catalogue) -> None:
    said = " ".join(catalogue.notes)
    for lacking in (
        "Wind turbine",
        "Without a price in the pack",
        "no cost of winning the metals of batteries",
        "counts as not won",
    ):
        assert lacking in said


def test_places_have_their_state(catalogue: Catalogue) -> None:
    hub, state = catalogue.place("moradabad"), catalogue.place("UP")
    assert hub is not None
    assert state is not None
    assert hub.state == state.name == state.state
    assert abs(hub.lat - 28.84) < 0.01


def test_the_joint_range_is_narrower_than_all_ends_met(catalogue: Catalogue) -> None:
    kind = catalogue.kind("laptop")
    assert isinstance(kind, Kind)
    assert kind.won is not None
    ends = [
        sum(kind.paise[name][at] * share for name, share in kind.recoverable.items() if name in kind.paise)
        for at in (1, 2)
    ]
    assert ends[0] < kind.won[1] < kind.won[0] < kind.won[2] < ends[1]
    fair = fair_price(catalogue, "laptop", pieces=10)
    assert sum(line.paise for line in fair.lines) == fair.paise


def test_a_toy_without_plants_or_chain(tmp_path: Path) -> None:
    made = priced_toy()
    found = exchange_catalogue(load(made.write(tmp_path)))
    assert found.substances == ()
    assert found.costs == ()
    assert any("no costs of plants" in note for note in found.notes)
    (kind, *_) = found.kinds
    assert found.metals["Nd"].paise_per_g[0] == pytest.approx(6000 / 1000 * FACTOR * 100)
    assert kind.ug["Nd"][0] > 0


def test_toyland(tmp_path: Path) -> None:
    found = exchange_catalogue(load(make_toyland(tmp_path / "toyland")))
    assert read(write(found)) == found


@pytest.mark.parametrize("make", [toy, full, chained])
def test_any_pack_has_a_catalogue(tmp_path: Path, make: Callable[[], Toy]) -> None:
    found = exchange_catalogue(load(make().write(tmp_path)))
    assert read(write(found)) == found
    assert found.kinds


def test_only_elements_are_held_and_what_is_not_known_is_no_share(catalogue: Catalogue) -> None:
    for kind in catalogue.kinds:
        assert set(kind.ug) <= ELEMENTS
    phone = catalogue.kind("smartphone")
    assert phone is not None
    assert {"Al", "Fe"} <= set(phone.ug)
    assert not {"Al", "Fe"} & set(phone.recoverable)


# Least and most in magnets of each kind of goods as published, wt%: van Nielen (Leiden) with Danczak, Habib, Reimer;
# Walton 2019; Oeko-Institut 2012; ReeGain. Swarf of a grade is what is cut off such magnets.
PUBLISHED = [
    ("e_car", {"Nd": (19.6, 25), "Pr": (4, 8), "Dy": (0.5, 5), "Tb": (0, 0.6)}),
    ("disk_dc", {"Nd": (22, 28.7), "Pr": (2, 6), "Dy": (0.2, 2)}),
    ("audio", {"Nd": (20, 28), "Pr": (3, 7), "Dy": (0, 1.5)}),
    ("smartphone", {"Nd": (20, 28), "Pr": (3, 7), "Dy": (0, 1.5)}),
    ("ac", {"Nd": (20, 26), "Pr": (3, 7), "Dy": (0.5, 5), "Tb": (0, 0.3)}),
    ("e_2w", {"Nd": (20, 26), "Pr": (3, 7), "Dy": (0, 3), "Tb": (0, 0.3)}),
    ("servo", {"Nd": (22, 27), "Pr": (3, 7), "Dy": (0.5, 6), "Tb": (0, 0.4)}),
]


@pytest.mark.parametrize(("goods", "published"), PUBLISHED)
def test_no_published_content_is_an_alarm_and_an_absurd_one_is(
    catalogue: Catalogue, goods: str, published: dict[str, tuple[float, float]]
) -> None:
    policy = policy_file(SAMPLE)
    most, tolerance = policy.number("content", "deviations"), policy.number("content", "tolerance")
    scrap = catalogue.substance(f"eol_magnet_{goods}")
    assert scrap is not None
    for element, ends in published.items():
        middle, *given = scrap.ug_per_g[element]
        low, high = plausible.widened(middle, *given, tolerance)
        assert low < middle < high, "no range is without width"
        spread = policy.published[element]
        assert all(plausible.within(1e4 * end, spread) for end in ends)
        absurd = max(10 * middle, 3 * spread[1])
        assert not plausible.within(absurd, spread)
        assert plausible.beyond(absurd, middle, low, high, 10) or (
            (plausible.content_score(absurd, 0.0, middle, low, high) or 0) > most
        )


def test_swarf_some_points_off_its_one_figure_is_usual(catalogue: Catalogue) -> None:
    policy = policy_file(SAMPLE)
    swarf = catalogue.substance("swarf_n")
    assert swarf is not None
    middle, *given = swarf.ug_per_g["Nd"]
    assert given == [middle, middle], "the pack holds one figure: else this test holds nothing"
    ends = plausible.widened(middle, *given, policy.number("content", "tolerance"))
    scores = [plausible.content_score(assay, 2_000.0, middle, *ends) for assay in (190_000, 290_000, 100_000, 400_000)]
    assert [abs(score or 0) > policy.number("content", "deviations") for score in scores] == [False, False, True, True]
