"""Conditions that people write themselves: one truth about one row, in SQL, and nothing else."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from lakefront.errors import BadInputError, did_you_mean
from lakefront.media.assets import COLUMNS

#: Code of the error for what is no condition.
BAD_CONDITION: Final = "media-where"
LONGEST: Final = 1_000
_MOST_PARTS: Final = 400
_NAMES: Final = tuple(column.name for column in COLUMNS)
_TRUTHS: Final = frozenset(column.name for column in COLUMNS if column.type == "boolean")
_EXAMPLE: Final = "write a condition such as \"width > 2 * height AND tag = 'user'\""
#: What is true or false of a row.
_TRUE_OR_FALSE: Final[tuple[type[exp.Expr], ...]] = (
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between, exp.Like,
    exp.NullSafeEQ, exp.NullSafeNEQ, exp.ArrayContains, exp.StartsWith,
)  # fmt: skip
#: What else may stand in a condition: values, arithmetic, and functions of one row that are quick.
_PARTS: Final[tuple[type[exp.Expr], ...]] = (
    exp.Paren, exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Neg, exp.Add, exp.Sub, exp.Mul,
    exp.Div, exp.Mod, exp.Cast, exp.DataType, exp.DataTypeParam, exp.Interval, exp.Var, exp.Escape, exp.CurrentDate,
    exp.Lower, exp.Upper, exp.Length, exp.Trim, exp.Substring, exp.StrPosition, exp.Coalesce, exp.Abs, exp.Round,
    exp.ArraySize, exp.Bracket, exp.Date, exp.Year, exp.Month, exp.Day,
)  # fmt: skip


@lru_cache(maxsize=1_000)
def condition_sql(text: str) -> str:
    """Return a condition over the columns of the media table as Trino's SQL, made anew of what was understood.

    Comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, arithmetic and some functions of one row may stand in it; no query,
    no other table, no second statement, no function that reads anything else. Raises BadInputError (`media-where`).
    """
    if len(text) > LONGEST:
        raise _refused(f"a condition of {len(text):,} letters is too long", f"give at most {LONGEST:,}")
    tree = _parsed(text)
    for number, node in enumerate(tree.walk(), start=1):
        if number > _MOST_PARTS:
            raise _refused("the condition has too many parts", "split it, or use `tag`, `label` and `kind` beside it")
        _check(node)
    if not _is_truth(tree):
        raise _refused(f"'{text.strip()}' is true or false of nothing", _EXAMPLE)
    for access in tree.find_all(exp.Bracket):
        access.set("safe", True)
    return tree.sql("trino", comments=False)


def _parsed(text: str) -> exp.Expr:
    try:
        found = [tree for tree in sqlglot.parse(text, dialect="trino") if tree is not None]
    except (SqlglotError, RecursionError):
        raise _refused(f"'{text.strip()}' cannot be read as SQL", _EXAMPLE) from None
    if len(found) != 1:
        raise _refused("a condition is one expression", _EXAMPLE)
    return found[0]


def _check(node: exp.Expr) -> None:
    """Raise BadInputError for a part of a condition that may not stand in one."""
    if isinstance(node, exp.Column):
        if len(node.parts) > 1 or node.name.lower() not in _NAMES:
            name = ".".join(part.name for part in node.parts)
            what = f"there is no column '{name}'.{did_you_mean(name, _NAMES)}"
            raise _refused(what, f"use one of: {', '.join(_NAMES)}")
    elif isinstance(node, exp.In) and node.args.get("query"):
        raise _refused("a query may not stand in a condition", "list the values: IN ('a', 'b')")
    elif not isinstance(node, (*_TRUE_OR_FALSE, *_PARTS)):
        what = f"'{node.sql('trino', comments=False)}' may not stand in a condition"
        raise _refused(what, "use comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, contains(labels, 'x'), arithmetic")


def _is_truth(tree: exp.Expr) -> bool:
    inner = tree.unnest()
    if isinstance(inner, exp.Column):
        return inner.name.lower() in _TRUTHS
    if isinstance(inner, (exp.And, exp.Or)):
        return _is_truth(inner.left) and _is_truth(inner.right)
    if isinstance(inner, exp.Not):
        return _is_truth(inner.this)
    return isinstance(inner, (*_TRUE_OR_FALSE, exp.Boolean))


def _refused(what: str, fix: str) -> BadInputError:
    return BadInputError(BAD_CONDITION, what, fix=fix)
