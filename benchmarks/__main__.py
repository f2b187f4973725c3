"""Run every benchmark; exit code 1 if a target is missed."""

import sys

from . import stocks

sys.exit(stocks.main())
