"""Settlement of what the market sold: contract, weights and assays of both ends, disputes, pickups, a trader's book."""
