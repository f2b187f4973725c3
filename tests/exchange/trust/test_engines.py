"""The engines of trust on plain values: windows, plausibility, relations, draws, scales, plants."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chumbak.exchange.trust import blind, plausible, scales
from chumbak.exchange.trust.alarms import state_of
from chumbak.exchange.trust.policy import SAMPLE, PolicyError, load
from chumbak.exchange.trust.related import Graph, Link, Step
from chumbak.exchange.trust.throughput import Bill, Plant, bounds
from chumbak.exchange.trust.windows import DAY_US, Use, frees, used

uses = st.lists(st.builds(Use, st.integers(0, 40 * DAY_US), st.integers(0, 50)), max_size=30)


@given(uses, st.integers(1, 20), st.integers(1, 200), st.integers(1, 60))
def test_a_use_fits_when_it_is_said_to_and_not_before(found: list[Use], days: int, most: int, more: int) -> None:
    now = 40 * DAY_US
    at = frees(found, now, days, most, more)
    if at is None:
        assert more > most
        return
    assert used(found, at, days) + more <= most
    if at > now:
        assert used(found, at - 1, days) + more > most


def test_a_window_slides() -> None:
    found = [Use(0, 3), Use(10, 4)]
    assert [used(found, at, 1) for at in (11, DAY_US, DAY_US + 10)] == [7, 4, 0]


def test_one_who_floods_does_not_move_what_is_usual() -> None:
    honest = {f"party-{n}": [150.0 + n % 7] for n in range(30)}
    flood = honest | {"party-x": [20.0] * 5000}
    before = plausible.weight(20, honest, parties=20, spreads=5, least_spread=0.08)
    after = plausible.weight(20, flood, parties=20, spreads=5, least_spread=0.08)
    assert before
    assert after
    assert not before.fits
    assert not after.fits
    assert abs(before.low - after.low) < 10


def test_too_few_tell_nothing_but_against_a_range_that_is_set() -> None:
    assert plausible.weight(5, {"a": [100.0]}, parties=20, spreads=5, least_spread=0.1) is None
    found = plausible.weight(5, {"a": [100.0]}, parties=20, spreads=5, least_spread=0.1, range_=(50, 300))
    assert found
    assert not found.fits
    assert found.parties == 0


@pytest.mark.parametrize(("n", "of", "share"), [(3, 10, 0.1), (1, 5, 0.02), (10, 10, 0.5), (0, 4, 0.3)])
def test_the_binomial_tail_is_the_sum_of_its_terms(n: int, of: int, share: float) -> None:
    terms = sum(math.comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(n, of + 1))
    assert plausible.at_least(n, of, share) == pytest.approx(terms, rel=1e-12)


def test_an_assay_is_as_far_as_range_and_own_error_say() -> None:
    # 220 with 90 % from 176 to 264: sigma 44 / 1.6449 = 26.75; the assay's own 10
    assert plausible.content_score(300, 10, 220, 176, 264) == pytest.approx(80 / math.hypot(44 / 1.6449, 10))
    assert plausible.content_score(1, 0, 1, 1, 1) is None


def test_a_range_without_width_is_no_range() -> None:
    # One figure, 220: 20 % either way is 176 to 264; a middle at one end of its range is widened to that side alone.
    assert plausible.widened(220, 220, 220, 0.2) == pytest.approx((176, 264))
    assert plausible.widened(220, 220, 400, 0.2) == pytest.approx((176, 400))
    assert plausible.widened(220, 100, 400, 0.2) == (100, 400), "a range that is wide stays as it is"


def test_what_was_published_is_within() -> None:
    assert [plausible.within(found, (196, 294)) for found in (195, 196, 294, 295)] == [False, True, True, False]
    assert not plausible.within(220, None)


@pytest.mark.parametrize(("found", "off"), [(2199, False), (2200, True), (22, True), (23, False), (250, False)])
def test_so_many_times_the_middle(found: float, off: bool) -> None:
    assert plausible.beyond(found, 220, 100, 400, 10) is off
    assert not plausible.beyond(0, 220, 0, 400, 10), "what may hold none of it is never too poor in it"
    assert not plausible.beyond(2200, 220, 100, 2500, 10), "what was published is usual"


def test_kilometres_of_a_quarter_of_the_equator() -> None:
    assert plausible.kilometres((0, 0), (0, 90)) == pytest.approx(6371 * math.pi / 2)


links_ = st.lists(
    st.builds(Link, st.sampled_from("abcdefgh"), st.sampled_from(("payee", "phone")), st.sampled_from("123456"))
)


@given(links_)
def test_groups_are_classes_and_paths_are_true(found: list[Link]) -> None:
    graph = Graph(found)
    holds = {(link.party, link.kind, link.key) for link in found}
    for party in "abcdefgh":
        group = graph.group(party)
        for other in "abcdefgh":
            path = graph.path(party, other)
            assert (path is not None) == (other in group)
            assert (other in group) == (party in graph.group(other))
            here = party
            for step in path or []:
                assert step.party == here
                assert any(
                    (here, step.kind, key) in holds and (step.other, step.kind, key) in holds for key in "123456"
                )
                here = step.other
            assert path is None or here == other


def test_a_thing_that_a_crowd_shares_relates_nobody() -> None:
    crowd = [Link(f"party-{n}", "phone", "shop") for n in range(13)]
    assert Graph(crowd).group("party-1") == ["party-1"]
    assert len(Graph(crowd[:12]).group("party-1")) == 12
    account = [Link(f"party-{n}", "payee", "account") for n in range(500)]
    assert len(Graph(account).group("party-1")) == 500  # but one account of five hundred is a ring


def test_a_chain_of_relations_says_its_steps() -> None:
    found = [Link("a", "payee", "1"), Link("b", "payee", "1"), Link("b", "document", "2"), Link("c", "document", "2")]
    assert Graph(found).path("a", "c") == [Step("a", "payee", "b"), Step("b", "document", "c")]


def test_a_draw_has_its_share_and_can_be_checked_afterwards() -> None:
    seed, share = "5eed", Fraction(1, 20)
    tickets = []
    for n in range(20_000):
        number = blind.ticket(seed, "word", f"lot-{n}", "fixed")
        tickets.append(blind.Ticket(f"lot-{n}", "fixed", number, blind.is_drawn(number, share)))
    drawn = sum(one.drawn for one in tickets)
    assert abs(drawn - 1000) < 4 * math.sqrt(20_000 * 0.05 * 0.95)
    deciles = Counter(one.ticket * 10 // blind.MILLION for one in tickets)
    assert all(abs(count - 2000) < 5 * math.sqrt(1800) for count in deciles.values())
    committed = blind.commitment(seed)
    assert blind.wrong(seed, committed, "word", share, tickets) == []
    assert blind.wrong("other", committed, "word", share, tickets)[0] == ""
    chosen = blind.Ticket("lot-1", "fixed", tickets[1].ticket, not tickets[1].drawn)
    assert blind.wrong(seed, committed, "word", share, [chosen]) == ["lot-1"]
    swapped = blind.Ticket("lot-1", "another settlement", tickets[1].ticket, tickets[1].drawn)
    assert blind.wrong(seed, committed, "word", share, [swapped]) == ["lot-1"]


def test_en_and_the_mean_of_pairs() -> None:
    first, second = blind.Assayed(100, 3), blind.Assayed(105, 4)
    assert blind.en_number(first, second) == -1
    assert blind.mean_z([(first, second)] * 9) == pytest.approx(-6)  # each 2 sigma, by the root of 9
    assert blind.mean_z([]) == 0


def test_pairs_of_honest_assays_seldom_pass_the_bound() -> None:
    chance = random.Random(1)
    numbers = [
        blind.en_number(blind.Assayed(chance.gauss(100, 2), 4), blind.Assayed(chance.gauss(100, 3), 6))
        for _ in range(20_000)
    ]
    assert 0.04 < sum(abs(en) > 1 for en in numbers) / 20_000 < 0.051
    assert sum(abs(en) > 1.5 for en in numbers) / 20_000 < 0.004  # 1 in 370


def test_a_scale_that_drifts_is_found_and_an_honest_one_is_not() -> None:
    chance = random.Random(2)

    def pair(bias: float) -> scales.Pair:
        load = chance.randint(200_000, 900_000)
        sigma = 0.002 * load
        read = round(chance.gauss(load * (1 + bias), sigma))
        return scales.Pair(read, round(chance.gauss(load, sigma)), sigma * 2**0.5)

    honest = [pair(0) for _ in range(200)]
    assert not any(
        found.heavy or found.light for n in range(1, 201) if (found := scales.drift(honest[max(0, n - 40) : n], 0.5, 8))
    )
    light = honest[:20] + [pair(-0.006) for _ in range(30)]
    flagged = [n for n in range(21, 51) if scales.drift(light[:n], 0.5, 8).light]
    assert flagged
    assert flagged[0] < 40


def test_a_plant_is_held_to_the_least_of_its_bounds() -> None:
    first, last = dt.date(2026, 4, 1), dt.date(2026, 4, 30)
    plant = Plant(2_000_000, {"power": Fraction(1500), "acid": Fraction(800)})
    power = Bill("power", first, last, 3_000_000)  # Wh: 2,000 kg
    acid = Bill("acid", dt.date(2026, 3, 17), dt.date(2026, 4, 15), 3_200_000)  # half of its days: 2,000 kg
    found = bounds(plant, [power, acid], first, last)
    assert [(one.by, one.grams) for one in found] == [
        ("acid", 2_000_000),
        ("power", 2_000_000),
        ("capacity", 60_000_000),
    ]
    assert bounds(plant, [], first, last)[0].grams == 0  # a ghost plant buys nothing


def test_states_follow_from_what_was_decided() -> None:
    assert state_of({}, []) == "open"
    assert state_of({}, ["ask"]) == "asked"
    assert state_of({}, ["ask", "answer"]) == "open"
    assert state_of({"first": "uphold"}, []) == "upheld"
    assert state_of({"first": "uphold"}, ["appeal"]) == "appealed"
    assert state_of({"first": "uphold", "appeal": "dismiss"}, ["appeal"]) == "dismissed"
    assert state_of({"first": "uphold", "appeal": "uphold"}, ["appeal"]) == "final"


def test_a_policy_with_faults_tells_all_of_them(tmp_path: Path) -> None:
    text = SAMPLE.read_text(encoding="utf-8")
    assert load(SAMPLE).standing == "invented"
    wrong = tmp_path / "trust.yaml"
    text = text.replace("appeal days: 30", "appeal days: soon").replace('share: "0.05"', "share: 0.05")
    wrong.write_text(text.replace("most: 10, watch: 6", "most: 10, watch: 12") + "\nmood: good\n", encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        load(wrong)
    for part in ("appeal days", "blind, share", "limit 1: watch is above most", "mood"):
        assert part in str(caught.value)
