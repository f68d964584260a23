"""SQL expressions of a model: parsed once, known by the columns they use, put together as AST, never as text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

DIALECT = "trino"
_BARE_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
#: Words that look like a column and are not.
_KEYWORDS: Final = frozenset({
    "true", "false", "null", "current_date", "current_time", "current_timestamp", "current_user", "current_catalog",
    "current_schema", "localtime", "localtimestamp", "case", "cast", "not", "exists", "select",
})  # fmt: skip


class ExpressionError(ValueError):
    """An expression that may not stand in a model. `offset`: characters from its start."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.offset = offset


@dataclass(frozen=True)
class ColumnUse:
    """A column named in an expression, and where. `dataset`: its qualifier, if it has one."""

    name: str
    offset: int
    dataset: str | None = None


@lru_cache(maxsize=20_000)
def parse_row_expression(text: str, *, qualified: bool = False) -> exp.Expr:
    """Parse an expression over the columns of one row. The tree is shared: copy it before changing it.

    `qualified`: columns of joined datasets may be named, as `dataset.column`.
    Raises ExpressionError for bad SQL, aggregates, window functions, subqueries and other qualified names.
    """
    if _BARE_NAME.fullmatch(text) and text not in _KEYWORDS:
        return exp.column(text)
    tree = parse_sql(text)
    for node in tree.walk():
        if isinstance(node, (exp.AggFunc, exp.Window)):
            raise ExpressionError(f"{node.sql(DIALECT)} is an aggregate: a metric's `type` says how rows are combined")
        if isinstance(node, (exp.Query, exp.DDL, exp.Update, exp.Delete, exp.Merge, exp.Command)):
            raise ExpressionError("a query may not stand inside an expression")
        if isinstance(node, exp.Column) and (node.args.get("db") or (node.table and not qualified)):
            raise ExpressionError(f"'{node.sql(DIALECT)}': name a column of the same dataset, without a qualifier")
    return tree


def parse_sql(text: str) -> exp.Expr:
    """Parse one expression or statement. Raises ExpressionError."""
    try:
        return sqlglot.parse_one(text, dialect=DIALECT)
    except SqlglotError as error:
        what = str(error)
        if isinstance(error, ParseError) and error.errors:
            what = str(error.errors[0].get("description") or what)
            if what.startswith("Required keyword"):  # names classes of the parser
                what = "something is missing in it"
        raise ExpressionError(f"this is not a valid SQL expression: {what.rstrip('.')}") from None


@lru_cache(maxsize=1_000)
def parse_dataset_sql(text: str) -> exp.Query:
    """Parse the SELECT that a dataset is over. The tree is shared: copy it. Raises ExpressionError."""
    tree = parse_sql(text)
    if not isinstance(tree, exp.Query):
        raise ExpressionError("a dataset is over one SELECT")
    return tree


def columns_used(tree: exp.Expr) -> list[ColumnUse]:
    """Return the columns that an expression names, in order."""
    return [
        ColumnUse(column.name, int(column.this.meta.get("start", 0)), column.table or None)
        for column in tree.find_all(exp.Column, bfs=False)
        if not isinstance(column.this, exp.Star)
    ]


def replace_columns(tree: exp.Expr, new: Callable[[str], exp.Expr]) -> exp.Expr:
    """Return a copy in which each column is what `new` makes of its name."""
    return replace_references(tree, lambda column: new(column.name))


def replace_references(tree: exp.Expr, new: Callable[[exp.Column], exp.Expr]) -> exp.Expr:
    """Return a copy in which each column is what `new` makes of it."""

    def swap(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and not isinstance(node.this, exp.Star):
            made = new(node)
            atomic = isinstance(made, (exp.Column, exp.Literal, exp.Func, exp.Paren, exp.Filter))
            return made if atomic or node.parent is None else exp.Paren(this=made)
        return node

    return tree.copy().transform(swap, copy=False)


def divide(numerator: exp.Expr, denominator: exp.Expr) -> exp.Expr:
    """Return a division of doubles that is NULL where the denominator is zero."""
    return exp.Div(
        this=exp.cast(numerator, "double"), expression=exp.func("nullif", denominator, exp.Literal.number(0))
    )


def safe_divisions(tree: exp.Expr) -> exp.Expr:
    """Return a copy in which each division is one of doubles, and NULL where the divisor is zero."""

    def swap(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Div) or isinstance(node.expression, exp.Nullif):
            return node
        return divide(_bare(node.this), _bare(node.expression))

    # Leaves first: a transform from the top would not look again into what it has replaced.
    copy = tree.copy()
    for node in reversed([item for item in copy.walk() if isinstance(item, exp.Div)]):
        made = swap(node)
        if node is copy:
            copy = made
        else:
            node.replace(made)
    return copy


def _bare(tree: exp.Expr) -> exp.Expr:
    inner = tree.this if isinstance(tree, exp.Paren) else tree
    return inner.copy()


def is_type(text: str) -> bool:
    """Tell whether a text is a type of Trino."""
    try:
        data_type(text)
    except SqlglotError:
        return False
    return True


@lru_cache(maxsize=1_000)
def data_type(text: str) -> exp.DataType:
    """Parse a type of Trino. Raises SqlglotError."""
    return exp.DataType.build(text, dialect=DIALECT)
