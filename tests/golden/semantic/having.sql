-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
SELECT
  "orders"."status" AS "status",
  DATE_TRUNC('month', "orders"."order_date") AS "order_date_month",
  SUM("orders"."amount") FILTER(WHERE
    "orders"."status" <> 'cancelled') AS "revenue",
  CAST(SUM("orders"."amount") FILTER(WHERE
    "orders"."status" <> 'cancelled') AS DOUBLE) / NULLIF(COUNT(*), 0) AS "average_order"
FROM "shop"."orders" AS "orders"
GROUP BY
  1,
  2
HAVING
  SUM("orders"."amount") FILTER(WHERE
    "orders"."status" <> 'cancelled') > 100
  AND DATE_TRUNC('month', "orders"."order_date") < CAST('2026-06-01' AS DATE)
  OR (
    CAST(SUM("orders"."amount") FILTER(WHERE
      "orders"."status" <> 'cancelled') AS DOUBLE) / NULLIF(COUNT(*), 0)
  ) IS NULL
ORDER BY
  1 ASC,
  2 ASC
