"""How it is optimised: linear programmes by blocks, and one way to solve them."""
