"""Who pays: rules of a scheme as data, awards by them, and the money of a plant."""
