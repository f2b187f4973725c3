"""What may be claimed of a lot: attribution, dated rules, and certificates that prove it."""
