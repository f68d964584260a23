-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
WITH "orders_1" AS (
  SELECT
    SUM("orders"."amount") FILTER(WHERE
      "orders"."status" <> 'cancelled') AS "revenue"
  FROM "shop"."orders" AS "orders"
), "returns_2" AS (
  SELECT
    SUM("returns"."refund") AS "refunds",
    COUNT(*) AS "return_count"
  FROM "shop"."returns" AS "returns"
)
SELECT
  ANY_VALUE("revenue") - COALESCE(ANY_VALUE("refunds"), 0) AS "net",
  COALESCE(ANY_VALUE("return_count"), 0) AS "return_count"
FROM (
  SELECT
    "revenue",
    NULL AS "refunds",
    NULL AS "return_count"
  FROM "orders_1"
  UNION ALL
  SELECT
    NULL AS "revenue",
    "refunds",
    "return_count"
  FROM "returns_2"
) AS "branches"
