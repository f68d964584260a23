"""A plan in words: for a terminal, as data, and as Markdown for a comment on a pull request."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from lakefront.superset.merge import MISSING
from lakefront.superset.plan import WHOLE, Action, FieldChange, Plan, Step

_SHORT: Final = 90
_LINES: Final = 12
#: Beyond so many lines, a comment on a pull request folds them.
_FOLDED: Final = 40
_WHY: Final = {
    Action.DRIFT: "edited in Superset; apply puts it back",
    Action.CONFLICT: "edited in Superset and changed in git; apply takes git's",
}
_SIGNS: Final = {
    Action.CREATE: "+",
    Action.CHANGE: "~",
    Action.DELETE: "-",
    Action.DRIFT: "!",
    Action.CONFLICT: "!",
}


def lines_of(plan: Plan) -> Iterator[str]:
    """Yield the lines of a plan as a person reads it."""
    for step in plan.steps:
        yield f"{_SIGNS[step.action]} {step.action:<8} {step.name}  {step.title}{_because(step)}"
        yield from (f"    {line}" for change in _shown(step) for line in _field(change, step))
    for change in plan.access:
        yield f"~ access   {change}"


def summary(plan: Plan) -> str:
    """Return a plan in one line."""
    others = f"; {len(plan.unmanaged)} assets in Superset are not of this bundle" if plan.unmanaged else ""
    if plan.empty:
        return f"nothing to do: Superset is as git says{others}"
    counts = [(action, len(plan.of(action))) for action in Action]
    told = [f"{count} to {_VERBS[action]}" for action, count in counts if count]
    if plan.access:
        told.append(f"{len(plan.access)} changes of roles, row filters or accounts")
    return ", ".join(told) + others


_VERBS: Final = {
    Action.CREATE: "create",
    Action.CHANGE: "change",
    Action.DELETE: "delete",
    Action.DRIFT: "put back",
    Action.CONFLICT: "overwrite although edited in Superset",
}


def markdown(plan: Plan) -> str:
    """Return a plan as Markdown."""
    lines = list(lines_of(plan))
    if not lines:
        return f"**Superset**: {summary(plan)}.\n"
    # A text may hold a fence itself.
    fence = "`" * max(3, 1 + max((len(line) - len(line.lstrip("`")) for line in lines), default=0))
    block = "\n".join([f"{fence}diff", *lines, fence])
    if len(lines) > _FOLDED:
        block = f"<details><summary>{len(lines)} lines</summary>\n\n{block}\n\n</details>"
    return f"**Superset**: {summary(plan)}.\n\n{block}\n"


def as_data(plan: Plan) -> dict[str, Any]:
    """Return a plan as plain data, for `--format json`."""
    return {
        "steps": [step_data(step) for step in plan.steps],
        "access": list(plan.access),
        "unmanaged": list(plan.unmanaged),
        "empty": plan.empty,
    }


def step_data(step: Step) -> dict[str, Any]:
    """Return a step as plain data; a side that has no value has no key."""
    fields: list[dict[str, Any]] = []
    for change in step.fields:
        sides = {"before": change.before, "after": change.after}
        there = {key: value for key, value in sides.items() if value is not MISSING}
        fields.append({"path": change.path, "who": change.who, **there})
    return {"action": step.action.value, "name": step.name, "title": step.title, "fields": fields}


def _because(step: Step) -> str:
    if step.action is Action.DELETE:
        return "  (no longer in git; edited in Superset since)" if step.fields else "  (no longer in git)"
    if step.action in _WHY and any(change.path == WHOLE for change in step.fields):
        return "  (deleted in Superset; apply brings it back)"
    return f"  ({_WHY[step.action]})" if step.action in _WHY else ""


def _shown(step: Step) -> Sequence[FieldChange]:
    return [change for change in step.fields if change.path != WHOLE]


def _field(change: FieldChange, step: Step) -> Iterator[str]:
    edited = "" if change.who == "git" or step.action is Action.DRIFT else " (edited in Superset)"
    before, after = _text(change.before), _text(change.after)
    if "\n" not in before and "\n" not in after and len(before) + len(after) <= 2 * _SHORT:
        yield f"{change.path}: {before} -> {after}{edited}"
        return
    yield f"{change.path}:{edited}"
    yield from (f"  {line}" for line in _diff(before, after))


def _diff(before: str, after: str) -> Iterator[str]:
    old, new = before.split("\n"), after.split("\n")
    lines = [line for line in difflib.unified_diff(old, new, n=1, lineterm="") if not line.startswith(("---", "+++"))]
    yield from (line if len(line) <= 2 * _SHORT else line[: 2 * _SHORT] + " …" for line in lines[:_LINES])
    if len(lines) > _LINES:
        yield f"… {len(lines) - _LINES} more lines"


def _text(value: Any) -> str:
    if value is MISSING:
        return "(nothing)"
    if isinstance(value, str) and "\n" in value:
        return value.rstrip("\n")
    text = json.dumps(value, ensure_ascii=False, default=str)
    if len(text) > _SHORT and isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str, indent=1)
    return text
