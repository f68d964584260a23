"""Types that a foreign file does not say are those that the running Trino gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakefront.config import Settings
from lakefront.semantic import load_layer
from tests.support.cli import lakefront

pytestmark = pytest.mark.stack

_FILE = """\
version: 0.1.1
semantic_model:
  - name: shop
    datasets:
      - name: orders
        source: sales.orders
        primary_key: [order_id]
        fields:
          - {name: order_id, expression: {dialects: [{dialect: ANSI_SQL, expression: order_id}]}}
          - {name: net, expression: {dialects: [{dialect: ANSI_SQL, expression: net_amount - refund_amount}]}}
          - name: day
            expression: {dialects: [{dialect: ANSI_SQL, expression: ordered_at}]}
            dimension: {is_time: true}
"""


def test_types_come_from_trino(stack: Settings, tmp_path: Path) -> None:
    file = tmp_path / "shop.yml"
    file.write_text(_FILE, encoding="utf-8")
    asked = lakefront(
        "semantic", "import", "--from", "ossie", str(file), "--out", str(tmp_path / "models"), "--types-from-trino",
        home=stack.home.root,
    )  # fmt: skip
    assert (asked.returncode, asked.stderr) == (0, "")
    orders = load_layer(tmp_path).datasets["orders"]
    assert {column.name: column.type for column in orders.columns} == {
        "order_id": "bigint",
        "net_amount": "decimal(12,2)",
        "refund_amount": "decimal(12,2)",
        "ordered_at": "timestamp(6) with time zone",
        "net": "decimal(13,2)",
        "day": "timestamp(6) with time zone",
    }
    assert "to be checked" not in (tmp_path / "models" / "shop.yml").read_text(encoding="utf-8")
