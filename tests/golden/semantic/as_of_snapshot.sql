-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
SELECT
  "buyer"."segment" AS "segment",
  SUM("orders"."amount") FILTER(WHERE
    "orders"."status" <> 'cancelled') AS "revenue"
FROM "shop"."orders" FOR VERSION AS OF 17223492264994522 AS "orders"
LEFT JOIN "shop"."customers" AS "buyer"
  ON "orders"."buyer_id" = "buyer"."customer_id"
GROUP BY
  1
ORDER BY
  1 ASC
