"""A plan in words: for a terminal, as data, and as Markdown for a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from lakefront.grafana.look import Plan
from lakefront.versions.told import comment, counts_of, lines_of_steps, step_data

_SERVER: Final = "Grafana"


def lines_of(plan: Plan) -> Iterator[str]:
    """Yield the lines of a plan as a person reads it."""
    if plan.folder:
        yield "+ create   the folder"
    yield from lines_of_steps(plan.steps, _SERVER)


def summary(plan: Plan) -> str:
    """Return a plan in one line."""
    others = f"; {len(plan.unmanaged)} dashboards in the folder are not of this bundle" if plan.unmanaged else ""
    others += f"; left out, without metrics there: {', '.join(plan.absent)}" if plan.absent else ""
    if plan.empty:
        return f"nothing to do: Grafana is as git says{others}"
    told = [*(["the folder to create"] if plan.folder else []), *counts_of(plan.steps, _SERVER)]
    return ", ".join(told) + others


def markdown(plan: Plan) -> str:
    """Return a plan as Markdown."""
    return comment(list(lines_of(plan)), summary(plan), _SERVER)


def as_data(plan: Plan) -> dict[str, Any]:
    """Return a plan as plain data, for `--format json`."""
    return {
        "steps": [step_data(step) for step in plan.steps],
        "folder": plan.folder,
        "unmanaged": list(plan.unmanaged),
        "absent": list(plan.absent),
        "warnings": list(plan.warnings),
        "empty": plan.empty,
    }
