"""Postings worked by hand, what is refused, and what no network of steps may ever break."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chumbak.custody.finding import LedgerError
from chumbak.custody.ledger.content import read_statement
from chumbak.custody.ledger.origin import NOWHERE, Origin, origin_of
from chumbak.custody.ledger.posting import Posting, post
from chumbak.custody.ledger.statement import Content, Loss, Statement, Take

from .book import A, B, Book, C, D, appears, lots, step

POST = {"kind": "post-consumer", "melted": "CN"}
PRIMARY = {"kind": "primary", "mined": "AU", "refined": "MY"}
USED = origin_of("post-consumer", {"melted": "CN"})
MINED = origin_of("primary", {"mined": "AU", "refined": "MY"})


def portions(book: Book, lot: str) -> dict[tuple[str, Origin], int]:
    return {key: amount for key, amount in book.lots[lot].items() if amount}


def two_lots() -> Book:
    """A holds 70 Nd and 20 Dy of waste, B 30 Nd of ore."""
    book = Book()
    book.capture(appears(A, {"Nd": 70, "Dy": 20}, POST))
    book.capture(appears(B, {"Nd": 30}, PRIMARY))
    return book


def test_what_appears_comes_from_outside() -> None:
    book = Book()
    sources = [
        {"type": "owning_party", "source": "urn:x:owner"},
        {"type": "possessing_party", "source": "urn:x:trader"},
    ]
    posting = book.capture(appears(A, {"Nd": 70}, POST, sourceList=sources))
    assert posting.entries == (("lot:" + A, "Nd", USED, 70), ("outside:urn:x:trader", "Nd", USED, -70))
    assert posting.lots_made == (A,)
    book.capture(appears(B, {"Nd": 5}))
    assert book.balance["outside:urn:x:gate", "Nd", NOWHERE] == -5


def test_shares_of_origins_are_exact() -> None:
    book = Book()
    event = appears(A, {"Nd": 10, "Dy": 1})
    event["rem:content"][0]["origins"] = [{"share": "1/3", "origin": POST}, {"share": "2/3", "origin": PRIMARY}]
    book.capture(event)
    # 10/3 and 20/3: floors 3 and 6, the one left over to the larger remainder, 2/3. 1/3 and 2/3: to the larger.
    assert portions(book, A) == {("Nd", USED): 3, ("Nd", MINED): 7, ("Dy", MINED): 1}


def test_a_merge_and_a_loss_by_hand() -> None:
    book = two_lots()
    # 100 Nd go in: 70 waste, 30 ore. 50 and 40 come out, 6 are slag, 4 are not accounted for. 20 Dy: 15, 2, 1 and 2.
    posting = book.capture(
        step(
            [B, A],
            {D: {"Nd": 40, "Dy": 2}, C: {"Nd": 50, "Dy": 15}},
            **{"rem:losses": [{"kind": "slag", "element": {"Nd": "6", "Dy": "1"}}], "rem:area": "mba:smelter"},
        )
    )
    # Columns c 50, d 40, slag 6, unaccounted 4; the ore's shares are 15, 12, 1.8, 1.2: floors leave one, to slag.
    assert portions(book, C) == {("Nd", USED): 35, ("Nd", MINED): 15, ("Dy", USED): 15}
    assert portions(book, D) == {("Nd", USED): 28, ("Nd", MINED): 12, ("Dy", USED): 2}
    slag, missing = "loss:slag:mba:smelter", "unaccounted:mba:smelter"
    assert book.account(slag) == {("Nd", "post-consumer"): 4, ("Nd", "primary"): 2, ("Dy", "post-consumer"): 1}
    assert book.account(missing) == {("Nd", "post-consumer"): 3, ("Nd", "primary"): 1, ("Dy", "post-consumer"): 2}
    assert book.held(A) == book.held(B) == {}
    assert posting.lots_made == (C, D)
    assert posting.edges == ((C, A), (C, B), (D, A), (D, B))


def test_what_comes_out_too_much_is_of_unknown_origin() -> None:
    book = two_lots()
    book.capture(step([A], {C: {"Nd": 80, "Tb": 3}}))
    assert portions(book, C) == {("Nd", USED): 70, ("Nd", NOWHERE): 10, ("Tb", NOWHERE): 3}
    assert book.account("unaccounted:") == {
        ("Nd", "unknown"): -10, ("Tb", "unknown"): -3, ("Dy", "post-consumer"): 20,
    }  # fmt: skip


def test_a_surplus_is_dealt_like_any_origin() -> None:
    book = two_lots()
    book.capture(step([A], {C: {"Nd": 40}, D: {"Nd": 40}}))
    assert portions(book, C) == portions(book, D) == {("Nd", USED): 35, ("Nd", NOWHERE): 5}


def test_a_single_output_holds_all() -> None:
    book = two_lots()
    posting = book.capture(step([A, B], {C: None}))
    assert portions(book, C) == {("Nd", USED): 70, ("Nd", MINED): 30, ("Dy", USED): 20}
    assert posting.lots_made == (C,)


@pytest.mark.parametrize(
    ("take", "left", "out"),
    [
        ({"element": {"Nd": "40"}}, {"Nd": 30, "Dy": 20}, {"Nd": 40}),
        ({"share": "1/3"}, {"Nd": 47, "Dy": 13}, {"Nd": 23, "Dy": 7}),
        ({"share": "0.5"}, {"Nd": 35, "Dy": 10}, {"Nd": 35, "Dy": 10}),
        ({"element": {}}, {"Nd": 70, "Dy": 20}, {}),
    ],
    ids=["element", "third", "half", "none"],
)
def test_part_of_an_input_is_taken(take: dict[str, Any], left: dict[str, int], out: dict[str, int]) -> None:
    book = two_lots()
    book.capture(step([A], {C: None}, **{"rem:take": [{"lot": A, **take}]}))
    assert book.held(A) == left
    assert book.held(C) == out


def test_a_part_is_taken_of_every_origin_alike() -> None:
    book = two_lots()
    book.capture(step([A, B], {C: None}))
    book.capture(step([C], {D: None}, **{"rem:take": [{"lot": C, "element": {"Nd": "11"}}]}))
    # 11 of 70 and 30: 7.7 and 3.3.
    assert portions(book, D) == {("Nd", USED): 8, ("Nd", MINED): 3}


def test_a_step_sets_its_country_by_way_of_the_contra_account() -> None:
    book = two_lots()
    posting = book.capture(step([B], {C: {"Nd": 28}}, **{"rem:step": {"step": "melted", "country": "IN"}}))
    made = MINED.at("melted", "IN")
    contra, missing = "restated:urn:x:plant", "unaccounted:urn:x:plant"
    assert posting.entries == (
        ("lot:" + B, "Nd", MINED, -30), ("lot:" + C, "Nd", made, 28), (contra, "Nd", made, -28),
        (contra, "Nd", MINED, 28), (missing, "Nd", MINED, 2),
    )  # fmt: skip


def test_a_step_of_some_elements_leaves_the_others() -> None:
    book = two_lots()
    book.capture(step([A], {C: None}, **{"rem:step": {"step": "separated", "country": "EE", "elements": ["Dy"]}}))
    assert portions(book, C) == {("Nd", USED): 70, ("Dy", USED.at("separated", "EE")): 20}


def test_waste_of_a_factory_is_pre_consumer_and_never_better() -> None:
    book = two_lots()
    event = step([A, B], {C: {"Nd": 50, "Dy": 20}, D: {"Nd": 50}})
    event["rem:content"][1]["waste"] = "pre-consumer"
    book.capture(event)
    swarf = MINED._replace(kind="pre-consumer")
    assert portions(book, C) == {("Nd", USED): 35, ("Nd", MINED): 15, ("Dy", USED): 20}
    assert portions(book, D) == {("Nd", USED): 35, ("Nd", swarf): 15}


def test_what_is_mined_here_appears_as_mined_here() -> None:
    book = Book()
    posting = book.capture(
        appears(A, {"Nd": 9}, {"kind": "primary"}, **{"rem:step": {"step": "mined", "country": "AU"}})
    )
    bare, mined = origin_of("primary", {}), origin_of("primary", {"mined": "AU"})
    assert portions(book, A) == {("Nd", mined): 9}
    assert [(entry.account, entry.origin, entry.delta) for entry in posting.entries] == [
        ("lot:" + A, mined, 9), ("outside:urn:x:gate", bare, -9), ("restated:urn:x:gate", mined, -9),
        ("restated:urn:x:gate", bare, 9),
    ]  # fmt: skip


def test_portions_that_become_one_origin_are_one_entry() -> None:
    book = Book()
    for lot, country in ((A, "AU"), (B, "US")):
        book.capture(appears(lot, {"Nd": 10}, {"kind": "primary", "mined": country}))
    book.capture(step([A, B], {C: {"Nd": 10}, D: {"Nd": 10}}, **{"rem:step": {"step": "mined", "country": "AU"}}))
    au = origin_of("primary", {"mined": "AU"})
    assert portions(book, C) == portions(book, D) == {("Nd", au): 10}
    assert book.account("restated:") == {}


def test_lots_leave_to_their_destination_or_are_destroyed() -> None:
    book = two_lots()
    leave = {"type": "ObjectEvent", "action": "DELETE"}
    to = [{"type": "possessing_party", "destination": "urn:x:buyer"}]
    book.capture(leave | {"epcList": [B], "destinationList": to})
    assert book.account("outside:urn:x:buyer") == {("Nd", "primary"): 30}
    event = leave | {"quantityList": lots(A), "disposition": "destroyed", "rem:area": "mba:yard"}
    book.capture(event | {"rem:take": [{"lot": A, "share": "1/2"}]})
    assert book.account("loss:destroyed:mba:yard") == {("Nd", "post-consumer"): 35, ("Dy", "post-consumer"): 10}
    assert book.held(A) == {"Nd": 35, "Dy": 10}


def test_an_adjustment_sets_the_lot_to_what_was_found() -> None:
    book = two_lots()
    book.capture(step([A, B], {C: None}))
    found = {"lot": C, "element": {"Nd": "90", "Dy": "23"}}
    book.capture(
        {"type": "ObjectEvent", "action": "OBSERVE", "epcList": [C], "rem:adjust": True, "rem:content": [found]}
    )
    # 10 Nd are missing: 7 and 3. 3 Dy are found: nobody knows whence.
    assert portions(book, C) == {("Nd", USED): 63, ("Nd", MINED): 27, ("Dy", USED): 20, ("Dy", NOWHERE): 3}
    assert book.account("unaccounted:") == {
        ("Nd", "post-consumer"): 7, ("Nd", "primary"): 3, ("Dy", "unknown"): -3,
    }  # fmt: skip


def test_an_assay_is_a_measurement_and_posts_nothing() -> None:
    book = two_lots()
    assay = {"basis": "element", "fraction": {"Nd": {"value": "0.3", "uncertainty": "0.01"}}}
    content = {"lot": A, "mass": {"value": "100", "uom": "MC"}, "assay": assay}
    posting = book.capture({"type": "ObjectEvent", "action": "OBSERVE", "epcList": [A], "rem:content": [content]})
    assert posting.entries == ()
    assert [(found.lot, found.element, found.amount) for found in posting.measurements] == [(A, "Nd", 30)]


def test_events_that_use_no_known_lot_post_nothing() -> None:
    assert Book().capture(step([A], {C: None, D: None})) == Posting()
    assert Book().capture({"type": "ObjectEvent", "action": "DELETE", "epcList": [A]}) == Posting()


def test_what_is_taken_apart_and_weighed_for_the_first_time_appears() -> None:
    book = Book()
    event = step(["urn:x:phone"], {C: {"Nd": 9}}, **{"rem:losses": [{"kind": "fines", "element": {"Nd": "1"}}]})
    event["rem:content"][0]["origin"] = POST
    posting = book.capture(event)
    assert portions(book, C) == {("Nd", USED): 9}
    assert book.account("loss:fines:") == {("Nd", "unknown"): 1}
    assert posting.edges == ((C, "urn:x:phone"),)


# What is refused -----------------------------------------------------------------------------------------------------


def refused(book: Book, event: dict[str, Any]) -> list[tuple[str, str]]:
    before = {key: amount for key, amount in book.balance.items() if amount}
    with pytest.raises(LedgerError) as caught:
        book.capture(event)
    assert {key: amount for key, amount in book.balance.items() if amount} == before
    assert all(finding.mend for finding in caught.value.findings)
    return [(finding.pointer, finding.what) for finding in caught.value.findings]


def test_a_lot_cannot_be_spent_twice() -> None:
    book = Book()
    book.capture(appears(A, {"Nd": 12_000_000}, POST))
    event = step([A], {C: None}, **{"rem:take": [{"lot": A, "element": {"Nd": "40000000"}}]})
    assert refused(book, event) == [
        ("/rem:take/0/element/Nd", f"{A} holds 12 g of the 40 g of Nd that are taken"),
    ]  # fmt: skip
    book.capture(step([A], {C: None}))
    empty = f"{A} holds nothing any more, or never held anything"
    assert refused(book, step([A], {D: None})) == [("/inputQuantityList/0/epcClass", empty)]
    share = {"rem:take": [{"lot": A, "share": "1/2"}]}
    assert refused(book, step([A], {D: None}, **share)) == [("/rem:take/0", empty)]
    leave = {"type": "ObjectEvent", "action": "DELETE", "epcList": [A]}
    assert refused(book, leave) == [("/epcList/0", empty)]


@pytest.mark.parametrize("take", [{"Nd": "71"}, {"Nd": "70", "Dy": "21"}, {"Tb": "1"}], ids=["Nd", "Dy", "Tb"])
def test_not_one_microgram_more_than_there_is(take: dict[str, str]) -> None:
    book = two_lots()
    event = step([A], {C: None}, **{"rem:take": [{"lot": A, "element": take}]})
    (element,) = [name for name in take if name != "Nd" or take[name] == "71"]
    ((pointer, _),) = refused(book, event)
    assert pointer == f"/rem:take/0/element/{element}"
    book.capture(step([A], {C: None}, **{"rem:take": [{"lot": A, "element": {"Nd": "70", "Dy": "20"}}]}))
    assert book.held(A) == {}


def test_a_lot_is_made_once() -> None:
    book = two_lots()
    known = f"the ledger knows {A} already"
    assert refused(book, appears(A, {"Nd": 1})) == [("/rem:content/0", known)]
    assert refused(book, step([B], {A: {"Nd": 1}})) == [("/rem:content/0", known)]
    assert refused(book, step([B], {A: None})) == [("/outputQuantityList/0/epcClass", known)]


def test_outputs_have_to_be_stated_and_have_the_origins_of_the_inputs() -> None:
    book = two_lots()
    silent = refused(book, step([A], {C: None, D: None}))
    assert [what for _, what in silent] == [
        f"it is not said what {lot} holds, and lots that the ledger knows go in" for lot in (C, D)
    ]
    event = step([A], {C: {"Nd": 1}})
    event["rem:content"][0]["origin"] = POST
    assert refused(book, event) == [
        ("/rem:content/0/origin", "an origin is stated for what comes out, but lots that the ledger knows go in")
    ]


def test_nothing_comes_out_of_nothing() -> None:
    what = "the ledger knows none of the lots that go in, so nothing can come out of them"
    assert refused(Book(), step([A], {C: {"Nd": 1}})) == [("/rem:content/0", what)]
    assert refused(Book(), step([A], {C: None}, **{"rem:area": "mba:x"})) == [("/outputQuantityList/0/epcClass", what)]
    take = {"rem:take": [{"lot": A, "element": {"Nd": "1"}}]}
    pointers = [pointer for pointer, _ in refused(Book(), step([A], {C: {"Nd": 1}}, **take))]
    assert pointers == ["/rem:take/0/lot", "/rem:content/0"]


def test_an_adjustment_of_an_unknown_lot_is_refused() -> None:
    content = {"lot": C, "element": {"Nd": "90"}}
    event = {"type": "ObjectEvent", "action": "OBSERVE", "epcList": [C], "rem:adjust": True, "rem:content": [content]}
    assert refused(Book(), event) == [("/rem:content/0/lot", f"the ledger knows no lot {C}")]


def test_more_than_64_bits_is_refused() -> None:
    book = Book()
    for lot in (A, B):
        book.capture(appears(lot, {"Nd": 2**63 - 1}))
    (pointer, what), *rest = refused(book, step([A, B], {C: None}))
    assert (pointer, rest) == ("", [])
    assert what == "more than 9223372036854775807 micrograms of Nd go in at once"


def test_a_correction_is_not_posted() -> None:
    statement = read_statement(step([A], {C: None}, errorDeclaration={"declarationTime": "2026-01-01T00:00:00Z"}))
    assert statement is not None
    assert statement.kind == "correct"
    with pytest.raises(ValueError, match="reversed"):
        post(statement, {})


# Taking back ---------------------------------------------------------------------------------------------------------


def test_an_event_taken_back_leaves_all_balances_as_they_were() -> None:
    book = two_lots()
    before = {key: amount for key, amount in book.balance.items() if amount}
    first = book.capture(step([A, B], {C: {"Nd": 60}, D: {"Nd": 30}}, **{"rem:waste": "pre-consumer"}))
    back = book.take_back(first)
    assert {key: amount for key, amount in book.balance.items() if amount} == before
    assert back.lots_unmade == (C, D)
    # The names are free again for the event as it should have been.
    book.capture(step([A, B], {C: {"Nd": 70}, D: {"Nd": 30}}))
    assert book.held(C) == {"Nd": 70}


def test_what_was_used_since_cannot_be_taken_back_before_its_use() -> None:
    book = Book()
    first = book.capture(appears(A, {"Nd": 70_000}, POST))
    second = book.capture(step([A], {C: None}, **{"rem:take": [{"lot": A, "element": {"Nd": "12000"}}]}))
    with pytest.raises(LedgerError) as caught:
        book.take_back(first, {A: ["urn:x:event-2"]})
    (finding,) = caught.value.findings
    assert finding.pointer == "/errorDeclaration"
    assert finding.what == f"{A} holds 58 mg of the 70 mg of Nd (post-consumer) that it got here"
    assert finding.mend == "Take back first what took from it later: urn:x:event-2"
    book.take_back(second)
    book.take_back(first)
    assert not any(book.balance.values())
    assert book.lots == {}


def test_a_lot_that_holds_nothing_but_was_used_keeps_its_name() -> None:
    book = Book()
    first = book.capture(appears(A, {}))
    with pytest.raises(LedgerError, match="was made here and has been used since"):
        book.take_back(first, {A: [f"urn:x:event-{number}" for number in range(8)]})


# Whatever is done ----------------------------------------------------------------------------------------------------

ELEMENTS = ("Nd", "Pr", "Dy", "Tb")


def random_origin(generator: random.Random) -> dict[str, Any]:
    return {
        "kind": generator.choice(["primary", "pre-consumer", "post-consumer", "unknown"]),
        "mined": generator.choice(["AU", "CN", "unknown"]),
        "melted": generator.choice(["IN", "unknown"]),
    }


def random_step(generator: random.Random, book: Book, number: int) -> dict[str, Any]:
    """A step over one to three lots that hold something, to one to three new lots, with losses and noise."""
    full = [lot for lot, amounts in book.lots.items() if any(amounts.values())]
    inputs = generator.sample(full, min(len(full), generator.randint(1, 3)))
    made = [f"urn:x:lot:{number}:{index}" for index in range(generator.randint(1, 3))]
    takes = []
    pool: dict[str, int] = {}
    for lot in inputs:
        portion = generator.random()
        for element, amount in book.held(lot).items():
            pool[element] = pool.get(element, 0) + amount
        if portion < 0.3:
            takes.append({"lot": lot, "share": f"{generator.randint(0, 7)}/7"})
        elif portion < 0.5:
            takes.append(
                {"lot": lot, "element": {name: str(amount // 3) for name, amount in book.held(lot).items()}}
            )  # fmt: skip
    event: dict[str, Any] = step(inputs, dict.fromkeys(made), **{"rem:take": takes})
    if len(made) > 1 or generator.random() < 0.7:
        event["rem:content"] = [
            {
                "lot": lot,
                "element": {
                    element: str(int(amount * generator.uniform(0, 1.1 / len(made))))
                    for element, amount in pool.items()
                },
            }
            for lot in made
        ]
        if generator.random() < 0.4:
            event["rem:losses"] = [{"kind": "slag", "element": {name: str(a // 50) for name, a in pool.items()}}]
    if generator.random() < 0.2:
        event["rem:step"] = {"step": "melted", "country": generator.choice(["IN", "JP"])}
    if generator.random() < 0.1:
        event["rem:waste"] = "pre-consumer"
    return event


def network(seed: int, wanted: int) -> tuple[dict[str, dict[tuple[str, Origin], int]], dict[Any, int], list[Posting]]:
    """Split and merge lots at random, ``wanted`` times; return lots, all other accounts, and the postings."""
    generator = random.Random(seed)
    origins = [
        origin_of(kind, {"melted": country}) for kind in ("primary", "post-consumer") for country in ("CN", "JP")
    ]
    lots: dict[str, dict[tuple[str, Origin], int]] = {}
    accounts: dict[tuple[str, str, Origin], int] = {}
    postings: list[Posting] = []
    done = 0
    while done < wanted:
        number = len(postings)
        if len(lots) < 40:
            amounts = {element: generator.randint(0, 10**12) for element in ("Nd", "Dy")}
            content = Content(f"urn:x:{number}", "", amounts, ((Fraction(1), generator.choice(origins)),))
            posting = post(Statement("appear", contents=(content,)), lots)
        else:
            inputs = sorted(generator.sample(list(lots), 3))
            parts = [None, Fraction(1, 3), Fraction(2, 7)] if len(lots) < 60 else [None]  # or there would be ever more
            shares = generator.choices(parts, k=3)
            takes = tuple(Take(lot, "", None, share) for lot, share in zip(inputs, shares, strict=True))
            pool = {element: sum(held(lots[lot], element) for lot in inputs) for element in ("Nd", "Dy")}
            made = [
                Content(f"urn:x:{number}:{index}", "", {e: int(a * generator.random() / 2) for e, a in pool.items()})
                for index in range(3)
            ]
            losses = (Loss("slag", "", {"Nd": pool["Nd"] // 90}),)
            posting = post(Statement("transform", (), takes, tuple(made), losses, explicit=True), lots)
            done += len(takes) * len(made)
        for account, element, origin, delta in posting.entries:
            if account.startswith("lot:"):
                amounts_of = lots.setdefault(account[4:], {})
                left = amounts_of.get((element, origin), 0) + delta
                assert left >= 0
                if left:
                    amounts_of[element, origin] = left
                else:
                    del amounts_of[element, origin]
            else:
                key = account, element, origin
                accounts[key] = accounts.get(key, 0) + delta
        for lot in {parent for _, parent in posting.edges}:
            if not lots[lot]:
                del lots[lot]  # it was taken whole, and no later step names it
        postings.append(posting)
    return lots, accounts, postings


def held(amounts: dict[tuple[str, Origin], int], element: str) -> int:
    return sum(amount for (name, _), amount in amounts.items() if name == element)


def test_a_hundred_thousand_splits_and_merges_sum_to_zero_and_replay_to_the_same() -> None:
    lots, accounts, postings = network(20261122, 100_000)
    sums: dict[tuple[str, Origin], int] = {}
    for amounts in lots.values():
        for key, amount in amounts.items():
            sums[key] = sums.get(key, 0) + amount
    for (account, element, origin), amount in accounts.items():
        sums[element, origin] = sums.get((element, origin), 0) + amount
        assert amount >= 0 or account.startswith(("outside:", "unaccounted:"))
    assert sum(len(posting.edges) for posting in postings) >= 100_000
    assert len(sums) == 10  # two elements of five origins, the unknown one among them
    assert not any(sums.values())
    assert network(20261122, 100_000) == (lots, accounts, postings)


@settings(max_examples=25)
@given(st.integers(0, 2**32))
def test_any_network_can_be_taken_back_to_nothing(seed: int) -> None:
    generator = random.Random(seed)
    book = Book()
    done: list[Posting] = []
    for number in range(25):
        full = [lot for lot, amounts in book.lots.items() if any(amounts.values())]
        if len(full) < 3:
            amounts = {name: generator.randint(0, 999) for name in ELEMENTS}
            done.append(book.capture(appears(f"urn:x:new:{number}", amounts, random_origin(generator))))
        else:
            done.append(book.capture(random_step(generator, book, number)))
    for posting in reversed(done):
        book.take_back(posting)
    assert not any(book.balance.values())
    assert book.lots == {}


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_no_step_makes_an_origin_better_or_an_element_another(seed: int) -> None:
    generator = random.Random(seed)
    book = Book()
    for number in range(5):
        amounts = {name: generator.randint(0, 10**6) for name in generator.sample(ELEMENTS, 2)}
        book.capture(appears(f"urn:x:new:{number}", {**amounts, "Fe": 1}, random_origin(generator)))
    if not any(book.lots.values()):
        return
    for number in range(4):
        before = {kind: recycled(book, kind) for kind in ("post-consumer", "pre-consumer")}
        event = random_step(generator, book, number)
        posting = book.capture(event)
        after = {kind: recycled(book, kind) for kind in before}
        for element in ("Fe", *ELEMENTS):
            assert after["post-consumer"].get(element, 0) <= before["post-consumer"].get(element, 0)
            marked = event.get("rem:waste") == "pre-consumer"
            if not marked:
                assert after["pre-consumer"].get(element, 0) <= before["pre-consumer"].get(element, 0)
        assert not [entry for entry in posting.entries if entry.account.startswith("outside:")]


def recycled(book: Book, kind: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for amounts in book.lots.values():
        for (element, origin), amount in amounts.items():
            if origin.kind == kind:
                found[element] = found.get(element, 0) + amount
    return found


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_every_portion_is_within_a_microgram_of_its_exact_share(seed: int) -> None:
    generator = random.Random(seed)
    book = Book()
    for number in range(4):
        amounts = {name: generator.randint(1, 10 ** generator.randint(1, 9)) for name in ELEMENTS}
        book.capture(appears(f"urn:x:new:{number}", amounts, random_origin(generator)))
    event = random_step(generator, book, 9)
    for field in ("rem:step", "rem:waste"):
        event.pop(field, None)
    entries = book.capture(event).entries
    for element in ELEMENTS:
        pool: dict[Origin, int] = {}
        got: dict[str, dict[Origin, int]] = {}
        for account, name, origin, delta in entries:
            if name == element and delta < 0:
                pool[origin] = pool.get(origin, 0) - delta  # of the inputs, and of a surplus
            elif name == element:
                got.setdefault(account, {})[origin] = delta
        total = sum(pool.values())
        for portions_of in got.values():
            for origin, amount in pool.items():
                exact = Fraction(amount * sum(portions_of.values()), total)
                assert abs(portions_of.get(origin, 0) - exact) <= 1


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_the_order_of_keys_and_lists_does_not_matter(seed: int) -> None:
    generator = random.Random(seed)
    book = Book()
    for number in range(4):
        amounts = {name: generator.randint(1, 10**6) for name in ELEMENTS}
        book.capture(appears(f"urn:x:new:{number}", amounts, random_origin(generator)))
    book.capture(step(["urn:x:new:0", "urn:x:new:1"], {A: None}))
    event = random_step(generator, book, 9)
    statement, shuffled = read_statement(event), read_statement(shuffle(generator, event))
    assert statement is not None
    assert shuffled is not None
    mixed = {lot: dict(generator.sample(list(book.lots[lot].items()), len(book.lots[lot]))) for lot in book.lots}
    holdings = {lot: book.lots[lot] for lot in statement.lots if lot in book.lots}
    again = {lot: mixed[lot] for lot in reversed(statement.lots) if lot in mixed}
    assert post(statement, holdings) == post(shuffled, again)


def shuffle(generator: random.Random, value: Any) -> Any:
    """The same JSON with keys and lists in another order."""
    if isinstance(value, dict):
        items = [(key, shuffle(generator, part)) for key, part in value.items()]
        return dict(generator.sample(items, len(items)))
    if isinstance(value, list):
        return generator.sample([shuffle(generator, part) for part in value], len(value))
    return value
