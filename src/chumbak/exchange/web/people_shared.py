"""What the pages of persons share: who is signed in, the names of roles and places."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from starlette.responses import Response

from chumbak.exchange.people import persons
from chumbak.exchange.people.persons import Person
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.web.asked import Asked, go

ROLE_NAMES = {
    persons.CITIZEN: N_("Citizen"), persons.COLLECTOR: N_("Collector"), persons.TRADER: N_("Trader"),
    persons.RECYCLER: N_("Recycler"), persons.AUDITOR: N_("Auditor"), persons.ADMINISTRATOR: N_("Administrator"),
    persons.PRODUCER: N_("Producer"),
}  # fmt: skip
_P = persons
_PAID = (_P.CITIZEN, _P.COLLECTOR, _P.TRADER, _P.RECYCLER, _P.PRODUCER)
_DEALS = (_P.TRADER, _P.COLLECTOR, _P.RECYCLER)
_SHOPS = (_P.TRADER, _P.RECYCLER, _P.COLLECTOR)  # who takes vouchers
_LOOKS = (_P.AUDITOR, _P.ADMINISTRATOR)
# From a person's own page: where to, what it says, its picture, for which roles.
DOORS = (
    ("/device", N_("Hand over a device"), "phone", (_P.CITIZEN,)),
    ("/takeback", N_("My hand-overs"), "box", (_P.CITIZEN,)),
    ("/collect", N_("Devices to fetch"), "truck", (_P.COLLECTOR,)),
    ("/rounds", N_("Rounds"), "truck", (_P.COLLECTOR, _P.RECYCLER)),
    ("/market/mine", N_("My lots and offers"), "scale", _DEALS),
    ("/contracts", N_("My contracts"), "gavel", _DEALS),
    ("/book", N_("My book: sold, earned, owed"), "book", _DEALS),
    ("/wallet", N_("My money"), "money", _PAID),
    ("/voucher", N_("Take a voucher"), "money", _SHOPS),
    ("/plant/takeback", N_("Devices at the plant"), "device", (_P.RECYCLER,)),
    ("/trust/labels", N_("Labels to read"), "device", (_P.RECYCLER,)),
    ("/trust/plant", N_("What the plant can do"), "plant", (_P.RECYCLER,)),
    ("/plant/feed", N_("Feed and recovery"), "plant", (_P.RECYCLER,)),
    ("/duty", N_("What producers owe"), "certificate", (_P.PRODUCER, _P.RECYCLER)),
    ("/trust", N_("Alarms"), "alarm", _LOOKS),
    ("/disputes", N_("Disputes"), "gavel", _LOOKS),
    ("/missing", N_("Devices that did not arrive"), "device", _LOOKS),
    ("/trust/plants", N_("Plants"), "plant", (_P.AUDITOR,)),
    ("/trust/samples", N_("Samples to measure"), "scale", (_P.AUDITOR,)),
    ("/payments", N_("Payments to carry out"), "money", (_P.ADMINISTRATOR,)),
    ("/people", N_("Persons and roles"), "person", (_P.ADMINISTRATOR,)),
    ("/papers", N_("Papers to look at"), "certificate", (_P.ADMINISTRATOR,)),
    ("/audit", N_("Who did what"), "book", _LOOKS),
    ("/against-me", N_("What stands against me"), "shield", _PAID),
)


def signed(handler: Callable[..., Response]) -> Callable[..., Response]:
    """Return a handler that sends who is not signed in to do so; whatever their roles, others get through."""

    def checked(asked: Asked, *more: object) -> Response:
        if asked.person is None:
            to = asked.path if asked.method == "GET" else "/me"
            return go(asked, f"/sign-in?next={quote(to)}")
        return handler(asked, *more)

    return checked


def who(asked: Asked) -> Person:
    """Return who is signed in, on a page where somebody is."""
    if asked.person is None:
        raise RuntimeError("A page for those signed in was shown to nobody.")
    return asked.person


def checked_place(asked: Asked, typed: str) -> str:
    """Return the id of a place of the catalogue; where it has none, what was typed. Raises ``Refusal``."""
    places = asked.desk.catalogue.places
    if not places:
        return typed
    found = next((one.id for one in places if typed.casefold() in (one.id.casefold(), one.name.casefold())), None)
    if found is None:
        raise Refusal(N_("Choose a place of the list."), field="place")
    return found
