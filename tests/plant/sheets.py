"""Flowsheets made up for tests."""

from __future__ import annotations

from typing import Any


def looping(share: Any = 0.5) -> dict[str, Any]:
    """Return what a file says of a plant that mixes, sieves, and sends a share round again."""
    return {
        "flowsheet": "looping",
        "hours_per_year": 8000,
        "feeds": {
            "scrap": {
                "source": "made up",
                "parts": [
                    {"component": "magnet", "kg_per_h": 100, "elements": {"Nd": 0.3, "B": 0.01, "Fe": "rest"}},
                    {"component": "water", "kg_per_h": 5},
                    {"component": "chloride", "kg_per_h": 5, "oxides": {"Nd": 0.7, "Pr": "rest"}},
                ],
            }
        },
        "steps": {
            "mixing": {"kind": "mix", "in": ["scrap", "back"], "out": "all"},
            "sieve": {
                "kind": "sort", "in": "all", "out": {"taken": "wet", "rest": "dry"},
                "with": {"shares": {"water": 0.3}},
            },
            "part": {
                "kind": "split", "in": "dry", "out": {"first": "back", "second": "out"}, "with": {"share": share},
            },
        },
        "products": {"out": "magnets"},
        "wastes": {"wet": "water"},
    }  # fmt: skip
