"""Where a portion of an element comes from: waste or not, and the five countries of its making. "unknown" is a value.

An origin is a class of mass, not a note beside it: the ledger keeps a balance for each, so that no split or merge can
turn one into another unseen. What a share of recycled content or a rule of a defence buyer asks is read off from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

UNKNOWN = "unknown"
KINDS = ("primary", "pre-consumer", "post-consumer", UNKNOWN)
STEPS = ("mined", "refined", "separated", "melted", "produced")

# ISO 3166-1 alpha-2. A code that is not on the list is refused: a typing error must not pass as "not covered".
_ISO_3166 = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA
CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA
GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS
MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS
RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW
TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(_ISO_3166.split())


class Origin(NamedTuple):
    """An origin class: hashable, and ordered field by field so that every list of origins has one order.

    ``kind`` is one of ``KINDS``; each country is an ISO 3166-1 alpha-2 code or "unknown"; ``evidence`` holds URIs, each
    once, in alphabetical order.
    """

    kind: str = UNKNOWN
    mined: str = UNKNOWN
    refined: str = UNKNOWN
    separated: str = UNKNOWN
    melted: str = UNKNOWN
    produced: str = UNKNOWN
    evidence: tuple[str, ...] = ()

    def country(self, step: str) -> str:
        """Return the country in which a step (one of ``STEPS``) was done, or "unknown"."""
        return str(self[1 + STEPS.index(step)])

    def at(self, step: str, country: str) -> Origin:
        """Return the origin after a step that was done in a country."""
        return origin_of(
            self.kind, {name: country if name == step else self.country(name) for name in STEPS}, self.evidence
        )

    def wasted(self) -> Origin:
        """Return the origin as waste of a factory: primary becomes pre-consumer, and nothing else changes."""
        return self._replace(kind="pre-consumer") if self.kind == "primary" else self

    @property
    def text(self) -> str:
        """The canonical text: a JSON array, without blanks, in the order of the fields. ``parse`` reads it back."""
        return origin_text(self)


NOWHERE = Origin()  # nothing is known: what appears from an unaccounted difference


@lru_cache(maxsize=65536)
def origin_text(origin: Origin) -> str:
    """Return the canonical text of an origin."""
    return json.dumps([*origin[:6], *origin.evidence], ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=65536)
def parse(text: str) -> Origin:
    """Read the canonical text of an origin. Raises ``ValueError`` for anything else."""
    try:
        fields = json.loads(text)
    except ValueError:
        raise ValueError(f"{text[:80]!r} is no origin: it is no JSON") from None
    if not isinstance(fields, list) or len(fields) < 6 or not all(isinstance(field, str) for field in fields):
        raise ValueError(f"{text[:80]!r} is no origin: it is no list of six words and evidence")
    found = origin_of(fields[0], dict(zip(STEPS, fields[1:6], strict=True)), fields[6:])
    if found.text != text:
        raise ValueError(f"{text[:80]!r} is not how this origin is written; it is {found.text[:80]!r}")
    return found


def origin_of(kind: str, countries: dict[str, str], evidence: Iterable[str] = ()) -> Origin:
    """Return a checked origin; steps without a country are unknown. Raises ``ValueError``."""
    return _checked(kind, tuple(countries.get(step, UNKNOWN) for step in STEPS), tuple(sorted(set(evidence))))


@lru_cache(maxsize=65536)
def _checked(kind: str, countries: tuple[str, ...], evidence: tuple[str, ...]) -> Origin:
    # Cached, so that equal origins are mostly one object and compare at once.
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of origin; it is one of {', '.join(KINDS)}")
    for country in countries:
        if country != UNKNOWN and country not in COUNTRIES:
            raise ValueError(f"{country!r} is no ISO 3166-1 code of a country in two capitals, nor 'unknown'")
    return Origin._make((kind, *countries, evidence))
