-- written by tests/unit/test_semantic_rollup.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
-- buyers: from the rollup orders_by_day (1,000 rows, current)
SELECT
  DATE_TRUNC('week', "orders"."order_date") AS "order_date_week",
  COUNT(DISTINCT "orders"."buyer_id") AS "buyers"
FROM "rollups"."orders_by_day" AS "orders"
GROUP BY
  1
ORDER BY
  1 ASC
