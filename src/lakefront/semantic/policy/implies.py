"""Whether a condition on rows is provably narrower than another. What is not proven counts as wider."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from sqlglot import exp

from lakefront.semantic.expression import DIALECT

_COMPARED: Final = {exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_DATE: Final = re.compile(r"CAST\('(\d{4}-\d\d-\d\d)' AS DATE\)")
#: Taking an AND of ORs apart doubles the work with each of them: beyond this many, nothing is proven.
_BRANCHES: Final = 256

# A condition in a form that can be compared. A row counts where the condition is TRUE, so NULL needs no care: AND and
# OR are intersection and union of rows, and what is neither is an atom, known by its text.
Atom = tuple[str, str, frozenset[str]]  # ("in", value, texts), ("<", value, {bound}), ("is", text, {})
Form = tuple[str, tuple["Form", ...]] | Atom
NONE: Final[Form] = ("or", ())
ALL: Final[Form] = ("and", ())


def form_of(condition: exp.Expr | None) -> Form:  # noqa: PLR0911 - one line a kind of condition
    """Return a condition in the form that `implies` compares; None stands for all rows."""
    if condition is None:
        return ALL
    if isinstance(condition, exp.Paren):
        return form_of(condition.this)
    if isinstance(condition, exp.Boolean):
        return ALL if condition.this else NONE
    if isinstance(condition, exp.And):
        return both(form_of(condition.this), form_of(condition.expression))
    if isinstance(condition, exp.Or):
        return either((form_of(condition.this), form_of(condition.expression)))
    if isinstance(condition, exp.Between):
        return both(
            _comparison(">=", condition.this, condition.args["low"]),
            _comparison("<=", condition.this, condition.args["high"]),
        )
    if isinstance(condition, exp.In) and condition.args.get("expressions"):
        return ("in", _text(condition.this), frozenset(_text(item) for item in condition.expressions))
    if isinstance(condition, exp.EQ):
        left, right = condition.this, condition.expression
        if _is_value(left) and not _is_value(right):
            left, right = right, left
        return ("in", _text(left), frozenset({_text(right)}))
    for kind, sign in _COMPARED.items():
        if isinstance(condition, kind):
            return _comparison(sign, condition.this, condition.expression)
    return ("is", _text(condition), frozenset())


def _comparison(sign: str, left: exp.Expr, right: exp.Expr) -> Form:
    if _is_value(left):
        sign, left, right = _TURNED[sign], right, left
    return (sign, _text(left), frozenset({_text(right)}))


def _is_value(node: exp.Expr) -> bool:
    return isinstance(node, (exp.Literal, exp.Neg, exp.Cast)) and node.find(exp.Column) is None


def _text(node: exp.Expr) -> str:
    inner = node.this if isinstance(node, exp.Paren) else node
    return inner.sql(DIALECT, identify=True, comments=False)


def both(one: Form, other: Form) -> Form:
    """Return the rows that are in both."""
    return ("and", (*_parts("and", one), *_parts("and", other)))


def either(forms: Sequence[Form]) -> Form:
    """Return the rows that are in one of them. Lists of values of the same thing become one."""
    parts = [part for form in forms for part in _parts("or", form)]
    values: dict[str, frozenset[str]] = {}
    others: list[Form] = []
    for part in parts:
        if len(part) == 3 and part[0] == "in":
            values[part[1]] = values.get(part[1], frozenset()) | part[2]
        else:
            others.append(part)
    return ("or", (*(("in", value, texts) for value, texts in values.items()), *others))


def _parts(kind: str, form: Form) -> tuple[Form, ...]:
    return form[1] if len(form) == 2 and form[0] == kind else (form,)


def implies(narrow: Form, wide: Form) -> bool:
    """Tell whether each row of `narrow` provably is one of `wide`. False where it is not known."""
    if narrow == wide:
        return True
    branches = _branches(narrow)
    return branches is not None and all(_covered(branch, wide) for branch in branches)


def _branches(form: Form) -> list[frozenset[Atom]] | None:
    """Return a form as an OR of ANDs of atoms; None where that would be too large."""
    if len(form) == 3:
        return [frozenset({form})]
    kind, parts = form
    result: list[frozenset[Atom]] = [] if kind == "or" else [frozenset()]
    for part in parts:
        inner = _branches(part)
        if inner is None:
            return None
        result = [*result, *inner] if kind == "or" else [one | other for one in result for other in inner]
        if len(result) > _BRANCHES:
            return None
    return result


def _covered(branch: frozenset[Atom], wide: Form) -> bool:
    if len(wide) == 3:
        return any(_atom_implies(atom, wide) for atom in branch)
    kind, parts = wide
    combine = all if kind == "and" else any
    return combine(_covered(branch, part) for part in parts)


@lru_cache(maxsize=50_000)
def _atom_implies(narrow: Atom, wide: Atom) -> bool:
    if narrow == wide:
        return True
    if narrow[1] != wide[1]:
        return False
    if narrow[0] == wide[0] == "in":
        return narrow[2] <= wide[2]
    if narrow[0] in _TURNED and wide[0] in _TURNED and narrow[0][0] == wide[0][0]:
        # `x <= 4` lies in `x < 5`, but not where x is rounded so that 4 and 5 are the same to it: not proven.
        if narrow[0].endswith("=") and not wide[0].endswith("="):
            return False
        (one,), (other,) = narrow[2], wide[2]
        return _not_above(one, other) if narrow[0][0] == "<" else _not_above(other, one)
    return False


def _not_above(one: str, other: str) -> bool:
    dates = _DATE.fullmatch(one), _DATE.fullmatch(other)
    if dates[0] and dates[1]:
        return dates[0][1] <= dates[1][1]
    try:
        low, high = Decimal(one), Decimal(other)
    except InvalidOperation:
        return False
    return low.is_finite() and high.is_finite() and low <= high
