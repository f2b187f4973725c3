"""What goes wrong, told as RFC 9457 problem details: what, where (``pointer``), and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chumbak.custody.finding import Finding, LedgerError
from chumbak.custody.store.faults import Busy, Conflict, Refused, StoreError

MEDIA = "application/problem+json"
# Names of EPCIS exceptions by what went wrong: (status, name, title).
KINDS: dict[str, tuple[int, str, str]] = {
    "validation": (400, "ValidationException", "The request is not valid"),
    "ledger": (400, "ValidationException", "The ledger of elements refuses the event"),
    "parameter": (400, "QueryParameterException", "A query parameter is not valid"),
    "security": (401, "SecurityException", "A key is needed"),
    "forbidden": (403, "SecurityException", "The key does not allow this"),
    "missing": (404, "NoSuchResourceException", "There is no such resource"),
    "name": (404, "NoSuchNameException", "There is no such name"),
    "method": (405, "ImplementationException", "The method is not allowed here"),
    "accept": (406, "NotAcceptableException", "The answer cannot be given in that form"),
    "slow": (408, "ImplementationException", "The request took too long to arrive"),
    "conflict": (409, "ResourceAlreadyExistsException", "Another content is kept under this identifier"),
    "stands": (409, "ImplementationException", "What is asked for is not given now"),
    "large": (413, "CaptureLimitExceededException", "The request is too large"),
    "result": (413, "QueryTooLargeException", "The result is too large"),
    "complex": (413, "QueryTooComplexException", "The query takes too long"),
    "uri": (414, "URITooLongException", "The address is too long"),
    "media": (415, "UnsupportedMediaTypeException", "The content type is not taken"),
    "rate": (429, "ImplementationException", "Too many requests"),
    "fault": (500, "ImplementationException", "Something went wrong on our side"),
    "absent": (501, "ImplementationException", "This part of EPCIS is not offered"),
    "busy": (503, "ImplementationException", "The service is busy"),
}  # fmt: skip
MOST_SHOWN = 200


class ProblemError(Exception):
    """A request that is not answered as asked. ``kind`` is one of ``KINDS``."""

    def __init__(
        self,
        kind: str,
        detail: str,
        findings: Iterable[Finding] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.kind, self.detail = kind, detail
        self.findings = tuple(findings)
        self.headers = dict(headers or {})
        super().__init__(detail)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return KINDS[self.kind][0]

    def document(self) -> dict[str, Any]:
        """Return the problem details."""
        status, name, title = KINDS[self.kind]
        told: dict[str, Any] = {
            "type": f"epcisException:{name}", "title": title, "status": status, "detail": self.detail
        }  # fmt: skip
        if self.findings:
            told["errors"] = [
                {"pointer": one.pointer, "detail": one.what, **({"mend": one.mend} if one.mend else {})}
                for one in self.findings[:MOST_SHOWN]
            ]
        return told


def invalid(findings: Iterable[Finding], kind: str = "validation") -> ProblemError:
    """Return the problem of findings, the first said in its detail."""
    listed = tuple(findings)
    more = f" And {len(listed) - 1} more." if len(listed) > 1 else ""
    return ProblemError(kind, f"{listed[0]}{more}" if listed else "The request is not valid.", listed)


def wrong(pointer: str, what: str, mend: str = "", kind: str = "validation") -> ProblemError:
    """Return the problem of one finding."""
    return invalid([Finding(pointer, what, mend)], kind)


def of_fault(error: Exception, place: str = "") -> ProblemError:
    """Return the problem that an exception of the store or the ledger is; ``place`` is the pointer of the event.

    Raises what it does not know.
    """
    if isinstance(error, Refused):
        return of_fault(error.fault, place)
    if isinstance(error, LedgerError):
        return invalid((Finding(place + one.pointer, one.what, one.mend) for one in error.findings), "ledger")
    if isinstance(error, Conflict):
        return ProblemError("conflict", str(error), [Finding(f"{place}/eventID", str(error).partition(". ")[0])])
    if isinstance(error, Busy):
        return ProblemError("busy", str(error), headers={"Retry-After": "1"})
    if isinstance(error, StoreError):
        return ProblemError("busy", str(error), headers={"Retry-After": "5"})
    raise error
