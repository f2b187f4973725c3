"""Run every benchmark; exit code 1 if a target is missed."""

import sys

from . import (
    answer,
    custody,
    custody_service,
    exchange,
    magnet,
    plan,
    plan_ensemble,
    plan_states,
    plan_tree,
    plan_whole,
    plant,
    plant_extraction,
    risk,
    scheme,
    stocks,
    stress,
    superstructure,
)

sys.exit(
    max(
        one.main()
        for one in (
            stocks,
            risk,
            answer,
            plan,
            plan_ensemble,
            plan_states,
            plan_tree,
            plan_whole,
            stress,
            scheme,
            custody,
            custody_service,
            exchange,
            magnet,
            plant,
            plant_extraction,
            superstructure,
        )
    )
)
