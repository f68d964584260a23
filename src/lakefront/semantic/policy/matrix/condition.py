"""Conditions of policies, told true, false or unknown for one row in plain Python: no SQL is made of them."""

from __future__ import annotations

import datetime as dt
import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from sqlglot import exp

from lakefront.semantic.expression import parse_row_expression
from lakefront.semantic.model import Dataset
from lakefront.semantic.policy.model import Value
from lakefront.semantic.policy.rows import parse_condition

Row = Mapping[str, Any]
Attributes = Mapping[str, tuple[Value, ...]]


class UnknownToModelError(ValueError):
    """A part of SQL that this evaluation does not know; what depends on it is told as not run."""


def holds(text: str, dataset: Dataset, row: Row, user: str, attributes: Attributes) -> bool:
    """Tell whether a condition is true for a row, as a person with these attributes asks. Unknown is not true.

    Raises UnknownToModelError for SQL that is not known here.
    """
    return _Evaluation(dataset, row, user, attributes).value(parse_condition(text)) is True


_COMPARE: Final[dict[type[exp.Expr], Callable[[Any, Any], bool]]] = {
    exp.EQ: operator.eq, exp.NEQ: operator.ne, exp.LT: operator.lt, exp.LTE: operator.le, exp.GT: operator.gt,
    exp.GTE: operator.ge,
}  # fmt: skip
_COMPUTE: Final[dict[type[exp.Expr], Callable[[Any, Any], Any]]] = {
    exp.Add: operator.add, exp.Sub: operator.sub, exp.Mul: operator.mul, exp.DPipe: operator.add,
}  # fmt: skip
_OF_TEXT: Final[dict[type[exp.Expr], Callable[[str], Any]]] = {
    exp.Lower: str.lower, exp.Upper: str.upper, exp.Trim: str.strip, exp.Length: len,
}  # fmt: skip


class _Evaluation:
    def __init__(self, dataset: Dataset, row: Row, user: str, attributes: Attributes) -> None:
        self.dataset = dataset
        self.row = row
        self.user = user
        self.attributes = attributes

    def value(self, node: exp.Expr) -> Any:
        """Return the value of a tree for the row; None is NULL and unknown."""
        if isinstance(node, (exp.And, exp.Or)):
            return self._logic(node)
        for kinds in (_COMPARE, _COMPUTE):
            if type(node) in kinds:
                return self._two(node, kinds[type(node)])
        if type(node) in _OF_TEXT:
            text = self.value(node.this)
            return None if text is None else _OF_TEXT[type(node)](text)
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise UnknownToModelError(f"`{node.sql('trino')}` is not known to the model of expectations")
        return method(node)

    def _logic(self, node: exp.And | exp.Or) -> bool | None:
        sides = [self.value(node.this), self.value(node.expression)]
        decides = isinstance(node, exp.Or)
        if decides in sides:
            return decides
        return None if None in sides else not decides

    def _two(self, node: exp.Expr, function: Callable[[Any, Any], Any]) -> Any:
        if isinstance(node.this, exp.Placeholder) or isinstance(node.expression, exp.Placeholder):
            mark, other = (node.this, node.expression)
            if not isinstance(mark, exp.Placeholder):
                mark, other = other, mark
            return self._among(self.value(other), self._given(mark))
        left, right = self.value(node.this), self.value(node.expression)
        if left is None or right is None:
            return None
        return function(*_alike(left, right))

    def _given(self, mark: exp.Placeholder) -> list[Any]:
        return list(self.attributes.get(mark.name, ()))

    @staticmethod
    def _among(value: Any, items: list[Any]) -> bool | None:
        if not items:
            return False  # an attribute that a person lacks admits no row, not even under NULL
        if value is None:
            return None
        pairs = [(None if item is None else operator.eq(*_alike(value, item))) for item in items]
        return True if True in pairs else None if None in pairs else False

    def _in(self, node: exp.In) -> bool | None:
        items: list[Any] = []
        for item in node.expressions:
            items += self._given(item) if isinstance(item, exp.Placeholder) else [self.value(item)]
        return self._among(self.value(node.this), items)

    def _column(self, node: exp.Column) -> Any:
        column = self.dataset.column(node.name)
        if column is not None and column.expression:
            return self.value(parse_row_expression(column.expression))
        return self.row[node.name]

    def _paren(self, node: exp.Paren) -> Any:
        return self.value(node.this)

    def _not(self, node: exp.Not) -> bool | None:
        inner = self.value(node.this)
        return None if inner is None else not inner

    def _is(self, node: exp.Is) -> bool:
        return self.value(node.this) is self.value(node.expression)

    def _null(self, _: exp.Null) -> None:
        return None

    def _boolean(self, node: exp.Boolean) -> bool:
        return bool(node.this)

    def _literal(self, node: exp.Literal) -> Any:
        return node.name if node.is_string else Decimal(node.name)

    def _neg(self, node: exp.Neg) -> Any:
        inner = self.value(node.this)
        return None if inner is None else -inner

    def _currentuser(self, _: exp.CurrentUser) -> str:
        return self.user

    def _cast(self, node: exp.Cast) -> Any:
        inner = self.value(node.this)
        if inner is None:
            return None
        if node.to.is_type(exp.DataType.Type.DATE) and isinstance(inner, str):
            return dt.date.fromisoformat(inner)
        if node.to.is_type(*exp.DataType.TEXT_TYPES) and isinstance(inner, (str, int)):
            return str(inner)
        raise UnknownToModelError(f"`{node.sql('trino')}` is not known to the model of expectations")

    def _between(self, node: exp.Between) -> bool | None:
        value, low, high = (self.value(node.args[part]) for part in ("this", "low", "high"))
        if value is None or low is None or high is None:
            return None
        first, second = _alike(value, low), _alike(value, high)
        return bool(first[0] >= first[1] and second[0] <= second[1])

    def _like(self, node: exp.Like) -> bool | None:
        value, pattern = self._texts(node)
        if value is None or pattern is None:
            return None
        parts = {"%": ".*", "_": "."}
        made = "".join(parts.get(letter) or re.escape(letter) for letter in pattern)
        return bool(re.fullmatch(made, value, re.DOTALL))

    def _texts(self, node: exp.Expr) -> tuple[str | None, str | None]:
        return self.value(node.this), self.value(node.expression)

    def _regexplike(self, node: exp.RegexpLike) -> bool | None:
        value, pattern = self._texts(node)
        return None if value is None or pattern is None else bool(re.search(pattern, value))

    def _regexpextract(self, node: exp.RegexpExtract) -> str | None:
        value, pattern = self._texts(node)
        found = None if value is None or pattern is None else re.search(pattern, value)
        group = node.args.get("group")
        return None if found is None else found.group(int(group.name) if group else 0)

    def _splitpart(self, node: exp.SplitPart) -> str | None:
        value, by, index = (self.value(node.args[part]) for part in ("this", "delimiter", "part_index"))
        if value is None:
            return None
        parts = value.split(by)
        return parts[int(index) - 1] if int(index) <= len(parts) else None

    def _coalesce(self, node: exp.Coalesce) -> Any:
        values = (self.value(item) for item in (node.this, *node.expressions))
        return next((value for value in values if value is not None), None)

    def _substring(self, node: exp.Substring) -> str | None:
        value: str | None = self.value(node.this)
        if value is None:
            return None
        begin = int(self.value(node.args["start"])) - 1
        length = node.args.get("length")
        return value[begin:] if length is None else value[begin : begin + int(self.value(length))]


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    """Return two values as ones that can be compared: whole and decimal numbers, and days written as texts."""
    if isinstance(left, dt.date) and isinstance(right, str):
        return left, dt.date.fromisoformat(right)
    if isinstance(right, dt.date) and isinstance(left, str):
        return dt.date.fromisoformat(left), right
    if isinstance(left, (int, float, Decimal)) and isinstance(right, (int, float, Decimal)):
        return Decimal(str(left)), Decimal(str(right))
    if type(left) is not type(right):
        raise UnknownToModelError(f"{left!r} cannot be compared with {right!r}")
    return left, right
