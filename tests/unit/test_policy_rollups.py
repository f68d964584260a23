"""A rollup answers a person only where she gets the number that its dataset would give her."""

from __future__ import annotations

import pytest

from lakefront.semantic import SemanticLayer, load_layer
from lakefront.semantic.policy.load import load_policies
from lakefront.semantic.policy.rollups import same_for
from lakefront.semantic.policy.tables import Tables
from lakefront.semantic.rollup.layout import layouts_of
from tests.support.cli import ROOT

SHOP = load_layer(ROOT / "tests" / "data" / "policed" / "semantic_layer")
REFERENCE = load_layer(ROOT / "semantic_layer")


def _used(layer: SemanticLayer, folder: str, user: str) -> set[str]:
    policies = load_policies(ROOT / folder, layer).policies
    kept, notes = same_for(layouts_of(layer), Tables(layer, policies.roles), policies, user)
    names = {layout.rollup.name for layout in layouts_of(layer)}
    assert len(notes) == len(names) - len(kept)
    return {layout.rollup.name for layout in kept}


@pytest.mark.parametrize(
    ("user", "used"),
    [
        ("root", {"by_region", "by_day", "by_mailbox"}),
        ("vic", {"by_region", "by_day"}),  # what is made of a masked column is masked
        ("mia", {"by_region"}),  # her filter is on the region: a sum by day is of all regions
        ("petra", set[str]()),
        ("stranger", set[str]()),
    ],
)
def test_a_rollup_that_shows_a_person_something_else_does_not_answer_her(user: str, used: set[str]) -> None:
    assert _used(SHOP, "tests/data/policed/semantic_layer", user) == used


def test_a_filter_of_the_rollups_own_dataset_is_not_that_of_its_source() -> None:
    every = {layout.rollup.name for layout in layouts_of(REFERENCE)}
    assert _used(REFERENCE, "semantic_layer", "ana") == every
    assert _used(REFERENCE, "semantic_layer", "tom") == set()


def test_rollups_of_what_a_person_sees_in_part_or_not_at_all_do_not_answer_her() -> None:
    sales = {"sales_by_day", "sales_by_month", "campaign_days", "campaign_months"}
    assert _used(REFERENCE, "semantic_layer", "victor") == sales  # no role of his opens the trades
    assert _used(REFERENCE, "semantic_layer", "elena") == set()  # her role opens no order items
