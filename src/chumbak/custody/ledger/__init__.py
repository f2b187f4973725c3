"""Who holds which element, to the microgram: pure functions on integers, exact by construction."""
