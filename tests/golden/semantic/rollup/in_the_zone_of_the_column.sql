-- written by tests/unit/test_semantic_rollup.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
-- paid_count: from the rollup paid_by_day (300 rows, current)
SELECT
  DATE_TRUNC('month', "orders"."paid_day") AS "paid_at_month",
  COALESCE(SUM("orders"."paid_count"), 0) AS "paid_count"
FROM "shop"."paid_by_day" AS "orders"
WHERE
  "orders"."paid_day" >= CAST('2026-01-01' AS DATE)
  AND "orders"."paid_day" < CAST('2026-02-01' AS DATE)
GROUP BY
  1
ORDER BY
  1 ASC
