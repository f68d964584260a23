"""What YAML holds, taken as what it should be: a wrong form is an empty one here, and told elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast


def mapping(value: Any) -> dict[str, Any]:
    """Return a mapping as it is, anything else as an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """Return a list as it is, anything else as an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def text(value: Any) -> str:
    """Return a text as it is, anything else as an empty one."""
    return value if isinstance(value, str) else ""


def in_list(names: Any) -> str:
    """Return names in words, for a fix: sorted, after commas."""
    return ", ".join(sorted(names))


def certification(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return who vouches for a column, metric or dataset, and why: what its `extra` says."""
    return mapping(mapping(data.get("extra")).get("certification"))
