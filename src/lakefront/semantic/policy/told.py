"""Conditions as a reader of changes sees them: as the policies write them."""

from __future__ import annotations

from sqlglot import exp

from lakefront.semantic.expression import DIALECT
from lakefront.semantic.policy.resolve import Access


def rows_told(seen: Access) -> str:
    """Return which rows are meant, in words."""
    condition = seen.condition()
    return "all rows" if condition is None else f"rows where {condition_told(condition)}"


def condition_told(condition: exp.Expr) -> str:
    """Return a condition as the policies write it, what is not known of a person as `{name}`."""
    copy = exp.Paren(this=condition.copy())
    for mark in list(copy.find_all(exp.Placeholder)):
        mark.replace(exp.Var(this=f"{{{mark.name}}}"))
    return copy.this.sql(DIALECT, comments=False)
