-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
SELECT
  SUM("orders"."amount") FILTER(WHERE
    "buyer"."segment" = 'vip') AS "vip_revenue"
FROM "shop"."orders" AS "orders"
LEFT JOIN "shop"."customers" AS "buyer"
  ON "orders"."buyer_id" = "buyer"."customer_id"
