"""The events by which custody knows of every hand-over: EPCIS 2.0, with what things hold in ``rem:`` beside it.

    device given up      appears       ObjectEvent ADD, collecting
    lot of scrap listed  appears       ObjectEvent ADD, commissioning
    looked at, weighed   observed      ObjectEvent OBSERVE, inspecting; ``measured`` states or sets what it holds
    sold                 transferred   TransactionEvent ADD, owning party
    packed               packed        AggregationEvent ADD
    dismantled           transformed   TransformationEvent
    destroyed, sent back gone          ObjectEvent DELETE

Things are named by URIs, amounts are micrograms of contained element, masses grams. An event's time is that of the
work. A thing that is one piece is named in ``epcList``, one with a weight in ``quantityList``.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from chumbak.exchange.desk import Work

CONTEXT: list[Any] = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"rem": "urn:chumbak:rem:"}
]  # fmt: skip
Event = dict[str, Any]
Amounts = Mapping[str, int]


def appears(
    work: Work, uri: str, content: Amounts, *, step: str = "collecting", kind: str = "post-consumer",
    grams: int | None = None, source: str = "", to: str = "", place: str = "", **more: Any,
) -> Event:  # fmt: skip
    """Return that a thing came in with its content: from ``source`` to ``to`` (parties), at ``place``."""
    said = {"lot": uri, "element": _texts(content), "origin": {"kind": kind}}
    if grams:
        said["mass"] = {"value": kilograms(grams), "uom": "KGM"}
    event = _object(work, "ADD", step, [(uri, grams)], place) | _parties("possessing_party", source, to)
    return event | ({"rem:content": [said]} if content else {}) | more


def observed(
    work: Work, uris: Sequence[str], *, step: str = "inspecting", source: str = "", to: str = "", place: str = "",
    **more: Any,
) -> Event:  # fmt: skip
    """Return that things were seen; with parties, that they passed from hand to hand (steps departing, receiving)."""
    event = _object(work, "OBSERVE", step, [(uri, None) for uri in uris], place)
    return event | _parties("possessing_party", source, to) | more


def measured(
    work: Work, uri: str, content: Amounts | None = None, *, assay: Mapping[str, Any] | None = None,
    grams: int | None = None, uncertainty_grams: int = 0, adjust: bool = True, place: str = "", **more: Any,
) -> Event:  # fmt: skip
    """Return what a thing was measured to hold: content, or an assay with the mass it is a share of.

    With ``adjust`` the ledger is set to it, against what is unaccounted for at the place.
    """
    said: Event = {"lot": uri}
    if grams is not None:
        said["mass"] = {"value": kilograms(grams), "uom": "KGM"}
        if uncertainty_grams:
            said["mass"]["uncertainty"] = kilograms(uncertainty_grams)
    said |= {"element": _texts(content)} if content is not None else {}
    said |= {"assay": dict(assay)} if assay is not None else {}
    event = _object(work, "OBSERVE", "inspecting", [(uri, grams)], place)
    return event | {"rem:content": [said]} | ({"rem:adjust": True} if adjust else {}) | more


def transferred(
    work: Work, uris: Sequence[str], *, seller: str, buyer: str, papers: Mapping[str, str], **more: Any
) -> Event:
    """Return that things were sold. ``papers`` are business transactions by type (po, inv, desadv): their URIs."""
    event = _event(work, "TransactionEvent") | {"action": "ADD", "epcList": list(uris)}
    event["bizTransactionList"] = [{"type": type, "bizTransaction": uri} for type, uri in papers.items()]
    return event | _parties("owning_party", seller, buyer) | more


def packed(work: Work, parent: str, children: Sequence[str], *, place: str = "", **more: Any) -> Event:
    """Return that things were put in another (a box, a bag, a batch)."""
    event = _event(work, "AggregationEvent") | {"action": "ADD", "bizStep": "packing", "parentID": parent}
    return event | {"childEPCs": list(children)} | _place(place) | more


def transformed(
    work: Work, inputs: Sequence[str], outputs: Mapping[str, Amounts], *, losses: Mapping[str, Amounts] | None = None,
    grams: Mapping[str, int] | None = None, step: str = "", place: str = "", **more: Any,
) -> Event:  # fmt: skip
    """Return that inputs became outputs; what is neither in these nor in ``losses`` (by kind) is unaccounted for."""
    weights = grams or {}
    event = _event(work, "TransformationEvent") | {"inputEPCList": list(inputs)}
    event |= {"bizStep": step} if step else {}
    event |= _things([(uri, weights.get(uri)) for uri in outputs], "outputEPCList", "outputQuantityList")
    event["rem:content"] = [
        {"lot": uri, "element": _texts(held)}
        | ({"mass": {"value": kilograms(weights[uri]), "uom": "KGM"}} if uri in weights else {})
        for uri, held in outputs.items()
    ]
    if losses:
        event["rem:losses"] = [{"kind": kind, "element": _texts(held)} for kind, held in losses.items()]
    return event | _place(place) | more


def gone(work: Work, uris: Sequence[str], *, step: str = "", to: str = "", place: str = "", **more: Any) -> Event:
    """Return that things left: destroyed (``disposition="destroyed"``), or given to ``to``."""
    event = _object(work, "DELETE", step or "shipping", [(uri, None) for uri in uris], place)
    return event | _parties("possessing_party", "", to) | more


def kilograms(grams: int) -> str:
    """Return grams as kilograms, digit for digit."""
    return f"{grams // 1000}.{grams % 1000:03d}"


def _object(work: Work, action: str, step: str, things: Sequence[tuple[str, int | None]], place: str) -> Event:
    event = _event(work, "ObjectEvent") | {"action": action, "bizStep": step}
    return event | _things(things, "epcList", "quantityList") | _place(place)


def _event(work: Work, type: str) -> Event:
    name = uuid.UUID(int=work.desk.random.getrandbits(128), version=4)
    when = work.now.isoformat(timespec="milliseconds")
    return {"type": type, "eventID": f"urn:uuid:{name}", "eventTime": when, "eventTimeZoneOffset": "+00:00"}


def _things(things: Sequence[tuple[str, int | None]], pieces: str, weighed: str) -> Event:
    found: Event = {}
    if alone := [uri for uri, grams in things if grams is None]:
        found[pieces] = alone
    if heavy := [(uri, grams) for uri, grams in things if grams is not None]:
        found[weighed] = [{"epcClass": uri, "quantity": grams / 1000, "uom": "KGM"} for uri, grams in heavy]
    return found


def _place(uri: str) -> Event:
    return {"readPoint": {"id": uri}, "bizLocation": {"id": uri}} if uri else {}


def _parties(type: str, source: str, to: str) -> Event:
    found: Event = {}
    if source:
        found["sourceList"] = [{"type": type, "source": source}]
    if to:
        found["destinationList"] = [{"type": type, "destination": to}]
    return found


def _texts(content: Amounts) -> dict[str, str]:
    return {element: str(ug) for element, ug in content.items() if ug}
