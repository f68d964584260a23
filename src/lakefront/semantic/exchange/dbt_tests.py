"""dbt's tests of models and columns -> quality rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from lakefront.semantic.exchange.dbt_manifest import Item
from lakefront.semantic.exchange.dbt_tables import Table
from lakefront.semantic.exchange.draft import Data
from lakefront.semantic.exchange.metric_to_sql import UnsayableError
from lakefront.semantic.exchange.naming import to_name

_REF: Final = re.compile(r"""ref\(\s*(?:['"][\w.-]+['"]\s*,\s*)?['"]([\w.-]+)['"]""")
_MORE_THAN: Final = re.compile(r"\s*>\s*(\d+)\s*")
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")


def add_rule(test: Item, table: Table, by_node: Mapping[str, Table]) -> None:
    """Add what a test asks to its table's rules; `by_node`: tables by the name of the model behind them."""
    metadata = test.map("test_metadata")
    if not metadata:
        table.draft.lose(test.place, f"the test '{test.name}' is SQL of its own, which no quality rule is")
        return
    kind = str(metadata.get("name"))
    try:
        made = _rule(kind, cast("Data", metadata.get("kwargs") or {}), table, by_node)
        made |= _common(test, table)
    except UnsayableError as error:
        table.draft.lose(test.place, f"the test '{test.name}' is left out: {error}")
        return
    if not test.name.startswith((kind, f"{metadata.get('namespace')}_{kind}")):
        made["name"] = to_name(test.name)
    if made not in table.quality:
        table.quality.append(made)
        told = f"{table.name}.{made.get('name') or made['rule']}"
        table.draft.origins.setdefault(("quality", told), test.place)


def _rule(kind: str, arguments: Data, table: Table, by_node: Mapping[str, Table]) -> Data:
    named = arguments.get("column_name")
    column = table.expression(str(named)) if named else None
    match kind:
        case "not_null" | "unique" if column and column in table.columns:
            return {"rule": kind, "column": column}
        case "accepted_values" if column:
            values = [value if isinstance(value, (int, float, str)) else str(value) for value in arguments["values"]]
            return {"rule": kind, "column": column, "values": values}
        case "relationships" if column:
            found = _REF.search(str(arguments.get("to")))
            target = by_node.get(found[1]) if found else None
            if target is None:
                raise UnsayableError(f"{arguments.get('to')} is not the model of a dataset")
            field = target.expression(str(arguments.get("field")))
            return {"rule": "relationship", "column": column, "to": target.name, "to_columns": [field]}
        case "accepted_range" if column:
            return _range(column, arguments)
        case "expression_is_true":
            text = f"{named} {arguments['expression']}" if named else str(arguments["expression"])
            return {"rule": "expression", "expression": table.expression(text)}
        case "unique_combination_of_columns":
            columns = [table.expression(str(name)) for name in arguments["combination_of_columns"]]
            return {"rule": "unique", "columns": columns}
        case _:
            raise UnsayableError(f"there is no quality rule like '{kind}'")


def _range(column: str, arguments: Data) -> Data:
    bounds = {"min": arguments.get("min_value"), "max": arguments.get("max_value")}
    given: dict[str, Any] = {key: _number(value) for key, value in bounds.items() if value is not None}
    if arguments.get("inclusive", True) is False or not given:
        signs = {"min": ">", "max": "<"}
        return {
            "rule": "expression",
            "expression": " AND ".join(f"{column} {signs[key]} {given[key]}" for key in given),
        }
    return {"rule": "range", "column": column, **given}


def _number(value: object) -> int | float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value) if "." in value else int(value)
    raise UnsayableError(f"the bound {value} is not a number")


def _common(test: Item, table: Table) -> Data:
    config = test.map("config")
    made: Data = {}
    if config.get("where"):
        made["where"] = table.expression(str(config["where"]))
    if str(config.get("severity") or "").lower() == "warn":
        made["severity"] = "warning"
    limit = _MORE_THAN.fullmatch(str(config.get("error_if") or ""))
    if limit and int(limit[1]):
        made["max_rows"] = int(limit[1])
    elif config.get("error_if") not in (None, "!= 0", "> 0", ">0", "!=0") and not limit:
        raise UnsayableError(f"error_if '{config['error_if']}' has no counterpart")
    if test.text("description"):
        made["description"] = test.text("description")
    if test.meta.get("owner"):
        made["owner"] = str(test.meta["owner"])
    return made
