"""Lists of Superset's REST API with chosen columns, and rows that equal a text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from lakefront.superset.client import SupersetClient

_PAGE: Final = 100


def rows(
    client: SupersetClient, path: str, *, order: str, columns: Sequence[str] = (), where: tuple[str, str] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a list, each once, page by page.

    `order`: a column; `where`: a column and the text that it must equal. Raises as SupersetClient.
    """
    parts = [f"columns:!({','.join(columns)})"] if columns else []
    if where:
        parts.append(f"filters:!((col:{where[0]},opr:eq,value:{_quoted(where[1])}))")
    seen: set[int] = set()
    page = 0
    while True:
        query = ",".join([*parts, f"order_column:{order},order_direction:asc,page:{page},page_size:{_PAGE}"])
        found = cast("list[dict[str, Any]]", client.get(path, {"q": f"({query})"})["result"])
        for row in found:
            # Rows that are equal in `order` may come on two pages.
            if int(row["id"]) not in seen:
                seen.add(int(row["id"]))
                yield row
        if len(found) < _PAGE:
            return
        page += 1


def one(client: SupersetClient, path: str) -> dict[str, Any]:
    """Return the result of a GET of one thing."""
    return cast("dict[str, Any]", client.get(path)["result"])


def inner(row: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """Return the list of mappings that a row holds under `key`."""
    return cast("list[dict[str, Any]]", row.get(key) or [])


def parsed(value: Any) -> dict[str, Any]:
    """Return the mapping that Superset keeps as a JSON text; an empty one for anything else."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _quoted(text: str) -> str:
    """Return a text as Rison writes it."""
    return "'" + text.replace("!", "!!").replace("'", "!'") + "'"
