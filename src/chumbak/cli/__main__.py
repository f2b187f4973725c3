"""The street door as a module: ``python -m chumbak.cli``."""

from chumbak.cli import main

main()
