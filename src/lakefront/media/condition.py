"""Conditions that people write themselves: one truth about one row, in SQL, and nothing else."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from lakefront.errors import BadInputError, did_you_mean
from lakefront.media.assets import COLUMNS

#: Code of the error for what is no condition.
BAD_CONDITION: Final = "media-where"
LONGEST: Final = 1_000
#: Columns that may stand in a condition.
NAMES: Final = tuple(column.name for column in COLUMNS)
_MOST_PARTS: Final = 400
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


#: Where something stands in a text: its first letter, and the one behind its last, from 0.
Span = tuple[int, int]


class ConditionError(BadInputError):
    """What is no condition, and where in it the fault is; `span` is None where it is the whole."""

    def __init__(self, what: str, fix: str, span: Span | None = None) -> None:
        super().__init__(BAD_CONDITION, f"letter {span[0] + 1}: {what}" if span else what, fix=fix)
        self.span = span


@lru_cache(maxsize=1_000)
def condition_sql(text: str) -> str:
    """Return a condition over the columns of the media table as Trino's SQL, made anew of what was understood.

    Comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, arithmetic and some functions of one row may stand in it; no query,
    no other table, no second statement, no function that reads anything else. Raises ConditionError (`media-where`).
    """
    if len(text) > LONGEST:
        raise ConditionError(f"a condition of {len(text):,} letters is too long", f"give at most {LONGEST:,}")
    tree = _parsed(text)
    for number, node in enumerate(tree.walk(), start=1):
        if number > _MOST_PARTS:
            raise ConditionError(
                "the condition has too many parts", "split it, or use `tag`, `label` and `kind` beside it"
            )
        _check(node)
    if not _is_truth(tree):
        raise ConditionError(f"'{text.strip()}' is true or false of nothing", _EXAMPLE)
    for access in tree.find_all(exp.Bracket):
        access.set("safe", True)
    return tree.sql("trino", comments=False)


def _parsed(text: str) -> exp.Expr:
    try:
        found = [tree for tree in sqlglot.parse(text, dialect="trino") if tree is not None]
    except (SqlglotError, RecursionError) as error:
        raise ConditionError(f"'{text.strip()}' cannot be read as SQL", _EXAMPLE, _unread(text, error)) from None
    if len(found) != 1:
        raise ConditionError("a condition is one expression", _EXAMPLE)
    return found[0]


def _unread(text: str, error: Exception) -> Span | None:
    """Return what could not be read. sqlglot tells the line and the last letter of it, from 1."""
    told = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
    line, column, wrong = told.get("line"), told.get("col"), told.get("highlight")
    if not (isinstance(line, int) and isinstance(column, int) and wrong):
        return None
    end = sum(len(each) + 1 for each in text.split("\n")[: line - 1]) + column
    return (end - len(wrong), end) if 0 <= end - len(wrong) < end <= len(text) else None


def _span(node: exp.Expr) -> Span | None:
    """Return where a part of a condition is written, as far as its own parts tell."""
    told = [part.meta for part in node.walk() if "start" in part.meta and "end" in part.meta]
    return (min(each["start"] for each in told), max(each["end"] for each in told) + 1) if told else None


def _check(node: exp.Expr) -> None:
    """Raise BadInputError for a part of a condition that may not stand in one."""
    if isinstance(node, exp.Column):
        if len(node.parts) > 1 or node.name.lower() not in NAMES:
            name = ".".join(part.name for part in node.parts)
            what = f"there is no column '{name}'.{did_you_mean(name, NAMES)}"
            raise ConditionError(what, f"use one of: {', '.join(NAMES)}", _span(node))
    elif isinstance(node, exp.In) and node.args.get("query"):
        raise ConditionError("a query may not stand in a condition", "list the values: IN ('a', 'b')", _span(node))
    elif not isinstance(node, (*_TRUE_OR_FALSE, *_PARTS)):
        what = f"'{node.sql('trino', comments=False)}' may not stand in a condition"
        fix = "use comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, contains(labels, 'x'), arithmetic"
        raise ConditionError(what, fix, _span(node))


def _is_truth(tree: exp.Expr) -> bool:
    inner = tree.unnest()
    if isinstance(inner, exp.Column):
        return inner.name.lower() in _TRUTHS
    if isinstance(inner, (exp.And, exp.Or)):
        return _is_truth(inner.left) and _is_truth(inner.right)
    if isinstance(inner, exp.Not):
        return _is_truth(inner.this)
    return isinstance(inner, (*_TRUE_OR_FALSE, exp.Boolean))
