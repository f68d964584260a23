-- written by tests/unit/test_semantic_rollup.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
-- revenue: from the rollup orders_by_month (60 rows, current)
-- refunds: from the rollup returns_by_day (1,000 rows, current)
WITH "orders_1" AS (
  SELECT
    DATE_TRUNC('month', "orders"."month") AS "metric_time_month",
    "orders"."segment" AS "segment",
    SUM("orders"."turnover") AS "revenue"
  FROM "rollups"."orders_by_month" AS "orders"
  GROUP BY
    1,
    2
), "returns_2" AS (
  SELECT
    DATE_TRUNC('month', "returns"."return_date") AS "metric_time_month",
    "buyer"."segment" AS "segment",
    SUM("returns"."refunds") AS "refunds"
  FROM "rollups"."returns_by_day" AS "returns"
  LEFT JOIN "shop"."customers" AS "buyer"
    ON "returns"."customer_id" = "buyer"."customer_id"
  GROUP BY
    1,
    2
)
SELECT
  "metric_time_month",
  "segment",
  ANY_VALUE("revenue") - COALESCE(ANY_VALUE("refunds"), 0) AS "net"
FROM (
  SELECT
    "metric_time_month",
    "segment",
    "revenue",
    NULL AS "refunds"
  FROM "orders_1"
  UNION ALL
  SELECT
    "metric_time_month",
    "segment",
    NULL AS "revenue",
    "refunds"
  FROM "returns_2"
) AS "branches"
GROUP BY
  1,
  2
ORDER BY
  1 ASC,
  2 ASC
