"""The sample lakehouse in the running stack: all there, the same on every machine, and still there after a restart."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3
import pytest
from pyiceberg.catalog import load_catalog

from lakefront.config import Settings, load_settings
from lakefront.sample.closes import CLOSES_TABLE
from lakefront.sample.lake import expected_tables
from lakefront.trino import Trino
from tests.support.cli import ROOT, lakefront

pytestmark = pytest.mark.stack
GOLDEN = ROOT / "tests" / "golden" / "sample_lakehouse.json"


def fingerprint(trino: Trino, table: str) -> dict[str, Any]:
    """Return the number of rows and an order-independent checksum over all columns."""
    columns = [row[0] for row in trino.query(f"SHOW COLUMNS FROM {table}").rows]
    # Times with a zone are compared as instants; HyperLogLog and the like do not occur.
    total = ", ".join(f'"{column}"' for column in columns)
    rows, checksum = trino.query(f"SELECT count(*), to_hex(checksum(ROW({total}))) FROM {table}").rows[0]
    return {"rows": rows, "checksum": checksum}


def fingerprints(trino: Trino) -> dict[str, dict[str, Any]]:
    names = [*expected_tables(), CLOSES_TABLE]
    tables = [f"iceberg.{name}" for name in names if not name.startswith("crm.")]
    return {table: fingerprint(trino, table) for table in tables}


def test_the_same_seed_makes_the_same_rows_everywhere(trino: Trino) -> None:
    found = fingerprints(trino)
    if os.environ.get("LAKEFRONT_UPDATE_GOLDEN"):
        GOLDEN.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    assert found == json.loads(GOLDEN.read_text(encoding="utf-8"))


def test_the_past_is_the_same_everywhere(trino: Trino) -> None:
    closes = trino.query('SELECT made_current_at FROM sales."monthly_close$history" ORDER BY 1').rows
    assert [f"{moment:%Y-%m-%d %H:%M}" for (moment,) in closes[:2]] == ["2025-11-30 22:00", "2025-12-31 22:00"]
    rows = [
        trino.query(
            f"SELECT count(*), sum(revenue) FROM sales.monthly_close FOR TIMESTAMP AS OF TIMESTAMP '{moment} UTC'"
        ).rows[0]
        for moment in ("2025-12-01 00:00:00", "2026-08-01 00:00:00")
    ]
    assert [(count, str(revenue)) for count, revenue in rows] == [(500, "32451988.69"), (660, "45958945.65")]


def test_there_is_a_million_ticks_and_the_daily_stats_of_the_rollup(trino: Trino) -> None:
    assert trino.query("SELECT count(*) FROM iceberg.markets.option_ticks").scalar() >= 1_000_000
    different = trino.query("""
        SELECT count(*) FROM (
            SELECT date(ts AT TIME ZONE 'UTC') AS day, symbol,
                   avg(CAST(last_price AS decimal(18, 6))) FILTER (WHERE last_price > 0) AS price,
                   sum(volume) FILTER (WHERE volume > 0) AS volume
            FROM iceberg.markets.option_ticks GROUP BY 1, 2
        ) AS fresh
        FULL JOIN iceberg.markets.daily_stats AS kept ON kept."date" = fresh.day AND kept.symbol = fresh.symbol
        WHERE kept.total_volume IS DISTINCT FROM fresh.volume OR kept.symbol IS NULL
           OR kept.avg_price IS DISTINCT FROM fresh.price
    """).scalar()
    assert different == 0


def test_orders_are_partitioned_by_date(trino: Trino) -> None:
    ddl = trino.query("SHOW CREATE TABLE iceberg.sales.orders").scalar()
    assert "(order_date)" in ddl
    assert "day(upload_time)" in trino.query("SHOW CREATE TABLE iceberg.media.assets").scalar()


def test_the_lake_joins_with_the_external_database(trino: Trino) -> None:
    joined = trino.query("""
        SELECT count(*), count(DISTINCT a.tier) FROM crm.main.accounts AS a
        JOIN iceberg.sales.customers AS c ON c.customer_id = a.account_id
    """).rows[0]
    assert joined[0] > 1000
    assert joined[1] > 1


def test_media_of_each_kind(trino: Trino) -> None:
    kinds = dict(trino.query("SELECT kind, count(*) FROM iceberg.media.assets GROUP BY 1").rows)
    assert kinds["image"] >= 240
    assert kinds["audio"] >= 24
    assert kinds["video"] >= 12
    types = {row[0] for row in trino.query("SELECT DISTINCT mime_type FROM iceberg.media.assets").rows}
    wanted = {
        "image/jpeg",
        "image/png",
        "image/webp",
        "image/avif",
        "image/gif",
        "image/svg+xml",
        "video/mp4",
        "video/webm",
    }
    assert wanted <= types
    twins = trino.query("SELECT count(*) - count(DISTINCT sha256) FROM iceberg.media.assets").scalar()
    assert twins >= 10
    assert (
        trino.query("SELECT max(width * height) FROM iceberg.media.assets WHERE kind = 'image'").scalar() >= 24_000_000
    )


def test_every_row_has_its_object_and_its_thumbnails(trino: Trino, stack: Settings) -> None:
    bucket = boto3.resource(
        "s3",
        endpoint_url=stack.service("objects").url,
        aws_access_key_id=stack.secrets.s3_access_key,
        aws_secret_access_key=stack.secrets.s3_secret_key,
        region_name=stack.env.region,
    ).Bucket(stack.env.media_bucket)
    sizes = {item.key: item.size for item in bucket.objects.all()}
    rows = trino.query("SELECT s3_path, file_size, sha256 FROM iceberg.media.assets").rows
    prefix = f"s3://{stack.env.media_bucket}/"
    assert [path for path, size, _ in rows if sizes.get(path.removeprefix(prefix)) != size] == []
    wanted = {f"thumbs/{width}/{sha256}.webp" for _, _, sha256 in rows for width in (320, 1440)}
    assert wanted - sizes.keys() == set()


def test_the_classic_view_has_the_classic_columns(trino: Trino) -> None:
    columns = [row[0] for row in trino.query("SHOW COLUMNS FROM iceberg.media.image_metadata").rows]
    assert columns == [
        "image_id",
        "s3_path",
        "file_size",
        "mime_type",
        "upload_time",
        "source_system",
        "tag",
        "width",
        "height",
        "checksum",
        "is_indexed",
        "created_at",
        "updated_at",
    ]
    assert trino.query("SELECT count(*) FROM iceberg.media.image_metadata").scalar() >= 240


def test_pyiceberg_sees_what_trino_sees(trino: Trino, stack: Settings) -> None:
    catalog = load_catalog(
        "lake",
        **{
            "type": "rest",
            "uri": stack.service("catalog").url,
            "py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO",
            "s3.endpoint": stack.service("objects").url,
            "s3.access-key-id": stack.secrets.s3_access_key,
            "s3.secret-access-key": stack.secrets.s3_secret_key,
            "s3.region": stack.env.region,
        },
    )
    seen = catalog.load_table("media.assets").scan(selected_fields=("asset_id",)).to_arrow().num_rows
    assert seen == trino.query("SELECT count(*) FROM iceberg.media.assets").scalar()


def test_seeding_again_changes_nothing(trino: Trino, stack: Settings) -> None:
    before = trino.query('SELECT count(*) FROM iceberg.media."assets$snapshots"').scalar()
    run = lakefront("seed", "--format", "json", home=stack.home.root)
    assert run.returncode == 0, run.stderr
    assert [row["name"] for row in json.loads(run.stdout) if row["created"]] == []
    assert trino.query('SELECT count(*) FROM iceberg.media."assets$snapshots"').scalar() == before


def test_down_and_up_keep_the_data(stack: Settings) -> None:
    before = fingerprints(Trino.from_settings(stack, source="lakefront-tests"))
    assert lakefront("down", home=stack.home.root).returncode == 0
    again = lakefront("up", "--ports", "auto", home=stack.home.root)
    assert again.returncode == 0, again.stderr
    assert "already there" in again.stderr
    now = load_settings(bundle=ROOT, home=stack.home.root)
    assert now.ports == stack.ports
    assert fingerprints(Trino.from_settings(now, source="lakefront-tests")) == before


def test_status_says_that_everything_is_ready(stack: Settings) -> None:
    run = lakefront("status", "--format", "json", home=stack.home.root)
    assert run.returncode == 0, run.stdout
    assert {row["component"]: row["ready"] for row in json.loads(run.stdout)} == dict.fromkeys(
        ("objects", "catalog", "audit", "trino", "superset", "explorer"), True
    )


def test_doctor_is_clean(stack: Settings) -> None:
    run = lakefront("doctor", home=stack.home.root)
    assert run.returncode == 0, run.stdout
    assert "✗" not in run.stdout
