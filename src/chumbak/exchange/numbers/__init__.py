"""What came in, what was paid for it, what was won of it: for a recycler, and for everybody with nobody to be known."""
