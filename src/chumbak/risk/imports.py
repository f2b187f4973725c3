"""How much of what is used comes from abroad."""

from __future__ import annotations

import xarray as xr

from chumbak.risk.reasons import Score, missing, said


def import_reliance(imports: xr.DataArray, exports: xr.DataArray | float, production: xr.DataArray | float) -> Score:
    """Return net imports over apparent use, between 0 and 1.

        IR = (imports - exports) / (production + imports - exports)

    All three in one unit, over any dimensions; NaN where not known. A net exporter relies on nobody: 0. Where
    nothing is made at home and something is bought, everything used was bought: 1, whatever is sold on, so
    exports need not be known. No value where nothing is used, and where more is sold abroad than is bought and
    made, which only records can show that do not count the same thing.

    Source: European Commission (2017), Methodology for establishing the EU list of critical raw materials, doi
    10.2873/769526.
    """
    exports, production = xr.DataArray(exports), xr.DataArray(production)
    imports, exports, production = xr.broadcast(imports, exports, production)
    use = production + imports - exports
    bought_all = (production == 0) & (imports > 0)
    value = ((imports - exports).clip(min=0) / use.where(use > 0)).where(~bought_all, 1.0)
    idle = (production + imports == 0) & ~(exports > 0)
    return Score.of(
        value,
        missing(imports.isnull(), "imports"),
        missing(production.isnull(), "home output"),
        missing(exports.isnull() & ~bought_all & ~idle, "exports"),
        said((use < 0) & ~bought_all, "More is sold abroad than bought and made: the records count different goods"),
        said(((use == 0) | idle) & ~bought_all, "Nothing is used"),
    )
