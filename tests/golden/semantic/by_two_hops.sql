-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
SELECT
  "buyer_region"."region" AS "region",
  SUM("orders"."amount") FILTER(WHERE
    "orders"."status" <> 'cancelled') AS "revenue"
FROM "shop"."orders" AS "orders"
LEFT JOIN "shop"."customers" AS "buyer"
  ON "orders"."buyer_id" = "buyer"."customer_id"
LEFT JOIN "shop"."regions" AS "buyer_region"
  ON "buyer"."region_id" = "buyer_region"."region_id"
GROUP BY
  1
ORDER BY
  1 ASC
