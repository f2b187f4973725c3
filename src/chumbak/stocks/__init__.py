"""What society holds: goods by year of entry, the flows that follow, and the elements in them."""

from chumbak.stocks.composition import elements
from chumbak.stocks.flows import inflow_driven, stock_driven
from chumbak.stocks.survival import Fixed, FoldedNormal, LogNormal, Normal, Table, Weibull

__all__ = [
    "Fixed",
    "FoldedNormal",
    "LogNormal",
    "Normal",
    "Table",
    "Weibull",
    "elements",
    "inflow_driven",
    "stock_driven",
]
