"""What YAML and JSON hold, taken as what it should be: a wrong form is an empty one here, and told elsewhere."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any, cast

from lakefront.versions.plain import listed, mapping

__all__ = ["certification", "in_list", "inner", "is_uuid", "listed", "mapping", "parsed", "text"]


def parsed(value: Any) -> dict[str, Any]:
    """Return a mapping that Superset may have left as JSON text; an empty one for anything else."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return mapping(value)


def inner(row: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """Return the list of mappings that a row of Superset's lists holds under `key`."""
    return cast("list[dict[str, Any]]", row.get(key) or [])


def text(value: Any) -> str:
    """Return a text as it is, anything else as an empty one."""
    return value if isinstance(value, str) else ""


def is_uuid(value: str) -> bool:
    """Tell whether a text is a uuid, written as Superset writes it."""
    try:
        return str(uuid.UUID(value)) == value
    except ValueError:
        return False


def in_list(names: Any) -> str:
    """Return names in words, for a fix: sorted, after commas."""
    return ", ".join(sorted(names))


def certification(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return who vouches for a column, metric or dataset, and why: what its `extra` says."""
    return mapping(mapping(data.get("extra")).get("certification"))
