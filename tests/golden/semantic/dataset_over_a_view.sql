-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
SELECT
  "done_orders"."buyer_region" AS "buyer_region",
  DATE_TRUNC('month', "done_orders"."order_day") AS "order_day_month",
  SUM("done_orders"."amount") FILTER(WHERE
    "done_orders"."amount" >= 50) AS "viewed_amount"
FROM (
  SELECT
    "orders"."order_id",
    "orders"."order_date" AS "order_day",
    "orders"."amount",
    COALESCE("buyer_region"."region", 'unknown') AS "buyer_region",
    "orders"."status"
  FROM "shop"."orders" AS "orders"
  LEFT JOIN "shop"."customers" AS "buyer" /* at most one row */
    ON "orders"."buyer_id" = "buyer"."customer_id"
  LEFT JOIN "shop"."regions" AS "buyer_region" /* at most one row */
    ON "buyer"."region_id" = "buyer_region"."region_id"
) AS "done_orders"
WHERE
  "done_orders"."order_day" >= CAST('2026-01-01' AS DATE)
GROUP BY
  1,
  2
ORDER BY
  1 ASC,
  2 ASC
