"""Who runs the platform sees how large tables are and when they were written, and nothing of their rows."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from lakefront.semantic import load_layer
from lakefront.semantic.emit.trino_access import access_files
from lakefront.semantic.policy.load import load_policies

BUNDLE = Path(__file__).parents[2] / "semantic_layer"


@pytest.fixture(scope="module")
def rules() -> list[dict[str, Any]]:
    files = access_files(load_policies(BUNDLE, load_layer(BUNDLE)), catalog="iceberg")
    return list(json.loads(files.rules)["tables"])


def opened(rules: list[dict[str, Any]], group: str, table: str) -> dict[str, Any] | None:
    """Return the first rule of a group that fits a table of `sales`, as Trino takes it."""
    for rule in rules:
        fits = {"group": group, "catalog": "iceberg", "schema": "sales", "table": table}
        if "user" not in rule and all(re.fullmatch(rule.get(key, ".*"), value) for key, value in fits.items()):
            return rule if rule["privileges"] else None
    return None


@pytest.mark.parametrize("about", ["snapshots", "history", "refs"])
def test_operators_see_when_a_table_was_written(rules: list[dict[str, Any]], about: str) -> None:
    assert opened(rules, "ops", f"orders${about}") is not None
    assert opened(rules, "ops", "orders") is None


def test_operators_see_sizes_of_files_and_no_values(rules: list[dict[str, Any]]) -> None:
    rule = opened(rules, "ops", "orders$files")
    assert rule is not None
    masked = {column["name"] for column in rule["columns"] if column["mask"] == "NULL"}
    assert {"lower_bounds", "upper_bounds", "readable_metrics", "partition", "file_path"} <= masked
    assert opened(rules, "ops", "orders$partitions") is None


def test_nobody_else_gains_by_it(rules: list[dict[str, Any]]) -> None:
    assert opened(rules, "trader", "orders$files") is None
