-- written by tests/unit/test_semantic_rollup.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
-- revenue, order_count: from the rollup orders_by_month (60 rows, current)
SELECT
  DATE_TRUNC('year', "orders"."month") AS "order_date_year",
  "orders"."segment" AS "segment",
  SUM("orders"."turnover") AS "revenue",
  COALESCE(SUM("orders"."order_count"), 0) AS "order_count"
FROM "rollups"."orders_by_month" AS "orders"
GROUP BY
  1,
  2
ORDER BY
  1 ASC,
  2 ASC
