"""Policy rows of a pack: instruments that move money between the treasury and who builds, makes or buys."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chumbak.plan.lookup import MILLION, Lookup

INPUTS = (
    "policy_share", "policy_per_tonne", "policy_sales_share", "policy_cap", "policy_total", "policy_quantity",
    "policy_first", "policy_last", "policy_weeks", "policy_fill", "policy_floor", "policy_trigger", "policy_rotation",
    "policy_rotation_loss",
)  # fmt: skip
NEEDS = {  # what an instrument cannot do without
    "capital_subsidy": ("policy_share",),
    "output_incentive": ("policy_per_tonne",),
    "duty": ("policy_share",),
    "public_stock": ("policy_weeks",),
}


NEVER_BINDS = {"sales_share": np.inf, "cap": np.inf, "total": np.inf, "quantity": np.inf, "first": -np.inf,
               "last": np.inf, "fill": np.inf, "floor": 0.0, "trigger": np.inf, "rotation": 0.0, "rotation_loss": 0.0,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Policy:
    """A policy row. Money in millions.

    Caps and years that the pack does not give are those that never bind: ``sales_share``, ``cap``, ``total``,
    ``quantity`` and ``last`` are inf, ``first`` is -inf. Nothing else tells a cap from none. A stock without doctrine
    is filled at once (``fill`` inf, weeks of need a year) and never released (``trigger`` inf; ``floor`` in weeks).
    ``share``, ``per_tonne`` and ``weeks`` are NaN for instruments that do not ask for them.
    """

    name: str
    instrument: str
    plant: str
    material: str
    origin: str
    in_force: float  # share of its block that is built; 1 without a block
    block: str
    share: np.ndarray
    per_tonne: float
    sales_share: float
    cap: float
    total: float
    quantity: float
    first: float
    last: float
    weeks: float
    fill: float
    floor: float
    trigger: float
    rotation: float
    rotation_loss: float

    @property
    def by_doctrine(self) -> bool:
        """Say whether a public stock is held to a doctrine: it has weeks to hold, and a trigger that releases it."""
        return bool(self.weeks > 0 and np.isfinite(self.trigger))


def make_policies(look: Lookup) -> tuple[Policy, ...]:
    """Return the policy rows of the pack, each with the figures it has; notes those that end before they begin."""
    found = []
    for name, cells in look.nouns.tables["policies"].items():
        for figure in NEEDS[cells["instrument"]]:
            look.need(figure, f"the {cells['instrument'].replace('_', ' ')} '{name}'", policy=name)
        figures = {figure: look.find(figure, policy=name) for figure in INPUTS}
        in_force = look.number("block_share", "the block of a policy", block=cells["block"]) if cells["block"] else 1.0
        one = {figure.removeprefix("policy_"): float(numbers[0]) for figure, numbers in figures.items()}
        one |= {figure: never for figure, never in NEVER_BINDS.items() if np.isnan(one[figure])}
        if one["first"] > one["last"]:
            what = f"the policy '{name}' begins in {one['first']:g}, after its last year {one['last']:g}"
            mend = f"Mend policy.{name}.first_year or policy.{name}.last_year."
            look.faults.add((look.pack, 0), "key", "ends-before-it-begins", what, mend)
        found.append(
            Policy(
                name=name, instrument=cells["instrument"], plant=cells["plant"], material=cells["material"],
                origin=cells["origin"], in_force=in_force, block=cells["block"], share=figures["policy_share"],
                per_tonne=one["per_tonne"] / MILLION, sales_share=one["sales_share"], cap=one["cap"] / MILLION,
                total=one["total"] / MILLION, quantity=one["quantity"], first=one["first"], last=one["last"],
                weeks=one["weeks"], fill=one["fill"], floor=one["floor"], trigger=one["trigger"],
                rotation=one["rotation"], rotation_loss=one["rotation_loss"],
            )
        )  # fmt: skip
    return tuple(found)
