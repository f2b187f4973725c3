"""What everything is made of: atomic masses, formulas and oxides, exactly. Knows no other room."""
