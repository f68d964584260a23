-- written by tests/unit/test_semantic_rollup.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
-- gross, largest: from the rollup orders_by_day (1,000 rows, current)
SELECT
  "buyer"."segment" AS "segment",
  SUM("orders"."gross") AS "gross",
  MAX("orders"."largest") AS "largest"
FROM "rollups"."orders_by_day" AS "orders"
LEFT JOIN "shop"."customers" AS "buyer"
  ON "orders"."buyer_id" = "buyer"."customer_id"
WHERE
  "orders"."status" <> 'open'
GROUP BY
  1
ORDER BY
  1 ASC
