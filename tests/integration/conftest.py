"""What tests of the sample lakehouse share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lakefront.config import Settings
from lakefront.superset.apply import apply
from tests.support.embedding import Shown, embed, remove
from tests.support.house import House


@pytest.fixture(scope="session")
def house(stack: Settings) -> Iterator[House]:
    """A Superset that has what the bundle says, and everybody who may come in."""
    apply(stack, lambda _: None)
    made = House(stack)
    yield made
    made.close()


@pytest.fixture(scope="session")
def shown(house: House) -> Iterator[Shown]:
    """A dashboard that pages may show, whose filters ask all datasets."""
    made = embed(house)
    yield made
    remove(house.admin, made)
