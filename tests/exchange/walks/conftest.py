"""One town and one browser for all walks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser import browser
from tests.exchange.town_served import served_town
from tests.exchange.walks.handset import Hands, hands


@pytest.fixture(scope="session")
def town() -> Iterator[str]:
    with served_town() as address:
        yield address


# Of a module, not longer: while it is open a loop runs in this process, and other tests begin loops of their own.
@pytest.fixture(scope="module")
def window() -> Iterator[Any]:
    with browser() as made:
        yield made


@pytest.fixture(params=[False, True], ids=["scripts-off", "scripts-on"])
def at(request: Any, window: Any, town: str) -> Iterator[Hands]:
    with hands(window, town, request.param) as made:
        yield made


@pytest.fixture
def plain(window: Any, town: str) -> Iterator[Hands]:
    with hands(window, town, False) as made:
        yield made
