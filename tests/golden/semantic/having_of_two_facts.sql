-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
WITH "orders_1" AS (
  SELECT
    DATE_TRUNC('month', "orders"."order_date") AS "metric_time_month",
    SUM("orders"."amount") FILTER(WHERE
      "orders"."status" <> 'cancelled') AS "revenue"
  FROM "shop"."orders" AS "orders"
  GROUP BY
    1
), "returns_2" AS (
  SELECT
    DATE_TRUNC('month', "returns"."return_date") AS "metric_time_month",
    COUNT(*) AS "return_count"
  FROM "shop"."returns" AS "returns"
  GROUP BY
    1
)
SELECT
  "metric_time_month",
  ANY_VALUE("revenue") AS "revenue",
  COALESCE(ANY_VALUE("return_count"), 0) AS "return_count"
FROM (
  SELECT
    "metric_time_month",
    "revenue",
    NULL AS "return_count"
  FROM "orders_1"
  UNION ALL
  SELECT
    "metric_time_month",
    NULL AS "revenue",
    "return_count"
  FROM "returns_2"
) AS "branches"
GROUP BY
  1
HAVING
  COALESCE(ANY_VALUE("return_count"), 0) > 1
ORDER BY
  1 ASC
