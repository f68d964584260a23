"""SQL expressions of a model: parsed once, known by the columns they use, put together as AST, never as text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

DIALECT = "trino"


class ExpressionError(ValueError):
    """An expression that may not stand in a model. `offset`: characters from its start."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.offset = offset


@dataclass(frozen=True)
class ColumnUse:
    """A column named in an expression, and where."""

    name: str
    offset: int


def parse_row_expression(text: str) -> exp.Expr:
    """Parse an expression over the columns of one row.

    Raises ExpressionError for bad SQL, aggregates, window functions, subqueries and qualified names.
    """
    try:
        tree = sqlglot.parse_one(text, dialect=DIALECT)
    except SqlglotError as error:
        what = str(error)
        if isinstance(error, ParseError) and error.errors:
            what = str(error.errors[0].get("description") or what)
        raise ExpressionError(f"this is not a valid SQL expression: {what.rstrip('.')}") from None
    for node in tree.walk():
        if isinstance(node, (exp.AggFunc, exp.Window)):
            raise ExpressionError(f"{node.sql(DIALECT)} is an aggregate: a metric's `type` says how rows are combined")
        if isinstance(node, (exp.Query, exp.DDL, exp.Update, exp.Delete, exp.Merge, exp.Command)):
            raise ExpressionError("a query may not stand inside an expression")
        if isinstance(node, exp.Column) and node.table:
            raise ExpressionError(f"'{node.sql(DIALECT)}': name a column of the same dataset, without a qualifier")
    return tree


def columns_used(tree: exp.Expr) -> list[ColumnUse]:
    """Return the columns that an expression names, in order."""
    return [
        ColumnUse(column.name, int(column.this.meta.get("start", 0)))
        for column in tree.find_all(exp.Column, bfs=False)
        if not isinstance(column.this, exp.Star)
    ]


def replace_columns(tree: exp.Expr, new: Callable[[str], exp.Expr]) -> exp.Expr:
    """Return a copy in which each column is what `new` makes of its name."""

    def swap(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and not isinstance(node.this, exp.Star):
            made = new(node.name)
            atomic = isinstance(made, (exp.Column, exp.Literal, exp.Func, exp.Paren))
            return made if atomic or node.parent is None else exp.Paren(this=made)
        return node

    return tree.copy().transform(swap)


def is_type(text: str) -> bool:
    """Tell whether a text is a type of Trino."""
    try:
        exp.DataType.build(text, dialect=DIALECT)
    except SqlglotError:
        return False
    return True
