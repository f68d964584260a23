"""The tables of SQL get an environment's schemas, and nothing else of the text changes; the way back is exact."""

from __future__ import annotations

import pytest

from lakefront.config import BUNDLE_NAMES, Schemas
from lakefront.errors import BadInputError
from lakefront.semantic.expression import ExpressionError
from lakefront.semantic.sql_schemas import sql_here, sql_in_bundle

STAGING = Schemas(prefix="stg_", names={"sales": "shop_sales", "crm.main": "crm_staging.main"}, env="staging")

QUERIES = {
    "plain": ("SELECT a FROM media.assets", "SELECT a FROM stg_media.assets"),
    "an exact name wins": ("SELECT a FROM sales.orders", "SELECT a FROM shop_sales.orders"),
    "quoted": ('SELECT a FROM "media"."assets"', 'SELECT a FROM "stg_media"."assets"'),
    "schema alone quoted": ('SELECT a FROM "media".assets AS x', 'SELECT a FROM "stg_media".assets AS x'),
    "with the lake's catalog": ("SELECT 1 FROM iceberg.media.assets", "SELECT 1 FROM iceberg.stg_media.assets"),
    "another catalog": ('SELECT 1 FROM crm."main".accounts', 'SELECT 1 FROM crm_staging."main".accounts'),
    "a catalog that keeps its names": ("SELECT 1 FROM tpch.sales.orders", "SELECT 1 FROM tpch.sales.orders"),
    "alias like a schema": (
        "SELECT media.kind, media FROM media.assets AS media WHERE media.id > 1",
        "SELECT media.kind, media FROM stg_media.assets AS media WHERE media.id > 1",
    ),
    "CTE like a schema and like a table": (
        "WITH media AS (SELECT 1 AS x), assets AS (TABLE media) SELECT * FROM media, media.assets a, assets",
        "WITH media AS (SELECT 1 AS x), assets AS (TABLE media) SELECT * FROM media, stg_media.assets a, assets",
    ),
    "subqueries": (
        "SELECT (SELECT max(d) FROM media.days) FROM (SELECT * FROM media.a) t WHERE EXISTS (SELECT 1 FROM sales.b)",
        "SELECT (SELECT max(d) FROM stg_media.days) FROM (SELECT * FROM stg_media.a) t "
        "WHERE EXISTS (SELECT 1 FROM shop_sales.b)",
    ),
    "strings and comments": (
        "SELECT 'media.assets' AS t -- media.assets\n, /* FROM media.assets */ 'FROM sales.x' FROM media . assets",
        "SELECT 'media.assets' AS t -- media.assets\n, /* FROM media.assets */ 'FROM sales.x' FROM stg_media . assets",
    ),
    "letters of several bytes": ("SELECT '미디어😀' AS é FROM media.a", "SELECT '미디어😀' AS é FROM stg_media.a"),
    "columns by the table's own name": (
        "SELECT media.assets.kind, media.assets.* FROM media.assets",
        "SELECT stg_media.assets.kind, stg_media.assets.* FROM stg_media.assets",
    ),
    "columns by the name with catalog": (
        "SELECT iceberg.media.a.kind, media.a.x FROM iceberg.media.a",
        "SELECT iceberg.stg_media.a.kind, stg_media.a.x FROM iceberg.stg_media.a",
    ),
    "a field of a row": (
        "SELECT media.row_.field FROM other AS media",
        "SELECT media.row_.field FROM other AS media",
    ),
    "set operations": (
        "SELECT 1 FROM media.a UNION ALL (SELECT 2 FROM media.b)",
        "SELECT 1 FROM stg_media.a UNION ALL (SELECT 2 FROM stg_media.b)",
    ),
    "time travel and metadata tables": (
        'SELECT * FROM media.a FOR VERSION AS OF 5 JOIN media."a$snapshots" ON true',
        'SELECT * FROM stg_media.a FOR VERSION AS OF 5 JOIN stg_media."a$snapshots" ON true',
    ),
    "what is Trino's own": (
        "SELECT * FROM information_schema.tables, iceberg.information_schema.columns",
        "SELECT * FROM information_schema.tables, iceberg.information_schema.columns",
    ),
    "no schema": ("SELECT * FROM assets;", "SELECT * FROM assets;"),
    "Jinja values, blocks and comments": (
        "SELECT a FROM media.a {# media.b #} WHERE {% if from_dttm %} ts > '{{ from_dttm }}' AND {% endif %} "
        "kind IN {{ filter_values('kind') | where_in }} AND x = {{ url_param('x') | int }} LIMIT {{ n }}",
        "SELECT a FROM stg_media.a {# media.b #} WHERE {% if from_dttm %} ts > '{{ from_dttm }}' AND {% endif %} "
        "kind IN {{ filter_values('kind') | where_in }} AND x = {{ url_param('x') | int }} LIMIT {{ n }}",
    ),
    "a table's name from Jinja under a known schema": (
        "SELECT a FROM media.{{ t }} JOIN media.y_{{ y }} ON true",
        "SELECT a FROM stg_media.{{ t }} JOIN stg_media.y_{{ y }} ON true",
    ),
    "another dataset": (
        "SELECT a FROM {{ dataset(3) }} JOIN media.b ON true",
        "SELECT a FROM {{ dataset(3) }} JOIN stg_media.b ON true",
    ),
    "functions that read nothing of the lake": (
        "SELECT * FROM TABLE(sequence(1, 3)), TABLE(pg.system.query(query => 'SELECT 1 FROM media.a')), media.b",
        "SELECT * FROM TABLE(sequence(1, 3)), TABLE(pg.system.query(query => 'SELECT 1 FROM media.a')), stg_media.b",
    ),
}


@pytest.mark.parametrize("name", QUERIES)
def test_tables_get_the_environments_schemas_and_back(name: str) -> None:
    git, there = QUERIES[name]
    assert sql_here(git, STAGING) == there
    assert sql_in_bundle(there, STAGING) == git


@pytest.mark.parametrize("name", QUERIES)
def test_without_other_names_every_text_stays(name: str) -> None:
    git, _ = QUERIES[name]
    assert sql_here(git, BUNDLE_NAMES) == git == sql_in_bundle(git, BUNDLE_NAMES)


@pytest.mark.parametrize(
    ("sql", "offset", "words"),
    [
        ("SELECT * FROM {{ table }}", 14, "comes from Jinja"),
        ("SELECT * FROM {{ schema }}.orders", 14, "comes from Jinja"),
        ("SELECT * FROM sales_{{ env }}.orders", 14, "comes from Jinja"),
        ("SELECT 1 WHERE {% if a %} x = 1 {% else %} y = 2 {% endif %}", None, "cannot be told"),
        ("{% set q = 'SELECT 1 FROM sales.x' %}SELECT 1 FROM media.a WHERE x IN ({{ q }})", 0, "puts a table into"),
        ("SELECT '{{ latest_partition(\"sales.orders\") }}' FROM media.a", 8, "macro of partitions"),
        ("SELECT * FROM TABLE(crm.system.query(query => 'SELECT * FROM main.accounts'))", 20, "a table function"),
        ("SELECT * FROM TABLE(system.table_changes('sales', 'orders', 1, 2))", 20, "a table function"),
        ("SELECT * FROM TABLE(exclude_columns(input => TABLE(sales.a), columns => DESCRIPTOR(x)))", None, "function"),
        ("SELECT * FROM a.b.c.d", 14, "which table this is"),
        ("SELECT * FORM sales.orders", None, "cannot be told"),
        ("DELETE FROM sales.orders", None, "no SELECT"),
    ],
)
def test_what_cannot_be_placed_is_refused(sql: str, offset: int | None, words: str) -> None:
    with pytest.raises(ExpressionError, match=words) as caught:
        sql_here(sql, STAGING)
    assert offset is None or caught.value.offset == offset
    assert sql_in_bundle(sql, STAGING) is None


@pytest.mark.parametrize(
    ("git", "there"),
    [
        (
            "sum(x) FILTER (WHERE y IN (SELECT y FROM media.t))",
            "sum(x) FILTER (WHERE y IN (SELECT y FROM stg_media.t))",
        ),
        ("media.kind = 'a'", "media.kind = 'a'"),
        ("{% if x %} a {% else %} b {% endif %}", "{% if x %} a {% else %} b {% endif %}"),
    ],
)
def test_expressions_read_tables_by_a_query_only(git: str, there: str) -> None:
    assert sql_here(git, STAGING, query=False) == there
    assert sql_in_bundle(there, STAGING, query=False) == git


@pytest.mark.parametrize("sql", ["SELECT 1 FROM sales.orders", "SELECT 1 FROM media.a", "SELECT 1 FROM crm.main.x"])
def test_what_nothing_of_the_bundle_is_called_has_no_way_back(sql: str) -> None:
    assert sql_in_bundle(sql, STAGING) is None


def test_a_name_that_needs_quotes_gets_them() -> None:
    schemas = Schemas(names={"media": "table", "crm.main": "crm.main-2"})
    assert sql_here("SELECT 1 FROM media.a, crm.main.b", schemas) == 'SELECT 1 FROM "table".a, crm."main-2".b'


def test_names_of_tables() -> None:
    assert STAGING.table("media.assets") == "stg_media.assets"
    assert STAGING.table("sales.*") == "shop_sales.*"
    assert STAGING.table("crm.main.accounts") == "crm_staging.main.accounts"
    assert STAGING.table("tpch.tiny.nation") == "tpch.tiny.nation"
    into_the_lake = Schemas(names={"crm.main": "iceberg.crm"})
    assert into_the_lake.table("crm.main.accounts") == "crm.accounts"


def test_two_schemas_of_the_bundle_never_become_one() -> None:
    schemas = Schemas(prefix="stg_", names={"sales": "stg_media"}, env="staging")
    assert schemas.table("sales.orders") == "stg_media.orders"
    with pytest.raises(BadInputError, match="'media' and 'sales' of the bundle would both be 'stg_media'") as caught:
        schemas.table("media.assets")
    assert caught.value.code == "manifest-schemas-collide"
