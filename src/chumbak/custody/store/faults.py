"""What can go wrong in a store, by what the sender can do about it."""

from __future__ import annotations

from chumbak.custody.finding import LedgerError


class StoreError(Exception):
    """The store cannot do this now: it does not open, a commit failed, it was closed. Nothing half-done is left."""


class Busy(StoreError):  # noqa: N818
    """Too much waits to be written. Send it again a little later."""


class Conflict(Exception):  # noqa: N818
    """Another body is kept under the same id; ``seq`` is its record."""

    def __init__(self, id: str, seq: int) -> None:
        self.id, self.seq = id, seq
        super().__init__(
            f"'{id}' is kept already (record {seq}) with another content. Give the event another eventID; "
            "to correct the first, send it once more with an errorDeclaration."
        )


class Refused(Exception):  # noqa: N818
    """Records that were to be kept all or none are not kept, for the fault of one: ``index`` counts from zero."""

    def __init__(self, index: int, id: str, fault: LedgerError | Conflict) -> None:
        self.index, self.id, self.fault = index, id, fault
        super().__init__(f"Event {index + 1} of those sent ('{id}') is refused, and with it all: {fault}")
