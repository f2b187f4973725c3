"""Small events of a loop: lots that appear, are turned into others, leave."""

from __future__ import annotations

from typing import Any

from chumbak.custody.store.prepare import Prepared, prepare

CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"rem": "urn:chumbak:rem:"}]
GATE, FURNACE, BUYER = "https://id.example.org/gate", "https://id.example.org/furnace", "https://id.example.org/buyer"
DECLARATION = {"declarationTime": "2026-11-22T12:00:00Z", "reason": "incorrect_data"}


def uri(name: str) -> str:
    return f"https://id.example.org/lot/{name}"


def _event(kind: str, hour: int, **fields: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "eventTime": f"2026-11-{1 + hour // 24:02d}T{hour % 24:02d}:00:00.000Z",
        "eventTimeZoneOffset": "+05:30",
        **fields,
    }


def appear(name: str, hour: int = 1, kind: str = "post-consumer", **elements: int) -> dict[str, Any]:
    return _event(
        "ObjectEvent", hour, action="ADD", bizStep="commissioning", disposition="active", epcList=[uri(name)],
        readPoint={"id": GATE},
        **{"rem:content": [{
            "lot": uri(name), "element": {name: str(ug) for name, ug in elements.items()},
            "origin": {"kind": kind, "mined": "AU"},
        }]},
    )  # fmt: skip


def turn(
    inputs: list[str], outputs: dict[str, dict[str, int]], hour: int = 2, losses: dict[str, int] | None = None,
    take: dict[str, dict[str, int]] | None = None, melted: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    event = _event(
        "TransformationEvent", hour, bizStep="creating_class_instance", inputEPCList=[uri(one) for one in inputs],
        outputEPCList=[uri(one) for one in outputs], readPoint={"id": FURNACE},
        **{"rem:content": [
            {"lot": uri(one), "element": {name: str(ug) for name, ug in held.items()}} for one, held in outputs.items()
        ]},
    )  # fmt: skip
    if losses:
        event["rem:losses"] = [{"kind": "slag", "element": {name: str(ug) for name, ug in losses.items()}}]
    if take:
        event["rem:take"] = [
            {"lot": uri(one), "element": {name: str(ug) for name, ug in part.items()}} for one, part in take.items()
        ]
    if melted:
        event["rem:step"] = {"step": "melted", "country": melted}
    return event


def leave(name: str, hour: int = 3) -> dict[str, Any]:
    return _event(
        "ObjectEvent", hour, action="DELETE", bizStep="shipping", epcList=[uri(name)], readPoint={"id": GATE},
        destinationList=[{"type": "possessing_party", "destination": BUYER}],
    )  # fmt: skip


def sold(name: str, hour: int = 3) -> dict[str, Any]:
    return _event(
        "TransactionEvent", hour, action="ADD", epcList=[uri(name)],
        bizTransactionList=[{"type": "inv", "bizTransaction": f"https://id.example.org/invoice/{name}"}],
    )  # fmt: skip


def wrong(event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "errorDeclaration": DECLARATION}


def ready(*events: dict[str, Any]) -> list[Prepared]:
    return [prepare(event, CONTEXT) for event in events]
