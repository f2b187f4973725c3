"""Solvent extraction: cascades with constant separation factors, cascades coupled to pH, their limits and design."""
