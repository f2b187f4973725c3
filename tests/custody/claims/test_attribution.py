"""Attribution worked by hand, what is refused, and what must hold whatever is taken in and claimed."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chumbak.custody.claims.attribution import (
    POST_CONSUMER,
    RECYCLED,
    AttributionError,
    Portion,
    Receipt,
    Share,
    Use,
    controlled_blending,
    credit,
    identity_preserved,
    lower_bound,
    percent,
    receipts_of,
    rolling_average,
    segregated,
    shares_of,
    shifted,
    taint,
)
from chumbak.custody.ledger.origin import NOWHERE, origin_of

LOT = "urn:x:lot"
USED_CN = origin_of("post-consumer", {"melted": "CN"})
USED_JP = origin_of("post-consumer", {"mined": "AU", "melted": "JP"})
SWARF = origin_of("pre-consumer", {"melted": "JP"})
ORE = origin_of("primary", {"mined": "AU", "refined": "MY", "separated": "MY", "melted": "JP", "produced": "JP"})
MIXED = {("Nd", USED_CN): 42, ("Nd", SWARF): 8, ("Nd", ORE): 50, ("Dy", ORE): 3, ("Tb", USED_JP): 0}


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def test_shares_are_exact() -> None:
    assert shares_of(MIXED, POST_CONSUMER) == {"Dy": Share(0, 3), "Nd": Share(42, 100)}
    assert shares_of(MIXED, RECYCLED)["Nd"].exact == Fraction(1, 2)
    with pytest.raises(AttributionError, match="below zero"):
        shares_of({("Nd", ORE): -1}, RECYCLED)


def test_identity_is_preserved_for_one_origin_only() -> None:
    found = identity_preserved(LOT, {("Nd", USED_CN): 42, ("Dy", USED_CN): 1, ("Pr", ORE): 0}, POST_CONSUMER)
    assert found.shares == {"Dy": 1, "Nd": 1}
    assert (found.model, found.boundary, found.period) == ("identity preserved", LOT, None)
    with pytest.raises(AttributionError, match="holds 2 origins, and identity is preserved for one only"):
        identity_preserved(LOT, {("Nd", USED_CN): 42, ("Nd", USED_JP): 1}, POST_CONSUMER)
    with pytest.raises(AttributionError, match="of kind primary"):
        identity_preserved(LOT, {("Nd", ORE): 42}, POST_CONSUMER)
    with pytest.raises(AttributionError, match="holds nothing"):
        identity_preserved(LOT, {("Nd", ORE): 0}, POST_CONSUMER)


def test_segregated_needs_every_microgram() -> None:
    assert segregated(LOT, {("Nd", USED_CN): 42, ("Nd", USED_JP): 1}, POST_CONSUMER).shares == {"Nd": 1}
    with pytest.raises(AttributionError, match=r"58 micrograms of Nd in urn:x:lot is not recovered from post-consumer"):
        segregated(LOT, {("Nd", USED_CN): 42, ("Nd", ORE): 58}, POST_CONSUMER)
    with pytest.raises(AttributionError, match="holds nothing"):
        segregated(LOT, {}, POST_CONSUMER)


def test_controlled_blending_says_how_it_was_done() -> None:
    found = controlled_blending(LOT, MIXED, POST_CONSUMER)
    assert found.document() == {
        "model": "controlled blending",
        "method": "claimed / total by element",
        "claim": "recovered from post-consumer waste",
        "boundary": LOT,
        "period": None,
        "basis": "contained element, micrograms",
        "share": {"Dy": "0", "Nd": "21/50"},
        "percent": {"Dy": "0.00", "Nd": "42.00"},
        "note": [],
    }


def test_percentages_are_cut_off() -> None:
    assert [percent(share) for share in (Fraction(2, 3), Fraction(99_999, 100_000), Fraction(1), Fraction(0))] == [
        "66.66", "99.99", "100.00", "0.00",
    ]  # fmt: skip


# Rolling average ----------------------------------------------------------------------------------------------------

RECEIPTS = [
    Receipt(day("2026-01-31"), "r1", "Nd", 1000, 1000),  # the day before the period
    Receipt(day("2026-02-01"), "r2", "Nd", 300, 1000, Fraction(9, 10)),
    Receipt(day("2026-04-30"), "r3", "Nd", 0, 500, Fraction(1, 2)),
    Receipt(day("2026-04-30"), "r3", "Dy", 7, 7),
    Receipt(day("2026-05-01"), "r4", "Nd", 9, 9),  # the day after
]


def test_a_rolling_average_by_hand() -> None:
    found = rolling_average(RECEIPTS, "urn:x:site", day("2026-04-30"), 3, POST_CONSUMER)
    # Nd: 300 x 0.9 = 270 of 1000 x 0.9 + 500 x 0.5 = 1150.
    assert found.shares == {"Dy": 1, "Nd": Fraction(270, 1150)}
    assert found.period == (day("2026-02-01"), day("2026-04-30"))
    middle = rolling_average(RECEIPTS, "urn:x:site", day("2026-05-15"), 3, POST_CONSUMER)
    assert middle.period == (day("2026-02-16"), day("2026-05-15"))
    assert (found.model, found.method) == ("mass balance", "rolling average over 3 months")


def test_months_end_where_they_are_shorter() -> None:
    assert shifted(day("2026-03-31"), -1) == day("2026-02-28")
    assert shifted(day("2024-03-31"), -1) == day("2024-02-29")
    assert shifted(day("2026-11-30"), 3) == day("2027-02-28")
    assert shifted(day("2026-12-15"), 1) == day("2027-01-15")
    assert shifted(day("2026-01-15"), -1) == day("2025-12-15")


@pytest.mark.parametrize(
    ("receipts", "months", "message"),
    [
        ([], 3, "took nothing in"),
        (RECEIPTS, 0, "1 to 12 months"),
        (RECEIPTS, 13, "1 to 12 months"),
        ([RECEIPTS[1], RECEIPTS[1]], 3, "counted twice"),
        ([Receipt(day("2026-04-01"), "r", "Nd", 2, 1)], 3, "claims more"),
        ([Receipt(day("2026-04-01"), "r", "Nd", 1, 1, Fraction(2))], 3, "more than there is"),
    ],
)
def test_what_is_no_average_is_refused(receipts: list[Receipt], months: int, message: str) -> None:
    with pytest.raises(AttributionError, match=message):
        rolling_average(receipts, "urn:x:site", day("2026-04-30"), months, POST_CONSUMER)


def test_receipts_come_from_entries() -> None:
    entries = [
        ("lot:a", "Nd", USED_CN, -42), ("lot:b", "Nd", ORE, -58),
        ("lot:c", "Nd", USED_CN, 42), ("lot:c", "Nd", ORE, 58),
        ("unaccounted:x", "Dy", NOWHERE, -5), ("lot:c", "Dy", NOWHERE, 5),
    ]  # fmt: skip
    assert receipts_of(day("2026-04-01"), "e1", entries, POST_CONSUMER, {"Nd": Fraction(9, 10)}) == [
        Receipt(day("2026-04-01"), "e1", "Nd", 42, 100, Fraction(9, 10))
    ]


# Credit -------------------------------------------------------------------------------------------------------------


def test_a_credit_account_by_hand() -> None:
    receipts = [
        Receipt(day("2026-01-10"), "r1", "Nd", 1001, 2000, Fraction(9, 10)),  # 900.9: 900 of credit, to 9 April
        Receipt(day("2026-02-10"), "r2", "Nd", 500, 500),  # 500, to 9 May
        Receipt(day("2026-06-01"), "r3", "Nd", 70, 80),
    ]
    uses = [
        Use(day("2026-02-15"), "lot-1", "Nd", 1000, 4000),
        Use(day("2026-04-09"), "lot-2", "Nd", 150, 150),
        Use(day("2026-06-01"), "lot-3", "Nd", 60, 100),
    ]
    found = credit(receipts, uses, "urn:x:site", 3, day("2026-06-01"), POST_CONSUMER)
    assert [tuple(part) for part in found.drawn] == [
        ("lot-1", "r1", "Nd", 900), ("lot-1", "r2", "Nd", 100), ("lot-2", "r2", "Nd", 150), ("lot-3", "r3", "Nd", 60),
    ]  # fmt: skip
    assert (found.balance, found.expired) == ({"Nd": 10}, {"Nd": 250})
    assert [claim.shares["Nd"] for claim in found.claims] == [Fraction(1, 4), 1, Fraction(3, 5)]
    assert found.claims[0].method == "credit, valid for 3 months, oldest first"
    assert found.claims[0].period == (day("2025-11-16"), day("2026-02-15"))
    earlier = credit(receipts, uses, "urn:x:site", 3, day("2026-04-10"), POST_CONSUMER)
    assert (earlier.balance, earlier.expired) == ({"Nd": 250}, {"Nd": 0})


FIRST = Receipt(day("2026-01-10"), "r1", "Nd", 100, 100)


@pytest.mark.parametrize(
    ("uses", "message"),
    [
        ([Use(day("2026-01-09"), "l", "Nd", 1, 9)], "credit for 0 micrograms of Nd on 2026-01-09, and 1 micrograms"),
        ([Use(day("2026-04-10"), "l", "Nd", 1, 9)], "credit for 0 micrograms of Nd on 2026-04-10"),
        ([Use(day("2026-02-01"), "l", "Nd", 101, 900)], "credit for 100 micrograms of Nd"),
        ([Use(day("2026-02-01"), "l", "Nd", 60, 90), Use(day("2026-02-02"), "m", "Nd", 60, 90)], "credit for 40"),
        ([Use(day("2026-02-01"), "l", "Nd", 6, 90), Use(day("2026-02-02"), "l", "Nd", 6, 90)], "claimed twice"),
        ([Use(day("2026-02-01"), "l", "Nd", 91, 90)], "more Nd than it holds"),
        ([Use(day("2026-02-01"), "l", "Nd", 0, 0)], "more Nd than it holds"),
        ([Use(day("2026-02-01"), "l", "Dy", 1, 90)], "credit for 0 micrograms of Dy"),
    ],
    ids=["early", "expired", "beyond", "together", "twice", "share above one", "of nothing", "of another element"],
)
def test_credit_is_never_overdrawn(uses: list[Use], message: str) -> None:
    with pytest.raises(AttributionError, match=message):
        credit([FIRST], uses, "urn:x:site", 3, day("2026-12-31"), POST_CONSUMER)


def test_a_receipt_gives_credit_once() -> None:
    with pytest.raises(AttributionError, match="r1 of Nd is counted twice"):
        credit([FIRST, FIRST], [], "urn:x:site", 3, day("2026-12-31"), POST_CONSUMER)
    with pytest.raises(AttributionError, match="a month at least"):
        credit([FIRST], [], "urn:x:site", 0, day("2026-12-31"), POST_CONSUMER)


DAYS = st.integers(0, 400).map(lambda number: day("2026-01-01") + dt.timedelta(days=number))


@given(
    st.lists(st.tuples(DAYS, st.integers(0, 50)), max_size=8),
    st.lists(st.tuples(DAYS, st.integers(0, 50)), max_size=8),
    st.integers(1, 6),
)
def test_credit_is_conserved_and_never_given_twice(
    taken: list[tuple[dt.date, int]], claimed: list[tuple[dt.date, int]], months: int
) -> None:
    receipts = [Receipt(on, f"r{number}", "Nd", amount, amount) for number, (on, amount) in enumerate(taken)]
    last = day("2027-12-31")
    uses: list[Use] = []
    for number, (on, amount) in enumerate(sorted(claimed)):
        use = Use(on, f"l{number}", "Nd", amount, 100)
        try:
            credit(receipts, [*uses, use], "urn:x:site", months, last, POST_CONSUMER)
        except AttributionError:
            continue
        uses.append(use)
    found = credit(receipts, uses, "urn:x:site", months, last, POST_CONSUMER)
    drawn = sum(part.amount for part in found.drawn)
    assert drawn == sum(use.claimed for use in uses)
    assert drawn + sum(found.balance.values()) + sum(found.expired.values()) == sum(amount for _, amount in taken)
    by_id = {receipt.id: receipt for receipt in receipts}
    for use in uses:
        for part in found.drawn:
            if part.lot == use.lot:
                receipt = by_id[part.receipt]
                assert receipt.day <= use.day < shifted(receipt.day, months)
    assert min([*found.balance.values(), *found.expired.values()], default=0) >= 0


# Taint --------------------------------------------------------------------------------------------------------------


def test_one_gram_taints_and_the_unknown_leaves_it_open() -> None:
    found = taint(MIXED, {"CN"}, ["melted"])
    assert found.tainted is True
    assert found.covered == (Portion("Nd", "melted", "CN", 42),)
    assert found.unknown == ()
    clean = {("Nd", ORE): 10**12}
    assert taint(clean, {"CN"}).tainted is False
    assert taint({**clean, ("Nd", SWARF): 1}, {"CN"}, ["melted"]).tainted is False
    open_ = taint({**clean, ("Nd", SWARF): 1}, {"CN"})
    assert open_.tainted is None
    assert [part.step for part in open_.unknown] == ["mined", "produced", "refined", "separated"]
    assert taint({**clean, ("Fe", NOWHERE): 1}, {"CN"}, elements=["Nd"]).tainted is False
    assert taint({**clean, ("Nd", USED_CN): 1}, {"CN"}).tainted is True
    assert taint({**clean, ("Nd", USED_CN): 0}, {"CN"}).tainted is False


# The lower bound ----------------------------------------------------------------------------------------------------


def test_the_lower_bound_by_hand() -> None:
    # s = 0.4; variance = (0.6^2 3^2 + 0.4^2 4^2) / 100^2 = (3.24 + 2.56) / 10^4: sigma = sqrt(5.8) / 100 = 0.02408...
    found = lower_bound(Share(40, 100), Fraction(3), Fraction(4))
    assert float(found) == pytest.approx(0.4 - 5.8**0.5 / 100, abs=1e-14)
    assert (Fraction(2, 5) - found) ** 2 >= Fraction(58, 10) / 10_000
    # s = 0.5; variance = (0.25 x 36 + 0.25 x 64) / 10^4 = 0.0025: sigma = 0.05 exactly.
    assert lower_bound(Share(50, 100), Fraction(6), Fraction(8)) == Fraction(9, 20)
    assert lower_bound(Share(50, 100), Fraction(6), Fraction(8), Fraction(2)) == Fraction(2, 5)
    assert lower_bound(Share(1, 100), Fraction(60), Fraction(8)) == 0
    assert lower_bound(Share(7, 9), Fraction(0), Fraction(0)) == Fraction(7, 9)
    for wrong in (-1, 0.5):
        with pytest.raises(AttributionError, match="exact numbers"):
            lower_bound(Share(7, 9), wrong, Fraction(0))  # type: ignore[arg-type]
