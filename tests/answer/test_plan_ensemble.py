"""Many futures of the pack that comes along: the same bytes in any order, on threads and on a Dask cluster."""

import json
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from socket import socket
from time import monotonic
from typing import Any

import numpy as np
import pytest

from chumbak.answer import plan_ensemble, plan_futures
from chumbak.answer.plan_ensemble import (
    CHUNK,
    FutureError,
    Setup,
    _builds,
    executor_of,
    hold,
    kept_of,
    line_of,
    rows_of,
    run_chunk,
    run_futures,
)
from chumbak.answer.plan_ensemble_document import futures_document
from chumbak.answer.plan_futures import drawn_figures, fingerprint
from chumbak.linear.live import COLD, FROM_BASIS
from chumbak.pack import Fault, Pack, PackError
from chumbak.plan.replay import decided
from chumbak.plan.result import Plan, make_plan
from chumbak.report.plan_ensemble_words import unfit

DRAWS = 12  # beyond a chunk
FROM = 9


def setup_of(pack: Pack, *only: str, **more: Any) -> Setup:
    return Setup(pack.name, pack.scenario, (), fingerprint(pack), only, 5, "national", (), "country", **more)


@pytest.fixture(scope="module")
def setup(india_pack: Pack) -> Setup:
    return setup_of(india_pack, "demand", "limits")


def lines_on(executor: Executor, setup: Setup) -> list[str]:
    found: list[str] = []
    run_futures(setup, FROM, DRAWS, executor, found.append)
    return found


@pytest.fixture(scope="module")
def lines(setup: Setup, india_pack: Pack) -> list[str]:
    """One after the other, in order, on one thread."""
    hold(setup, india_pack)
    with ThreadPoolExecutor(1) as pool:
        return lines_on(pool, setup)


def test_lines_come_in_order_from_where_a_run_stopped(lines: list[str]) -> None:
    assert [json.loads(line)["draw"] for line in lines] == list(range(FROM, DRAWS))
    assert {json.loads(line)["way"] for line in lines} == {FROM_BASIS}


def test_backward_and_one_by_one_give_the_same_bytes(setup: Setup, lines: list[str]) -> None:
    backward = [run_chunk(setup, draw // CHUNK, (draw,))[0] for draw in reversed(range(FROM, DRAWS))]
    assert backward[::-1] == lines


def test_threads_give_the_same_bytes(setup: Setup, lines: list[str]) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert lines_on(pool, setup) == lines


@contextmanager
def cluster() -> Iterator[str]:
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50, protocol="tcp"
    ) as found:
        yield found.scheduler_address


@pytest.mark.filterwarnings("ignore")  # of a library that is not ours, as its processes come and go
def test_two_workers_of_a_cluster_give_the_same_bytes(setup: Setup, lines: list[str]) -> None:
    with cluster() as address, executor_of(address) as executor:
        assert lines_on(executor, setup) == lines


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("tcp://127.0.0.1:9", "No Dask scheduler answers at 'tcp://127.0.0.1:9'"),
        ("nowhere", "'nowhere' is no address"),
        ("tcp://127.0.0.1:many", "is no address"),
    ],
)
def test_a_scheduler_that_is_not_there_is_told_at_once(address: str, said: str) -> None:
    began = monotonic()
    with pytest.raises(FutureError, match=said), executor_of(address):
        pass
    assert monotonic() - began < plan_ensemble.PATIENCE


@pytest.mark.filterwarnings("ignore")
def test_what_listens_and_is_no_scheduler_is_told_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_ensemble, "PATIENCE", 0.5)
    with socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        address = f"tcp://127.0.0.1:{mute.getsockname()[1]}"
        with pytest.raises(FutureError, match="No Dask scheduler answers"), executor_of(address):
            pass


def test_a_draw_costs_what_a_plan_of_its_case_costs(setup: Setup, lines: list[str]) -> None:
    held = hold(setup)
    case = next(held.futures.cases(1, (11,)))
    plan, told = make_plan(case), json.loads(lines[11 - FROM])
    assert told["cost"] == pytest.approx(plan.cost, rel=1e-6)
    built = np.zeros(held.first.record.build.shape)
    for plant, region, year, amount in told["built"]:
        at = case.plants.names.index(plant), case.regions.index(region), case.decided.tolist().index(year)
        built[at] = amount
    np.testing.assert_allclose(built, plan.decisions["build"].values, rtol=1e-6, atol=1e-5)


def test_with_all_figures_drawn_a_draw_costs_what_its_plan_costs(india_pack: Pack) -> None:
    setup = setup_of(india_pack)
    held = hold(setup, india_pack)
    told = json.loads(run_chunk(setup, 0, (3,))[0])
    assert told["way"] == COLD
    assert told["cost"] == pytest.approx(make_plan(next(held.futures.cases(0, (3,)))).cost, rel=1e-6)


@pytest.fixture(scope="module")
def plan(setup: Setup, india_pack: Pack) -> Plan:
    return make_plan(hold(setup, india_pack).futures.central)


def test_builds_kept_cost_in_the_central_future_what_the_plan_costs(plan: Plan, india_pack: Pack) -> None:
    builds = kept_of(decided(plan.decisions["build"]))
    back = _builds(builds)["build"]
    assert float(back.sum()) == pytest.approx(float(plan.decisions["build"].sum()))
    setup = setup_of(india_pack, "demand", "limits", builds=builds)
    held = hold(setup, india_pack)
    assert held.first.record.cost == pytest.approx(plan.cost, rel=1e-6)
    told = [json.loads(line) for line in run_chunk(setup, 1, (11, 12))]
    assert all(one["cost"] > 0 and one["kept"] for one in told)
    for one in told:
        assert sum(row[-1] for row in one["built"]) == pytest.approx(float(back.sum()), rel=1e-5)
    best = json.loads(run_chunk(setup_of(india_pack, "demand", "limits"), 1, (11,))[0])
    assert told[0]["cost"] >= best["cost"] * (1 - 1e-6)


def test_a_future_whose_figures_make_no_case_is_told_and_left_out(
    setup: Setup, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    held = hold(setup)
    fault = PackError([Fault("figures.csv", 3, "key", "missing-figure", "no price", "Add one.")])
    real = plan_futures.planning_case
    made: list[object] = []

    def failing(*given: Any) -> Any:
        made.append(given)
        if len(made) == 2:
            raise fault
        return real(*given)

    monkeypatch.setattr(plan_futures, "planning_case", failing)
    found = run_chunk(setup, 1, (10, 11))
    assert found[0] == lines[10 - FROM]
    assert json.loads(found[1]) == {"draw": 11, "cost": None, "unfit": str(fault)}
    first = json.loads(line_of(None, held.first.record, held.futures.central))
    told = futures_document(setup, held.futures, first, rows_of(found))
    assert told["unfit"] == {"count": 1, "first": str(fault)}
    assert told["without_plan"] == 0
    assert told["cost_npv"]["p50"] == pytest.approx(json.loads(found[0])["cost"])
    assert "no price" in unfit(told)


def test_another_pack_or_version_on_a_worker_is_a_sentence(india_pack: Pack) -> None:
    with pytest.raises(FutureError, match="is not the one asked for"):
        run_chunk(Setup("india", "reference", (), "other", (), 0, "national", (), "country"), 0, (0,))
    with pytest.raises(FutureError, match="A worker runs version"):
        run_chunk(setup_of(india_pack, version="0"), 0, (0,))


def test_deviates_are_those_of_a_run(india_pack: Pack) -> None:
    from chumbak.answer.model import ATTRIBUTES
    from chumbak.pack.draws import deviates, groups

    of_a_run = deviates(groups(india_pack, ATTRIBUTES), 30, 5)
    ours = deviates(drawn_figures(india_pack, ("demand",)), 30, 5)
    for key in ours.keys() & of_a_run.keys():
        np.testing.assert_array_equal(ours[key], of_a_run[key])
    short = deviates(drawn_figures(india_pack, ("demand",)), 7, 5)
    assert all(np.array_equal(short[key], ours[key][:7]) for key in short)
