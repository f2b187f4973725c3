"""Take-back: from a drawer at home to the recycler, with a price that is told before and kept after."""
