-- written by tests/unit/test_semantic_rollup.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
-- revenue, order_count: from the rollup orders_by_month (60 rows, current)
SELECT
  "orders"."region" AS "region",
  CAST(SUM("orders"."turnover") AS DOUBLE) / NULLIF(COALESCE(SUM("orders"."order_count"), 0), 0) AS "average_order"
FROM "rollups"."orders_by_month" AS "orders"
WHERE
  NOT "orders"."region" IS NULL
GROUP BY
  1
ORDER BY
  1 ASC
