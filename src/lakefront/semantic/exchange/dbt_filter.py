"""Conditions of dbt's semantic layer -> SQL over our columns.

`{{ Dimension('order__region') }} = 'EU'` is taken apart as text and as a Python expression; no template is run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlglot import exp

from lakefront.semantic.exchange.draft import Data
from lakefront.semantic.exchange.metric_to_sql import UnsayableError
from lakefront.semantic.exchange.sql_to_metric import parse
from lakefront.semantic.expression import DIALECT

_CALL: Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_MARK: Final = "lakefront_reference_"


@dataclass(frozen=True)
class Reference:
    """A dimension, time dimension or entity. `path`: entities on the way, then its own name."""

    kind: str
    path: tuple[str, ...]
    grain: str | None = None


def reference(text: str) -> Reference:
    """Return what one call such as `TimeDimension('order__day', 'month')` names. Raises UnsayableError."""
    try:
        node: ast.expr = ast.parse(text.strip(), mode="eval").body
        grain: str | None = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "grain":
            grain = str(ast.literal_eval(node.args[0]))
            node = node.func.value
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            raise UnsayableError(f"'{{{{{text}}}}}' is not a dimension")
        arguments = [ast.literal_eval(item) for item in node.args]
        named = {str(item.arg): ast.literal_eval(item.value) for item in node.keywords}
    except (SyntaxError, ValueError, IndexError, TypeError):
        raise UnsayableError(f"'{{{{{text}}}}}' cannot be read") from None
    kind = node.func.id
    if kind not in ("Dimension", "TimeDimension", "Entity") or not arguments:
        raise UnsayableError(f"'{kind}' in a condition has no counterpart")
    grain = named.get("time_granularity_name") or (arguments[1] if len(arguments) > 1 else None) or grain
    way = cast("list[Any]", named.get("entity_path") or ())
    path = tuple(part for item in (*way, arguments[0]) for part in str(item).split("__"))
    return Reference(kind, path, str(grain).lower() if kind != "Entity" and grain else None)


def condition(template: str, dialect: str, column: Callable[[Reference], exp.Expr]) -> exp.Expr:
    """Return a template as SQL. `column` gives what a reference stands for. Raises UnsayableError."""
    found: list[Reference] = []

    def marked(call: re.Match[str]) -> str:
        found.append(reference(call[1]))
        return f"{_MARK}{len(found) - 1}"

    text = _CALL.sub(marked, template)
    if "{%" in text or "{{" in text or "{#" in text:
        raise UnsayableError(f"the template is more than names of dimensions: {' '.join(template.split())}")
    tree = parse(text, dialect)

    def swap(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column):
            if not node.name.startswith(_MARK):
                raise UnsayableError(f"'{node.sql(DIALECT)}' is not a dimension")
            return column(found[int(node.name.removeprefix(_MARK))])
        return node

    return tree.transform(swap)


def templates(holder: Data | None) -> list[str]:
    """Return the templates of a `filter` or `where`, in any of the shapes that dbt has written them in."""
    if not holder:
        return []
    inner = holder.get("where_filters")
    filters = cast("list[Any]", inner) if isinstance(inner, list) else [holder]
    return [
        str(cast("Data", item)["where_sql_template"])
        for item in filters
        if isinstance(item, dict) and "where_sql_template" in item
    ]
