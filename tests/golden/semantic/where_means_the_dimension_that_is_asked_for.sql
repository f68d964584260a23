-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
SELECT
  "buyer"."segment" AS "segment",
  SUM("lines"."quantity") AS "units_sold"
FROM "shop"."lines" AS "lines"
LEFT JOIN "shop"."orders" AS "orders"
  ON "lines"."order_id" = "orders"."order_id"
LEFT JOIN "shop"."customers" AS "buyer"
  ON "orders"."buyer_id" = "buyer"."customer_id"
WHERE
  "buyer"."segment" = 'vip'
GROUP BY
  1
ORDER BY
  1 ASC
