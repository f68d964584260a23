"""SQL that people write into charts: parsed as Trino's, compared by meaning."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from sqlglot import exp

from lakefront.semantic.expression import DIALECT, ExpressionError, parse_sql

_JINJA_VALUE: Final = re.compile(r"\{\{.*?\}\}", re.DOTALL)
#: What an expression may be; statements, lists and what is named with AS are not.
_EXPRESSIONS: Final = (exp.Condition, exp.Filter, exp.WithinGroup, exp.Interval, exp.AtTimeZone, exp.IgnoreNulls)
#: Words that sqlglot takes for columns.
_NO_COLUMNS: Final = frozenset({"current_user", "current_catalog", "current_schema", "localtime", "localtimestamp"})


@lru_cache(maxsize=20_000)
def expression(sql: str) -> exp.Expr | None:
    """Parse one Trino expression; Jinja values stand for NULL, and SQL with Jinja blocks is not looked into (None).

    Raises ExpressionError.
    """
    if "{%" in sql:
        return None
    tree = parse_sql(_plain(sql))
    if isinstance(tree, exp.Query) or not isinstance(tree, _EXPRESSIONS):
        raise ExpressionError("this is no expression: write one value, without SELECT, AS or commas")
    return tree


@lru_cache(maxsize=5_000)
def query(sql: str) -> exp.Expr | None:
    """Parse the SELECT of a dataset, as `expression` does. Raises ExpressionError."""
    if "{%" in sql:
        return None
    tree = parse_sql(_plain(sql))
    if not isinstance(tree, exp.Query):
        raise ExpressionError("a dataset is over one SELECT")
    return tree


def column_names(tree: exp.Expr) -> list[str]:
    """Return the columns that an expression names; none where it holds a query, which has columns of its own."""
    if tree.find(exp.Query):
        return []
    bound = {name.name for node in tree.find_all(exp.Lambda) for name in node.expressions}
    names = [node.name for node in tree.find_all(exp.Column) if not isinstance(node.this, exp.Star)]
    return [name for name in dict.fromkeys(names) if name not in bound and name.lower() not in _NO_COLUMNS]


@lru_cache(maxsize=20_000)
def signature(sql: str) -> str | None:
    """Return a text that is the same for expressions that mean the same; None for SQL that cannot be parsed.

    Case and quotes of names, brackets, `count(1)`, and `sum(CASE WHEN … END)` in place of FILTER make no difference.
    """
    try:
        tree = expression(sql)
    except ExpressionError:
        return None
    if tree is None:
        return None
    tree = tree.copy()
    # Leaves first: what is put in place of a part is made of parts that are normal already.
    for node in reversed(list(tree.walk())):
        made = _normal(node)
        if node is tree:
            tree = made
        elif made is not node:
            node.replace(made)
    return tree.sql(DIALECT)


def _plain(sql: str) -> str:
    if "{{" not in sql:
        return sql
    return _JINJA_VALUE.sub(lambda found: "(NULL)" if "where_in" in found.group() else "NULL", sql)


def _normal(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Column) and not isinstance(node.this, exp.Star):
        return exp.column(node.name.lower())
    if isinstance(node, exp.Paren):
        parent = node.parent
        needed = isinstance(parent, (exp.Binary, exp.Unary)) and not isinstance(parent, exp.Paren)
        atomic = isinstance(node.this, (exp.Column, exp.Literal, exp.Func, exp.Filter))
        return node if needed and not atomic else node.this
    if isinstance(node, exp.Count) and isinstance(node.this, exp.Literal) and not node.this.is_string:
        return exp.Count(this=exp.Star())
    if isinstance(node, exp.AggFunc) and isinstance(node.this, (exp.Case, exp.If)):
        return _filtered(node)
    return node


def _filtered(node: exp.AggFunc) -> exp.Expr:
    """Return `sum(x) FILTER (WHERE c)` for `sum(CASE WHEN c THEN x END)`."""
    case = node.this
    branches = case.args.get("ifs") or [case]
    otherwise = case.args.get("default") if isinstance(case, exp.Case) else case.args.get("false")
    nothing = otherwise is None or isinstance(otherwise, exp.Null) or otherwise.sql() == "0"
    if len(branches) != 1 or not nothing or (case.args.get("this") is not None and isinstance(case, exp.Case)):
        return node
    branch = branches[0]
    bare = node.copy()
    bare.set("this", branch.args["true"].copy())
    return exp.Filter(this=bare, expression=exp.Where(this=branch.this.copy()))
