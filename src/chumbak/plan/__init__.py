"""What to build: least-cost capacity, sourcing, stocks and recovery under policy; docs/plan.md states it."""
