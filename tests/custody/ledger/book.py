"""A ledger in a dictionary: what a store does with postings, at its plainest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from chumbak.custody.ledger.content import read_statement
from chumbak.custody.ledger.origin import Origin
from chumbak.custody.ledger.posting import Entry, Posting, is_free, post
from chumbak.custody.ledger.reverse import reverse

Event = Mapping[str, Any]
A = "https://id.example.org/lot/a"
B = "https://id.example.org/lot/b"
C = "https://id.example.org/lot/c"
D = "https://id.example.org/lot/d"


class Book:
    """Balances by account, element and origin; the lots that are known; postings by number."""

    def __init__(self) -> None:
        self.balance: dict[tuple[str, str, Origin], int] = defaultdict(int)
        self.lots: dict[str, dict[tuple[str, Origin], int]] = {}
        self.postings: list[Posting] = []

    def capture(self, event: Event) -> Posting:
        statement = read_statement(event)
        assert statement is not None
        holdings = {lot: self.lots[lot] for lot in statement.lots if lot in self.lots}
        return self.apply(post(statement, holdings))

    def take_back(self, posting: Posting, later: Mapping[str, list[str]] | None = None) -> Posting:
        return self.apply(reverse(posting.entries, self.lots, posting.lots_made, later))

    def apply(self, posting: Posting) -> Posting:
        check(posting)
        for lot in posting.lots_made:
            assert lot not in self.lots
            self.lots[lot] = {}
        for account, element, origin, delta in posting.entries:
            self.balance[account, element, origin] += delta
            assert is_free(account) or self.balance[account, element, origin] >= 0, (account, element, origin)
            if account.startswith("lot:"):
                self.lots[account[4:]][element, origin] = self.balance[account, element, origin]
        for lot in posting.lots_unmade:
            assert not any(self.lots.pop(lot).values())
        self.postings.append(posting)
        return posting

    def held(self, lot: str) -> dict[str, int]:
        """Micrograms by element."""
        found: dict[str, int] = defaultdict(int)
        for (element, _), amount in self.lots[lot].items():
            found[element] += amount
        return {element: amount for element, amount in found.items() if amount}

    def account(self, prefix: str) -> dict[tuple[str, str], int]:
        """Micrograms by element and kind of origin, of all accounts with a prefix, those at zero left out."""
        found: dict[tuple[str, str], int] = defaultdict(int)
        for (account, element, origin), amount in self.balance.items():
            if account.startswith(prefix):
                found[element, origin.kind] += amount
        return {key: amount for key, amount in found.items() if amount}


def check(posting: Posting) -> None:
    """Every element and origin sums to exactly zero; entries are sorted, each once, none empty, all of them ints."""
    sums: dict[tuple[str, Origin], int] = defaultdict(int)
    for entry in posting.entries:
        assert type(entry) is Entry
        assert type(entry.delta) is int
        assert entry.delta != 0
        sums[entry.element, entry.origin] += entry.delta
    assert not any(sums.values())
    keys = [entry[:3] for entry in posting.entries]
    assert keys == sorted(set(keys))


def lots(*names: str) -> list[dict[str, str]]:
    return [{"epcClass": name} for name in names]


def appears(
    lot: str, element: Mapping[str, int], origin: Mapping[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    content: dict[str, Any] = {"lot": lot, "element": {name: str(amount) for name, amount in element.items()}}
    if origin is not None:
        content["origin"] = dict(origin)
    event = {
        "type": "ObjectEvent", "action": "ADD", "quantityList": lots(lot), "readPoint": {"id": "urn:x:gate"},
        "rem:content": [content],
    }  # fmt: skip
    return event | more


def step(inputs: list[str], outputs: Mapping[str, Mapping[str, int] | None], **more: Any) -> dict[str, Any]:
    event: dict[str, Any] = {
        "type": "TransformationEvent",
        "inputQuantityList": lots(*inputs),
        "outputQuantityList": lots(*outputs),
        "readPoint": {"id": "urn:x:plant"},
    }
    content = [
        {"lot": lot, "element": {name: str(amount) for name, amount in element.items()}}
        for lot, element in outputs.items()
        if element is not None
    ]
    return event | ({"rem:content": content} if content else {}) | more
