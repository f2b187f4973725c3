"""Where the exchange's events go: straight to an open store, or to the process of a service that writes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from chumbak.custody.epcis.validate import check
from chumbak.custody.finding import LedgerError
from chumbak.custody.store.faults import Conflict, Refused, StoreError
from chumbak.custody.store.open import Store
from chumbak.custody.store.prepare import Prepared, prepare
from chumbak.custody.web.channel import Recorder
from chumbak.exchange.hand_over import CONTEXT

SECONDS = 30.0  # that custody may take to answer


class Nobody:
    """Records nothing: for what concerns persons alone. What waits, waits until the exchange is served."""

    store: Store

    def capture(self, events: Sequence[Mapping[str, Any]]) -> list[str]:
        """Refuse for now, if there is something to record."""
        if events:
            raise StoreError("Custody is not open here.")
        return []


class Direct:
    """Records in a store that is open in this process."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def capture(self, events: Sequence[Mapping[str, Any]]) -> list[str]:
        """Record events, in order; return for each "" or why it was refused."""
        found = _prepared(events)
        waiting = [one if isinstance(one, str) else self.store.writer.capture([one]) for one in found]
        return [one if isinstance(one, str) else _outcome(lambda one=one: one.result(SECONDS)) for one in waiting]


class Remote:
    """Records through a recorder that lives in an event loop of this process; to be used from other threads."""

    def __init__(self, store: Store, recorder: Recorder, loop: asyncio.AbstractEventLoop) -> None:
        self.store, self._recorder, self._loop = store, recorder, loop

    def capture(self, events: Sequence[Mapping[str, Any]]) -> list[str]:
        """Record events, in order; return for each "" or why it was refused."""
        found = _prepared(events)
        waiting = [
            one
            if isinstance(one, str)
            else asyncio.run_coroutine_threadsafe(self._recorder.capture([one], False), self._loop)
            for one in found
        ]
        return [one if isinstance(one, str) else _outcome(lambda one=one: one.result(SECONDS)) for one in waiting]


def _prepared(events: Sequence[Mapping[str, Any]]) -> list[Prepared | str]:
    """Return events ready to be written, or why one cannot be."""
    found: list[Prepared | str] = []
    for event in events:
        faults = check({"@context": CONTEXT, **event})
        if faults:
            found.append("; ".join(map(str, faults)))
            continue
        try:
            found.append(prepare(event, CONTEXT))
        except LedgerError as error:
            found.append(str(error))
    return found


def _outcome(result: Any) -> str:
    try:
        result()
    except (Refused, Conflict, LedgerError) as error:
        return str(error)
    except TimeoutError:
        raise StoreError("Custody did not answer in time.") from None
    return ""
