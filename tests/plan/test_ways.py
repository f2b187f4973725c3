"""Links: few, and no way between a place and a hub is much longer than the straight one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chumbak.chain.distance import great_circle
from chumbak.plan.ways import DETOUR, links, shortest

SPOTS = st.lists(st.tuples(st.floats(8, 35), st.floats(68, 97)), min_size=2, max_size=9, unique=True)


def over_hubs(haul: np.ndarray, linked: np.ndarray, hubs: tuple[int, ...], place: int) -> np.ndarray:
    """Return the least cost from a place to every other, over no place that is no hub."""
    ends = [one for one in range(len(haul)) if one in hubs or one == place]
    among = np.ix_(ends, ends)
    found = np.full(len(haul), np.inf)
    found[ends] = shortest(haul[among], linked[among], ends.index(place))
    return found


def test_a_hub_on_the_way_does_for_a_link() -> None:
    """Four places on a line, 0 1 2 3: neighbours are linked, and nothing else is."""
    line = np.arange(4.0)
    linked = links(np.abs(line[:, None] - line))
    assert [tuple(pair) for pair in np.argwhere(np.triu(linked))] == [(0, 1), (1, 2), (2, 3)]


def test_nothing_goes_on_over_a_place_that_is_no_hub() -> None:
    """The middle of three is no hub: the ends are linked past it, and it with both, as neither is on its way."""
    line = np.arange(3.0)
    linked = links(np.abs(line[:, None] - line), (0, 2))
    assert linked.sum() == 6


def test_a_place_is_linked_with_the_next_hub_and_not_with_one_beyond() -> None:
    line = np.array([0.0, 1.0, 2.0])
    linked = links(np.abs(line[:, None] - line), (1, 2))
    assert linked[0].tolist() == [False, True, False]


def test_places_without_freight_between_them_are_reached() -> None:
    linked = links(np.zeros((4, 4)), (1, 2))
    assert np.isfinite(over_hubs(np.zeros((4, 4)), linked, (1, 2), 0)[[1, 2]]).all()
    assert linked.sum() == 2 * (1 + 2)


def test_one_place_has_no_links() -> None:
    assert not links(np.zeros((1, 1))).any()


@given(SPOTS, st.data())
def test_every_hub_is_reached_from_every_place_by_a_short_way(
    spots: list[tuple[float, float]], data: st.DataObject
) -> None:
    lat, lon = np.array(spots).T
    haul = great_circle(lat, lon)
    hubs = tuple(sorted(data.draw(st.sets(st.integers(0, len(spots) - 1), min_size=1))))
    linked = links(haul, hubs)
    assert (linked == linked.T).all()
    for place in range(len(spots)):
        best = over_hubs(haul, linked, hubs, place)
        for hub in hubs:
            assert best[hub] <= DETOUR * haul[place, hub] * (1 + 1e-12) + 1e-9


@pytest.mark.parametrize("hubs", [(0,), (3,)])
def test_with_one_hub_all_go_over_it(hubs: tuple[int, ...]) -> None:
    line = np.arange(5.0)
    linked = links(np.abs(line[:, None] - line), hubs)
    assert linked[hubs[0]].sum() == 4
    assert linked.sum() == 8
