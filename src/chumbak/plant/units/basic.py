"""Where streams meet and part: mixing, splitting, and a separation by stated shares."""

from __future__ import annotations

import numpy as np

from chumbak.plant.components import COMPONENT, component
from chumbak.plant.errors import PlantError
from chumbak.plant.stream import SHAPE, Stream
from chumbak.plant.unit import Inlets, Kind, Parameter, Port, Result, Values


def mix(inlets: Inlets, values: Values) -> Result:
    """Let streams flow together. What is connected to one port is mixed before a unit sees it, so this passes it on."""
    return Result({"mixed": inlets["feed"]})


def split(inlets: Inlets, values: Values) -> Result:
    """Part a stream in two of the same composition, as a bleed does."""
    feed, share = inlets["feed"], values["share"]
    return Result(
        {
            "first": Stream(feed.flow * share, feed.temperature),
            "second": Stream(feed.flow * (1.0 - share), feed.temperature),
        }
    )


def sort(inlets: Inlets, values: Values) -> Result:
    """Take out shares of components, as a filter, a magnet drum or a washer does; what is not named goes on."""
    feed = inlets["feed"]
    shares = np.zeros(SHAPE[0])
    for name, share in values["shares"].items():
        if not 0.0 <= share <= 1.0:
            raise PlantError(f"the share of {name} that is taken out is {share:g}; it lies between 0 and 1")
        shares[COMPONENT[component(name).name]] = share
    taken = feed.flow * shares[:, None]
    return Result({"taken": Stream(taken, feed.temperature), "rest": Stream(feed.flow - taken, feed.temperature)})


_FEED = (Port("feed", "what comes in; several streams may be connected"),)
KINDS = (
    Kind("mix", "mixer", mix, _FEED, (Port("mixed", "all of it together"),), physics="nothing reacts"),
    Kind("split", "splitter", split, _FEED, (Port("first", "the share"), Port("second", "the rest")),
         (Parameter("share", "kg/kg", "share that leaves by the first outlet", most=1.0),), "composition is kept"),
    Kind("sort", "separation by stated shares", sort, _FEED,
         (Port("taken", "the shares named"), Port("rest", "all the rest")),
         (Parameter("shares", "kg/kg", "share of each component that is taken out", form="by_component", most=1.0),),
         "shares are given, not derived: for filters and sorters whose performance is known"),
)  # fmt: skip
