"""Types that a file does not say, as Trino knows them: those of the table, and those that expressions come to."""

from __future__ import annotations

from typing import Any, cast

from sqlglot import exp

from lakefront.errors import BadInputError
from lakefront.semantic.exchange.datatypes import grains_of
from lakefront.semantic.exchange.draft import Data, Draft, ToCheck
from lakefront.semantic.expression import DIALECT, parse_dataset_sql, parse_row_expression, replace_columns
from lakefront.semantic.time import time_kind
from lakefront.trino import Trino


def fill_types(draft: Draft, trino: Trino) -> None:
    """Replace guessed types by those that Trino gives. What it refuses is noted, and stays a guess.

    Each table is asked for no rows. Raises UnreachableError or NotAllowedError.
    """
    for data in draft.files.values():
        for dataset in data.get("datasets", ()):
            if any(isinstance(column["type"], ToCheck) for column in dataset["columns"]):
                _fill(draft, dataset, trino)


def _fill(draft: Draft, dataset: Data, trino: Trino) -> None:
    name = str(dataset["name"])
    place = draft.origins.get(("datasets", name), name)
    try:
        types = _types(dataset, trino)
    except BadInputError as error:
        draft.lose(place, f"Trino does not know the types of '{dataset['name']}': {error.what}")
        return
    for column in dataset["columns"]:
        if not isinstance(column["type"], ToCheck):
            continue
        column["type"] = types[column["name"]]
        if "time" not in column:
            continue
        if time_kind(column["type"]) is None:
            draft.lose(place, f"'{column['name']}' is a time dimension there; a {column['type']} is none here")
            del column["time"]
        else:
            column["time"]["grains"] = grains_of(column["type"])


def _types(dataset: Data, trino: Trino) -> dict[str, str]:
    names = {column["name"]: column.get("expression") for column in dataset["columns"]}

    def value(name: str) -> exp.Expr:
        text = names.get(name)
        return replace_columns(parse_row_expression(text), value) if text else exp.column(name)

    rows = (
        exp.Subquery(this=parse_dataset_sql(dataset["sql"]).copy(), alias=exp.TableAlias(this=exp.to_identifier("t")))
        if dataset.get("sql")
        else exp.to_table(dataset["source"], dialect=DIALECT)
    )
    select = exp.select(*(exp.alias_(value(name), name) for name in names)).from_(rows).limit(0)
    with trino.cursor() as cursor:
        cursor.execute(select.sql(DIALECT))
        cursor.fetchall()
        described = cast("list[tuple[Any, ...]]", cursor.description or [])
    return {str(column[0]): str(column[1]).replace(", ", ",") for column in described}
