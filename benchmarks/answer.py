"""Whole commands against their bounds on two cores: the answer for a country, once and with a thousand draws."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHUMBAK = Path(sys.executable).parent / "chumbak"
BOUNDS = {  # seconds, wall clock, writing the run folder included
    ("run", "india"): 15.0,
    ("run", "india", "--draws", "1000"): 60.0,
}


def main() -> int:
    """Time each command as a whole process; return 1 if one takes longer than its bound."""
    print("\nWhole commands, seconds by the clock")
    missed = 0
    for words, bound in BOUNDS.items():
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            subprocess.run([CHUMBAK, *words, "--out", "answer"], cwd=folder, check=True, capture_output=True)
            took = time.perf_counter() - start
        verdict = "PASS" if took <= bound else "MISSED"
        missed |= verdict == "MISSED"
        print(f"  chumbak {' '.join(words):<26} {took:6.1f} s   bound {bound:g} s   {verdict}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
