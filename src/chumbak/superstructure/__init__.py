"""Which technologies: one of several at every stage, from feed to product; docs/superstructure.md states the model."""
