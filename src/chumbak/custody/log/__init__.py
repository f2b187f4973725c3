"""Nothing is lost, nothing is changed: records, their chain of hashes, their Merkle tree, signed heads (pure)."""
