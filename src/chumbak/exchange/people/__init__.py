"""Persons and parties: who they are, what they may do, how they sign in, what is known of them and how it is erased."""
