"""Every area's tables, so that they are known before a database is made."""

from importlib import import_module
from importlib.util import find_spec

AREAS = ("people", "takeback", "market", "money", "settle", "trust", "responsibility", "numbers")

for _area in AREAS:
    if find_spec(f"chumbak.exchange.{_area}") and find_spec(f"chumbak.exchange.{_area}.tables"):
        import_module(f"chumbak.exchange.{_area}.tables")
