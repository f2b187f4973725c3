"""Read a flowsheet from a file: every field known, every fault told at once, each with its place and how to mend it.

``docs/plant.md`` shows the form. Figures may be a number, or a record with ``value``, ``low``, ``high``, ``source`` and
``verification``; a number alone is *yours*: the file is its source.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from chumbak.plant.components import ELEMENTS, MASS, VALENCE, anions, component, element
from chumbak.plant.errors import PlantError
from chumbak.plant.faults import Faults, Key, figure, key_of, mapping, records
from chumbak.plant.flowsheet import Figure, Flowsheet, Recipe, Step, Target, faults_of, nearest
from chumbak.plant.parameters import NUMERIC, usual_figures, usual_word, values_of
from chumbak.plant.stream import AMBIENT, SHAPE, Stream, by_element, fixed, mixed, of, salts
from chumbak.plant.terms import read_terms
from chumbak.plant.unit import Kind, Parameter
from chumbak.plant.units import kind_of

TOP = (
    "flowsheet",
    "title",
    "hours_per_year",
    "feeds",
    "steps",
    "target",
    "products",
    "wastes",
    "costs",
    "notes",
    "recipes",
)
ABSOLUTE_ZERO, HOTTEST = -273.15, 4000.0  # degrees Celsius
MOST_FLOW = 1e9  # kg/h: a thousand times the largest refinery
REST = "rest"  # of a composition: the element that is what the others leave


def read(given: object, where: str, drawn: Mapping[Key, float] | None = None) -> Flowsheet:
    """Make a flowsheet of what a file says. Raises ``PlantError`` with every fault, a line each.

    ``drawn`` are values in place of the central ones, by ``key_of`` their figures: one draw of what is not sure.
    """
    faults = Faults(where, drawn or {})
    if not isinstance(given, Mapping):
        raise PlantError(f"{where} is no mapping; write 'flowsheet: name' and so on: {', '.join(TOP)}")
    faults.known(given, TOP, "top")
    name = str(given.get("flowsheet") or "")
    if not name:
        faults.add("top", "'flowsheet' is missing; give the plant a name")
    figures: list[Figure] = []
    hours = figure(given.get("hours_per_year"), Figure("", "hours_per_year", "", 0, None, None, "h", "", ""), faults)
    if hours is None or not 0 < hours.value <= 8784:
        faults.add("hours_per_year", "say how many hours a year it runs: more than 0, at most 8784")
    else:
        figures.append(hours)
    feeds = {}
    for feed, told in mapping(given.get("feeds"), "feeds", faults).items():
        feeds[str(feed)] = _feed(str(feed), told, figures, faults)
    if not feeds:
        faults.add("feeds", "there is none; a plant makes nothing out of nothing")
    steps = [
        _step(str(step), told, figures, faults) for step, told in mapping(given.get("steps"), "steps", faults).items()
    ]
    if feeds and not faults.told and not any(one.total() > 0 for one in feeds.values()):
        faults.add("feeds", "nothing comes in: give a feed more than 0 kg/h")
    target, scaled = _target(given.get("target"), feeds, faults)
    terms = read_terms(given.get("costs"), figures, faults)
    sheet = Flowsheet(
        name,
        str(given.get("title") or name),
        hours.value if hours else 0.0,
        feeds,
        tuple(step for step in steps if step is not None),
        target,
        scaled,
        {str(key): str(words) for key, words in mapping(given.get("products"), "products", faults).items()},
        {str(key): str(words) for key, words in mapping(given.get("wastes"), "wastes", faults).items()},
        tuple(figures),
        terms,
        tuple(str(note) for note in records(given.get("notes"), "notes", faults)),
        _recipes(given.get("recipes"), faults),
        given,
        where,
    )
    if None not in steps:
        faults.told += [f"{where}: {fault}" for fault in faults_of(sheet)]
    faults.stop()
    return sheet


def _recipes(given: object, faults: Faults) -> dict[str, Recipe]:
    found = {}
    for process, told in mapping(given, "recipes", faults).items():
        place = f"recipe '{process}'"
        told = mapping(told, place, faults)
        faults.known(told, ("from", "to"), place)
        ends = {side: told.get(side) for side in ("from", "to")}
        for side, names in ends.items():
            if not names:
                faults.add(place, f"say which streams it is '{side}'")
        comes, goes = (tuple(str(one) for one in (it if isinstance(it, list) else [it])) for it in ends.values())
        found[str(process)] = Recipe(str(process), comes, goes)
    return found


def _step(name: str, given: object, figures: list[Figure], faults: Faults) -> Step | None:
    place = f"step '{name}'"
    if not isinstance(given, Mapping):
        faults.add(place, "this is no mapping; write 'kind', 'in', 'out', and 'with' for its parameters")
        return None
    faults.known(given, ("kind", "words", "in", "out", "with"), place)
    try:
        kind = kind_of(str(given.get("kind") or ""))
    except PlantError as error:
        faults.add(place, str(error))
        return None
    inlets = _ports(given.get("in"), [port.name for port in kind.inlets], f"{place}, 'in'", faults)
    outlets = _ports(given.get("out"), [port.name for port in kind.outlets], f"{place}, 'out'", faults)
    for port in kind.inlets:
        if port.needed and not inlets.get(port.name):
            faults.add(place, f"nothing is connected to the inlet '{port.name}' ({port.words})")
    out = {}
    for port in kind.outlets:
        names = outlets.get(port.name, ())
        if len(names) > 1:
            faults.add(place, f"the outlet '{port.name}' is given {len(names)} names; a stream has one")
        out[port.name] = names[0] if names else f"{name}.{port.name}"
    mine, words = _parameters(name, kind, mapping(given.get("with"), f"{place}, 'with'", faults), faults)
    figures += mine
    try:
        values = values_of(kind, mine, words)
    except PlantError as error:
        faults.add(place, str(error))
        return None
    return Step(name, kind, inlets, out, values, str(given.get("words") or kind.words))


def _ports(given: object, names: Sequence[str], place: str, faults: Faults) -> dict[str, tuple[str, ...]]:
    """Read what is connected: a mapping from port to stream or streams, or the streams of the one port there is."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        given = {names[0]: given}
    faults.known(given, names, place)
    return {
        str(port): tuple(str(one) for one in (streams if isinstance(streams, list) else [streams]))
        for port, streams in given.items()
        if streams is not None
    }


def _parameters(step: str, kind: Kind, given: Mapping[str, Any], faults: Faults) -> tuple[list[Figure], dict[str, Any]]:
    faults.known(given, [one.name for one in kind.parameters], f"step '{step}', 'with'")
    figures: list[Figure] = []
    words: dict[str, Any] = {}
    for parameter in kind.parameters:
        told = given.get(parameter.name)
        if parameter.form in NUMERIC:
            mine = _numbers(step, parameter, told, faults) if told is not None else []
            named = {one.of for one in mine}
            if (parameter.form == "number" and mine) or (named and "others" in named):
                figures += mine
            else:
                known = [one for one in usual_figures(step, kind, parameter) if one.of not in named]
                drawn = faults.drawn
                figures += [
                    replace(one, value=drawn[key]) if drawn and (key := key_of(one)) in drawn else one for one in known
                ]
                figures += mine
        else:
            told = usual_word(kind, parameter) if told is None else told
            if told is not None:
                words[parameter.name] = _word(step, parameter, told, faults)
    return figures, words


def _numbers(step: str, parameter: Parameter, told: object, faults: Faults) -> list[Figure]:
    form = Figure(step, parameter.name, "", 0.0, None, None, parameter.unit, "", "")
    if parameter.form == "number":
        one = figure(told, form, faults)
        return [one] if one else []
    place = f"{step} {parameter.name}"
    if not isinstance(told, Mapping) or "value" in told:
        if parameter.form == "by_component":
            faults.add(place, "write the value of each component: {water: 0.3}")
            return []
        told = {"others": told}
    found = []
    for name, value in told.items():
        try:
            if parameter.form == "by_component":
                component(str(name))
            elif name != "others":
                element(str(name))
        except PlantError as error:
            faults.add(place, str(error))
            continue
        one = figure(value, Figure(step, parameter.name, str(name), 0.0, None, None, parameter.unit, "", ""), faults)
        found += [one] if one else []
    return found


def _word(step: str, parameter: Parameter, told: object, faults: Faults) -> Any:
    place = f"{step} {parameter.name}"
    if parameter.form == "flag":
        if str(told).lower() not in ("true", "false"):
            faults.add(place, f"'{told}' is neither true nor false")
        return str(told).lower() == "true"
    if parameter.form == "numbers":
        try:
            return np.array([float(one) for one in told], dtype=float)  # type: ignore[attr-defined]
        except (TypeError, ValueError):
            faults.add(place, "write a list of numbers: [1.5, 2]")
            return np.zeros(0)
    if parameter.choices and str(told) not in parameter.choices:
        faults.add(place, f"'{told}' is none of its choices{nearest(str(told), list(parameter.choices))}")
    return str(told)


def _target(given: object, feeds: Mapping[str, Stream], faults: Faults) -> tuple[Target | None, tuple[str, ...]]:
    told = mapping(given, "target", faults)
    if not told:
        return None, ()
    faults.known(told, ("stream", "component", "kg_per_h", "scale"), "target")
    flow = figure(told.get("kg_per_h"), Figure("", "target", "", 0.0, None, None, "kg/h", "", ""), faults)
    if flow is None or flow.value <= 0:
        faults.add("target", "say how much it is to be: 'kg_per_h', more than 0")
        return None, ()
    part = str(told.get("component") or "")
    try:
        if part:
            component(part)
    except PlantError as error:
        faults.add("target", str(error))
    scale = told.get("scale") or list(feeds)
    scaled = tuple(str(one) for one in (scale if isinstance(scale, list) else [scale]))
    for name in scaled:
        if name not in feeds:
            faults.add("target", f"there is no feed '{name}' to scale{nearest(name, list(feeds))}")
    streams = told.get("stream") or ""
    several = streams if isinstance(streams, list) else [streams]
    return Target(tuple(str(one) for one in several), part, flow.value), scaled


def _feed(name: str, given: object, figures: list[Figure], faults: Faults) -> Stream:
    place = f"feed '{name}'"
    told = mapping(given, place, faults)
    faults.known(told, ("parts", "temperature", "source", "verification", "words"), place)
    parts = told.get("parts")
    if not isinstance(parts, list) or not parts:
        faults.add(place, "say what it is made of: 'parts', a list with 'component' and 'kg_per_h' each")
        return Stream(np.zeros(SHAPE))
    temperature = told.get("temperature", AMBIENT)
    if isinstance(temperature, bool) or not isinstance(temperature, int | float):
        faults.add(place, f"temperature is '{temperature}'; write degrees Celsius")
        temperature = AMBIENT
    elif not ABSOLUTE_ZERO < temperature <= HOTTEST:
        told_of = f"temperature is {temperature:g} degrees Celsius"
        faults.add(place, f"{told_of}; it lies above {ABSOLUTE_ZERO:g}, to {HOTTEST:g}")
        temperature = AMBIENT
    about = {key: told[key] for key in ("source", "verification") if key in told}
    return mixed(_part(name, at, parts, float(temperature), about, figures, faults) for at in range(len(parts)))


def _part(
    feed: str, at: int, parts: Sequence[object], temperature: float, about: Mapping[str, str], figures: list[Figure],
    faults: Faults,
) -> Stream:  # fmt: skip
    place, given = f"feed '{feed}'", parts[at]
    nothing = Stream(np.zeros(SHAPE), temperature)
    told = mapping(given, place, faults)
    faults.known(told, ("component", "kg_per_h", "elements", "oxides"), place)
    try:
        form = component(str(told.get("component") or ""))
    except PlantError as error:
        faults.add(place, str(error))
        return nothing
    kinds = [key for key in ("elements", "oxides") if key in told]
    step, before = f"feed {feed}", [one for one in parts[:at] if isinstance(one, Mapping)]
    again = sum(one.get("component") == form.name for one in before)
    part = f"{form.name} {again + 1}" if again else form.name  # several parts of a feed may be of one component
    flow = figure(
        _with(told.get("kg_per_h"), about), Figure(step, "kg_per_h", part, 0.0, None, None, "kg/h", "", ""), faults
    )
    if flow is None:
        return nothing
    figures.append(flow)
    if flow.value < 0:
        faults.add(place, f"{flow.value:g} kg/h of '{form.name}' is negative")
    elif flow.value > MOST_FLOW:
        faults.add(place, f"{flow.value:g} kg/h of '{form.name}' is more than {MOST_FLOW:g}; check its unit")
    if form.formula:
        if kinds:
            faults.add(place, f"'{form.name}' is {form.formula}; it has no '{kinds[0]}' to state")
        return of({form.name: fixed(form.name, flow.value / float(fixed(form.name, 1.0).sum()))}, temperature)
    if len(kinds) != 1:
        what = "'elements' or 'oxides'" if form.anion else "'elements'"
        faults.add(place, f"say what '{form.name}' is made of, by {what} (kg/kg)")
        return nothing
    shares = shares_of(step, f"{kinds[0]} of {part}", mapping(told[kinds[0]], place, faults), about, figures, faults)
    if kinds[0] == "elements":
        return of({form.name: by_element({one: share * flow.value for one, share in shares.items()})}, temperature)
    if form.anion is None:
        faults.add(place, f"'{form.name}' holds what it holds; state its 'elements'")
        return nothing
    metals = np.zeros(len(ELEMENTS))
    for one, share in shares.items():
        if one not in VALENCE:
            faults.add(place, f"no oxide of {one} is known")
            continue
        at = element(one)
        metals[at] = share * flow.value / (MASS[at] + float(anions("oxide")[at].sum()))
    return of({form.name: salts(form.name, metals)}, temperature)


def _with(given: object, about: Mapping[str, str]) -> object:
    """Give a figure the source of its feed, where it names none of its own."""
    return {**about, **(given if isinstance(given, Mapping) else {"value": given})}


def shares_of(
    step: str, form: str, given: Mapping[str, Any], about: Mapping[str, str], figures: list[Figure], faults: Faults
) -> dict[str, float]:
    """Read mass shares that sum to one; one may be the ``rest``."""
    shares: dict[str, float] = {}
    rest = ""
    for name, told in given.items():
        try:
            element(str(name))
        except PlantError as error:
            faults.add(step, str(error))
            continue
        if told == REST:
            if rest:
                faults.add(step, f"'{rest}' and '{name}' are both '{REST}'; only one can be what the others leave")
            rest = str(name)
            continue
        one = figure(_with(told, about), Figure(step, form, str(name), 0.0, None, None, "kg/kg", "", ""), faults)
        if one is None:
            continue
        if not 0 <= one.value <= 1:
            faults.add(step, f"the share of {name} is {one.value:g}; it lies between 0 and 1")
        shares[str(name)] = one.value
        figures.append(one)
    total = sum(shares.values())
    if rest:
        if total > 1 + 1e-9:
            faults.add(step, f"the shares sum to {total:g} without the rest, {rest}; they cannot be more than 1")
        shares[rest] = max(1.0 - total, 0.0)
    elif faults.drawn and total > 0:  # shares that were drawn are divided by their sum
        shares = {name: share / total for name, share in shares.items()}
    elif abs(total - 1) > 1e-6:
        faults.add(step, f"the shares sum to {total:g}, not to 1; name one of them '{REST}'")
    return shares
