"""Closing a period: MUF, alarms that stand until explained, certificates that wait, documents that can be checked."""

from __future__ import annotations

import copy
import json
from decimal import Decimal

import pytest

from chumbak.custody.measure.alarms import (
    Alarm,
    Explanation,
    certificates_wait,
    check_explanation,
    standing_alarms,
)  # fmt: skip
from chumbak.custody.measure.amount import Amount
from chumbak.custody.measure.areas import Closed, close, close_all
from chumbak.custody.measure.closing import Period, alarms_of, check_closing, close_period

AREA = "mba:smelter-1"


def month(number: int) -> Period:
    return Period(AREA, f"2026-{number:02}-01", f"2026-{number + 1:02}-01")


def lot(name: str, micrograms: int, relative: float = 0.01, shared: float = 0.0) -> Amount:
    effects = {f"assay:{name}": relative * micrograms, "method": shared * micrograms}
    return Amount(micrograms, {key: effect for key, effect in effects.items() if effect}, name)


def closed(missing: int, number: int = 1) -> Closed:
    """Return a balance in which so much is missing; sigma is 14 142 micrograms."""
    came, went = lot(f"in{number}", 1_000_000), lot(f"out{number}", 1_000_000 - missing)
    return close("Nd", [lot("begin", 0)], [came], [went], [lot("end", 0)])


def test_muf_and_its_sigma() -> None:
    begin, came, went, end = lot("a", 500_000), lot("b", 1_000_000), lot("c", 900_000), lot("d", 560_000)
    found = close("Nd", [begin], [came], [went], [end])
    assert found.muf.micrograms == 500_000 + 1_000_000 - 900_000 - 560_000 == 40_000
    assert found.muf.sigma == pytest.approx(1e4 * (0.25 + 1 + 0.81 + 0.3136) ** 0.5)
    assert not found.alarm
    assert found.detectable == pytest.approx((3 + 1.6448536269514722) * found.muf.sigma)


def test_a_shared_method_cancels_between_in_and_out() -> None:
    apart = close("Nd", [], [lot("b", 1_000_000, shared=0.02)], [lot("c", 1_000_000)], [])
    both = close("Nd", [], [lot("b", 1_000_000, shared=0.02)], [lot("c", 1_000_000, shared=0.02)], [])
    assert both.muf.sigma == pytest.approx(1e4 * 2**0.5)
    assert apart.muf.sigma == pytest.approx(1e4 * 6**0.5)


def test_the_limit_of_three_sigmas() -> None:
    sigma = closed(0).muf.sigma
    assert not closed(int(2.9 * sigma)).alarm
    assert "missing" in closed(int(3.1 * sigma)).why
    assert "more there than the books say" in closed(-int(3.1 * sigma)).why
    for limit in (0.0, 4.0, float("nan")):
        with pytest.raises(ValueError, match="hides alarms"):
            close("Nd", [], [], [], [], limit=limit)
    with pytest.raises(ValueError, match="not a finite number"):
        close("Nd", [Amount(1, {"a": float("nan")})], [], [], [])


def test_items_and_measurements_without_uncertainty() -> None:
    one = lot("box", 10)
    assert not close("Nd", [one], [], [], [one], kind="item").alarm
    assert "items are counted" in close("Nd", [lot("box", 10)], [], [], [lot("box", 9)], kind="item").why
    assert not close("Nd", [Amount(5)], [], [], [Amount(5)]).alarm
    assert "states an uncertainty" in close("Nd", [Amount(5)], [], [], [Amount(4)]).why


def test_a_document_says_all_that_an_auditor_needs() -> None:
    first = close_period(month(1), [closed(10_000, 1)])
    sides = {"Nd": ([lot("end", 0)], [lot("in2", 10**6)], [lot("out2", 10**6)], [lot("end2", 0)])}
    second = close_period(month(2), close_all(sides), [first])
    assert first["elements"]["Nd"]["muf"] == "10000"
    assert second["elements"]["Nd"]["drift"]["cumuf"] == "10000"
    assert second["elements"]["Nd"]["drift"]["false_alarm_once_in"] == "465"
    read = json.loads(json.dumps(second))
    assert read == second
    assert check_closing(read, [json.loads(json.dumps(first), parse_float=Decimal)]) == []
    assert check_closing(read, [])[0].pointer == "/elements/Nd/drift/cumuf"


def test_a_changed_document_is_told_with_the_field() -> None:
    document = close_period(month(1), [closed(60_000)])
    for path, value in (
        (("muf",), "1"), (("begin",), "7"), (("errors", "assay:in1"), "1.0"), (("why",), ""), (("sigma",), "1"),
        (("drift", "page_loss"), "0"), (("limit",), "9.0"), (("kind",), "item"), (("drift", "h"), "50.0"),
        (("errors", "assay:in1"), "nan"), (("limit",), "nan"), (("errors",), None),
    ):  # fmt: skip
        changed = copy.deepcopy(document)
        at = changed["elements"]["Nd"]
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value
        assert check_closing(changed) != [], path
    assert "no closing" in check_closing({"elements": {"Nd": {}}})[0].what
    assert "no closing" in check_closing({"elements": []})[0].what
    assert check_closing({**document, "more": 1})[0].pointer == "/more"
    assert check_closing({**document, "lots": {"begin": []}}) == []


def test_periods_follow_on_each_other() -> None:
    first = close_period(month(1), [closed(0)])
    for period, before, words in (
        (Period(AREA, "2026-01-15", "2026-02-15"), [first], "does not begin when"),
        (Period(AREA, "2026-02-02", "2026-03-01"), [first], "does not begin when"),
        (Period("mba:other", "2026-02-01", "2026-03-01"), [first], "among those"),
        (Period(AREA, "2026-02-01", "2026-02-01"), [], "earlier one first"),
        (Period(AREA, "yesterday", "2026-02-01"), [], "two dates"),
    ):
        with pytest.raises(ValueError, match=words):
            close_period(period, [closed(0)], before)
    for wrong in ([], [closed(0), closed(0)]):
        with pytest.raises(ValueError, match="each of its elements once"):
            close_period(month(1), wrong)


def test_nothing_vanishes_between_two_periods() -> None:
    left = close("Nd", [], [lot("in", 1000)], [], [lot("end", 1000)])
    first = close_period(month(1), [left])
    close_period(month(2), [close("Nd", [lot("end", 1000)], [], [], [lot("end", 1000)])], [first])
    for begin in ([], [lot("end", 900)]):
        with pytest.raises(ValueError, match="ended the last period with 1000 micrograms of Nd"):
            close_period(month(2), [close("Nd", begin, [], [], begin)], [first])
    with pytest.raises(ValueError, match="begins this one with 0"):
        close_period(month(2), [close("Dy", [], [], [], [])], [first])
    other = [
        close("Nd", [lot("end", 1000)], [], [], [lot("end", 1000)]),
        close("Dy", [lot("d", 5)], [], [], [lot("d", 5)]),
    ]
    assert set(close_period(month(2), other, [first])["elements"]) == {"Dy", "Nd"}
    with pytest.raises(ValueError, match="finds no drift"):
        close_period(month(1), [left], h=50.0)


def test_alarms_stand_until_explained_and_certificates_wait() -> None:
    document = close_period(month(1), [closed(60_000)])
    (alarm,) = alarms_of(document)
    assert alarm.id == f"{AREA}/Nd/2026-02-01/balance"
    (standing,) = standing_alarms([alarm], [])
    assert standing.state == "open"
    assert certificates_wait([standing], [AREA, "mba:x"], ["Dy", "Nd"]) == (standing,)
    assert certificates_wait([standing], ["mba:x"], ["Nd"]) == ()
    assert certificates_wait([standing], [AREA], ["Dy"]) == ()
    said = Explanation(
        alarm.id, "party:auditor", "2026-02-10T10:00:00Z", "A drum was weighed twice.", ("https://e.org/1",)
    )
    (explained,) = standing_alarms([alarm], [said])
    assert (explained.state, explained.alarm, explained.explanations) == ("explained", alarm, (said,))
    assert certificates_wait([explained], [AREA], ["Nd"]) == ()


def test_a_drift_is_an_alarm_of_its_own() -> None:
    documents: list[dict[str, object]] = []
    for number in range(1, 10):
        documents.append(close_period(month(number), [closed(28_000, number)], documents))
    raised = [alarm for document in documents for alarm in alarms_of(document)]
    assert {alarm.kind for alarm in raised} == {"drift"}
    assert "is lost little by little" in raised[0].why
    assert len(standing_alarms(raised + raised, [])) == len(raised)
    assert standing_alarms(raised, [])[0].alarm.end == max(alarm.end for alarm in raised)
    for number, document in enumerate(documents):
        assert check_closing(document, documents[:number]) == []


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("by", " ", "/by"), ("text", "", "/text"), ("alarm", "x", "/alarm"), ("at", "2026-01-31T00:00:00Z", "/at"),
        ("at", "2026-02-10T10:00:00", "/at"), ("at", "soon", "/at"),
    ],
)  # fmt: skip
def test_explanations_that_are_none(field: str, value: str, pointer: str) -> None:
    alarm = Alarm(AREA, "Nd", "2026-02-01", "balance", "why")
    given = {"alarm": alarm.id, "by": "p", "at": "2026-02-10T10:00:00+05:30", "text": "t", field: value}
    said = Explanation(given["alarm"], given["by"], given["at"], given["text"])
    (finding,) = check_explanation(said, [alarm])
    assert finding.pointer == pointer
    assert standing_alarms([alarm], [said])[0].state == "open"
