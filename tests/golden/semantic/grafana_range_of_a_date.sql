-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
SELECT
  SUM("orders"."amount") FILTER(WHERE
    "orders"."status" <> 'cancelled') AS "revenue"
FROM "shop"."orders" AS "orders"
WHERE
  "orders"."order_date" >= CAST($__timeFrom() AS DATE)
  AND "orders"."order_date" <= CAST($__timeTo() AS DATE)
