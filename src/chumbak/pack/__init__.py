"""What is known: a country's figures, each with value, range, unit, source and confidence.

``load("india")`` is the one door figures come in by.
"""

from chumbak.pack.faults import Fault, PackError
from chumbak.pack.pack import Pack, list_packs, list_scenarios, load

__all__ = ["Fault", "Pack", "PackError", "list_packs", "list_scenarios", "load"]
