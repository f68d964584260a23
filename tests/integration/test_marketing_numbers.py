"""What the dashboards Marketing and Revenue & KPI show, against the same numbers reached another way."""

from __future__ import annotations

import math
from statistics import NormalDist, median

import pytest

from lakefront import Semantic
from lakefront.config import Settings
from lakefront.trino import Trino

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def semantic(stack: Settings) -> Semantic:
    return Semantic(stack)


def test_the_landing_page_test_is_that_of_the_counts(semantic: Semantic, trino: Trino) -> None:
    names = ("conversion_lift", "conversion_difference_low", "conversion_difference_high", "conversion_z_score",
             "conversion_p_value")  # fmt: skip
    answer = {row[0]: row[1:] for row in semantic.query(names, by="marketing_events.channel").rows}
    counts = trino.query(
        "SELECT channel, variant, count(*), count_if(bought) FROM (SELECT channel, variant, visitor_id, "
        "bool_or(event_type = 'purchase') AS bought FROM marketing.events GROUP BY 1, 2, 3) GROUP BY 1, 2"
    ).rows
    by_variant = {(channel, variant): (visitors, buyers) for channel, variant, visitors, buyers in counts}
    assert answer.keys() == {"search", "social", "email", "affiliate", "display"}
    for channel, found in answer.items():
        (n_a, x_a), (n_b, x_b) = by_variant[channel, "A"], by_variant[channel, "B"]
        a, b, both = x_a / n_a, x_b / n_b, (x_a + x_b) / (n_a + n_b)
        z = (b - a) / math.sqrt(both * (1 - both) * (1 / n_a + 1 / n_b))
        half = NormalDist().inv_cdf(0.975) * math.sqrt(a * (1 - a) / n_a + b * (1 - b) / n_b)
        wanted = (b / a - 1, b - a - half, b - a + half, z, math.erfc(abs(z) / math.sqrt(2)))
        assert found == pytest.approx(wanted, rel=1e-6), channel


def test_a_campaign_brought_what_its_events_say(semantic: Semantic) -> None:
    by = "campaigns.campaign_name"
    pairs = {
        "attributed_return": "return_on_ad_spend",
        "attributed_cost_per_signup": "cost_per_signup",
        "attributed_impressions": "impressions",
        "attributed_revenue": "campaign_revenue",
        "attributed_conversion_rate": "conversion_rate",
    }
    whole = {row[0]: row[1:] for row in semantic.query(tuple(pairs), by=by).rows}
    events = {row[0]: row[1:] for row in semantic.query(tuple(pairs.values()), by=by).rows if row[0] is not None}
    assert len(whole) == 65
    for campaign, numbers in whole.items():
        assert [float(value) for value in numbers] == pytest.approx([float(value) for value in events[campaign]])


def test_retention_of_the_second_month_is_that_of_the_events(semantic: Semantic) -> None:
    cohorts = semantic.query("cohort_retention", by="cohort_month.month", where="months_since_first = 1").rows
    events = dict(semantic.query("second_month_retention", by="marketing_events.cohort_month").rows)
    assert len(cohorts) == len(events) - 1 >= 35, "the youngest cohort has no second month yet"
    for month, share in cohorts:
        assert share == pytest.approx(events[month])


def test_deliveries_are_those_of_the_orders(semantic: Semantic, trino: Trino) -> None:
    names = ("on_time_share", "median_delivery_days", "shipping_cost_per_order")
    found = {row[0]: row[1:] for row in semantic.query(names, by="orders.region", since="2026-01-01").rows}
    rows = trino.query(
        "SELECT region, shipping_cost, promised_date, CAST(delivered_at AT TIME ZONE 'UTC' AS date), "
        "to_unixtime(delivered_at) - to_unixtime(ordered_at) FROM sales.orders "
        "WHERE order_date >= DATE '2026-01-01' AND shipped_at IS NOT NULL"
    ).rows
    for region, (on_time, days, cost) in found.items():
        shipped = [row for row in rows if row[0] == region]
        delivered = [row for row in shipped if row[3] is not None]
        assert on_time == pytest.approx(sum(row[3] <= row[2] for row in delivered) / len(delivered))
        assert days == pytest.approx(median(row[4] for row in delivered) / 86_400, rel=0.01)
        assert cost == pytest.approx(sum(float(row[1]) for row in shipped) / len(shipped))
