from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chumbak.exchange.desk import Settings
from chumbak.exchange.money.tax import (
    RATES,
    RULES,
    RulePack,
    TaxError,
    read_rates,
    read_rules,
    rules_for,
    shared,
    tax_of,
)
from chumbak.exchange.refusal import Refusal

DAY = dt.date(2026, 11, 22)
RATE: dict[str, Fraction | None] = {"metal scrap": Fraction("0.18"), "devices": Fraction("0.18")}
LIMIT = 25_000_000  # Rs 2,50,000


def pack() -> RulePack:
    found = rules_for("India", Settings())
    assert found
    return found


# The paths that Notifications 06/2024 and 25/2024 make, by what both parties are (methods, section 1.7).
@pytest.mark.parametrize(
    ("seller", "buyer", "paise", "path", "added", "owed", "withheld"),
    [
        (False, True, LIMIT, "reverse charge", 0, 4_500_000, 0),
        (False, True, LIMIT + 100, "reverse charge", 0, 4_500_018, 0),
        (True, True, LIMIT, "forward charge", 4_500_000, 0, 0),  # at the limit nothing is withheld yet
        (True, True, LIMIT + 100, "forward charge", 4_500_018, 0, 500_002),
        (True, False, LIMIT + 100, "forward charge", 4_500_018, 0, 0),
        (False, False, LIMIT + 100, "no tax", 0, 0, 0),
    ],
)
def test_the_path_follows_from_both_parties(seller, buyer, paise, path, added, owed, withheld) -> None:  # type: ignore[no-untyped-def]
    found = tax_of(pack(), RATE, DAY, seller=seller, buyer=buyer, goods="metal scrap", paise=paise)
    assert (found.path, found.added, found.owed_by_buyer, found.withheld) == (path, added, owed, withheld)


def test_dates_goods_and_states() -> None:
    def of(day: dt.date = DAY, goods: str = "metal scrap", same: bool | None = None, seller: bool = False) -> object:
        return tax_of(pack(), RATE, day, seller=seller, buyer=True, goods=goods, paise=101, same_state=same)

    assert of(dt.date(2024, 10, 9)).path == "no tax"  # type: ignore[attr-defined]
    assert of(dt.date(2024, 10, 10)).path == "reverse charge"  # type: ignore[attr-defined]
    assert of(goods="devices").path == "no tax"  # type: ignore[attr-defined]
    assert of(same=True, seller=True).parts == (("CGST", 9), ("SGST", 9))  # type: ignore[attr-defined]
    assert of(same=False, seller=True).parts == (("IGST", 18),)  # type: ignore[attr-defined]
    assert tax_of(None, RATE, DAY, seller=True, buyer=True, goods="devices", paise=5).path == "no tax"


def test_no_rate_is_invented() -> None:
    rates = read_rates(RATES.read_text(encoding="utf-8"), RATES.name)
    assert rates == {"metal scrap": None, "devices": None}
    with pytest.raises(Refusal, match="not set"):
        tax_of(pack(), rates, DAY, seller=True, buyer=True, goods="metal scrap", paise=100)
    found = tax_of(pack(), rates, DAY, seller=False, buyer=True, goods="metal scrap", paise=100)
    assert (found.path, found.rate, found.owed_by_buyer) == ("reverse charge", None, 0)


def test_fiscal_years() -> None:
    assert pack().fiscal_year(dt.date(2026, 3, 31)) == "2025-26"
    assert pack().fiscal_year(dt.date(2026, 4, 1)) == "2026-27"
    assert pack().fiscal_year(dt.date(2099, 4, 1)) == "2099-00"


@given(st.integers(0, 10**12), st.lists(st.integers(1, 9), min_size=1, max_size=4))
def test_parts_sum_to_the_tax(paise: int, weights: list[int]) -> None:
    parts = {str(n): Fraction(weight, sum(weights)) for n, weight in enumerate(weights)}
    found = shared(paise, parts)
    assert sum(part for _, part in found) == paise
    assert all(abs(part - parts[name] * paise) < 1 for name, part in found)


def test_files_tell_every_fault() -> None:
    text = (RULES / "in_scrap_tax.yaml").read_text(encoding="utf-8")
    wrong = (
        text.replace("standing: stated", "standing: sure")
        .replace('share: "0.02"', "share: 2")
        .replace('"1/2", S', '"1/3", S')
    )
    with pytest.raises(TaxError) as error:
        read_rules(wrong, "x.yaml")
    assert len(str(error.value).splitlines()) == 3
    for name in ("standing: stated", "does: forward"):
        with pytest.raises(TaxError):
            read_rules(text.replace(name, f"{name.split(':')[0]}: [1]"), "x.yaml")
    for rates in ("rates: {gold: null}", "rates: 5", "a: [", "rates: {devices: '1.8'}"):
        with pytest.raises(TaxError):
            read_rates(rates, "x")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("set by:\nrates: {}\n", "'set by' is empty"),
        ("rates: {}\n", "'set by' is empty"),
        ("set by: us\nrates: {}\nrate: 1\n", "rate is not known"),
        ("set by: us\nrates: {devices: '0.1', devices: '0.2'}\n", "'devices' stands twice"),
        ("set by: 2026-13-45\nrates: {}\n", "'2026-13-45' is no day"),
        ("set by: us\nrates: {devices: ''}\n", "'' is no share"),
    ],
)
def test_rates_that_nobody_set_or_twice_are_refused(text: str, said: str) -> None:
    with pytest.raises(TaxError, match=said):
        read_rates(text, "tax_rates.yaml")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("above paise: 25000000", "above paise: much", "'above paise' is 'much'"),
        ("read on: 2026-11-22", "read on: lately", "'read on' is 'lately'"),
        ("id: in_scrap_tax", "", "'id' is missing"),
        ("goods: [metal scrap, devices]", "goods: [[metal scrap]]", "goods are metal scrap, devices"),
        ('other state: {IGST: "1"}', "other state: 1", "'other state' is missing"),
        ("rules:", "rules: [a]\nmore:", "rule 1 is no mapping"),
        ("from: 2017-07-01", "from: 2017-02-30", "'2017-02-30' is no day"),
    ],
)
def test_a_fault_in_rules_is_a_sentence(before: str, after: str, said: str) -> None:
    text = next(RULES.glob("*.yaml")).read_text(encoding="utf-8")
    assert before in text
    with pytest.raises(TaxError) as error:
        read_rules(text.replace(before, after, 1), "own.yaml")
    assert said in str(error.value)
    assert "Error(" not in str(error.value)
