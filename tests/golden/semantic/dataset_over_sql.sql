-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
SELECT
  DATE_TRUNC('month', "big_orders"."order_date") AS "order_date_month",
  SUM("big_orders"."amount") AS "big_revenue"
FROM (
  SELECT
    "order_id",
    "order_date",
    "amount"
  FROM "shop"."orders"
  WHERE
    "amount" >= 50
) AS "big_orders"
GROUP BY
  1
ORDER BY
  1 ASC
