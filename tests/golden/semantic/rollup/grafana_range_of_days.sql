-- written by tests/unit/test_semantic_rollup.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
-- revenue: from the rollup orders_by_day (1,000 rows, current)
SELECT
  SUM("orders"."revenue") AS "revenue"
FROM "rollups"."orders_by_day" AS "orders"
WHERE
  "orders"."order_date" >= CAST($__timeFrom() AS DATE)
  AND "orders"."order_date" <= CAST($__timeTo() AS DATE)
