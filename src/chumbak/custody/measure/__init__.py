"""What was measured against what the books say: assays, material balance areas, slow drifts, alarms. Pure functions."""
