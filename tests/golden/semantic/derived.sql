-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
SELECT
  CAST(100 * SUM("orders"."amount") FILTER(WHERE
    "orders"."status" <> 'cancelled') AS DOUBLE) / NULLIF(SUM("orders"."amount" + "orders"."fee") + COUNT(*), 0) AS "share"
FROM "shop"."orders" AS "orders"
