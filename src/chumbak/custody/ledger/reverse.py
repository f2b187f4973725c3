"""Taking an event back: its entries once more with the other sign. Nothing is edited, and nothing may go below zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chumbak.custody.finding import Finding, LedgerError
from chumbak.custody.ledger.amounts import shown
from chumbak.custody.ledger.posting import Entry, Holdings, Posting


def reverse(
    entries: Sequence[Entry],
    holdings: Holdings,
    lots_made: Sequence[str] = (),
    later: Mapping[str, Sequence[str]] | None = None,
    pointer: str = "/errorDeclaration",
) -> Posting:
    """Return the posting that takes back a posting with these ``entries`` and ``lots_made``.

    ``holdings`` are what the lots of the entries hold now. ``later`` names, by lot, the later events that took from it
    and have not been taken back: they are told to the user, who has to take them back first; a lot that was made
    here and has such an event is refused even if its balance would do, since its name would be free again.
    Raises ``LedgerError`` naming each lot that would go below zero and who took from it.
    """
    later = later or {}
    faults: list[Finding] = []
    blamed: set[str] = set()
    for account, element, origin, delta in entries:
        if delta <= 0 or not account.startswith("lot:"):
            continue
        lot = account.removeprefix("lot:")
        has = holdings.get(lot, {}).get((element, origin), 0)
        if has < delta and lot not in blamed:
            blamed.add(lot)
            faults.append(
                Finding(
                    pointer,
                    f"{lot} holds {shown(has)} of the {shown(delta)} of {element} ({origin.kind}) that it got here",
                    _mend(later.get(lot, ())),
                )
            )
    for lot in lots_made:
        if later.get(lot) and lot not in blamed:
            faults.append(Finding(pointer, f"{lot} was made here and has been used since", _mend(later[lot])))
    if faults:
        raise LedgerError(faults)
    back = tuple(Entry(account, element, origin, -delta) for account, element, origin, delta in entries)
    return Posting(back, lots_unmade=tuple(sorted(lots_made)))


def _mend(events: Sequence[str]) -> str:
    if not events:
        return "Take back the later events that took from it first"
    more = f" and {len(events) - 5} more" if len(events) > 5 else ""
    return f"Take back first what took from it later: {', '.join(events[:5])}{more}"
