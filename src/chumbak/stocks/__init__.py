"""What society holds: goods by year of entry, the flows that follow, and the elements in them."""

from .composition import elements
from .flows import inflow_driven, stock_driven
from .survival import Fixed, FoldedNormal, LogNormal, Normal, Table, Weibull

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
