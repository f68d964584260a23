"""A lake without anything in it, for tests that take media in; each uses contents of its own."""

from __future__ import annotations

import itertools
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from lakefront.config import Settings
from lakefront.trino import Trino
from tests.support import own_stack
from tests.support.cli import ROOT, lakefront

#: A home that is used again has contents of runs before.
_SEEDS = itertools.count(time.time_ns() // 1_000_000 % 2**31)


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A running lake without data.

    LAKEFRONT_TEST_LAKE_HOME names the home of one that runs already, for quick turns while developing.
    """
    parts = ("--only", "objects,catalog,trino", "--no-seed")
    home = tmp_path_factory.mktemp("lake") / "home"
    with own_stack.running_or_named(home, *parts, variable="LAKEFRONT_TEST_LAKE_HOME") as settings:
        yield settings


@pytest.fixture(scope="session")
def engine(lake: Settings) -> Trino:
    """The lake's engine."""
    return Trino.from_settings(lake, source="lakefront-tests")


@pytest.fixture(scope="session")
def seeds() -> Callable[[int], range]:
    """Gives numbers that no other test of this run has; contents are made of them."""

    def take(count: int) -> range:
        first = next(_SEEDS)
        for _ in range(count - 1):
            next(_SEEDS)
        return range(first, first + count)

    return take


@pytest.fixture
def curator(lake: Settings, engine: Trino, tmp_path: Path) -> Iterator[Trino]:
    """The engine as paula, who sees products only, by rules that are this bundle's but for her."""
    bundle = tmp_path / "bundle"
    shutil.copytree(ROOT / "semantic_layer", bundle / "semantic_layer")
    shutil.copy(ROOT / "lakefront.toml", bundle)
    file, yaml = bundle / "semantic_layer" / "policies" / "access.yml", YAML()
    policies = yaml.load(file)
    policies["roles"].append(
        {
            "name": "Curator",
            "description": "Looks after pictures of products.",
            "datasets": ["media_assets"],
            "masks": {"pii": None},
            "rows": {"media_assets": "tag = 'product'"},
        }
    )
    policies["users"].append({"name": "paula", "roles": ["Curator"]})
    yaml.dump(policies, file)

    def build(of: Path) -> None:
        built = lakefront("--bundle", str(of), "policy", "build", home=lake.home.root)
        assert built.returncode == 0, built.stderr

    build(bundle)
    try:
        yield engine.signed_in_as("paula")
    finally:
        build(ROOT)
