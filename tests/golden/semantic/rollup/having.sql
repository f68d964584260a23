-- written by tests/unit/test_semantic_rollup.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
-- order_count: from the rollup orders_by_day (1,000 rows, current)
SELECT
  "orders"."status" AS "status",
  COALESCE(SUM("orders"."order_count"), 0) AS "order_count"
FROM "rollups"."orders_by_day" AS "orders"
GROUP BY
  1
HAVING
  COALESCE(SUM("orders"."order_count"), 0) > 10
ORDER BY
  2 DESC,
  1 ASC
LIMIT 3
