"""What the verbs have in common: arguments and options, and how a mistake becomes a sentence and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

PackName = Annotated[str, typer.Argument(metavar="PACK", help="Name of a pack that comes along, or a folder.")]
Scenario = Annotated[str, typer.Option("--scenario", "-s", help="Scenario of the pack.")]
Overlay = Annotated[
    list[Path] | None, typer.Option("--overlay", help="CSV table of your own figures on top; may be repeated.")
]
OnlyPack = Annotated[str | None, typer.Option("--pack", help="Pack; may be left out if only one comes along.")]
Out = Annotated[Path | None, typer.Option(help="The run folder. Default: one in runs/, named by what went into it.")]
# What a verb shows where no year is asked for.
Year2030 = Annotated[int | None, typer.Option(help="Calendar year to show. Default: 2030.")]
YearLatest = Annotated[
    int | None, typer.Option(help="Calendar year to show. Default: the latest that is known of each.")
]
YearBase = Annotated[int | None, typer.Option(help="Calendar year to show. Default: the pack's base year.")]
Places = Annotated[
    str,
    typer.Option(help="Plan by country (as a whole), regions or states of the pack.", metavar="country|regions|states"),
]
View = Annotated[
    str, typer.Option(help="national: costs of the country's resources; investor: with duties, taxes, subsidies.")
]
MaxShare = Annotated[list[str] | None, typer.Option(help="Most from one origin, of all or one rung: CHN=0.5@2032.")]
SelfReliance = Annotated[list[str] | None, typer.Option(help="Least made at home on a rung: magnet=0.8@2035.")]
ChainSelfReliance = Annotated[list[str] | None, typer.Option(help="Least made at home from oxide to magnet: 0.5@2035.")]
StockWeeks = Annotated[list[str] | None, typer.Option(help="Weeks of the need kept in stock: 8@2028.")]
RecycledShare = Annotated[list[str] | None, typer.Option(help="Least won back from used goods: 0.15@2035.")]
Budget = Annotated[
    list[str] | None, typer.Option(help="Most capital committed a year, millions of the pack's money: 20000@2027.")
]
Start = Annotated[
    str | None, typer.Option(help="ISO week in which it begins: 2027-W14. Default: April of the first year of a plan.")
]
PlanRun = Annotated[Path | None, typer.Option("--plan", metavar="RUN", help="Run of a plan, whose plants stand.")]
PlanScenario = Annotated[
    str | None, typer.Option("--scenario", "-s", help="Scenario. Default: reference, or the plan's own.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the whole answer as JSON.")]
AnswerJson = Annotated[bool, typer.Option("--json", help="Print answer.json instead of the summary.")]

CLOSED_PIPE = 141  # 128 + SIGPIPE: what a Unix tool ends with when nobody reads on, as after ``| head -1``


@contextmanager
def mistakes(written: Path | None = None, kept: str = "nothing was written") -> Iterator[None]:
    """Turn what goes wrong into a sentence and an exit code.

    ``written`` is what was written whole before; ``kept`` says in a sentence what is left of work that was stopped.
    """
    from chumbak.pack import PackError
    from chumbak.report.mistakes import FaultError, MistakeError
    from chumbak.report.terminal import complain, complain_of_faults

    kept = kept if written is None else f"the run folder '{written}' is whole"
    try:
        yield
        sys.stdout.flush()
    except PackError as error:
        complain_of_faults(error.faults)
        raise typer.Exit(2) from None
    except (MistakeError, FaultError) as error:
        complain(str(error))
        raise typer.Exit(2 if isinstance(error, MistakeError) else 1) from None
    except KeyboardInterrupt:
        complain(f"Interrupted: {kept}.")
        raise typer.Exit(1) from None
    except BrokenPipeError:
        _say_no_more()
        raise typer.Exit(CLOSED_PIPE) from None
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):  # rich ends so, where a table was on its way
            raise typer.Exit(CLOSED_PIPE) from None
        raise
    except OSError as error:
        place = f" '{error.filename}'" if error.filename else ""
        complain(f"Cannot read or write{place}: {error.strerror or error}. {kept[0].upper()}{kept[1:]}.")
        _say_no_more()
        raise typer.Exit(1) from None


def _say_no_more() -> None:
    """Let what is still to be printed go nowhere, or Python would try once more at the end and complain."""
    with suppress(OSError, ValueError):
        output = sys.stdout.fileno()
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), output)
