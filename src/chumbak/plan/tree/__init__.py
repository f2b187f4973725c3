"""Plans on a tree of futures: what to do before it is known which one comes; docs/plan_tree.md states it."""
