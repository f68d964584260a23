"""The SQL of the landing page test against another way to its numbers: Pearson's chi-squared of the 2 x 2 table."""

from __future__ import annotations

import math
import sqlite3
from statistics import NormalDist

import pytest
import sqlglot

from lakefront.semantic import load_layer
from lakefront.semantic.view_sql import compile_view
from tests.support.cli import ROOT

LAYER = load_layer(ROOT / "semantic_layer")
METRICS = compile_view(LAYER.views["campaign_events"], LAYER).metrics
#: (visitors, buyers) of A and of B.
Arms = tuple[tuple[int, int], tuple[int, int]]


def ask(arms: Arms, *names: str) -> tuple[float | None, ...]:
    """Return metrics over events of so many visitors; each was shown two impressions, and buyers bought twice."""
    rows = [
        (f"{variant}{number}", variant, event)
        for variant, (visitors, buyers) in zip("AB", arms, strict=True)
        for number in range(visitors)
        for event in ("impression", "impression", *(("purchase", "purchase") if number < buyers else ()))
    ]
    lake = sqlite3.connect(":memory:")
    lake.create_function("normal_cdf", 3, normal_cdf)
    lake.create_function("sqrt", 1, root)
    lake.execute("CREATE TABLE events (visitor_id, variant, event_type)")
    lake.executemany("INSERT INTO events VALUES (?, ?, ?)", rows)
    columns = ", ".join(METRICS[name] for name in names)
    (found,) = lake.execute(sqlglot.transpile(f"SELECT {columns} FROM events", read="trino", write="sqlite")[0])
    lake.close()
    return tuple(found)


def normal_cdf(mean: float, sigma: float, value: float | None) -> float | None:
    """Stand for Trino's function of that name; like all of SQL, it gives NULL for NULL."""
    return None if value is None else NormalDist(mean, sigma).cdf(value)


def root(value: float | None) -> float | None:
    """Stand for Trino's `sqrt`."""
    return None if value is None else math.sqrt(value)


def chi_squared(arms: Arms) -> float:
    """Return Pearson's statistic of buyers and others by variant, without a correction: the square of z."""
    (visitors_a, a), (visitors_b, b) = arms
    c, d = visitors_a - a, visitors_b - b
    return (a + b + c + d) * (a * d - b * c) ** 2 / ((a + b) * (c + d) * visitors_a * visitors_b)


@pytest.mark.parametrize(
    "arms",
    [
        ((1000, 200), (1000, 250)),
        ((1000, 250), (1000, 200)),
        ((3000, 59), (2000, 53)),
        ((400, 12), (900, 31)),
        ((50, 1), (70, 60)),
    ],
)
def test_z_and_p_are_those_of_pearsons_test(arms: Arms) -> None:
    z, p = ask(arms, "conversion_z_score", "conversion_p_value")
    rate_a, rate_b = (buyers / visitors for visitors, buyers in arms)
    statistic = chi_squared(arms)
    assert z == pytest.approx(math.copysign(math.sqrt(statistic), rate_b - rate_a), rel=1e-12)
    # The tail of chi-squared with one degree of freedom.
    assert p == pytest.approx(math.erfc(math.sqrt(statistic / 2)), rel=1e-9)


def test_a_case_worked_out_by_hand() -> None:
    names = ("conversion_lift", "conversion_difference", "conversion_z_score", "conversion_p_value")
    lift, difference, z, p = ask(((1000, 200), (1000, 250)), *names)
    assert (lift, difference) == (pytest.approx(0.25), pytest.approx(0.05))
    # 0.05 / sqrt(0.225 * 0.775 * 2 / 1000), and twice the tail beyond it
    assert z == pytest.approx(2.677398, abs=1e-6)
    assert p == pytest.approx(0.0074195, abs=1e-6)
    low, high = ask(((1000, 200), (1000, 250)), "conversion_difference_low", "conversion_difference_high")
    # 0.05 less and plus 1.96 standard errors, sqrt((0.2 * 0.8 + 0.25 * 0.75) / 1000) each
    assert (low, high) == (pytest.approx(0.0134636, abs=1e-6), pytest.approx(0.0865364, abs=1e-6))


def test_variants_that_are_alike_differ_by_chance() -> None:
    assert ask(((400, 12), (400, 12)), "conversion_difference", "conversion_p_value") == (0, 1)


@pytest.mark.parametrize("arms", [((0, 0), (100, 3)), ((100, 3), (0, 0)), ((100, 0), (100, 0)), ((5, 5), (7, 7))])
def test_what_cannot_be_tested_has_no_p_value(arms: Arms) -> None:
    assert ask(arms, "conversion_z_score", "conversion_p_value") == (None, None)
