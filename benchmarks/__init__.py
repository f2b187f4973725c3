"""Speed and memory, measured beside a peer on the same machine: ``make bench``."""
