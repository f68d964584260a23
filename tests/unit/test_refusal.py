"""What Trino refuses is told in words: who, what, whom to ask."""

from __future__ import annotations

import pytest

from lakefront.trino.refusal import refused


@pytest.mark.parametrize(
    ("message", "what", "fix"),
    [
        (
            "Access Denied: Cannot select from table iceberg.sales.customers",
            "olga may not see sales.customers",
            "ask her@example.com for a role that opens it; "
            "`lakefront policy explain --user olga --table sales.customers` says what the policies open",
        ),
        (
            "Access Denied: Cannot select from columns [a, b] in table or view iceberg.sales.customers: not allowed",
            "olga may not see the columns a, b of sales.customers",
            "ask her@example.com for a role that opens it; "
            "`lakefront policy explain --user olga --table sales.customers` says what the policies open",
        ),
        (
            "Access Denied: Cannot execute query",
            "olga is not known to any policy and may ask nothing",
            "ask her@example.com for a role",
        ),
        (
            "Access Denied: User superset cannot impersonate user olga",
            "superset may not ask in the name of olga",
            "ask her@example.com to give olga a role",
        ),
        (
            "Access Denied: Cannot create table iceberg.shop.mine",
            "olga may not do this: Cannot create table iceberg.shop.mine",
            "ask her@example.com for a role that may",
        ),
    ],
)
def test_a_refusal_in_words(message: str, what: str, fix: str) -> None:
    error = refused(message, "olga", "her@example.com")
    assert (error.code, error.exit_code) == ("trino-denied", 3)
    assert (error.what, error.fix) == (what, fix)
