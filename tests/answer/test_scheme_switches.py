"""Every number of a scheme at its bounds: an award, a plant's money and an auction answer, or say what is wrong."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest

from chumbak.answer.auction_document import auction_of
from chumbak.answer.plant_money import plant_money_document
from chumbak.answer.plant_support import plant_case
from chumbak.answer.scheme_document import IDLE, award_of, read_rules
from chumbak.pack import Pack, load
from chumbak.pack.plant_projects import read_project
from chumbak.pack.scheme_values import INSTRUMENTS
from chumbak.report.auction_words import notes, sentences
from chumbak.report.finance_words import notes as finance_notes
from chumbak.report.finance_words import sentences as finance_sentences
from chumbak.scheme.project import ProjectError
from chumbak.scheme.rules import SchemeError
from chumbak.scheme.terms import award_terms, penalty_terms, support_terms
from tests.conftest import ROOT

BIDS = ROOT / "examples" / "bids.csv"
FEW = {"bidders": 4, "draws": 3, "seed": 0, "instruments": ("scheme",)}


def _at_bounds(scheme: str) -> list[str]:
    rules, found = read_rules(load("india"), scheme), []
    read = None
    if scheme == "magnets":  # of what nothing reads one is enough: R22a below
        read = {*award_terms(rules).by, *support_terms(rules).by, *penalty_terms(rules).by}
    for rule in rules.rules:
        for name, value in rule.values.items():
            if read is not None and name not in read:
                continue
            kind = INSTRUMENTS[rule.instrument][name]
            if kind.kind == "number":
                found += [f"{rule.id}.{name}={end!r}" for end in (kind.least, kind.most)]
            elif kind.kind == "flag":
                found.append(f"{rule.id}.{name}={'false' if value else 'true'}")
    return found


@pytest.mark.parametrize("switch", _at_bounds("magnets"))
def test_a_product(india_pack: Pack, switch: str) -> None:
    for ask in (_award, _finance, _simulate):
        with contextlib.suppress(SchemeError, ProjectError):  # a user's mistake, said as a sentence
            ask(india_pack, switch)


@pytest.mark.parametrize("switch", _at_bounds("recycling"))
def test_a_recycler(india_pack: Pack, switch: str) -> None:
    told = plant_money_document(plant_case(read_project(india_pack, "recycler"), india_pack, switches=[switch]))
    assert all(finance_sentences(told))


def test_no_share_of_sales_pays_in_no_year(india_pack: Pack) -> None:
    told = _finance(india_pack, "sales_share=0")
    assert told["incentive"]["ruling_price"] is None
    assert "The incentive is paid in no year: it is at most 0 % of net sales." in finance_sentences(told)


def test_what_nothing_reads_is_said(india_pack: Pack) -> None:
    (said,) = [one for one in _finance(india_pack, "land_and_buildings=true")["notes"] if one.startswith(IDLE)]
    assert "R22a.land_and_buildings, which you set: it changes nothing" in said
    assert "'eligible' in the project's file" in said
    assert not [one for one in _finance(india_pack, "sales_share=0.3")["notes"] if one.startswith(IDLE)]
    told = _simulate(india_pack, "R6.lead_share=0.6")
    assert any(one.startswith(f"{IDLE} R6.lead_share") for one in notes(told))
    assert not any(one.startswith(IDLE) for one in _simulate(india_pack, "performance_guarantee=10")["convention"])


def test_a_day_or_a_word_that_is_none_is_refused(india_pack: Pack) -> None:
    for switch in ("eligible_from=soon", "selection=luck"):
        with pytest.raises(SchemeError, match="cannot be"):
            _finance(india_pack, switch)


def _award(pack: Pack, switch: str) -> None:
    json.dumps(award_of(pack, None, BIDS, [switch], 0), allow_nan=False)


def _finance(pack: Pack, switch: str) -> dict[str, Any]:
    told = plant_money_document(plant_case(read_project(pack, "magnets"), pack, switches=[switch]))
    assert all(finance_sentences(told))
    assert all(finance_notes(told))
    json.dumps(told, allow_nan=False)
    return told


def _simulate(pack: Pack, switch: str) -> dict[str, Any]:
    told = auction_of(pack, None, **FEW, switches=[switch])
    assert all(sentences(told))
    json.dumps(told, allow_nan=False)
    return told
