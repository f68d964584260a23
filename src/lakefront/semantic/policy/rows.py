"""Conditions on rows: SQL over one dataset's columns, with what is known of the person filled in as typed literals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from sqlglot import exp
from sqlglot.errors import SqlglotError

from lakefront.semantic.expression import DIALECT, ExpressionError, data_type, parse_row_expression, replace_references
from lakefront.semantic.model import Dataset
from lakefront.semantic.policy.model import Value
from lakefront.semantic.tables import column_of, row_value

#: Quoted texts and names are stepped over: a brace in them is only a brace.
_PLACES: Final = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\{([^{}]*)\}""")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
#: Stands for the name of the person herself; no attribute can be called so.
ME: Final = "current user"
#: What is known of a person, by name.
Attributes = Mapping[str, tuple["Value | Unbound", ...]]
_ALLOWED_ABOVE: Final = (exp.And, exp.Or, exp.Paren)


@dataclass(frozen=True)
class Unbound:
    """Stands for values that are not known, so that a condition keeps its `{name}` or `current_user`."""

    name: str


@lru_cache(maxsize=10_000)
def parse_condition(text: str) -> exp.Expr:
    """Parse a condition in which `{name}` stands for the values of an attribute of the person.

    The tree is shared: copy it before changing it. Raises ExpressionError. An attribute may only widen a condition
    (`column IN ({name})` or `column = {name}`, under AND and OR): whoever lacks it must see less, never more.
    """
    wanted = [found for found in _PLACES.finditer(text) if found[1] is not None]
    for found in wanted:
        if not _NAME.fullmatch(found[1].strip()):
            raise ExpressionError(f"'{found[0]}' is not the name of an attribute", found.start())
    # As long as the text that it stands in for, so that offsets of columns stay true.
    plain = _PLACES.sub(
        lambda found: found[0] if found[1] is None else f":{found[1].strip()}".ljust(len(found[0])), text
    )
    tree = parse_row_expression(plain)
    marks = list(tree.find_all(exp.Placeholder, exp.Parameter))
    if len(marks) != len(wanted):
        raise ExpressionError("write an attribute of the person as {name}; other placeholders have no meaning here")
    for mark in marks:
        if not _only_widens(mark):
            place = next((found.start() for found in wanted if found[1].strip() == mark.name), 0)
            raise ExpressionError(
                f"{{{mark.name}}} stands in `column IN ({{{mark.name}}})` or `column = {{{mark.name}}}`, under AND and "
                "OR only: who has no such attribute would see more otherwise",
                place,
            )
    for listed in tree.find_all(exp.In):
        if any(item.find(exp.Null) for item in listed.expressions):
            # Trino 476 may push `x IN (1, 2, NULL)` down as `x IS NULL OR x BETWEEN 1 AND 2`, which opens rows.
            raise ExpressionError("a list with NULL in it: write `OR column IS NULL` if rows without a value are meant")
    return tree


def _only_widens(mark: exp.Expr) -> bool:
    node = mark.parent
    if not isinstance(node, (exp.In, exp.EQ)) or _compared(node) is None:
        return False
    above = node.parent
    while above is not None:
        if not isinstance(above, _ALLOWED_ABOVE):
            return False
        above = above.parent
    return True


def _compared(node: exp.In | exp.EQ) -> exp.Expr | None:
    """Return what an attribute is compared with; None where it is not a list or a value that it is compared with."""
    if isinstance(node, exp.In):
        return node.this if node.args.get("expressions") and not node.this.find(exp.Placeholder) else None
    return next((side for side in (node.this, node.expression) if not side.find(exp.Placeholder)), None)


def attributes_used(text: str) -> Iterator[tuple[str, str | None]]:
    """Yield each attribute that a sound condition asks for, with the column, if it is one, that it is compared with."""
    for mark in parse_condition(text).find_all(exp.Placeholder):
        node = mark.parent
        other = _compared(node) if isinstance(node, (exp.In, exp.EQ)) else None
        yield mark.name, other.name if isinstance(other, exp.Column) else None


def asks_who(text: str) -> bool:
    """Tell whether a sound condition asks for the name of the person, as `current_user`."""
    return parse_condition(text).find(exp.CurrentUser) is not None


@lru_cache(maxsize=10_000)
def known_of_her(text: str) -> frozenset[str]:
    """Return what must be known of a person to fill in a sound condition: attributes, and `ME`."""
    names = frozenset(name for name, _ in attributes_used(text))
    return names | {ME} if asks_who(text) else names


def bind(text: str, dataset: Dataset, attributes: Attributes) -> exp.Expr:
    """Return a sound condition for one person, over columns of the dataset. An attribute she lacks admits no row."""
    tree = exp.Paren(this=parse_condition(text).copy())  # so that what is replaced always has a parent
    for node in list(tree.find_all(exp.In, exp.EQ)):
        other = _compared(node)
        if other is None or node.find(exp.Placeholder) is None:
            continue
        type_ = column_of(dataset, other.name).type if isinstance(other, exp.Column) else None
        items = node.expressions if isinstance(node, exp.In) else [node.this, node.expression]
        values = [item for item in items if item is not other and not isinstance(item, exp.Placeholder)]
        for item in items:
            if isinstance(item, exp.Placeholder):
                values += [literal(value, type_) for value in attributes.get(item.name, ())]
        node.replace(exp.In(this=other.copy(), expressions=values) if values else exp.false())
    for who in list(tree.find_all(exp.CurrentUser)):
        # The name itself: in a mask that looks up the key of hashes, Trino's current_user is the service that may.
        (name,) = attributes.get(ME, ("",))
        if isinstance(name, Unbound):
            continue
        who.replace(exp.Literal.string(str(name)))
    inner: exp.Expr = tree.this
    inner.pop()
    return inner


def over_the_table(condition: exp.Expr, dataset: Dataset) -> exp.Expr:
    """Return a condition over a dataset's columns as one over those of its table: computed ones are spelt out."""
    spelt = replace_references(condition, lambda column: row_value(dataset, column_of(dataset, column.name)))
    return replace_references(spelt, lambda column: exp.column(column.name))


def literal(value: Value | Unbound, type_: str | None) -> exp.Expr:
    """Return an attribute's value as SQL of a column's type, of its own where None. Raises ExpressionError."""
    if isinstance(value, Unbound):
        return exp.Placeholder(this=value.name)
    kind = kind_of(type_) if type_ else "text" if isinstance(value, str) else "number"
    if kind == "text" and isinstance(value, str):
        return exp.Literal.string(value)
    if kind == "number" and isinstance(value, (int, float)) and not isinstance(value, bool):
        return exp.Literal.number(value)
    if kind == "boolean" and isinstance(value, bool):
        return exp.Boolean(this=value)
    if kind == "date" and isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return exp.cast(exp.Literal.string(value), "date", dialect=DIALECT)
    raise ExpressionError(f"{value!r} is no value of a column of type {type_ or 'text or number'}")


@lru_cache(maxsize=1_000)
def kind_of(type_: str) -> str:
    """Return what a type holds, in one word: text, number, boolean, date, moment or other."""
    try:
        parsed = data_type(type_)
    except SqlglotError:
        return "other"
    if parsed.is_type(*exp.DataType.TEXT_TYPES):
        return "text"
    if parsed.is_type(*exp.DataType.NUMERIC_TYPES):
        return "number"
    if parsed.is_type(exp.DataType.Type.BOOLEAN):
        return "boolean"
    if parsed.is_type(exp.DataType.Type.DATE):
        return "date"
    return "moment" if parsed.is_type(*exp.DataType.TEMPORAL_TYPES) else "other"
