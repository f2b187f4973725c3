"""Taking devices apart: which lots come out of which devices, so that each owner can see what was won of theirs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from sqlalchemy import select

from chumbak.elements.masses import ELEMENTS
from chumbak.exchange import hand_over
from chumbak.exchange.desk import Work
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.takeback import tables as t
from chumbak.exchange.takeback.bookings import Device, device_of, note, set_device
from chumbak.exchange.takeback.quotes import quote
from chumbak.exchange.trust.alarms import alarm
from chumbak.exchange.trust.plausible import widened
from chumbak.exchange.trust.policy import policy_of

MOST_DEVICES, MOST_OUTPUTS = 500, 6


@dataclass(frozen=True)
class Output:
    """A lot that came out: its gross weight and its elements (kg/kg); ``method`` of the assay, "" if estimated."""

    name: str
    grams: int
    share: Mapping[str, Decimal]
    method: str = ""


def ready(work: Work, recycler: str, most: int = MOST_DEVICES) -> list[Device]:
    """Return the devices of a recycler that may be taken apart: kept, and with no data on them."""
    rows = work.connection.execute(
        select(t.device, t.booking.c.quote)
        .join(t.booking, t.booking.c.id == t.device.c.booking)
        .where(t.booking.c.recycler == recycler, t.device.c.state.in_((t.KEPT, t.CLEARED)))
        .order_by(t.booking.c.made_us, t.device.c.n).limit(most)
    )  # fmt: skip
    found = []
    for row in rows:
        offer = quote(work, row.quote) if row.state == t.KEPT else None
        if offer is None or offer.cards[row.kind, row.quoted].data == "none":
            said = {name: value for name, value in row._mapping.items() if name not in ("booking", "quote")}
            found.append(Device(**said))
    return found


def take_apart(work: Work, recycler: str, devices: Sequence[str], outputs: Sequence[Output]) -> str:
    """Record that devices became lots; return the event's id. What is in no lot is unaccounted for.

    Raises ``Refusal``, also where more comes out than went in. More of an element than such devices hold is an alarm.
    """
    allowed = {one.id for one in ready(work, recycler)}
    chosen = list(dict.fromkeys(devices))
    if not chosen or not set(chosen) <= allowed:
        raise Refusal(N_("Choose devices that are yours, paid for, and cleared of data."), "device")
    if not 1 <= len(outputs) <= MOST_OUTPUTS:
        raise Refusal(N_("Name what came out: one to %(most)s lots."), "name", most=MOST_OUTPUTS)
    from_these = [device_of(work, one)[1] for one in chosen]
    _check_mass(work, from_these, outputs)
    desk = work.desk
    uris = [desk.uri("device", one) for one in chosen]
    lots = [(work.new_id("lot"), one) for one in outputs]
    held = {desk.uri("lot", id): _content(one) for id, one in lots}
    grams = {desk.uri("lot", id): one.grams for id, one in lots}
    event = hand_over.transformed(
        work, uris, held, grams=grams, step="disassembling", place=desk.uri("plant", recycler)
    )
    for entry, (_, one) in zip(event["rem:content"], lots, strict=True):
        if one.method:
            del entry["element"]
            fractions = {element: {"value": f"{share:f}"} for element, share in one.share.items()}
            entry["assay"] = {"method": one.method, "basis": "element", "fraction": fractions}
    made = work.record(event)
    for id, one in lots:
        row = {"id": id, "recycler": recycler, "name": one.name, "grams": one.grams, "event": made}
        work.connection.execute(t.output.insert().values(**row, made_us=work.now_us))
    _look_at_content(work, recycler, lots[0][0], from_these, outputs)
    for device in chosen:
        set_device(work, device, state=t.APART)
    for id in sorted({device_of(work, device)[0].id for device in chosen}):
        note(work, id, "taken apart", said=made)
    return made


def names(work: Work, lots: Sequence[str]) -> dict[str, str]:
    """Return what lots are called, by their ids; those of others are left out."""
    rows = work.connection.execute(select(t.output.c.id, t.output.c.name).where(t.output.c.id.in_(lots)))
    return {row.id: row.name for row in rows}


def outputs_of(work: Work, recycler: str, most: int = 50) -> list[tuple[str, str, int, int]]:
    """Return the lots that a recycler won, the latest first: id, name, grams, time."""
    rows = work.connection.execute(
        select(t.output).where(t.output.c.recycler == recycler).order_by(t.output.c.made_us.desc()).limit(most)
    )
    return [(row.id, row.name, row.grams, row.made_us) for row in rows]


def read_output(name: str, grams: int, text: str, method: str) -> Output:
    """Return a lot as typed: elements in per cent of its weight (``Cu 62.5, Au 0.031``). Raises ``Refusal``."""
    called = " ".join(name.split())
    if not called or len(called) > 60:
        raise Refusal(N_("Give the lot a name of at most 60 letters."), "name")
    share: dict[str, Decimal] = {}
    for part in text.replace(";", ",").split(","):
        words = part.replace("%", "").split()
        if not words:
            continue
        amount = _per_cent(words[1]) if len(words) == 2 and words[0] in ELEMENTS else None
        if amount is None or words[0] in share:
            raise Refusal(N_("Write elements with per cent, such as: Cu 62.5, Au 0.031"), "content")
        share[words[0]] = amount / 100
    if not share:
        raise Refusal(N_("Write elements with per cent, such as: Cu 62.5, Au 0.031"), "content")
    if sum(share.values()) > 1:
        raise Refusal(N_("The elements come to more than 100 per cent."), "content")
    return Output(called, grams, share, " ".join(method.split())[:60])


def _per_cent(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() and 0 < found <= 100 and len(text) <= 12 else None


def _check_mass(work: Work, devices: Sequence[Device], outputs: Sequence[Output]) -> None:
    """Refuse lots that weigh more than the devices: as weighed, else the most that the policy holds to be usual."""
    ranges = policy_of(work.settings).ranges
    most = 0.0
    for one in devices:
        if not one.grams and one.kind not in ranges:
            return  # nobody knows what it weighs
        most += one.grams or ranges[one.kind][1]
    out = sum(one.grams for one in outputs)
    if out > most + len(outputs):  # each lot is weighed to a gram
        raise Refusal(
            N_("More comes out than went in: the lots weigh %(out)s g, the devices at most %(most)s g. Check the "
               "weights, and whether all devices are ticked."), "grams1", out=out, most=round(most),
        )  # fmt: skip


def _look_at_content(
    work: Work, recycler: str, lot: str, devices: Sequence[Device], outputs: Sequence[Output]
) -> None:  # fmt: skip
    """Raise an alarm about the element of which most more came out than such devices are known to hold."""
    tolerance = policy_of(work.settings).number("content", "tolerance")
    out: Counter[str] = Counter()
    for one in outputs:
        out.update(_content(one))
    middle, high = Counter[str](), Counter[str]()
    for device in devices:
        kind = work.catalogue.kind(device.kind)
        for element, (central, low, top) in (kind.ug if kind else {}).items():
            middle[element] += round(central)
            high[element] += round(widened(central, low, top, tolerance)[1])
    over = {element: ug / high[element] for element, ug in out.items() if high[element] and ug > high[element]}
    if not over:
        return
    element = max(sorted(over), key=lambda name: over[name])
    alarm(
        work, "recovery", lot,
        N_("%(element)s: %(out_ug)s are said to have come out. Such devices hold %(middle_ug)s, at most %(high_ug)s."),
        against=[recycler], element=element, out_ug=out[element], middle_ug=middle[element], high_ug=high[element],
    )  # fmt: skip


def _content(one: Output) -> dict[str, int]:
    return {element: round(one.grams * 1_000_000 * share) for element, share in one.share.items()}
