-- written by tests/unit/test_semantic_rollup.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
-- buyers is approximate
-- buyers: from the rollup orders_by_month (60 rows, current)
SELECT
  "orders"."region" AS "region",
  COALESCE(CARDINALITY(MERGE(CAST("orders"."buyers_sketch" AS HYPERLOGLOG))), 0) AS "buyers"
FROM "rollups"."orders_by_month" AS "orders"
WHERE
  "orders"."segment" = 'vip'
GROUP BY
  1
ORDER BY
  1 ASC
