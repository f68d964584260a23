-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
WITH "orders_1_rows" AS (
  SELECT
    "orders"."order_date" AS "moment",
    "orders"."buyer_id" AS "buyers__last_2_month"
  FROM "shop"."orders" AS "orders"
  WHERE
    NOT "orders"."order_date" IS NULL
), "orders_1_periods" AS (
  SELECT
    "period"
  FROM (
    SELECT
      DATE_TRUNC('month', MIN("orders"."order_date")) AS "first",
      DATE_TRUNC('month', MAX("orders"."order_date")) AS "last"
    FROM "shop"."orders" AS "orders"
  ) AS "edges"
  CROSS JOIN UNNEST(SEQUENCE("first", GREATEST("first", "last"), INTERVAL '1' MONTH)) AS "steps"("period")
  WHERE
    "period" <= "last"
), "orders_1" AS (
  SELECT
    "orders_1_periods"."period" AS "order_date_month",
    COUNT(DISTINCT "orders_1_rows"."buyers__last_2_month") AS "buyers__last_2_month"
  FROM "orders_1_periods"
  JOIN "orders_1_rows"
    ON "orders_1_rows"."moment" >= DATE_ADD('month', -2, DATE_ADD('month', 1, "orders_1_periods"."period"))
    AND "orders_1_rows"."moment" < DATE_ADD('month', 1, "orders_1_periods"."period")
  GROUP BY
    1
)
SELECT
  "order_date_month",
  "buyers__last_2_month" AS "buyers_2m"
FROM "orders_1"
ORDER BY
  1 ASC
