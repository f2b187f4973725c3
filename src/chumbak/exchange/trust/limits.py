"""The door of trust for other areas: what may be handed over and paid now, and what then waits for a person.

A hard limit is refused (``Refusal``). Whatever only looks odd raises an alarm: the hand-over goes on, payment of what
the alarm is about waits (``stands``). A device earns once, by any of its numbers: a second time fails in the database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Row, func, select

from chumbak.exchange.market.tables import lots
from chumbak.exchange.people.ladder import limits_factor
from chumbak.exchange.people.persons import party as party_of
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.trust import links, tables
from chumbak.exchange.trust.alarms import against, alarm, stands
from chumbak.exchange.trust.learn import learn
from chumbak.exchange.trust.lots import after_settlement, check_lot
from chumbak.exchange.trust.made import look_at_hand_over
from chumbak.exchange.trust.pieces import look_at_pieces
from chumbak.exchange.trust.policy import Policy, policy_of
from chumbak.exchange.trust.windows import DAY_US, Limit, Use, frees, used
from chumbak.exchange.words import words

if TYPE_CHECKING:
    from chumbak.exchange.desk import Work

__all__ = [
    "Piece", "after_settlement", "alarm", "check_lot", "check_payment", "check_take_back", "claim", "earn", "forget",
    "let_go", "stands", "take_from_lots",
]  # fmt: skip

TAKE_BACK, PAYMENT = "take-back", "payment"
# What is refused, by what is counted and whether it is counted for the party alone.
OVER = {
    ("devices", True): N_(
        "Devices that you handed over lately: %(used)s (days: %(days)s). The limit is %(most)s. Days to wait: %(wait)s."
    ),
    ("devices", False): N_(
        "Devices that you and those who share your address, phone or account handed over lately: %(used)s "
        "(days: %(days)s). The limit is %(most)s. Days to wait: %(wait)s."
    ),
    ("paise", True): N_(
        "You were paid %(used)s lately (days: %(days)s). The limit is %(most)s. Days to wait: %(wait)s."
    ),
    ("paise", False): N_(
        "You and those who share your address, phone or account were paid %(used)s lately (days: %(days)s). "
        "The limit is %(most)s. Days to wait: %(wait)s."
    ),
}
EARNED = N_(
    "A device with this serial number has earned before, or is about to: it was handed over or put up for sale here. "
    "A person is told of this, and looks at it."
)
LISTED = N_("A serial number of this lot was handed over at a door in %(again)s, while the lot was for sale.")
CLONED = N_("A serial number that earned in %(first)s was given again in %(again)s, and was refused.")
TOO_MUCH = N_("This alone is more than the limit of %(most)s (days: %(days)s).")
WATCHED = {
    ("devices", "payee"): N_("Devices from one party: %(used)s (days: %(days)s). A person looks above %(watch)s."),
    ("devices", "address"): N_("Devices from one address: %(used)s (days: %(days)s). A person looks above %(watch)s."),
    ("devices", "group"): N_(
        "Devices from parties who share a phone, an account or a document (%(parties)s): %(used)s (days: %(days)s). "
        "A person looks above %(watch)s."
    ),
    ("paise", "payee"): N_("Paid to one party: %(used_paise)s (days: %(days)s). A person looks above %(watch_paise)s."),
    ("paise", "address"): N_(
        "Paid to one address: %(used_paise)s (days: %(days)s). A person looks above %(watch_paise)s."
    ),
    ("paise", "group"): N_(
        "Paid to parties who share a phone, an account or a document (%(parties)s): %(used_paise)s (days: %(days)s). "
        "A person looks above %(watch_paise)s."
    ),
}


@dataclass(frozen=True)
class Piece:
    """A device that is handed over: its kind, grams (0: nobody weighed it) and keyed serial ("" without one).

    ``other`` is that of its second number, if it has two.
    """

    kind: str
    grams: int = 0
    key: str = ""
    other: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keyed numbers by which it is known."""
        return tuple(key for key in (self.key, self.other) if key)


def check_take_back(
    work: Work, *, party: str, address_key: str, pieces: Sequence[Piece], about: str = ""
) -> None:  # fmt: skip
    """Count the devices of a hand-over, once, in the transaction of the hand-over. Raises ``Refusal``.

    All are looked at together: what is known of the party is read once. ``address_key`` is a keyed hash, "" where
    there is none; ``about`` is the take-back's id. Alarms are about it where a piece looks odd, and about the party
    where what came together does. Asked again for the same ``about``, a device with a serial is not counted again.
    """
    keys = [key for one in pieces for key in one.keys]
    take_from_lots(work, keys, party, about)
    fresh = earn(work, keys, party, about)
    counted: list[Piece] = []
    for one in pieces:
        if not one.keys or fresh & set(one.keys):
            counted.append(one)
            fresh -= set(one.keys)  # a serial that is there twice counts once
    if not counted:
        return
    policy = policy_of(work.settings)
    learn(work, party, about, address_key)
    related = links.group(work, party)
    _bounded(work, policy, TAKE_BACK, party, address_key, "devices", len(counted), related)
    _count(work, TAKE_BACK, party, address_key, about, [{"kind": one.kind, "grams": one.grams} for one in counted])
    look_at_hand_over(work, party, about)
    weighed: dict[str, list[int]] = {}
    for one in counted:
        if one.grams:
            weighed.setdefault(one.kind, []).append(one.grams)
    for kind, grams in weighed.items():
        look_at_pieces(work, policy, party=party, kind=kind, grams=grams, about=about or party, related=related)


def check_payment(work: Work, *, party: str, paise: int, about: str = "") -> None:
    """Count a payment to a party, once, in the transaction that pays. Raises ``Refusal``, also while an alarm stands.

    A payment that passes a limit at which a person looks is made still; what follows it waits.
    """
    waits = stands(work, party) + (stands(work, about) if about and about != party else [])
    if waits:
        raise Refusal(N_("Payment waits until a person has looked at this: %(id)s."), id=waits[0].id)
    policy = policy_of(work.settings)
    learn(work, party)
    _bounded(work, policy, PAYMENT, party, "", "paise", paise, links.group(work, party))
    _count(work, PAYMENT, party, "", about, [{"paise": paise}])


def forget(work: Work) -> None:
    """Remove what no window reaches any more: uses, devices and links. To be run daily."""
    policy = policy_of(work.settings)
    old = work.now_us - policy.longest_days * DAY_US
    work.connection.execute(tables.use.delete().where(tables.use.c.at_us <= old))
    work.connection.execute(
        tables.device.delete().where(tables.device.c.at_us <= work.now_us - policy.device_days * DAY_US)
    )
    links.forget(work)


def earn(work: Work, keys: Sequence[str], party: str, about: str) -> set[str]:
    """Note that devices earn, by keyed serial; return those of which that is new. Raises ``Refusal``.

    A device that earned before leaves an alarm for those who check, though all else of the refused work is undone.
    """
    fresh, others = _claimed(work, keys, party, about)
    for before in others:
        work.though_refused(partial(_cloned, before=before, again=about or party, party=party))
    if others:
        raise Refusal(EARNED, field="serial")
    return fresh


def take_from_lots(work: Work, keys: Sequence[str], party: str, about: str) -> None:
    """Let a device that is handed over have its numbers, though somebody lists them in a lot that is not sold.

    Whoever lists a number has shown nobody the device. An alarm stands about the lot then: sold, its payment waits.
    """
    t = tables.device
    unsold = select(lots.c.id).where(lots.c.state != "awarded")
    listed = work.connection.execute(
        select(t).where(t.c.device.in_(set(keys)), t.c.about != about, t.c.about.in_(unsold))
    )
    for one in listed.all():
        mine = t.update().where(t.c.device == one.device)
        work.connection.execute(mine.values(party=party, about=about, at_us=work.now_us))
        alarm(work, "serial", one.about, LISTED, against=[one.party], again=about or party)


def claim(work: Work, keys: Sequence[str], party: str, about: str) -> str:
    """Note that a device earns that lies at the plant already; return for what it earned before, "" if it did not.

    Those of its numbers that are free are its own from now on, whatever a person decides of the others.
    """
    take_from_lots(work, keys, party, about)
    _, others = _claimed(work, keys, party, about)
    return next((before.about or before.party for before in others), "")


def let_go(work: Work, about: str, keys: Sequence[str] | None = None) -> None:
    """Let devices earn again that were noted for something that did not come about: all of it, or those of ``keys``."""
    t = tables.device
    mine = t.c.about == about if keys is None else (t.c.about == about) & t.c.device.in_(keys)
    work.connection.execute(t.delete().where(mine))


def _claimed(work: Work, keys: Sequence[str], party: str, about: str) -> tuple[set[str], list[Row[Any]]]:
    """Note the numbers that nothing else earned by; return which of them are new, and the rows of the others."""
    asked = dict.fromkeys(keys)
    t = tables.device
    known = work.connection.execute(select(t).where(t.c.device.in_(asked))).all() if asked else []
    others = [one for one in known if not about or (one.about, one.party) != (about, party)]
    fresh = asked.keys() - {one.device for one in known}
    rows = [{"device": key, "party": party, "about": about, "at_us": work.now_us} for key in asked if key in fresh]
    if rows:
        work.connection.execute(t.insert(), rows)
    return set(fresh), others


def _cloned(work: Work, before: Row[Any], again: str, party: str) -> None:
    """Raise the alarm about a serial that was given again. It is against nobody: who typed it is told no more.

    Both parties are named for those who check: neither decides about it.
    """
    first = before.about or before.party
    between = " ".join(sorted({before.party, party}))
    alarm(work, "serial", before.device, CLONED, first=first, again=again, between_ids=between)


def _count(
    work: Work, what: str, party: str, address: str, about: str, uses: Sequence[Mapping[str, Any]]
) -> None:  # fmt: skip
    row = {"at_us": work.now_us, "what": what, "party": party, "address": address, "about": about}
    plain: dict[str, Any] = {"kind": "", "grams": 0, "paise": 0}
    work.connection.execute(tables.use.insert(), [{**row, **plain, **use} for use in uses])


def _bounded(
    work: Work, policy: Policy, what: str, party: str, address: str, counted: str, more: int, related: Sequence[str]
) -> None:  # fmt: skip
    """Hold so much more of what is ``counted`` against every limit: refuse above ``most``, look above ``watch``.

    The steps to formal status that a party went raise its own limits, not those of an address or a group.
    """
    whole = party_of(work, party)
    limits = [limit for limit in policy.limits if limit.what == counted and limit.binds(whole.kind)]
    factor = limits_factor(work, whole)
    lifted = _lifted(work, party, counted)
    t = tables.use.c
    whose = {"payee": t.party == party, "address": t.address == address, "group": t.party.in_(related)}
    for of in sorted({limit.of for limit in limits}):
        if of == "address" and not address:
            continue
        bound = [limit for limit in limits if limit.of == of]
        uses = _uses(work, what, counted, max(limit.days for limit in bound), whose[of])
        times = factor if of == "payee" else 1
        for limit in bound:
            after = used(uses, work.now_us, limit.days) + more
            if limit.most is not None and after > limit.most * times + lifted:
                raise _refusal(work, limit, limit.most * times + lifted, uses, more)
            if limit.watch is not None and after > limit.watch * times + lifted:
                _watched(work, limit, party, after, limit.watch * times + lifted, related)


def _uses(work: Work, what: str, counted: str, days: int, whose: ColumnElement[bool]) -> list[Use]:
    t = tables.use.c
    since = work.now_us - days * DAY_US
    rows = work.connection.execute(select(t.at_us, t.paise).where(whose, t.what == what, t.at_us > since))
    return [Use(row.at_us, row.paise if counted == "paise" else 1) for row in rows]


def _lifted(work: Work, party: str, what: str) -> int:
    """Return by how much a person lifted the limits of a party for now."""
    t = tables.override.c
    query = select(func.coalesce(func.sum(t.more), 0)).where(t.party == party, t.what == what, t.until_us > work.now_us)
    return int(work.connection.execute(query).scalar_one())


def _refusal(work: Work, limit: Limit, most: int, uses: Sequence[Use], more: int) -> Refusal:
    at = words("en", work.catalogue.currency, work.catalogue.country)
    shown: Callable[[int], str] = at.money if limit.what == "paise" else str
    again = frees(uses, work.now_us, limit.days, most, more)
    if again is None:
        return Refusal(TOO_MUCH, most=shown(most), days=limit.days)
    before, wait = used(uses, work.now_us, limit.days), -(-(again - work.now_us) // DAY_US)
    text = OVER[limit.what, limit.of == "payee"]
    return Refusal(text, used=shown(before), most=shown(most), days=limit.days, wait=wait)


def _watched(work: Work, limit: Limit, party: str, after: int, watch: int, related: Sequence[str]) -> None:
    """Raise an alarm about a party that passed a limit at which a person looks, once in the limit's window."""
    which = {"of": limit.of, "days": limit.days, "what": limit.what}
    for old in against(work, party):
        same = old.rule == "limit" and old.about == party and which.items() <= old.values.items()
        if same and old.made_us > work.now_us - limit.days * DAY_US:
            return
    end = "_paise" if limit.what == "paise" else ""
    others = related if limit.of == "group" else [party]
    values = {f"used{end}": after, f"watch{end}": watch, "parties": len(others)}
    alarm(work, "limit", party, WATCHED[limit.what, limit.of], against=others, **values, **which)
