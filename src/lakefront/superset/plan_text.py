"""A plan in words: for a terminal, as data, and as Markdown for a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from lakefront.superset.plan import Plan
from lakefront.versions.told import comment, counts_of, lines_of_steps, step_data

_SERVER: Final = "Superset"


def lines_of(plan: Plan) -> Iterator[str]:
    """Yield the lines of a plan as a person reads it."""
    yield from lines_of_steps(plan.steps, _SERVER)
    for change in plan.access:
        yield f"~ access   {change}"


def summary(plan: Plan) -> str:
    """Return a plan in one line."""
    others = f"; {len(plan.unmanaged)} assets in Superset are not of this bundle" if plan.unmanaged else ""
    if plan.empty:
        return f"nothing to do: Superset is as git says{others}"
    told = counts_of(plan.steps, _SERVER)
    if plan.access:
        told.append(f"{len(plan.access)} changes of roles, row filters or accounts")
    return ", ".join(told) + others


def markdown(plan: Plan) -> str:
    """Return a plan as Markdown."""
    return comment(list(lines_of(plan)), summary(plan), _SERVER)


def as_data(plan: Plan) -> dict[str, Any]:
    """Return a plan as plain data, for `--format json`."""
    return {
        "steps": [step_data(step) for step in plan.steps],
        "access": list(plan.access),
        "unmanaged": list(plan.unmanaged),
        "empty": plan.empty,
    }
