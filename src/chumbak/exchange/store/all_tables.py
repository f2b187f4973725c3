"""Every area's tables: importing this makes them known, before a database is made."""

from chumbak.exchange.market import tables as market
from chumbak.exchange.money import tables as money
from chumbak.exchange.people import tables as people
from chumbak.exchange.responsibility import tables as responsibility
from chumbak.exchange.settle import tables as settle
from chumbak.exchange.takeback import tables as takeback
from chumbak.exchange.trust import tables as trust

__all__ = ["market", "money", "people", "responsibility", "settle", "takeback", "trust"]
