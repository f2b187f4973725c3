"""What a pack says of a recovery before anybody measured it: apart, so that a page has it without custody."""

from __future__ import annotations

from chumbak.pack import Pack


def prior_recovery(pack: Pack, process: str, element: str) -> tuple[float, float | None, float | None] | None:
    """Return the figure that the pack has: of the element, or of the process as a whole."""
    for key in (f"process.{process}.recovery.{element}", f"process.{process}.recovery"):
        entry = pack.entries.get(key)
        if entry is not None:
            figure = entry.figures[-1]
            return figure.value, figure.low, figure.high
    return None
