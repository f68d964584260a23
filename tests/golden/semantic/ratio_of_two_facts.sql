-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
WITH "returns_1" AS (
  SELECT
    "buyer_region"."region" AS "region",
    SUM("returns"."refund") AS "refunds"
  FROM "shop"."returns" AS "returns"
  LEFT JOIN "shop"."customers" AS "buyer"
    ON "returns"."customer_id" = "buyer"."customer_id"
  LEFT JOIN "shop"."regions" AS "buyer_region"
    ON "buyer"."region_id" = "buyer_region"."region_id"
  WHERE
    "returns"."return_date" >= CAST('2026-01-01' AS DATE)
  GROUP BY
    1
), "orders_2" AS (
  SELECT
    "buyer_region"."region" AS "region",
    SUM("orders"."amount") FILTER(WHERE
      "orders"."status" <> 'cancelled') AS "revenue"
  FROM "shop"."orders" AS "orders"
  LEFT JOIN "shop"."customers" AS "buyer"
    ON "orders"."buyer_id" = "buyer"."customer_id"
  LEFT JOIN "shop"."regions" AS "buyer_region"
    ON "buyer"."region_id" = "buyer_region"."region_id"
  WHERE
    "orders"."order_date" >= CAST('2026-01-01' AS DATE)
  GROUP BY
    1
)
SELECT
  "region",
  CAST(ANY_VALUE("refunds") AS DOUBLE) / NULLIF(ANY_VALUE("revenue"), 0) AS "refund_rate"
FROM (
  SELECT
    "region",
    "refunds",
    NULL AS "revenue"
  FROM "returns_1"
  UNION ALL
  SELECT
    "region",
    NULL AS "refunds",
    "revenue"
  FROM "orders_2"
) AS "branches"
GROUP BY
  1
ORDER BY
  1 ASC
