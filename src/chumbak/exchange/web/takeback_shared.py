"""What the pages of take-back share: pictures and names of kinds, conditions, states and elements; typed amounts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from chumbak.exchange.digits import folded
from chumbak.exchange.people.persons import Person
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.takeback import reward as r
from chumbak.exchange.takeback import tables as t
from chumbak.exchange.takeback.batch import LEFT
from chumbak.exchange.takeback.bookings import Booking
from chumbak.exchange.takeback.identity import UNREAD
from chumbak.exchange.web.asked import Asked, missing
from chumbak.exchange.web.places import place_name

PICTURES = {
    "smartphone": "phone", "feature_phone": "phone", "laptop": "laptop", "desktop": "desktop", "disk_dc": "disk",
    "audio": "audio", "tv": "tv", "fridge": "fridge", "washer": "washer", "ac": "ac", "fan": "fan",
    "e_2w": "scooter", "e_car": "car", "hev_car": "car", "car_small_motors": "car", "servo": "motor",
}  # fmt: skip
CONDITIONS = {
    "works": N_("It works"), "broken": N_("It is broken, but whole"), "parts missing": N_("Parts are missing"),
    LEFT: N_("It is not handed over"), "": N_("It is not handed over"),
}  # fmt: skip
DATA = {
    "erase": N_("The data are overwritten at the plant. You get a certificate."),
    "shred": N_("The part that holds your data is shredded at the plant. You get a certificate."),
    "none": N_("This device holds no data of yours."),
}
STATES = {
    t.BOOKED: N_("Booked"), t.PRICED: N_("Read the price and answer"), t.CONFIRMED: N_("Agreed: tell the code"),
    t.HANDED: N_("On the way to the plant"), t.RECEIVED: N_("At the plant"), t.CHANGED: N_("The price changes: answer"),
    t.AGREED: N_("The reward is due"), t.PAID: N_("Paid"), t.CANCELLED: N_("Called off"),
}  # fmt: skip
DEVICE_STATES = {
    t.QUOTED: N_("With you"), t.LEFT: N_("Not handed over"), t.GIVEN: N_("On the way to the plant"),
    t.ARRIVED: N_("At the plant"), t.MISSING: N_("Did not arrive. A person looks at it."),
    t.DECIDED: N_("Did not arrive. A person has decided."),
    t.WAITING: N_("At the plant. Its reward waits until a person has decided."),
    t.KEPT: N_("Kept at the plant"), t.RETURNING: N_("Goes back to you"), t.RETURNED: N_("Sent back to you"),
    t.CLEARED: N_("At the plant, its data destroyed"), t.APART: N_("Taken apart"),
}  # fmt: skip
HISTORY = {
    "booked": N_("Booked"), "cancelled": N_("Called off"), "priced": N_("The collector typed the price"),
    "price refused": N_("You said no to the price"), "price agreed": N_("You agreed to the price"),
    "code released": N_("A code was released"), "handed over": N_("Handed over by code"),
    "received": N_("Scanned at the plant"), "inspected": N_("Looked at: nothing changes"),
    "price change": N_("The plant offers another price"), "change accepted": N_("You accepted the new price"),
    "change refused": N_("The new price was refused"), "no answer": N_("There was no answer in time"),
    "paid": N_("Reward paid"), "stays in the wallet": N_("The reward stays in your wallet"),
    "sent back": N_("Sent back"), "data destroyed": N_("Data destroyed"), "taken apart": N_("Taken apart"),
    "missing paid": N_("A device that did not arrive was paid"),
    "waits": N_("The reward of a device waits: its number is not on record, or in doubt"),
    "let": N_("A person has decided: a device that waited earns"),
    "not let": N_("A person has decided: a device that waited earns nothing, and goes back"),
    "paid late": N_("The reward of a device that waited is paid"),
    "missing not paid": N_("A device that did not arrive was not paid"),
}  # fmt: skip
STEPS = {
    "collecting": N_("Handed over to the collector"), "packing": N_("Packed with others"),
    "receiving": N_("Arrived at the plant"), "inspecting": N_("Looked at"), "accepting": N_("Price settled"),
    "cleared": N_("Data destroyed"), "apart": N_("Taken apart"), "sold": N_("Sold"), "gone": N_("Left the plant"),
}  # fmt: skip
WAYS = {
    "wallet": N_("Keep it in my wallet here"), "upi": N_("To my UPI id"), "voucher": N_("As a voucher"),
}  # fmt: skip
PAID_TEXTS = {
    "wallet": N_("It is in your wallet."),
    "upi": N_("It is ordered to your UPI id. 'My wallet' says when the bank has sent it."),
    "voucher": N_("It is on its way to your phone as a voucher."),
}  # fmt: skip
LINES = {
    r.TREATMENT: N_("Cost: %(of)s"), r.KEPT: N_("Kept by the plant for its work and risk"),
    r.CONDITION: N_("Taken off for the condition"), r.BONUS: N_("Bonus"), r.FLOOR: N_("Raised to the least reward"),
    r.CAP: N_("Cut to the highest reward"), r.ROUNDED: N_("Rounded to a whole amount"),
}  # fmt: skip
COSTS = {
    "collecting": N_("collecting"), "treating": N_("treating"), "dismantling": N_("dismantling"),
    "smelting": N_("smelting and refining"),
}  # fmt: skip
ELEMENTS = {
    "Au": N_("Gold"), "Ag": N_("Silver"), "Cu": N_("Copper"), "Pd": N_("Palladium"), "Pt": N_("Platinum"),
    "Co": N_("Cobalt"), "Al": N_("Aluminium"), "Fe": N_("Iron"), "Li": N_("Lithium"), "W": N_("Tungsten"),
    "Sn": N_("Tin"), "Ni": N_("Nickel"), "Nd": N_("Neodymium"), "Pr": N_("Praseodymium"), "Dy": N_("Dysprosium"),
    "Tb": N_("Terbium"), "Ta": N_("Tantalum"), "In": N_("Indium"), "Mo": N_("Molybdenum"), "Ga": N_("Gallium"),
    "Gd": N_("Gadolinium"), "Si": N_("Silicon"), "Cr": N_("Chromium"), "B": N_("Boron"), "Nb": N_("Niobium"),
    "Y": N_("Yttrium"), "Eu": N_("Europium"), "Ce": N_("Cerium"), "La": N_("Lanthanum"), "Sm": N_("Samarium"),
    "Ho": N_("Holmium"), "Zn": N_("Zinc"), "Pb": N_("Lead"), "Ti": N_("Titanium"), "Mn": N_("Manganese"),
}  # fmt: skip
_MONEY = re.compile(r"(\d{1,9})(?:\.(\d{1,2}))?", re.ASCII)


def kind_name(asked: Asked, kind: str) -> str:
    """Return what a kind of device is called."""
    found = asked.desk.catalogue.kind(kind)
    return asked.say(found.name) if found else kind


def picture_of(kind: str) -> str:
    """Return the picture of a kind of device."""
    return PICTURES.get(kind, "device")


def element_name(asked: Asked, element: str) -> str:
    """Return what an element is called."""
    return asked.say(ELEMENTS[element]) if element in ELEMENTS else element


def line_text(asked: Asked, line: r.Line) -> str:
    """Return what a line of a reward is for."""
    if line.what == r.METAL:
        return asked.say(
            N_("%(metal)s: %(inside)s inside, %(share)s can be won back"), metal=element_name(asked, line.of),
            inside=asked.words.content(line.ug), share=asked.words.percent(line.share),
        )  # fmt: skip
    if line.what == r.TREATMENT:
        return asked.say(LINES[line.what], of=asked.say(COSTS.get(line.of, line.of)))
    return asked.say(LINES[line.what])


def labels(asked: Asked) -> dict[str, Any]:
    """Return the names that templates of take-back use."""
    return {
        "kind_name": lambda kind: kind_name(asked, kind), "picture_of": picture_of, "conditions": CONDITIONS,
        "states": STATES, "device_states": DEVICE_STATES, "happened": HISTORY, "data_texts": DATA, "ways": WAYS,
        "unread_texts": UNREAD,
        "element_name": lambda element: element_name(asked, element),
        "line_text": lambda line: line_text(asked, line),
        "place_name": lambda place: place_name(asked, place), "span": lambda slot: span(asked, slot),
    }  # fmt: skip


def span(asked: Asked, slot: Any) -> str:
    """Return a time from ... to, with its day once."""
    return f"{asked.words.when(slot.begins_us)} – {asked.words.when(slot.ends_us).split(', ')[-1]}"


def who(asked: Asked) -> Person:
    """Return who asks, on a page for those signed in."""
    if asked.person is None:
        raise missing()
    return asked.person


def typed_paise(text: str, field: str = "price") -> int:
    """Return an amount that was typed in the currency, in paise. Raises ``Refusal``."""
    found = _MONEY.fullmatch(folded(text))
    if not found:
        raise Refusal(N_("Type the amount as a number, such as 320 or 320.50."), field)
    return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))


def number_fields(found: Booking) -> list[str]:
    """Return the fields for the numbers of devices: ``serial1`` and so on."""
    return [f"serial{one.n}" for one in found.devices]


def chosen_numbers(form: Mapping[str, str], start: str, found: Booking) -> list[int]:
    """Return the numbers of the devices that were ticked: fields such as ``there3``."""
    return [one.n for one in found.here if form.get(f"{start}{one.n}")]
