"""Names of things: GS1 Digital Link URIs, EPC URNs, check digits; any other URI passes as it is.

An informal trader has no GS1 key, so nothing here demands one. Where a URI does carry a GS1 key, `canonical` gives the
one form that stands for all others (https://id.gs1.org, the finest level named, no query), which the event hash needs;
and `faults` says what is wrong in it. Sources: GS1 General Specifications (keys, check digit), GS1 EPC Tag Data
Standard (URNs), GS1 Digital Link, CBV 2.0 section 8.9 (canonical form).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from chumbak.custody.finding import Finding

HOST = "https://id.gs1.org"

_TEXT = "(?:[\"'\\-.0-9;-?A-Z_a-z]|%[0-9A-Fa-f]{2})"  # a letter of a serial or a lot in a Digital Link
# Key by application identifier: its word, its form, and at which digit the check digit stands (0: it has none).
_KEYS: dict[str, tuple[str, str, int]] = {
    "00": ("sscc", "[0-9]{18}", 18),
    "01": ("gtin", "[0-9]{14}", 14),
    "253": ("gdti", f"[0-9]{{13}}{_TEXT}{{0,17}}", 13),
    "255": ("gcn", "[0-9]{13}[0-9]{0,12}", 13),
    "401": ("ginc", f"{_TEXT}{{0,30}}", 0),
    "402": ("gsin", "[0-9]{17}", 17),
    "414": ("gln", "[0-9]{13}", 13),
    "417": ("party", "[0-9]{13}", 13),
    "8003": ("grai", f"[0-9]{{14}}{_TEXT}{{0,16}}", 14),
    "8004": ("giai", f"{_TEXT}{{0,30}}", 0),
    "8006": ("itip", "[0-9]{18}", 14),
    "8010": ("cpid", "(?:[#\\-0-9A-Z]|%[0-9A-Fa-f]{2}){0,30}", 0),
    "8017": ("gsrnp", "[0-9]{18}", 18),
    "8018": ("gsrn", "[0-9]{18}", 18),
}
_KEY_FORMS = {ai: re.compile(form) for ai, (_, form, _) in _KEYS.items()}
_WORDS = {word: ai for ai, (word, _, _) in _KEYS.items()} | {ai: ai for ai in _KEYS}
_MAY_HOLD_KEY = re.compile(f"/(?:{'|'.join(_WORDS)})/").search  # most URIs end here
# Qualifiers a key may have, in the order they are written; the last one present names the thing most finely.
_QUALIFIERS: dict[str, tuple[str, ...]] = {
    "01": ("22", "10", "21", "235"), "8006": ("22", "10", "21"), "414": ("254",), "8010": ("8011",),
}  # fmt: skip
_QUALIFIER_WORDS = {"cpv": "22", "lot": "10", "ser": "21"}
_QUALIFIER_FORMS = {
    ai: re.compile(form)
    for ai, form in {
        "10": f"{_TEXT}{{0,20}}", "21": f"{_TEXT}{{0,20}}", "22": f"{_TEXT}{{0,20}}", "235": f"{_TEXT}{{0,28}}",
        "254": f"{_TEXT}{{0,20}}", "8011": "[0-9]{0,12}",
    }.items()
}  # fmt: skip
_HAS_SERIAL = {"21", "235", "8011"}  # qualifiers that make one thing of a class

_SERIAL = "((?:%[2-7][0-9A-Fa-f]|[!'()*+,.0-9:;=A-Za-z_-])"
_PART = "((?:%[2-5][0-9A-Fa-f]|[0-9A-Z-])+)"
_NUMBERED = "([0-9]{6,12})\\.([0-9]*)"
# EPC URN by scheme: its form after the scheme, digits of company prefix and reference together (0: no fixed number),
# application identifier, and that of the qualifier. `{check}` of the key goes after those digits.
_URNS: dict[str, tuple[str, int, str, str]] = {
    "id:sgtin": (_NUMBERED + "\\." + _SERIAL + "{1,20})", 13, "01", "21"),
    "id:sscc": (_NUMBERED, 17, "00", ""),
    "id:sgln": (_NUMBERED + "\\." + _SERIAL + "{1,20})", 12, "414", "254"),
    "id:grai": (_NUMBERED + "\\." + _SERIAL + "{1,16})", 12, "8003", ""),
    "id:giai": ("([0-9]{6,12})\\." + _SERIAL + "{1,24})", 0, "8004", ""),
    "id:gsrn": (_NUMBERED, 17, "8018", ""),
    "id:gsrnp": (_NUMBERED, 17, "8017", ""),
    "id:gdti": (_NUMBERED + "\\." + _SERIAL + "{1,17})", 12, "253", ""),
    "id:cpi": ("([0-9]{6,12})\\." + _PART + "\\.([0-9]{1,12})", 0, "8010", "8011"),
    "id:sgcn": (_NUMBERED + "\\.([0-9]{1,12})", 12, "255", ""),
    "id:ginc": ("([0-9]{6,12})\\." + _SERIAL + "{1,24})", 0, "401", ""),
    "id:gsin": (_NUMBERED, 16, "402", ""),
    "id:itip": (_NUMBERED + "\\.([0-9]{2}\\.[0-9]{2})\\." + _SERIAL + "{1,20})", 13, "8006", "21"),
    "id:upui": (_NUMBERED + "\\." + _SERIAL + "{1,28})", 13, "01", "235"),
    "id:pgln": (_NUMBERED, 12, "417", ""),
    "class:lgtin": (_NUMBERED + "\\." + _SERIAL + "{1,20})", 13, "01", "10"),
    "idpat:sgtin": (_NUMBERED + "\\.\\*", 13, "01", ""),
    "idpat:grai": (_NUMBERED + "\\.\\*", 12, "8003", ""),
    "idpat:gdti": (_NUMBERED + "\\.\\*", 12, "253", ""),
    "idpat:sgcn": (_NUMBERED + "\\.\\*", 12, "255", ""),
    "idpat:cpi": ("([0-9]{6,12})\\." + _PART + "\\.\\*", 0, "8010", ""),
    "idpat:itip": (_NUMBERED + "\\.([0-9]{2}\\.[0-9]{2})\\.\\*", 13, "8006", ""),
    "idpat:upui": (_NUMBERED + "\\.\\*", 13, "01", ""),
}
_URN_FORMS = {scheme: re.compile(form) for scheme, (form, _, _, _) in _URNS.items()}
# Letters that a URN may hold bare and a Digital Link must not.
_ENCODED = {"!": "%21", "(": "%28", ")": "%29", "*": "%2A", "+": "%2B", ",": "%2C", ":": "%3A"}
_DECODED = {code: letter for letter, code in _ENCODED.items()}
_TO_LINK = str.maketrans(_ENCODED)


def check_digit(digits: str) -> str:
    """Return the GS1 check digit that follows ``digits`` (weights 3 and 1 from the right)."""
    total = sum(map(int, digits[::-2])) * 3 + sum(map(int, digits[-2::-2]))
    return str(-total % 10)


def is_gtin(text: str) -> bool:
    """Whether the text is a bare GTIN: 8, 12, 13 or 14 digits, the last of which is right."""
    return (
        len(text) in (8, 12, 13, 14) and text.isascii() and text.isdigit() and check_digit(text[:-1]) == text[-1]
    )  # fmt: skip


@lru_cache(maxsize=4096)  # places, parties and classes come again and again
def canonical(uri: str) -> str | None:
    """Return the canonical Digital Link of a URI that carries a GS1 key, or None of any other text.

    ``urn:epc:id:sgtin:4012345.011111.987`` and ``http://shop.example.com/gtin/4012345111118/ser/987?x=1`` both give
    ``https://id.gs1.org/01/04012345111118/21/987``. A link whose serial is percent-encoded is left as it is, as the
    reference implementation of the event hash leaves it. The check digit of a link is not looked at.
    """
    if uri.startswith("urn:epc:"):
        return _from_urn(uri)
    plain = uri.partition("?")[0]
    parts = _parts(plain) if "." in plain else None
    if parts is None:
        return None
    ai, key, qualifiers = parts
    finest = [(name, value) for name, value in qualifiers if name != "22"][-1:]
    link = f"{HOST}/{ai}/{key}" + "".join(f"/{name}/{value}" for name, value in finest)
    return link if "%" not in link else None


def _parts(uri: str) -> tuple[str, str, list[tuple[str, str]]] | None:
    """Return application identifier, key and qualifiers of a Digital Link or EPC URN, or None if it is neither."""
    link = _from_urn(uri) or "" if uri.startswith("urn:epc:") else uri.partition("?")[0]
    if not link.startswith(("https://", "http://")) or not _MAY_HOLD_KEY(link) or "#" in link:
        return None
    path = link.split("/")[3:]
    for n, word in enumerate(path[:-1]):
        ai = _WORDS.get(word)
        if ai is None or len(path) - n > 8 or (len(path) - n) % 2:
            continue
        key = path[n + 1]
        if len(key) < 5 or not key[:4].isdigit():
            continue
        if ai == "01" and len(key) in (8, 12, 13):
            key = key.zfill(14)
        if not _KEY_FORMS[ai].fullmatch(key):
            continue
        names = [_QUALIFIER_WORDS.get(name, name) for name in path[n + 2 :: 2]]
        qualifiers = list(zip(names, path[n + 3 :: 2], strict=True))
        order = [name for name in _QUALIFIERS.get(ai, ()) if name in names]
        if order == names and all(_QUALIFIER_FORMS[name].fullmatch(value) for name, value in qualifiers):
            return ai, key, qualifiers
    return None


def _from_urn(uri: str) -> str | None:
    kind, _, rest = uri.removeprefix("urn:epc:").partition(":")
    scheme, _, rest = rest.partition(":")
    known = _URNS.get(f"{kind}:{scheme}")
    if known is None:
        return None
    found = _URN_FORMS[f"{kind}:{scheme}"].fullmatch(rest)
    if found is None:
        return None
    _, digits, ai, qualifier = known
    prefix, reference, *more = found.groups()
    more = [text.translate(_TO_LINK) for text in more]
    if not digits:
        key = prefix + reference.translate(_TO_LINK)
        if len(prefix) + len(re.sub("%..", "x", reference)) > 30:
            return None
    elif len(prefix) + len(reference) != digits:
        return None
    elif digits == 13 or ai == "00":  # the indicator or extension digit leads, the company prefix follows
        key = reference[0] + prefix + reference[1:]
        key += check_digit(key)
    else:
        key = ("0" if ai == "8003" else "") + prefix + reference
        key += check_digit(key)
    if ai == "8006":
        key += more.pop(0).replace(".", "")
    if not more or (ai == "414" and more == ["0"]):
        return f"{HOST}/{ai}/{key}"
    return f"{HOST}/{ai}/{key}/{qualifier}/{more[0]}" if qualifier else f"{HOST}/{ai}/{key}{more[0]}"


def to_urn(link: str, prefix_digits: int) -> str | None:
    """Return the EPC URN of a canonical or other Digital Link, or None if there is none for it.

    ``prefix_digits`` (6 to 12) is the length of the GS1 company prefix: a link does not tell it, its owner knows.
    """
    parts = _parts(link)
    if parts is None or not 6 <= prefix_digits <= 12:
        return None
    ai, key, qualifiers = parts
    qualifier, value = next(((name, text) for name, text in reversed(qualifiers) if name != "22"), ("", ""))
    key, value = ("".join(_DECODED.get(part, part) for part in re.split("(%..)", text)) for text in (key, value))
    for scheme, (_, digits, known_ai, known_qualifier) in _URNS.items():
        pattern = scheme.startswith("idpat:")
        serial_in_key = ai in ("253", "255", "8003")
        if known_ai != ai or (known_qualifier != qualifier and not (ai == "414" and not qualifier)):
            continue
        if serial_in_key and pattern != (len(key) == (14 if ai == "8003" else 13)):
            continue
        if digits == 0:
            body = f"{key[:prefix_digits]}.{key[prefix_digits:]}"
        elif digits == 13 or ai == "00":
            body = f"{key[1 : 1 + prefix_digits]}.{key[0]}{key[1 + prefix_digits : digits]}"
        else:
            number = key[1:] if ai == "8003" else key
            body = f"{number[:prefix_digits]}.{number[prefix_digits:digits]}"
            value = number[digits + 1 :] if serial_in_key else value
        if ai == "8006":
            body += f".{key[14:16]}.{key[16:18]}"
        if ai == "414" and not qualifier:
            value = "0"
        tail = ".*" if pattern else f".{value}" if value else ""
        if _URN_FORMS[scheme].fullmatch(body + tail):
            return f"urn:epc:{scheme}:{body}{tail}"
    return None


def level(uri: str) -> str | None:
    """Return "instance" if the URI names one thing, "class" if a class or a lot of it, None if it does not tell."""
    parts = _parts(uri)
    if parts is None:
        return None
    ai, key, qualifiers = parts
    if ai in ("01", "8006", "8010"):
        return "instance" if any(name in _HAS_SERIAL for name, _ in qualifiers) else "class"
    if ai in ("253", "255", "8003"):
        return "instance" if len(key) > _KEYS[ai][2] else "class"
    return "instance"


def faults(uri: str) -> tuple[str, str] | None:
    """Return what is wrong in the GS1 key of a URI and how to mend it, or None. Any other URI has no faults."""
    if uri.startswith("urn:epc:") and canonical(uri) is None and not uri.startswith(("urn:epc:raw:", "urn:epc:tag:")):
        return (
            f'"{uri}" is not an EPC URN: the digits or letters after the scheme do not fit',
            "Company prefix and reference together have a fixed number of digits; the check digit is left out",
        )
    if not uri.startswith(("https://", "http://")):
        return None
    plain = uri.partition("?")[0]
    parts = _parts(plain)
    if parts is None:
        if plain.startswith(HOST) and re.match(f"{HOST}/(01|gtin)/[0-9]+(/|$)", plain):
            return (
                f'"{uri}" does not hold a GTIN or its qualifiers as GS1 writes them',
                "A GTIN has 8, 12, 13 or 14 digits",
            )
        return None
    ai, key, _ = parts
    word, _, place = _KEYS[ai]
    if place and (right := check_digit(key[: place - 1])) != key[place - 1]:
        what = f"the check digit of the {word.upper()} {key[:place]} is {key[place - 1]}, and should be {right}"
        return what, "Read the number again: a digit is wrong, or two have changed places"
    return None


_INSTANCES = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_CLASSES = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
_PARTNERS = {"bizTransactionList": "bizTransaction", "sourceList": "source", "destinationList": "destination"}


def identifiers(event: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield (pointer in the event, URI, level that belongs there or "") of each thing, place and party in an event.

    The event need not be valid: what has another type than it should is passed over.
    """
    if isinstance(event.get("parentID"), str):
        yield "/parentID", event["parentID"], ""
    for field in _INSTANCES:
        for n, uri in enumerate(_items(event, field)):
            if isinstance(uri, str):
                yield f"/{field}/{n}", uri, "instance"
    for field in _CLASSES:
        for n, item in enumerate(_items(event, field)):
            if isinstance(item, dict) and isinstance(item.get("epcClass"), str):
                yield f"/{field}/{n}/epcClass", item["epcClass"], "class"
    for field, inner in _PARTNERS.items():
        for n, item in enumerate(_items(event, field)):
            if isinstance(item, dict) and isinstance(item.get(inner), str):
                yield f"/{field}/{n}/{inner}", item[inner], ""
    for field in ("readPoint", "bizLocation"):
        place = event.get(field)
        if isinstance(place, dict) and isinstance(place.get("id"), str):
            yield f"/{field}/id", place["id"], ""


def _items(event: Mapping[str, Any], field: str) -> list[Any]:
    items = event.get(field)
    return items if isinstance(items, list) else []


def check_identifiers(event: Mapping[str, Any], at: str = "") -> list[Finding]:
    """Return faults of GS1 keys in an event: wrong check digits, a class where one thing belongs or vice versa.

    ``at`` is the pointer of the event in its document. URIs that carry no GS1 key have no faults.
    """
    found = []
    for place, uri, wanted in identifiers(event):
        fault = faults(uri)
        if fault is None and wanted and level(uri) not in (None, wanted):
            fault = (
                (f'"{uri}" names a class, not one thing', "Put it in the quantity list, or add its serial number")
                if wanted == "instance"
                else (f'"{uri}" names one thing, not a class', "Put it in the list of EPCs")
            )
        if fault:
            found.append(Finding(at + place, *fault))
    return found
