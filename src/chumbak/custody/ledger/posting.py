"""From what an event says to entries that sum to zero, for every element and every origin.

An entry changes one account by whole micrograms of one element of one origin. Accounts are text:

    lot:<uri>            what a lot holds                                never below zero
    loss:<kind>:<area>   what was lost there                             never below zero
    outside:<party>      what came from or went to the world outside     free
    unaccounted:<area>   what inputs had more than outputs and losses    free
    restated:<area>      what changed its origin (a step done, waste)    free
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache, partial
from itertools import repeat
from operator import itemgetter
from typing import NamedTuple

from chumbak.custody.finding import Finding, LedgerError
from chumbak.custody.ledger.amounts import GREATEST, shown
from chumbak.custody.ledger.origin import NOWHERE, Origin
from chumbak.custody.ledger.split import split, split_by, split_columns
from chumbak.custody.ledger.statement import Content, Measurement, Statement, Step, Take

Held = Mapping[tuple[str, Origin], int]
Holdings = Mapping[str, Held]
FREE = ("outside:", "unaccounted:", "restated:")  # accounts that may be below zero


class Entry(NamedTuple):
    """One change: an account, an element, an origin, and micrograms (above zero: it receives)."""

    account: str
    element: str
    origin: Origin
    delta: int


class Posting(NamedTuple):
    """What an event does to the ledger.

    ``entries`` are in the order of account, element and origin, and for each element and origin sum to zero.
    ``lots_made`` are lots that the ledger knows from now on; ``lots_unmade`` those that a reversal takes back, whose
    names are free again. ``edges`` are (child lot, parent lot).
    """

    entries: tuple[Entry, ...] = ()
    lots_made: tuple[str, ...] = ()
    lots_unmade: tuple[str, ...] = ()
    edges: tuple[tuple[str, str], ...] = ()
    measurements: tuple[Measurement, ...] = ()


Sums = dict[tuple[str, str, Origin], int]
# As `Entry(...)`, without the Python frame that a named tuple's constructor costs: entries are the bulk of a posting.
_entry = partial(tuple.__new__, Entry)


_NOT_KNOWN = ((Fraction(1), NOWHERE),)


def is_free(account: str) -> bool:
    """Say whether an account may be below zero."""
    return account.startswith(FREE)


def post(statement: Statement, holdings: Holdings) -> Posting:
    """Return what an event does, given what the lots it names (``statement.lots``) hold.

    ``holdings`` has a key for every lot that the ledger knows, also one that is empty by now: a lot without a key was
    never made (or its making was taken back). Holdings are micrograms above zero by element and origin; the order of
    keys does not matter. Raises ``LedgerError`` with every fault; ``ValueError`` for a statement of kind "correct".
    """
    if statement.kind == "transform":
        return _transform(statement, holdings)
    if statement.kind == "appear":
        return _appear(statement, holdings)
    if statement.kind == "leave":
        return _leave(statement, holdings)
    if statement.kind == "observe":
        return _observe(statement, holdings)
    raise ValueError("a correction is not posted: the entries of the event that it names are reversed")


def _finished(sums: Sums) -> tuple[Entry, ...]:
    return tuple(_entry((*key, delta)) for key, delta in sorted(sums.items(), key=itemgetter(0)) if delta)


def _add(sums: Sums, account: str, element: str, origin: Origin, delta: int) -> None:
    key = (account, element, origin)
    sums[key] = sums.get(key, 0) + delta


# Origins that change -------------------------------------------------------------------------------------------------


@lru_cache(maxsize=65536)
def _at(origin: Origin, step: str, country: str) -> Origin:
    return origin.at(step, country)


def _changed(origin: Origin, element: str, step: Step | None, waste: bool) -> Origin:
    """Return the origin that a portion has after this event."""
    if step is not None and (step.elements is None or element in step.elements):
        origin = _at(origin, step.step, step.country)
    return origin.wasted() if waste else origin


def _receive(
    sums: Sums, statement: Statement, content: Content, account: str, element: str, origin: Origin, amount: int
) -> None:
    """Give a portion to an output, with the origin that it has after this event."""
    after = _changed(origin, element, statement.step, content.waste)
    _add(sums, account, element, after, amount)
    if after != origin:
        contra = f"restated:{statement.area}"
        _add(sums, contra, element, origin, amount)
        _add(sums, contra, element, after, -amount)


# Kinds of events -----------------------------------------------------------------------------------------------------


def _appear(statement: Statement, holdings: Holdings) -> Posting:
    faults: list[Finding] = []
    sums: Sums = {}
    for content in statement.contents:
        if content.lot in holdings:
            faults.append(_known(content))
            continue
        _bring(sums, statement, content)
    _stop(faults)
    return Posting(
        _finished(sums),
        lots_made=tuple(content.lot for content in statement.contents),
        measurements=statement.measurements,
    )


def _bring(sums: Sums, statement: Statement, content: Content) -> None:
    """Bring a lot in from outside, with the origins that are stated of it (nothing is known where none is)."""
    origins = content.origins or _NOT_KNOWN
    account = f"lot:{content.lot}"
    shares = [share for share, _ in origins]
    for element, amount in (content.amounts or {}).items():
        parts = split_by(amount, shares)
        for part, (_, origin) in zip(parts, origins, strict=True):
            if part:
                _add(sums, statement.party, element, origin, -part)
                _receive(sums, statement, content, account, element, origin, part)


def _leave(statement: Statement, holdings: Holdings) -> Posting:
    faults: list[Finding] = []
    taken = _taken(statement, holdings, faults)
    _stop(faults)
    sums: Sums = {}
    for lot, portions in taken.items():
        for (element, origin), amount in portions:
            sums[f"lot:{lot}", element, origin] = -amount
            _add(sums, statement.party, element, origin, amount)
    return Posting(_finished(sums), measurements=statement.measurements)


def _observe(statement: Statement, holdings: Holdings) -> Posting:
    if not statement.adjust:
        return Posting(measurements=statement.measurements)
    sums: Sums = {}
    faults: list[Finding] = []
    unaccounted = f"unaccounted:{statement.area}"
    for content in statement.contents:
        held = holdings.get(content.lot)
        if held is None:
            faults.append(_unheard(content.lot, f"{content.pointer}/lot"))
            continue
        account = f"lot:{content.lot}"
        for element, found in (content.amounts or {}).items():
            portions = sorted((origin, amount) for (name, origin), amount in held.items() if name == element and amount)
            had = sum(amount for _, amount in portions)
            if found > had:
                _add(sums, account, element, NOWHERE, found - had)
                _add(sums, unaccounted, element, NOWHERE, had - found)
            elif found < had:
                parts = split(had - found, [amount for _, amount in portions])
                for (origin, _), part in zip(portions, parts, strict=True):
                    _add(sums, account, element, origin, -part)
                    _add(sums, unaccounted, element, origin, part)
    _stop(faults)
    return Posting(_finished(sums), measurements=statement.measurements)


def _transform(statement: Statement, holdings: Holdings) -> Posting:
    faults: list[Finding] = []
    taken = _taken(statement, holdings, faults)
    known = any(take.lot in holdings for take in statement.takes)
    if not known and not statement.explicit:
        return Posting()
    for content in statement.contents:
        if content.lot in holdings:
            faults.append(_known(content))
        if known and content.origins is not None:
            faults.append(_origin_stated(statement, content))
        if known and content.amounts is None and (len(statement.contents) > 1 or statement.losses):
            faults.append(_silent(content))
        if not known and (content.origins is None or content.amounts is None):
            faults.append(_no_source(content.pointer))
    if not known and not statement.contents:
        faults.append(_no_source(""))
    _stop(faults)
    if known:
        entries = _deal(statement, taken)
    else:
        # Weighed by element here for the first time: this is where it appears.
        sums: Sums = {}
        for content in statement.contents:
            _bring(sums, statement, content)
        for loss in statement.losses:
            for element, amount in loss.amounts.items():
                _add(sums, statement.party, element, NOWHERE, -amount)
                _add(sums, f"loss:{loss.kind}:{statement.area}", element, NOWHERE, amount)
        entries = _finished(sums)
    made = tuple(content.lot for content in statement.contents)
    return Posting(
        entries,
        lots_made=made,
        edges=tuple((child, take.lot) for child in made for take in statement.takes),
        measurements=statement.measurements,
    )


Portion = tuple[tuple[str, Origin], int]  # (element, origin), micrograms
Pools = dict[str, dict[Origin, int]]


def _deal(statement: Statement, taken: Taken) -> tuple[Entry, ...]:
    """Deal what was taken to outputs, losses and the unaccounted account, each origin in proportion.

    The entries of an account are made in the order of element and origin, so that only the accounts are left to sort.
    """
    unaccounted = f"unaccounted:{statement.area}"
    books: dict[str, list[Entry]] = {unaccounted: []}
    pools: Pools = {}
    for lot, portions in taken.items():
        account = f"lot:{lot}"
        books[account] = [
            _entry((account, element, origin, -amount)) for (element, origin), amount in portions if amount
        ]
        for (element, origin), amount in portions:
            pool = pools.get(element)
            if pool is None:
                pools[element] = {origin: amount}
            else:
                pool[origin] = pool.get(origin, 0) + amount
    ends: list[tuple[str, Content | None, Mapping[str, int] | None]] = [
        (f"lot:{content.lot}", content, content.amounts) for content in statement.contents
    ]
    ends += [(f"loss:{loss.kind}:{statement.area}", None, loss.amounts) for loss in statement.losses]
    elements = set(pools)
    for account, _, amounts in ends:
        books[account] = []
        if amounts is not None:
            elements.update(amounts)
    changes = statement.step is not None or any(content.waste for content in statement.contents)
    restated: list[Entry] = []
    for element in sorted(elements):
        pool = pools.get(element) or {}
        has = sum(pool.values())
        if has > GREATEST:
            raise LedgerError([_too_much(element)])
        wants = [has if amounts is None else amounts.get(element, 0) for _, _, amounts in ends]
        over = has - sum(wants)
        if over < 0:
            pool[NOWHERE] = pool.get(NOWHERE, 0) - over
            books[unaccounted].append(_entry((unaccounted, element, NOWHERE, over)))
        wants.append(max(over, 0))
        origins = sorted(pool) if len(pool) > 1 else list(pool)
        columns = split_columns([pool[origin] for origin in origins], wants)
        if over > 0:
            books[unaccounted] += _portions(unaccounted, element, origins, columns[-1])
        if changes:
            restated += _give_changed(statement, books, ends, element, origins, columns)
            continue
        for (account, _, _), cells in zip(ends, columns, strict=False):
            books[account] += _portions(account, element, origins, cells)
    books[f"restated:{statement.area}"] = restated
    return tuple([entry for account in sorted(books) for entry in books[account]])


def _portions(account: str, element: str, origins: Iterable[Origin], cells: Sequence[int]) -> list[Entry]:
    """Return the entries of an account that receives portions of one element."""
    made = list(map(_entry, zip(repeat(account), repeat(element), origins, cells, strict=False)))
    return made if all(cells) else [entry for entry in made if entry[3]]


def _give_changed(
    statement: Statement,
    books: dict[str, list[Entry]],
    ends: Sequence[tuple[str, Content | None, Mapping[str, int] | None]],
    element: str,
    origins: list[Origin],
    columns: Sequence[Sequence[int]],
) -> list[Entry]:
    """Give one element to outputs whose portions change their origin, and to losses; return the contra entries.

    What a portion was goes to the account ``restated``, what it is now comes from there: each origin sums to zero.
    """
    rows: dict[bool, tuple[list[Origin], dict[Origin, list[int]]]] = {}
    given: dict[bool, list[Sequence[int]]] = {}
    for (account, content, _), cells in zip(ends, columns, strict=False):
        if content is None:
            books[account] += _portions(account, element, origins, cells)
            continue
        waste = content.waste
        if waste not in rows:
            now = [_changed(origin, element, statement.step, waste) for origin in origins]
            places: dict[Origin, list[int]] = {}
            for row in sorted(range(len(now)), key=now.__getitem__):
                places.setdefault(now[row], []).append(row)  # two portions may become one
            rows[waste], given[waste] = (now, places), []
        given[waste].append(cells)
        places = rows[waste][1]
        received = [cells[at[0]] if len(at) == 1 else sum([cells[row] for row in at]) for at in places.values()]
        books[account] += _portions(account, element, places, received)
    contra: dict[Origin, int] = {}
    for waste, all_cells in given.items():
        for origin, after, cell in zip(origins, rows[waste][0], map(sum, zip(*all_cells, strict=True)), strict=True):
            if cell and after is not origin and after != origin:
                contra[origin] = contra.get(origin, 0) + cell
                contra[after] = contra.get(after, 0) - cell
    listed = sorted(contra)
    return _portions(f"restated:{statement.area}", element, listed, [contra[origin] for origin in listed])


Taken = dict[str, list[Portion]]


def _taken(statement: Statement, holdings: Holdings, faults: list[Finding]) -> Taken:
    """Return what is taken of each lot that the ledger knows, in the order of element and origin."""
    taken: Taken = {}
    for take in statement.takes:
        held = holdings.get(take.lot)
        if held is None:
            if take.amounts is not None or take.share is not None:
                faults.append(_unheard(take.lot, f"{take.pointer}/lot"))
            continue
        portions = sorted(held.items())
        if take.amounts is None and not any(held.values()):
            faults.append(_empty(statement, take))
        elif take.amounts is None and take.share is None:
            taken[take.lot] = portions
        else:
            taken[take.lot] = _part(take, portions, faults)
    return taken


def _part(take: Take, portions: list[Portion], faults: list[Finding]) -> list[Portion]:
    """Return the part of a lot that is taken: of every origin alike."""
    by_element: dict[str, list[tuple[Origin, int]]] = {}
    for (element, origin), amount in portions:
        by_element.setdefault(element, []).append((origin, amount))
    if take.share is not None:
        amounts = {
            element: round(sum(amount for _, amount in held) * take.share) for element, held in by_element.items()
        }
    else:
        amounts = dict(take.amounts or {})
    found: list[Portion] = []
    for element, wanted in sorted(amounts.items()):
        held = by_element.get(element, [])
        has = sum(amount for _, amount in held)
        if wanted > has:
            faults.append(_spent(take, element, wanted, has))
            continue
        parts = split(wanted, [amount for _, amount in held])
        found += [((element, origin), part) for (origin, _), part in zip(held, parts, strict=True) if part]
    return found


# Faults --------------------------------------------------------------------------------------------------------------


def _stop(faults: Iterable[Finding]) -> None:
    listed = list(faults)
    if listed:
        raise LedgerError(listed)


def _known(content: Content) -> Finding:
    return Finding(
        content.pointer,
        f"the ledger knows {content.lot} already",
        "A lot is made once: give what appears now a name of its own, merge lots in a TransformationEvent, "
        "or take the first event back with an errorDeclaration",
    )


def _unheard(lot: str, pointer: str) -> Finding:
    return Finding(pointer, f"the ledger knows no lot {lot}", "Capture the event in which it appears first")


def _empty(statement: Statement, take: Take) -> Finding:
    return Finding(
        take.pointer,
        f"{take.lot} holds nothing any more, or never held anything",
        f'It was taken before: check the lot. If none is to be taken, say "element": {{}} in {statement.prefix}take',
    )


def _spent(take: Take, element: str, wanted: int, has: int) -> Finding:
    pointer = f"{take.pointer}/element/{element}"
    what = f"{take.lot} holds {shown(has)} of the {shown(wanted)} of {element} that are taken"
    return Finding(pointer, what, "Take at most what it holds, or leave the amount out to take all of it")


def _too_much(element: str) -> Finding:
    return Finding(
        "", f"more than {GREATEST} micrograms of {element} go in at once", "Split the step in several events"
    )


def _silent(content: Content) -> Finding:
    return Finding(
        content.pointer,
        f"it is not said what {content.lot} holds, and lots that the ledger knows go in",
        "State the content of each output; only a single output without losses holds all that went in",
    )


def _origin_stated(statement: Statement, content: Content) -> Finding:
    return Finding(
        f"{content.pointer}/origin",
        "an origin is stated for what comes out, but lots that the ledger knows go in",
        f"It has the origins of what went in: leave it out, or state in {statement.prefix}step what was done here",
    )


def _no_source(pointer: str) -> Finding:
    return Finding(
        pointer,
        "the ledger knows none of the lots that go in, so nothing can come out of them",
        "Capture the events in which the inputs appear, or, if elements are weighed here for the first time, "
        "state the amounts and the origin of each output",
    )
