"""Serial numbers of the devices of a lot: a device earns once, in a lot as well as in a take-back.

Only keyed hashes are kept. They are claimed when the lot is opened, and let go if it is withdrawn; a list is no must.
"""

from __future__ import annotations

import re

from sqlalchemy import delete, func, select

from chumbak.exchange.desk import Work
from chumbak.exchange.market.tables import lots, serials
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.takeback.identity import serial_key
from chumbak.exchange.trust.limits import earn, let_go

HEADS = {"serial", "serials", "imei"}  # what a first line may say that is a heading
FIELD = "serials"


def set_serials(work: Work, id: str, text: str) -> int:
    """Note the serial numbers of a draft's devices in place of those before; return how many. Raises ``Refusal``.

    They are parted by line ends, commas, semicolons or tabs; a first one that is a heading is left out.
    """
    row = work.connection.execute(select(lots.c.pieces, lots.c.seller).where(lots.c.id == id)).one()
    listed = [one.strip() for one in re.split(r"[\n\r,;\t]+", text) if one.strip()]
    if listed and listed[0].casefold() in HEADS:
        listed = listed[1:]
    if len(listed) > row.pieces:
        raise Refusal(
            N_("Serial numbers: %(count)s; pieces in the lot: %(pieces)s. List only those that are in it."), FIELD,
            count=len(listed), pieces=row.pieces,
        )  # fmt: skip
    keys = [_key(work, one) for one in listed]
    if len(set(keys)) < len(keys):
        raise Refusal(N_("A serial number is there twice. Each device is named once."), FIELD)
    trial = work.connection.begin_nested()
    try:
        _earn(work, keys, row.seller, id)  # so that it is said here, and not only when the lot is opened
    finally:
        trial.rollback()
    forget(work, id)
    if keys:
        work.connection.execute(serials.insert(), [{"lot": id, "device": key} for key in keys])
    return len(keys)


def count(work: Work, id: str) -> int:
    """Return how many serial numbers a lot names."""
    return work.connection.execute(select(func.count()).where(serials.c.lot == id)).scalar_one()


def claim(work: Work, id: str, seller: str, pieces: int) -> None:
    """Note that the devices of a lot earn, once. Raises ``Refusal``."""
    keys = list(work.connection.execute(select(serials.c.device).where(serials.c.lot == id)).scalars())
    if len(keys) > pieces:
        raise Refusal(
            N_("Serial numbers: %(count)s; pieces in the lot: %(pieces)s. List only those that are in it."), FIELD,
            count=len(keys), pieces=pieces,
        )  # fmt: skip
    _earn(work, keys, seller, id)


def release(work: Work, id: str) -> None:
    """Let the devices of a lot earn elsewhere: it was not sold."""
    let_go(work, id)


def forget(work: Work, id: str) -> None:
    """Remove the serial numbers of a lot."""
    work.connection.execute(delete(serials).where(serials.c.lot == id))


def _key(work: Work, typed: str) -> str:
    try:
        return serial_key(work, typed)
    except Refusal:
        shown = typed[:80]
        raise Refusal(N_("'%(serial)s' is no serial number. On a phone, dial *#06# to see it."), FIELD,
                      serial=shown) from None  # fmt: skip


def _earn(work: Work, keys: list[str], seller: str, id: str) -> None:
    try:
        earn(work, keys, seller, id)
    except Refusal as refusal:
        raise Refusal(refusal.text, FIELD) from None
