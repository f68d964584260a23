-- written by tests/unit/test_semantic_rollup.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
-- revenue: from the rollup orders_by_day (1,000 rows, current)
SELECT
  "orders"."order_date" AS "order_date_day",
  SUM("orders"."revenue") AS "revenue"
FROM "rollups"."orders_by_day" AS "orders"
WHERE
  "orders"."order_date" >= CAST('2026-01-15' AS DATE)
  AND "orders"."order_date" < CAST('2026-02-01' AS DATE)
GROUP BY
  1
ORDER BY
  1 ASC
