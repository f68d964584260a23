-- written by tests/unit/test_semantic_rollup.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
-- buyers_approx is approximate
-- buyers_approx, order_count: from the rollup orders_by_day (1,000 rows, current)
SELECT
  "orders"."status" AS "status",
  APPROX_DISTINCT("orders"."buyer_id") AS "buyers_approx",
  COALESCE(SUM("orders"."order_count"), 0) AS "order_count"
FROM "rollups"."orders_by_day" AS "orders"
GROUP BY
  1
ORDER BY
  1 ASC
