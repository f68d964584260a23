"""Steps in words: for a terminal, as data, and as Markdown for a comment on a pull request."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from lakefront.versions.merge import MISSING
from lakefront.versions.steps import WHOLE, Action, FieldChange, Step

_SHORT: Final = 90
_LINES: Final = 12
#: Beyond so many lines, a comment on a pull request folds them.
_FOLDED: Final = 40
_SIGNS: Final = {
    Action.CREATE: "+",
    Action.CHANGE: "~",
    Action.DELETE: "-",
    Action.DRIFT: "!",
    Action.CONFLICT: "!",
}


def lines_of_steps(steps: Iterable[Step], server: str) -> Iterator[str]:
    """Yield the lines of steps as a person reads them. `server`: what it is called."""
    for step in steps:
        yield f"{_SIGNS[step.action]} {step.action:<8} {step.name}  {step.title}{_because(step, server)}"
        yield from (f"    {line}" for change in _shown(step) for line in _field(change, step, server))


def counts_of(steps: Sequence[Step], server: str) -> list[str]:
    """Return how many steps of each kind there are, in words."""
    counts = [(action, sum(1 for step in steps if step.action is action)) for action in Action]
    return [f"{count} to {_verb(action, server)}" for action, count in counts if count]


def _verb(action: Action, server: str) -> str:
    verbs = {
        Action.CREATE: "create",
        Action.CHANGE: "change",
        Action.DELETE: "delete",
        Action.DRIFT: "put back",
        Action.CONFLICT: f"overwrite although edited in {server}",
    }
    return verbs[action]


def comment(lines: Sequence[str], summary: str, server: str) -> str:
    """Return lines of a plan as Markdown."""
    if not lines:
        return f"**{server}**: {summary}.\n"
    # A text may hold a fence itself.
    fence = "`" * max(3, 1 + max((len(line) - len(line.lstrip("`")) for line in lines), default=0))
    block = "\n".join([f"{fence}diff", *lines, fence])
    if len(lines) > _FOLDED:
        block = f"<details><summary>{len(lines)} lines</summary>\n\n{block}\n\n</details>"
    return f"**{server}**: {summary}.\n\n{block}\n"


def step_data(step: Step) -> dict[str, Any]:
    """Return a step as plain data; a side that has no value has no key."""
    fields: list[dict[str, Any]] = []
    for change in step.fields:
        sides = {"before": change.before, "after": change.after}
        there = {key: value for key, value in sides.items() if value is not MISSING}
        fields.append({"path": change.path, "who": change.who, **there})
    return {"action": step.action.value, "name": step.name, "title": step.title, "fields": fields}


def _because(step: Step, server: str) -> str:
    if step.action is Action.DELETE:
        return f"  (no longer in git; edited in {server} since)" if step.fields else "  (no longer in git)"
    why = {
        Action.DRIFT: f"edited in {server}; apply puts it back",
        Action.CONFLICT: f"edited in {server} and changed in git; apply takes git's",
    }
    if step.action in why and any(change.path == WHOLE for change in step.fields):
        return f"  (deleted in {server}; apply brings it back)"
    return f"  ({why[step.action]})" if step.action in why else ""


def _shown(step: Step) -> Sequence[FieldChange]:
    return [change for change in step.fields if change.path != WHOLE]


def _field(change: FieldChange, step: Step, server: str) -> Iterator[str]:
    edited = "" if change.who == "git" or step.action is Action.DRIFT else f" (edited in {server})"
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
