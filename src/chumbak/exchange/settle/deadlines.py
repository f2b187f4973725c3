"""What happens when a time passes, for every step of every contract; ``contract.WHEN_IT_PASSES`` says it to users."""

from __future__ import annotations

from collections.abc import Callable

from chumbak.exchange.desk import Work
from chumbak.exchange.money.payout import end_vouchers
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.settle import dispute, ends, finish
from chumbak.exchange.settle.contract import Contract, past_due


def pass_deadlines(work: Work) -> int:
    """Do what follows from every time that has passed; return how many contracts went on. To be run every few minutes.

    What cannot go on (an alarm stands, a tax rate is not set) is left as it is and tried again the next time.
    """
    done = 0
    for found in past_due(work):
        try:
            with work.connection.begin_nested():
                _PASSED[found.state](work, found)
            done += 1
        except Refusal:
            continue
    end_vouchers(work)
    return done


def _end_unpaid(work: Work, found: Contract) -> None:
    finish.cancel(work, found, N_("The money was not laid down in time: the contract has ended."))


def _end_unsent(work: Work, found: Contract) -> None:
    finish.cancel(work, found, N_("The load did not leave in time: the contract has ended."))


def _pay(work: Work, found: Contract) -> None:
    finish.settle(work, found)


def _pass_dispute(work: Work, found: Contract) -> None:
    one = dispute.standing(work, found.id)
    if one is None:  # decided, and an alarm stood
        finish.settle(work, found)
    elif one.state == "answer":
        dispute.leave_unanswered(work, found, one)
    else:
        last = finish.proposal_of(work, found.id)
        assert last
        dispute.end(work, found, one, "lapsed", last.price_paise, N_("Nobody decided in time."), "")


_PASSED: dict[str, Callable[[Work, Contract], None]] = {
    "open": _end_unpaid, "funded": _end_unsent, "sent": finish.propose, "arrived": ends.compare,
    "referee": finish.propose, "proposed": _pay, "disputed": _pass_dispute,
}  # fmt: skip
