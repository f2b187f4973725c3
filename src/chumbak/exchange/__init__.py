"""Who hands over what, for how much: take-back from homes, a market for scrap lots, trust, and what producers owe."""
