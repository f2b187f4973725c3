"""Measured data made to agree with balances: reconciliation, gross errors, pooling of lots. Knows no other room."""
