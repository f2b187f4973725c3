"""In which form identifiers are given: as captured, or as GS1 Digital Links (``GS1-EPC-Format``).

EPC URNs are not made of links: a URN says how long the company prefix is, and a link does not tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chumbak.custody.epcis.identifiers import canonical
from chumbak.custody.web.problems import ProblemError

NEVER, LINK, URN, ANY = "Never_Translates", "Always_GS1_Digital_Link", "Always_EPC_URN", "No_Preference"
_LISTS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_CLASSES = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
_PARTIES = {"bizTransactionList": "bizTransaction", "sourceList": "source", "destinationList": "destination"}


def read_form(headers: Mapping[str, str]) -> str:
    """Return the form that is asked for; as captured if none is. Raises ``ProblemError``."""
    form = headers.get("gs1-epc-format", NEVER)
    if form == URN:
        raise ProblemError(
            "accept", "GS1-EPC-Format Always_EPC_URN cannot be kept: a Digital Link does not tell how long the company "
            "prefix is, and a URN needs to know. Ask for Never_Translates or Always_GS1_Digital_Link.",
        )  # fmt: skip
    if form not in (NEVER, LINK, ANY):
        raise ProblemError("accept", f"GS1-EPC-Format is '{form[:40]}'. Ask for {NEVER}, {LINK} or {ANY}.")
    return LINK if form == LINK else NEVER


def in_form(event: Mapping[str, Any], form: str) -> dict[str, Any]:
    """Return an event with its identifiers in a form."""
    return dict(event) if form != LINK else _changed(event, lambda uri: canonical(uri) or uri)


def _changed(event: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    found = dict(event)
    if "parentID" in found:
        found["parentID"] = change(found["parentID"])
    for field in _LISTS:
        if field in found:
            found[field] = [change(uri) for uri in found[field]]
    for field in _CLASSES:
        if field in found:
            found[field] = [{**one, "epcClass": change(one["epcClass"])} for one in found[field]]
    for field, inner in _PARTIES.items():
        if field in found:
            found[field] = [{**one, inner: change(one[inner])} for one in found[field]]
    for field in ("readPoint", "bizLocation"):
        if field in found:
            found[field] = {**found[field], "id": change(found[field]["id"])}
    return found
