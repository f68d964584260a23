-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
WITH "orders_1" AS (
  SELECT
    DATE_TRUNC('month', "orders"."order_date") AS "metric_time_month",
    SUM("orders"."amount") FILTER(WHERE
      "orders"."status" <> 'cancelled') AS "revenue"
  FROM "shop"."orders" AS "orders"
  GROUP BY
    1
), "orders_2" AS (
  SELECT
    CAST(DATE_TRUNC('month', AT_TIMEZONE("orders"."paid_at", 'Asia/Seoul')) AS DATE) AS "metric_time_month",
    COUNT("orders"."paid_at") AS "paid_count"
  FROM "shop"."orders" AS "orders"
  GROUP BY
    1
)
SELECT
  "metric_time_month",
  ANY_VALUE("revenue") AS "revenue",
  COALESCE(ANY_VALUE("paid_count"), 0) AS "paid_count"
FROM (
  SELECT
    "metric_time_month",
    "revenue",
    NULL AS "paid_count"
  FROM "orders_1"
  UNION ALL
  SELECT
    "metric_time_month",
    NULL AS "revenue",
    "paid_count"
  FROM "orders_2"
) AS "branches"
GROUP BY
  1
ORDER BY
  1 ASC
