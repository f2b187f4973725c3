"""The published and analytic values that the room is held against (process.json of the methods, MAG, GBD, QC)."""

from __future__ import annotations

BHMAX = {  # MAG1: Arnold's catalogue: Br in T, BHmax in kJ/m3, Br^2/(4 mu0 1.05)
    "N35": (1.21, 283, 277.4), "N42": (1.315, 334, 327.6), "N48": (1.4, 374, 371.4), "N52": (1.45, 406, 398.4),
    "N55": (1.49, 430, 420.6), "N42M": (1.315, 338, 327.6),
}  # fmt: skip
HOTTEST = {  # MAG2: Pc 2.17, mu_rec 1.05, knee 0.9: Br, Hcj, beta, catalogue C, crossing C
    "N": (1.3, 955, -0.76, 80, 107.6), "M": (1.3, 1114, -0.68, 100, 125.9), "H": (1.3, 1353, -0.605, 120, 148.4),
    "SH": (1.3, 1592, -0.55, 150, 168.3), "UH": (1.26, 1990, -0.51, 180, 188.9), "EH": (1.2, 2388, -0.48, 200, 206.0),
    "AH": (1.11, 2786, -0.45, 220, 223.9),
}  # fmt: skip
BLOCK = ((10, 10, 5), 0.498, -1.008)  # MAG3: magpylib 6.1.0
