-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
SELECT
  "buyer"."segment" AS "buyer_segment",
  "recipient"."segment" AS "recipient_segment",
  SUM("orders"."amount") FILTER(WHERE
    "orders"."status" <> 'cancelled') AS "revenue"
FROM "shop"."orders" AS "orders"
LEFT JOIN "shop"."customers" AS "buyer"
  ON "orders"."buyer_id" = "buyer"."customer_id"
LEFT JOIN "shop"."customers" AS "recipient"
  ON "orders"."recipient_id" = "recipient"."customer_id"
GROUP BY
  1,
  2
ORDER BY
  1 ASC,
  2 ASC
