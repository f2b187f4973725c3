"""What really happened: events, who holds which element, the log that loses nothing, and what may be claimed of it."""
