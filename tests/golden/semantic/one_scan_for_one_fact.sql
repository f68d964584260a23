-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
SELECT
  "orders"."status" AS "status",
  SUM("orders"."amount") FILTER(WHERE
    "orders"."status" <> 'cancelled') AS "revenue",
  SUM("orders"."amount" + "orders"."fee") AS "gross",
  COUNT(DISTINCT "orders"."buyer_id") AS "buyers",
  CAST(SUM("orders"."amount") FILTER(WHERE
    "orders"."status" <> 'cancelled') AS DOUBLE) / NULLIF(COUNT(*), 0) AS "average_order"
FROM "shop"."orders" AS "orders"
GROUP BY
  1
ORDER BY
  1 ASC
