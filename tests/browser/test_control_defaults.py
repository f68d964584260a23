"""The table of what charts take for what they leave out, against the pages of Superset that it was read off.

`test_new_charts.py` saves a chart of every modelled type in Explore, in `make test`: it fails, too, where the table and
Superset part.
"""

from __future__ import annotations

from typing import Final

import pytest
from playwright.sync_api import Page

from lakefront.config import Settings
from lakefront.superset.control_defaults import defaults_of
from lakefront.superset.viz_registry import REGISTERED
from tests.browser.chart_defaults import UNREAD, read_defaults
from tests.browser.journeys import sign_in

pytestmark = [pytest.mark.stack, pytest.mark.browser]

_QUICK: Final = frozenset({"cal_heatmap", "deck_geojson", "radar"})


@pytest.mark.parametrize(
    "viz_type",
    [
        pytest.param(name, marks=[] if name in _QUICK else [pytest.mark.long])
        for name in sorted(REGISTERED)
        if name not in UNREAD
    ],
)
def test_the_table_is_what_superset_has(viz_type: str, page: Page, stack: Settings) -> None:
    sign_in(page, stack)
    assert read_defaults(page, stack, [viz_type]) == {viz_type: defaults_of(viz_type)}
