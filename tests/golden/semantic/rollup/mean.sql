-- written by tests/unit/test_semantic_rollup.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
-- mean_amount: from the rollup orders_by_month (60 rows, current)
SELECT
  DATE_TRUNC('month', "orders"."month") AS "order_date_month",
  CAST(SUM("orders"."mean_amount_sum") AS DOUBLE) / NULLIF(SUM("orders"."mean_amount_count"), 0) AS "mean_amount"
FROM "rollups"."orders_by_month" AS "orders"
GROUP BY
  1
ORDER BY
  1 ASC
