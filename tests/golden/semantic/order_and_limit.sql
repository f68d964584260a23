-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
SELECT
  "orders"."status" AS "status",
  DATE_TRUNC('year', "orders"."order_date") AS "order_date_year",
  SUM("orders"."amount") FILTER(WHERE
    "orders"."status" <> 'cancelled') AS "revenue"
FROM "shop"."orders" AS "orders"
GROUP BY
  1,
  2
ORDER BY
  3 DESC,
  2 ASC,
  1 ASC
LIMIT 10
