"""Whom to trust how far: limits, plausibility, related parties, blind re-assays, and alarms that a person decides."""
