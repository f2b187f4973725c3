"""What is inside one device, what it is worth, what today's routes win back of it, and what better ones would.

    in magnets     = magnet mass x grade split x composition         (of a device that has rare-earth magnets)
    in other parts = parts held x metal in the part
    worth          = contained element x price; a price of oxide counts element x oxide factor
    today          = inside x share on routes that recover magnets x recovery today
    best           = inside x best recovery                           (every device collected)

A metal without a figure of recovery is *not known* (NaN): neither nothing nor all of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from chumbak.answer.catchment import back, named, spread_by_product, state_of
from chumbak.answer.finding import Finding
from chumbak.answer.model import ATTRIBUTES, compute
from chumbak.pack import Fault, Pack, PackError
from chumbak.pack.arrays import array
from chumbak.pack.draws import deviates, groups
from chumbak.pack.entries import Window
from chumbak.pack.figures import Figure, money_unit
from chumbak.pack.tables import Nouns

DRAWS, SEED = 5000, 20250404
RANGE = (0.05, 0.95)
PARTS = ("magnets", "other parts")
REFERENCE_CURRENCY = "USD"
OXYGEN = "O"
GRAMS = 1e6  # in a tonne
CONTENTS = ("magnet_mass", "grade_share", "content", "holds", "item_content")
DRAWN = (*CONTENTS, "price")
FIXED = ("penetration", "route", "recovery_today", "recovery_best", "metal_recovery", "metal_best", "lifetime_mean")


def device(
    pack: Pack, product: str, place: str | None = None, year: int | None = None, sold: int | None = None
) -> Finding:
    """Return what one counted unit of a product holds, by part and element, with its worth and its recovery.

    ``year`` is when it reaches end of life (default: the pack's base year), ``sold`` its year of sale (default:
    ``year`` less the mean life, rounded). ``product`` and ``place`` are ids or names; a hub stands for the state it
    lies in. Variables, in g or money for one counted unit:

    - ``inside``, ``inside_low``, ``inside_high`` (part, element): central, 5th and 95th percentile of draws (NaN
      where no figure has a range); ``expected``: the same with the share of units that have rare-earth magnets
    - ``recovered_today``, ``lost_today``, ``recovered_best`` (part, element): NaN where not known
    - ``price`` (element), NaN where the pack has none; ``worth`` (element), ``worth_total`` with ``_low``, ``_high``;
      ``worth_today``, ``worth_best``: of what is recovered, as far as it is known
    - ``magnet`` with range, ``penetration``, ``route_share`` (route)
    - with a place ``units_here``, ``magnets_here``, ``elements_here`` (part, element_here), in one year

    Raises:
        PackError: no such product or place, a year outside the pack or before the sale, a price of oxide without
            molar masses.

    """
    product = named(pack, "products", product, "device")
    year = _within(pack, year, pack.base_year)
    state = state_of(pack, named(pack, "places", place, "--state")) if place else ""
    sold = _within(pack, sold, vintage(pack, product, year), "--sold")
    if sold > year:
        what = f"a unit sold in {sold} cannot have been given up in {year}"
        raise PackError([Fault("--sold", 0, "", "no-such-year", what, f"Say {year} or a year before.")])
    alone = only(pack, product, replace(pack.window, first=sold, last=sold))
    given = {name: array(alone, name).squeeze(drop=True) for name in FIXED}
    given |= {name: array(alone, name) for name in DRAWN}
    by_key = deviates(groups(alone, DRAWN), DRAWS, SEED)
    drawn = {name: array(alone, name, by_key) for name in DRAWN}

    data = _inside(given, drawn)
    data = data.assign(_recovery(pack, data, given))
    data = data.assign(_worth(pack, data, given, drawn))
    if state:
        data = data.assign(_here(only(pack, product, pack.window), product, state, year))
    unit = pack.nouns.cell("products", product, "counted_in")
    for name, (units, long_name) in _ATTRS.items():
        if name in data:
            said = money_unit(units, pack.currency, pack.price_year).replace("count", unit)
            data[name].attrs = {"units": said, "long_name": long_name}
    data.attrs = {
        "product": product, "name": pack.nouns.cell("products", product, "name"), "counted_in": unit,
        "product_note": pack.nouns.cell("products", product, "note"), "country": pack.place, "state": state,
        "year": year, "sold": sold, "mean_life": float(given["lifetime_mean"]),
        "currency": pack.currency, "price_year": pack.price_year,
        "convention": CONVENTION.format(sold=sold, price_year=pack.price_year),
        "notes": "\n".join(_notes(pack, product, data)),
    }  # fmt: skip
    return Finding("device", data, _figures(alone, data, given))


CONVENTION = (
    "of one unit sold in {sold} that has rare-earth magnets; contained elements; ranges hold 90 % of draws; prices of "
    "{price_year}, of the metal or of its oxide, before any cost of winning it; recovery today counts only the routes "
    "that recover magnets; the best recovery takes every unit as collected"
)
_ATTRS = {
    "inside": ("g/count", "contained in one unit that has rare-earth magnets"),
    "inside_low": ("g/count", "contained, 5th percentile; missing where no figure has a range"),
    "inside_high": ("g/count", "contained, 95th percentile; missing where no figure has a range"),
    "expected": ("g/count", "contained in the mean unit, with or without rare-earth magnets"),
    "recovered_today": ("g/count", "recovered by today's routes that recover magnets; missing where not known"),
    "lost_today": ("g/count", "not recovered by those routes; missing where not known"),
    "recovered_best": ("g/count", "recovered if every unit is collected and treated best; missing where not known"),
    "price": ("money/g", "price of the contained element; missing where the pack has none"),
    "worth": ("money/count", "worth of the contained element at that price"),
    "worth_total": ("money/count", "worth of all contained elements that have a price"),
    "worth_low": ("money/count", "the same, 5th percentile"),
    "worth_high": ("money/count", "the same, 95th percentile"),
    "worth_today": ("money/count", "worth of what today's routes recover, as far as it is known"),
    "worth_best": ("money/count", "worth of what the best routes recover, as far as it is known"),
    "reference_rate": ("1", "units of the pack's currency for one US dollar in the price year"),
    "magnet": ("g/count", "rare-earth magnet in one unit that has them, gross"),
    "magnet_low": ("g/count", "rare-earth magnet, 5th percentile; missing where the figure has no range"),
    "magnet_high": ("g/count", "rare-earth magnet, 95th percentile; missing where the figure has no range"),
    "penetration": ("1", "share of the units of that year of sale that have rare-earth magnets"),
    "route_share": ("1", "share of the units reaching end of life that take this route"),
    "units_here": ("count/year", "units reaching end of life in the place in the year, with or without magnets"),
    "magnets_here": ("t/year", "rare-earth magnets in them, gross"),
    "elements_here": ("t/year", "elements contained in them"),
    "hub_name": ("", "hub of the place"),
    "hub_note": ("", "what is known of the hub"),
    "project_name": ("", "project of the way back in the place"),
    "project_owner": ("", "owner of the project"),
    "project_stage": ("", "stage of the project"),
    "project_status": ("", "status of the project"),
    "project_capacity": ("t/year", "nameplate capacity; missing where the pack has none"),
}


def vintage(pack: Pack, product: str, year: int) -> int:
    """Return the year of sale of a unit that reaches end of life in ``year`` after the mean life of the product."""
    mean_life = float(pack.entries[f"product.{product}.lifetime_mean"].value)
    return max(pack.window.first, year - round(mean_life))


def elements_in(pack: Pack, product: str) -> tuple[list[str], tuple[str, ...]]:
    """Return the elements that one unit of a product holds by the pack's figures, and the keys of those figures.

    It is the unit that ``device`` describes: of the vintage that reaches end of life in the base year.
    """
    sold = vintage(pack, product, pack.base_year)
    alone = only(pack, product, replace(pack.window, first=sold, last=sold))
    given = {name: array(alone, name) for name in (*CONTENTS, "penetration")}
    held = _content(given, float((given["penetration"] > 0).any())) > 0
    elements = [str(name) for name in held["element"].values[held.any("part").values]]
    used = {
        "grade": _present(given["grade_share"], "grade"), "item": _present(given["holds"], "item"),
        "element": elements, "metal": elements,
    }  # fmt: skip
    names = {*CONTENTS, "penetration"}
    keys = (key for key, one in alone.entries.items() if one.attribute.name in names and _fits(one.indices, used))
    return elements, tuple(keys)


def only(pack: Pack, product: str, window: Window) -> Pack:
    """Return the pack as if it had one product and the years of ``window``."""
    tables = {**pack.nouns.tables, "products": {product: pack.nouns.tables["products"][product]}}
    entries = {key: entry for key, entry in pack.entries.items() if entry.indices.get("product", product) == product}
    return replace(pack, nouns=Nouns(tables, pack.nouns.where), entries=entries, window=window)


def oxide_factor(pack: Pack, element: str) -> float:
    """Return the mass of oxide that holds one mass of the element, by molar mass.

    Raises:
        PackError: the pack has no oxide of the element, or not the molar masses of element and oxygen.

    """
    oxide = next((cells for cells in pack.nouns.tables["oxides"].values() if cells["element"] == element), None)
    keys = [f"element.{name}.molar_mass" for name in (element, OXYGEN)]
    lacking = [f"the figure '{key}'" for key in keys if key not in pack.entries]
    if oxide is None or lacking:
        lacking += [f"a row of the table oxides for {element}"] if oxide is None else []
        what = f"{element} is priced by its oxide, and the pack lacks {' and '.join(lacking)} to convert that price"
        mend = f"Add what is lacking, or give a price of the metal as 'price.{element}'."
        raise PackError([Fault(pack.name, 0, f"price.{element}_oxide", "no-oxide-factor", what, mend)])
    metal, oxygen = (float(pack.entries[key].value) for key in keys)
    return 1 + float(oxide["oxygen"]) * oxygen / (float(oxide["atoms"]) * metal)


def _within(pack: Pack, year: int | None, otherwise: int, where: str = "--year") -> int:
    year = otherwise if year is None else year
    if not pack.window.first <= year <= pack.window.last:
        what = f"{year} lies outside the years of the pack '{pack.name}'"
        mend = f"Say one from {pack.window.first} to {pack.window.last}."
        raise PackError([Fault(where, 0, "", "no-such-year", what, mend)])
    return year


def _inside(given: Mapping[str, xr.DataArray], drawn: Mapping[str, xr.DataArray]) -> xr.Dataset:
    """Return grams by part and element of a unit with magnets, with range; none where no unit of its year has any."""
    penetration = float(given["penetration"])
    has = float(penetration > 0)
    inside, draws = (GRAMS * _content(numbers, has) for numbers in (given, drawn))
    inside = inside.sel(element=(inside > 0).any("part"))
    draws = draws.sel(element=inside["element"])
    low, high = _range(draws, inside)
    magnet, magnets = (GRAMS * has * numbers["magnet_mass"].squeeze(drop=True) for numbers in (given, drawn))
    magnet_low, magnet_high = _range(magnets, magnet)
    found = {
        "inside": inside, "inside_low": low, "inside_high": high,
        "expected": inside * xr.DataArray([penetration, 1.0], dims="part", coords={"part": list(PARTS)}),
        "magnet": magnet, "magnet_low": magnet_low, "magnet_high": magnet_high, "penetration": given["penetration"],
    }  # fmt: skip
    return xr.Dataset(found)


def _content(given: Mapping[str, xr.DataArray], has_magnets: float) -> xr.DataArray:
    """Return t of each element in one counted unit, over ``part``, ``element`` (and ``draw``)."""
    magnets = has_magnets * given["magnet_mass"] * xr.dot(given["grade_share"], given["content"], dim="grade")
    others = xr.dot(given["holds"], given["item_content"], dim="item").rename(metal="element")
    both = [magnets.squeeze(["product", "year"], drop=True), others.squeeze("product", drop=True)]
    parts: xr.DataArray = xr.concat(both, dim=xr.IndexVariable("part", list(PARTS)), coords="minimal", join="exact")
    return parts


def _range(draws: xr.DataArray, central: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Return the ends between which 90 % of the draws lie, NaN where nothing was drawn."""
    if not draws.size:
        return xr.full_like(central, np.nan), xr.full_like(central, np.nan)
    spread = draws.max("draw") - draws.min("draw") > 1e-9 * np.abs(central)
    low, high = (draws.quantile(end, "draw").drop_vars("quantile").where(spread) for end in RANGE)
    return low, high


def _recovery(pack: Pack, data: xr.Dataset, given: Mapping[str, xr.DataArray]) -> dict[str, xr.DataArray]:
    """Return what today's routes that recover magnets win back, what they do not, and what the best would."""
    share = given["route"]
    formal = sum(float(share.sel(route=route)) for route in _formal(pack))
    elements = data["element"].values
    today, best = (
        xr.concat(
            [xr.full_like(data.inside.isel(part=0, drop=True), float(given[magnets])),
             array(pack, metals).rename(metal="element").reindex(element=elements)],
            dim=xr.IndexVariable("part", list(PARTS)), coords="minimal", join="exact",
        ).where(data.inside > 0, 0.0)
        for magnets, metals in (("recovery_today", "metal_recovery"), ("recovery_best", "metal_best"))
    )  # fmt: skip
    recovered = data.inside * formal * today
    return {
        "recovered_today": recovered, "lost_today": data.inside - recovered, "recovered_best": data.inside * best,
        "route_share": share,
    }  # fmt: skip


def _formal(pack: Pack) -> list[str]:
    recovers = pack.nouns.column("routes", "recovers_magnets")
    return [route for route, answer in recovers.items() if answer == "yes"]


def price_key(pack: Pack, element: str) -> str:
    """Return the name of the price that belongs to an element: of the metal, else of its oxide, else ''."""
    return next((name for name in (element, f"{element}_oxide") if f"price.{name}" in pack.entries), "")


def _worth(
    pack: Pack, data: xr.Dataset, given: Mapping[str, xr.DataArray], drawn: Mapping[str, xr.DataArray]
) -> dict[str, xr.DataArray]:
    """Return the price of each element and what the contents are worth, with the range of the total."""
    elements = [str(name) for name in data["element"].values]
    keys = {element: price_key(pack, element) for element in elements}
    priced = [element for element in elements if keys[element]]
    factors = [oxide_factor(pack, element) if keys[element] != element else 1.0 for element in priced]
    per_gram = xr.DataArray(np.array(factors) / GRAMS, dims="element", coords={"element": priced})
    of = xr.DataArray([keys[element] for element in priced], dims="element", coords={"element": priced})
    price, prices = (numbers["price"].sel(price=of).drop_vars("price") * per_gram for numbers in (given, drawn))
    price = price.reindex(element=elements)
    draws = GRAMS * _content(drawn, float(data.penetration > 0)).sum("part").sel(element=priced) * prices
    worth = data.inside.sum("part") * price
    total = worth.sum()
    low, high = _range(draws.sum("element"), total)
    found = {"price": price, "worth": worth, "worth_total": total, "worth_low": low, "worth_high": high}
    for when in ("today", "best"):
        found[f"worth_{when}"] = (data[f"recovered_{when}"] * price).sum()
    found["reference_rate"] = xr.DataArray(_reference_rate(pack))
    return found


def _reference_rate(pack: Pack) -> float:
    """Return units of the pack's currency for one of the reference currency in the price year, NaN if not known."""
    entry = pack.entries.get(f"currency.{REFERENCE_CURRENCY}.rate")
    if pack.currency == REFERENCE_CURRENCY:
        return 1.0
    if entry is None or (entry.years is not None and pack.price_year not in entry.years):
        return np.nan
    return float(entry.at(np.array([pack.price_year]))[0])


def _here(alone: Pack, product: str, state: str, year: int) -> dict[str, xr.DataArray]:
    """Return how many units reach end of life in a state in the year, what is in them, and who is there."""
    data = compute(alone).sel(year=year, drop=True).squeeze("product", drop=True)
    share = float(spread_by_product(alone).sel(product=product, place=state))
    metals = data.metal_end_of_life.sum("holder").rename(metal="element")
    elements = [name for name in alone.nouns.ids("elements") if name in data["element"] or name in metals["element"]]
    parts = [numbers.reindex(element=elements, fill_value=0.0) for numbers in (data.end_of_life_by_element, metals)]
    held = xr.concat(parts, dim=xr.IndexVariable("part", list(PARTS)), coords="minimal", join="exact")
    hubs = {
        name: cells
        for name, cells in alone.nouns.tables["places"].items()
        if cells["parent"] == state and cells["kind"] == "hub"
    }
    projects = {name: cells for name, cells in back(alone).items() if cells["place"] in (state, *hubs)}
    capacity = [alone.entries.get(f"project.{name}.capacity") for name in projects]
    return {
        "units_here": data.goods_end_of_life * share,
        "magnets_here": data.end_of_life * share,
        "elements_here": held.rename(element="element_here") * share,
        "hub_name": _words("hub", hubs, "name"),
        "hub_note": _words("hub", hubs, "note"),
        "project_name": _words("project", projects, "name"),
        "project_owner": _words("project", projects, "owner"),
        "project_stage": _words("project", projects, "stage"),
        "project_status": _words("project", projects, "status"),
        "project_capacity": xr.DataArray(
            [np.nan if entry is None else float(entry.value) for entry in capacity],
            dims="project", coords={"project": list(projects)},
        ),
    }  # fmt: skip


def _words(dim: str, rows: Mapping[str, Mapping[str, str]], column: str) -> xr.DataArray:
    words = np.array([cells[column] for cells in rows.values()], dtype=object)
    return xr.DataArray(words, dims=dim, coords={dim: np.array(list(rows), dtype=object)})


def _notes(pack: Pack, product: str, data: xr.Dataset) -> list[str]:
    """Return what a reader has to know beside the numbers."""
    others = data.inside.sel(part=PARTS[1])
    notes = []
    if float(data.penetration) == 0:
        shares = pack.entries[f"product.{product}.penetration"].at(pack.years)
        first = [int(year) for year in pack.years[shares > 0]][:1]
        since = f" The first with them are those of {first[0]}." if first else ""
        notes.append(
            f"No {pack.nouns.cell('products', product, 'name')} of that year of sale has rare-earth magnets.{since}"
        )
    if not bool((others > 0).any()):
        notes.append("The pack knows nothing of the other metals in it: only the magnets are counted.")
    else:
        notes.append(
            "Contents of other parts are as their source measured them and do not change by year of sale; a source "
            "that measured a whole device has the iron of its magnets in them too."
        )
    unpriced = [str(name) for name in data["element"].values[np.isnan(data.price.values)]]
    if unpriced:
        notes.append(f"Without a price in the pack, and so not in the worth: {', '.join(unpriced)}.")
    for when, said in (("today", "today"), ("best", "at best")):
        unknown = np.isnan(data[f"recovered_{when}"].values).any(axis=0)
        if unknown.any():
            names = ", ".join(str(name) for name in data["element"].values[unknown])
            notes.append(f"How much of these metals is recovered {said} is not known: {names}.")
    return notes


def _figures(alone: Pack, data: xr.Dataset, given: Mapping[str, xr.DataArray]) -> tuple[Figure, ...]:
    """Return the rows that were used: of this product, its grades and parts, and its elements."""
    elements = [str(name) for name in data["element"].values]
    prices = [price_key(alone, element) for element in elements]
    oxides = [element for element, key in zip(elements, prices, strict=True) if key not in ("", element)]
    used = {
        "grade": _present(given["grade_share"], "grade"), "item": _present(given["holds"], "item"), "price": prices,
        "element": elements, "metal": elements, "currency": [REFERENCE_CURRENCY],
    }  # fmt: skip
    names = {*DRAWN, *FIXED, "exchange_rate", *(ATTRIBUTES if data.attrs["state"] else ())}
    weighed = [f"element.{name}.molar_mass" for name in (*oxides, OXYGEN) if oxides]
    return tuple(
        figure
        for key, entry in alone.entries.items()
        if key in weighed or (entry.attribute.name in names and _fits(entry.indices, used))
        for figure in entry.figures
    )


def _fits(indices: Mapping[str, str], used: Mapping[str, Sequence[str]]) -> bool:
    return all(label in used.get(noun, [label]) for noun, label in indices.items())


def _present(shares: xr.DataArray, dim: str) -> Sequence[str]:
    others = [other for other in shares.dims if other != dim]
    return [str(name) for name in shares[dim].values[(shares > 0).any(others).values]]
