-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
SELECT
  DATE_TRUNC('month', "orders"."order_date") AS "order_date_month",
  SUM("orders"."amount") FILTER(WHERE
    "orders"."status" <> 'cancelled') AS "revenue"
FROM "shop"."orders" AS "orders"
GROUP BY
  1
ORDER BY
  1 ASC
