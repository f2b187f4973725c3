"""The inputs behind published scores, as labelled arrays. The first line of each table says where it is from."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import xarray as xr

DATA = Path(__file__).parent / "data"
EU27 = [
    "AUT", "BEL", "BGR", "HRV", "CYP", "CZE", "DNK", "EST", "FIN", "FRA", "DEU", "GRC", "HUN", "IRL", "ITA", "LVA",
    "LTU", "LUX", "MLT", "NLD", "POL", "PRT", "ROU", "SVK", "SVN", "ESP", "SWE",
]  # fmt: skip
HOME = {  # the members of each entity
    "India": ["IND"], "Japan": ["JPN"], "USA": ["USA"], "China": ["CHN"], "Viet Nam": ["VNM"], "Germany": ["DEU"],
    "Rep. of Korea": ["KOR"], "EU": EU27,
}  # fmt: skip


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(DATA / name, comment="#", keep_default_na=False, na_values=[""])


def over(rows: pd.DataFrame, column: str) -> xr.DataArray:
    """Return a column over origin and year."""
    return rows.set_index(["origin", "year"])[column].astype(float).to_xarray()


def mines() -> xr.DataArray:
    return over(table("mines.csv"), "tonnes")


def stability() -> xr.DataArray:
    return over(table("stability.csv"), "estimate")


def imports(entity: str) -> tuple[xr.DataArray, xr.DataArray]:
    """Return t and USD by origin and year."""
    rows = table("imports.csv").query("entity == @entity")
    return over(rows, "tonnes"), over(rows, "value_kusd") * 1000


def own(entity: str, years: xr.DataArray) -> xr.DataArray:
    """Return what is mined inside, t by year; nothing where no member is in the list of mines."""
    return mines().reindex(origin=HOME[entity], year=years).fillna(0).sum("origin")


def magnets() -> pd.DataFrame:
    return table("magnets_2024.csv").set_index("origin")


def china(share: float) -> xr.DataArray:
    return xr.DataArray([share], {"origin": ["CHN"]})
