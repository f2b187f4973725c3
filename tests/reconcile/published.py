"""Published reconciliation problems: balances, measurements, standard deviations, and the values that were printed.

The first two as printed in the books and papers (Narasimhan and Jordache 2000; Mitsas, Measurement 43, 2010, 702), the
others as solved by Ipopt in the benchmark collection EDSONCV/dr-ged-benchmarks (E. Cordeiro do Valle), after Dovi and
Solisio 2001, Yang, Ten and Jao 1995, a problem of its own, and Serth and Heenan 1986.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from chumbak.reconcile.problem import Balance, Problem, Quantity, Term


@dataclass(frozen=True)
class Case:
    balances: str
    measured: tuple[float, ...]
    sd: tuple[float, ...]
    printed: tuple[float, ...]
    within: float  # the rounding of what was printed

    def problem(self, floor: float | None = 0.0) -> Problem:
        rows = [
            [(1.0 if sign == "+" else -1.0, int(number)) for sign, number in re.findall(r"([+-])(\d+)", row)]
            for row in self.balances.split()
        ]
        return Problem(
            tuple(
                Quantity(f"x{k}", value, sd, floor)
                for k, (value, sd) in enumerate(zip(self.measured, self.sd, strict=True), 1)
            ),
            tuple(Balance(f"b{k}", tuple(Term(f, f"x{n}") for f, n in row)) for k, row in enumerate(rows, 1)),
        )


def roots(*variances: float) -> tuple[float, ...]:
    return tuple(variance**0.5 for variance in variances)


BYPASS = Case(
    "+1-2-3 +2-4 +3-5 +4+5-6",
    (101.91, 64.45, 34.65, 64.20, 36.44, 98.88), (1.0,) * 6,
    (100.22, 64.50, 35.72, 64.50, 35.72, 100.22), 0.005,
)  # fmt: skip
MITSAS = Case(
    "+1-2-3-4 +2-5-6-7 +3+5+6+7-8 +4-9-10 +8+9-11 +10+11-12",
    (100.49, 29.46, 40.41, 30.05, 15.17, 4.98, 9.92, 70.68, 10.03, 19.82, 81.06, 101.57),
    (1.0, 0.3, 0.4, 0.3, 0.3, 0.1, 0.2, 0.7, 0.3, 0.4, 0.8, 1.0),
    (100.59, 29.8, 40.71, 30.07, 15.0, 4.96, 9.84, 70.51, 10.14, 19.93, 80.66, 100.59), 0.0085,
)  # fmt: skip
COLLECTED = {
    "Mitsas 2010, more digits": Case(
        MITSAS.balances, MITSAS.measured, MITSAS.sd,
        (100.582, 29.80123, 40.70946, 30.07136, 14.99722, 4.960802, 9.843208, 70.51069, 10.14599, 19.92537, 80.65668,
         100.582), 6e-6,
    ),
    "Dovi and Solisio 2001": Case(
        "+1+2-3 -2+3-4 +4-5-6", (11, 9.9, 21.25, 11.1, 7, 3.8), roots(0.032, 0.026, 0.120, 0.033, 0.052, 0.015),
        (11.029312, 9.9571089, 20.986421, 11.029312, 7.1779734, 3.8513385), 6e-8,
    ),
    "Yang, Ten and Jao 1995": Case(
        "+1-2-7 +2-3+8 +3+4-5 -6+7-8", (110.1, 41.1, 79, 30.6, 108.3, 19.8, 55, 39),
        roots(3.234, 1.803, 1.665, 0.999, 3.129, 0.418, 3.228, 1.623),
        (101.33905, 42.529144, 80.900036, 29.825573, 110.72561, 20.439015, 58.809907, 38.370892), 6e-8,
    ),
    "of the collection, 24 flows": Case(
        "+1+2+3+4-5 +5-6 +6-7 +7-8-9 +9-10 +10-11-15 +11-12-13 +12-14 +15-16-19 +16-17 +13+17-18 +19-20 +20-21-22 "
        "+8-23-24",
        (54.4, 149, 157.2, 148.1, 466, 466, 510.3, 218, 292.3, 292.3, 84.4, 13.5, 70.9, 13.5, 208, 2.9, 2.9, 87.3,
         189.6, 204, 54.3, 149.7, 201.7, 16.3),
        roots(0.284217, 2.132184, 2.373325, 2.106504, 57.932395, 57.932395, 69.470558, 4.564205, 8.205589, 8.205589,
              0.684127, 0.194481, 0.596018, 0.194481, 4.155075, 0.008974, 0.008974, 8.132763, 3.452461, 3.996801,
              0.283173, 2.152265, 3.907185, 0.025517),
        (54.25082, 147.8809, 155.9543, 146.9943, 505.0803, 505.0803, 505.0803, 216.4174, 288.6629, 288.6629, 84.91722,
         13.43984, 71.47738, 13.43984, 203.7457, 2.912333, 2.912333, 74.38972, 200.8334, 200.8334, 53.93181, 146.9016,
         200.1277, 16.28973), 6e-7,
    ),
    "Serth and Heenan 1986, steam metering": Case(
        "+1+2-3+4 -5-6+7+8-9 -1+5-10 +10+11-12 +3-11+13-14-15-16-17 -2+6-13 -7+14+18-19-20-21 +15-18+22-23-24 "
        "+12+16-22-25 +19+23-26+27 -8+20+26+28",
        (0.875, 0.989, 108.426, 107.799, 50.149, 110.327, 2.201, 165.779, 0.821, 51.779, 14.757, 67.183, 107.734,
         89.855, 58.554, 23.258, 31.879, 15.843, 7.920, 10.130, 91.047, 5.555, 2.471, 44.687, 81.656, 82.839, 70.685,
         72.913),
        (0.022, 0.025, 2.796, 2.749, 1.332, 2.807, 0.058, 4.101, 0.021, 1.310, 0.372, 1.682, 2.782, 2.297, 1.500, 0.591,
         0.818, 0.406, 0.196, 0.263, 2.183, 0.136, 0.065, 1.166, 2.137, 2.033, 1.770, 1.806),
        (0.8747574, 0.9892059, 109.1902, 107.3262, 52.00866, 112.031, 2.19709, 162.6638, 0.8212686, 51.13391, 14.76092,
         65.89483, 111.0418, 92.59158, 57.91524, 23.10888, 31.85533, 15.97531, 7.8989, 10.06241, 88.40849, 5.557647,
         2.47207, 45.02551, 83.44606, 81.06979, 70.69882, 71.53161), 1e-5,
    ),
}  # fmt: skip
