"""How exposed supply is: concentration, import reliance, GeoPolRisk, EU supply risk, the guard on tonnes.

Pure functions over labelled arrays, for any commodity, country and year. Missing data gives no score and the reason.
"""

from chumbak.risk.assess import Exposure, assess
from chumbak.risk.concentration import concentration, shares
from chumbak.risk.eu import supply_risk, weighted_concentration
from chumbak.risk.geopolrisk import NEUTRAL, characterisation_factor, geopolrisk_score, import_risk, price
from chumbak.risk.imports import import_reliance
from chumbak.risk.reasons import Score
from chumbak.risk.unit_value import unit_value, warnings

__all__ = [
    "NEUTRAL", "Exposure", "Score", "assess", "characterisation_factor", "concentration", "geopolrisk_score",
    "import_reliance", "import_risk", "price", "shares", "supply_risk", "unit_value", "warnings",
    "weighted_concentration",
]  # fmt: skip
