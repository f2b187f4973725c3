"""The identity of a device: the number by which it earns once, and why there may be none.

A kind whose tariff says ``serial: imei`` or ``maker`` earns by its number. The family may type it, else the collector
or the plant has to; who cannot read it says why (``UNREAD``). A device of which nobody read a number, of which the
plant reads another one than was given, or whose number earned elsewhere, earns nothing before a person has decided.

Only keyed hashes are kept, at most two of a device: a phone with two SIMs has two IMEIs, and is known by either.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from chumbak.exchange.desk import Work
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.takeback.serial import normal
from chumbak.exchange.takeback.tariff import tariff_of

MOST = 2  # numbers of one device
# Why a number cannot be read: a short word in tables, a sentence on pages.
UNREAD = {
    "worn": N_("The label is worn off or cannot be read"),
    "dead": N_("It does not switch on, and no label, tray or box shows it"),
    "gone": N_("The part that carries the number is gone"),
    "none": N_("Its maker put no number on it"),
}
_BETWEEN = re.compile(r"[,;\n\t]+")


def serial_key(work: Work, serial: str, kind: str = "") -> str:
    """Return what stands for a serial number, "" for none: one for each device, however it is typed.

    ``kind`` is that of the device, "" where it is not known. Raises ``Refusal`` for one that can be none.
    """
    terms = tariff_of(work.desk).kinds.get(kind)
    plain = normal(serial, imei=terms.imei if terms else None)
    return work.desk.keyed("device", plain) if plain else ""


def keys_of(work: Work, typed: str, kind: str) -> tuple[str, ...]:
    """Return what stands for the numbers of a device, typed with a comma or semicolon between.

    Raises ``Refusal``.
    """
    parts = [part for part in _BETWEEN.split(typed) if part.strip()]
    if len(parts) > MOST:
        raise Refusal(N_("A device has one number, and a phone with two SIMs has two. Type no more."), "serial")
    return tuple(dict.fromkeys(serial_key(work, part, kind) for part in parts))


def same(known: Sequence[str], typed: Sequence[str]) -> bool:
    """Whether numbers can be of the device whose numbers are known: one is, and they are not too many."""
    return not typed or not known or (not set(known).isdisjoint(typed) and len({*known, *typed}) <= MOST)


def together(known: Sequence[str], typed: Sequence[str]) -> tuple[str, ...]:
    """Return the numbers of a device, those known first."""
    return tuple(dict.fromkeys((*known, *typed)))


def check_named_once(keys: Mapping[int, Sequence[str]]) -> None:
    """Refuse that two devices, by their numbers in the list, have one serial number."""
    first: dict[str, int] = {}
    for n, mine in keys.items():
        for key in mine:
            if first.setdefault(key, n) != n:
                raise Refusal(
                    N_("A serial number is there twice, of device %(first)s and device %(second)s. "
                       "Each device is named once."), "serial", first=first[key], second=n,
                )  # fmt: skip


def check_reason(unread: str, n: int) -> str:
    """Return why a number cannot be read. Raises ``Refusal`` if nothing, or no known reason, is said."""
    if unread not in UNREAD:
        raise Refusal(
            N_("Device %(n)s: type its number, or say why it cannot be read. On a phone, dial *#06#; else look at the "
               "SIM tray, the label or the box."), f"serial{n}", n=n,
        )  # fmt: skip
    return unread


def columns(keys: Sequence[str]) -> dict[str, str]:
    """Return the numbers of a device as columns of a table."""
    first, other = (*keys, "", "")[:MOST]
    return {"serial_key": first, "other_key": other}


def keys_in(row: Any) -> tuple[str, ...]:
    """Return the numbers of a device from a row."""
    return tuple(key for key in (row.serial_key, row.other_key) if key)
