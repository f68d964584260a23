"""dbt's manifest.json (schema v12) or MetricFlow's semantic_manifest.json, as far as models are made from it.

Source: the published JSON schema of dbt's manifest, version 12, and files written by dbt 1.11. Nothing in it is run.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from lakefront.errors import BadInputError, Location
from lakefront.semantic.exchange.draft import Data

_SCHEMA: Final = "https://schemas.getdbt.com/dbt/manifest/v12.json"
_LONGEST: Final = 512_000_000


@dataclass(frozen=True)
class Item:
    """A part of the manifest, and where it is in the file."""

    data: Data
    place: str

    @property
    def name(self) -> str:
        """Its name, empty if it has none."""
        return str(self.data.get("name") or "")

    def text(self, key: str) -> str | None:
        """Return a text, None if it is missing or empty."""
        value = self.data.get(key)
        return value.strip() or None if isinstance(value, str) else None

    def map(self, key: str) -> Data:
        """Return a mapping, empty if it is missing."""
        value = self.data.get(key)
        return cast("Data", value) if isinstance(value, dict) else {}

    def items(self, key: str) -> list[Item]:
        """Return a list of parts, each with its place."""
        value = self.data.get(key)
        found = cast("list[Any]", value) if isinstance(value, list) else []
        return [
            Item(cast("Data", item), f"{self.place}.{key}[{number}]")
            for number, item in enumerate(found)
            if isinstance(item, dict)
        ]

    @property
    def meta(self) -> Data:
        """Its `meta`, wherever this version of dbt keeps it."""
        config = self.map("config").get("meta")
        return self.map("meta") | (cast("Data", config) if isinstance(config, dict) else {})


@dataclass(frozen=True)
class Manifest:
    """A manifest by its sections. `schema_known`: it is of the version that was looked at."""

    file: Path
    adapter: str
    schema_known: bool
    semantic_models: list[Item]
    metrics: list[Item]
    saved_queries: list[Item]
    #: Models, seeds, snapshots and tests, by dbt's id.
    nodes: dict[str, Item]
    #: E-mail or name of each group's owner.
    owners: dict[str, str]


def read_dbt(file: Path) -> Manifest:
    """Read a manifest. Raises BadInputError (`dbt-unreadable`, `dbt-json`, `dbt-shape`)."""
    try:
        if file.stat().st_size > _LONGEST:
            raise BadInputError("dbt-unreadable", f"{file} is over 512 MB", fix="leave models out with `dbt parse`")
        data: Any = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise BadInputError(
            "dbt-unreadable", f"{file} cannot be read: {reason}", fix="run `dbt parse` and name target/manifest.json"
        ) from None
    except (json.JSONDecodeError, RecursionError) as error:
        where = (error.lineno, error.colno) if isinstance(error, json.JSONDecodeError) else (1, 1)
        raise BadInputError(
            "dbt-json", f"this is not JSON: {error}", where=Location(file, *where),
            fix="run `dbt parse` and name target/manifest.json",
        ) from None  # fmt: skip
    top = Item(cast("Data", data) if isinstance(data, dict) else {}, f"{file}: $")
    if "semantic_models" not in top.data and "nodes" not in top.data:
        raise BadInputError(
            "dbt-shape", "this is no manifest of dbt: it has neither `semantic_models` nor `nodes`",
            where=Location(file, 1, 1), fix="run `dbt parse` and name target/manifest.json",
        )  # fmt: skip
    metadata = top.map("metadata")
    nodes = {str(item.data.get("unique_id") or item.name): item for item in _section(top, "nodes")}
    return Manifest(
        file,
        str(metadata.get("adapter_type") or ""),
        "metadata" not in top.data or metadata.get("dbt_schema_version") == _SCHEMA,
        _section(top, "semantic_models"),
        _section(top, "metrics"),
        _section(top, "saved_queries"),
        nodes,
        {item.name: _owner(item.map("owner")) for item in _section(top, "groups")},
    )


def _section(top: Item, key: str) -> list[Item]:
    """Return a section: by id in a manifest, a list in a semantic manifest."""
    value = top.data.get(key)
    if not isinstance(value, dict):
        return top.items(key)
    entries = cast("dict[str, Any]", value)
    return [
        Item(cast("Data", item), f'{top.place}.{key}["{name}"]')
        for name, item in entries.items()
        if isinstance(item, dict)
    ]


def _owner(owner: Data) -> str:
    return str(owner.get("email") or owner.get("name") or "")
