"""What may be asked of the events in a store, and the statement that asks it.

All conditions of a ``Query`` have to hold; of several values of one condition, one. Events come in the order of record
(the default) or of event time, and a page ends with a token that the next page starts from. A token names the last
record there was when the first page was read: what is captured between two pages changes neither.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import msgspec
from sqlalchemy import Select, and_, or_, select
from sqlalchemy.sql.elements import ColumnElement

from chumbak.custody.store.prepare import DECLARED, one_name
from chumbak.custody.store.tables import event, item, log

# Fields of an event that name objects and classes, as EPCIS' query parameters gather them.
ROLES: dict[str, tuple[str, ...]] = {
    "MATCH_epc": ("epc", "child"),
    "MATCH_parentID": ("parent",),
    "MATCH_inputEPC": ("input",),
    "MATCH_outputEPC": ("output",),
    "MATCH_anyEPC": ("epc", "child", "parent", "input", "output"),
    "MATCH_epcClass": ("class", "child_class"),
    "MATCH_inputEPCClass": ("input_class",),
    "MATCH_outputEPCClass": ("output_class",),
    "MATCH_anyEPCClass": ("class", "child_class", "input_class", "output_class"),
}


class Match(NamedTuple):
    """An event names one of the ``values`` in one of the ``roles``; a value that ends in ``*`` is the start of one.

    Roles are those of the table ``item``: epc, child, parent, input, output, class, child_class, input_class,
    output_class, transaction:<type>, source:<type>, destination:<type>, set_disposition, unset_disposition. A role that
    ends in ``:`` stands for all its types.
    """

    roles: tuple[str, ...]
    values: tuple[str, ...]


@dataclass(frozen=True)
class Query:
    """What is asked for. Times are microseconds since 1970 UTC, from (included) and to (excluded).

    ``holds`` are further conditions, each a function of the event as it was captured (numbers are ``int`` or
    ``Decimal``) and its ``@context``: fields of extensions, of ilmd, of sensors. They are asked of each event that the
    other conditions leave, so they cost what reading that event costs.
    """

    ids: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    biz_steps: tuple[str, ...] = ()
    dispositions: tuple[str, ...] = ()
    read_points: tuple[str, ...] = ()
    biz_locations: tuple[str, ...] = ()
    transformations: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()
    event_from_us: int | None = None
    event_to_us: int | None = None
    recorded_from_us: int | None = None
    recorded_to_us: int | None = None
    erroneous: bool | None = None
    matches: tuple[Match, ...] = ()
    holds: tuple[Callable[[Mapping[str, Any], Any], bool], ...] = field(default=(), compare=False)
    order: Literal["record", "event"] = "record"
    descending: bool = False


class Token(NamedTuple):
    """Where a page ended: the last record of the first page's day, and order value and record of the last event."""

    last_seq: int
    value: int
    seq: int

    def text(self) -> str:
        """Return the token as it is handed out."""
        return urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")

    @staticmethod
    def of(text: str) -> Token:
        """Read a token; raises ``ValueError`` for what was never handed out."""
        try:
            return msgspec.json.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=Token)
        except (ValueError, msgspec.MsgspecError) as error:
            raise ValueError("This is no token of a next page. Start again without one.") from error


def statement(query: Query, last_seq: int, token: Token | None, limit: int) -> Select[Any]:
    """Return the statement that asks for at most ``limit`` events after a token, of the records up to ``last_seq``."""
    order = log.c.seq if query.order == "record" else event.c.event_us
    where = [event.c.seq <= last_seq, *_conditions(query)]
    if token is not None:
        if query.descending:
            where.append(or_(order < token.value, and_(order == token.value, event.c.seq < token.seq)))
        else:
            where.append(or_(order > token.value, and_(order == token.value, event.c.seq > token.seq)))
    columns = log.c.seq, log.c.id, log.c.recorded_us, log.c.body, order.label("value")
    ordered = (order.desc(), event.c.seq.desc()) if query.descending else (order, event.c.seq)
    return select(*columns).join(event, event.c.seq == log.c.seq).where(*where).order_by(*ordered).limit(limit)


def _conditions(query: Query) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.ids:
        found.append(log.c.id.in_([*query.ids, *(id + DECLARED for id in query.ids)]))
    for column, values in (
        (event.c.type, query.types),
        (event.c.action, query.actions),
        (event.c.biz_step, query.biz_steps),
        (event.c.disposition, query.dispositions),
        (event.c.read_point, query.read_points),
        (event.c.biz_location, query.biz_locations),
        (event.c.transformation, query.transformations),
        (event.c.hash, query.hashes),
    ):
        if values:
            found.append(column.in_(values))
    for column, low, high in (
        (event.c.event_us, query.event_from_us, query.event_to_us),
        (log.c.recorded_us, query.recorded_from_us, query.recorded_to_us),
    ):
        if low is not None:
            found.append(column >= low)
        if high is not None:
            found.append(column < high)
    if query.erroneous is not None:
        found.append(event.c.erroneous == query.erroneous)
    return found + [_names(match) for match in query.matches]


def _names(match: Match) -> ColumnElement[bool]:
    exact = sorted({name for value in match.values if value[-1:] != "*" for name in (value, one_name(value))})
    values: list[ColumnElement[bool]] = [item.c.value.in_(exact)] if exact else []
    values += [_starts(item.c.value, value[:-1]) for value in match.values if value[-1:] == "*"]
    whole = [role for role in match.roles if role[-1:] != ":"]
    roles: list[ColumnElement[bool]] = [item.c.role.in_(whole)] if whole else []
    roles += [_starts(item.c.role, role) for role in match.roles if role[-1:] == ":"]
    return event.c.seq.in_(select(item.c.seq).where(or_(*values), or_(*roles)))


def _starts(column: ColumnElement[str], start: str) -> ColumnElement[bool]:
    """Say that a text starts so, as a range, which an index answers. Both databases compare the bytes of UTF-8."""
    return and_(column >= start, column < start + "\U0010ffff")
