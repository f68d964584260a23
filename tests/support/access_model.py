"""Who sees which cells, worked out from plain policies row by row: an oracle that shares no code with Lakefront."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Row = Mapping[str, Any]
Known = Mapping[str, list[str]]
Cells = dict[tuple[str, int, str], int]
#: Stands for the row itself in place of a column.
ROW = ""

RANKS = {"null": 0, "hash": 1, "generalise": 2, "partial": 3, "show": 4}
_TEXT_ONLY = {"hash", "partial"}

#: Conditions that policies are drawn from, each with what it means. None is SQL's NULL.
CONDITIONS: dict[str, Callable[[Row, Known], bool]] = {
    "region = 'EU'": lambda row, _: row["region"] == "EU",
    "region IN ('EU', 'US')": lambda row, _: row["region"] in ("EU", "US"),
    "region IN ({region})": lambda row, known: row["region"] in known.get("region", ()),
    "region IN ({region}, 'US')": lambda row, known: row["region"] in [*known.get("region", ()), "US"],
    "id < 2": lambda row, _: row["id"] < 2,
    "id <= 3": lambda row, _: row["id"] <= 3,
    "id BETWEEN 1 AND 2": lambda row, _: 1 <= row["id"] <= 2,
    "NOT region = 'EU'": lambda row, _: row["region"] is not None and row["region"] != "EU",
    "region = 'EU' OR id < 2": lambda row, _: row["region"] == "EU" or row["id"] < 2,
    "id <= 3 AND (region = 'US' OR region = 'EU')": lambda row, _: row["id"] <= 3 and row["region"] in ("EU", "US"),
    "region IS NULL": lambda row, _: row["region"] is None,
}
ROWS: list[Row] = [
    {"id": number, "region": region} for number, region in enumerate(["EU", "US", "ASIA", None, "EU", "US"])
]


def cells(
    policy: Mapping[str, Any],
    datasets: Mapping[str, Any],
    physical: Mapping[str, Iterable[str]],
    user: str,
    claimed: Iterable[str] | None = None,
) -> Cells:
    """Return how open each cell is that a person sees; a row is there if it has the key (table, row, ROW).

    `datasets`: name -> {table, columns: {name: (kind, sensitivity)}}. `physical`: the columns that each table of the
    lake has, described or not. `claimed`: her groups, where a claim says them.
    """
    groups = [
        group
        for group in policy["groups"]
        if (group["name"] in claimed if claimed is not None else user in group.get("members", ()))
    ]
    person: Mapping[str, Any] = next((item for item in policy["users"] if item["name"] == user), {})
    known: dict[str, list[str]] = {}
    for group in groups:
        for name, values in group.get("attributes", {}).items():
            known.setdefault(name, []).extend(values)
    known.update({name: values for name, values in person.get("attributes", {}).items() if values})
    roles = {role["name"]: role for role in policy["roles"]}
    waiting = [*person.get("roles", ()), *(name for group in groups for name in group["roles"])]
    held: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in held:
            held.add(name)
            waiting += roles[name].get("inherits", ())
    seen: Cells = {}
    for name in held:
        for cell, rank in _of_role(roles[name], datasets, physical, known):
            seen[cell] = max(seen.get(cell, 0), rank)
    return seen


def _of_role(
    role: Mapping[str, Any], datasets: Mapping[str, Any], physical: Mapping[str, Iterable[str]], known: Known
) -> Iterable[tuple[tuple[str, int, str], int]]:
    for table, names in physical.items():
        if role.get("admin") or any(item in (table, "shop.*") for item in role.get("tables", ())):
            for row in ROWS:
                yield (table, row["id"], ROW), 0
                yield from (((table, row["id"], column), RANKS["show"]) for column in names)
    for name, dataset in datasets.items():
        if not any(item in ("*", "model:shop", name) for item in role.get("datasets", ())):
            continue
        condition = role.get("rows", {}).get(name)
        for row in ROWS:
            if condition is None or CONDITIONS[condition](row, known):
                table = dataset["table"]
                yield (table, row["id"], ROW), 0
                for column, (kind, sensitivity) in dataset["columns"].items():
                    yield (table, row["id"], column), RANKS[_mask(role, f"{name}.{column}", kind, sensitivity)]


def _mask(role: Mapping[str, Any], column: str, kind: str, sensitivity: str) -> str:
    default = "null" if sensitivity == "pii" else "show"
    mask: str = role.get("columns", {}).get(column, role.get("masks", {}).get(sensitivity, default))
    return "null" if kind != "text" and mask in _TEXT_ONLY else mask
