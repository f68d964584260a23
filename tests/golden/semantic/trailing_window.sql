-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
WITH "orders_1_rows" AS (
  SELECT
    "orders"."order_date" AS "moment",
    SUM("orders"."amount") FILTER(WHERE
      "orders"."status" <> 'cancelled') AS "revenue__last_7_day"
  FROM "shop"."orders" AS "orders"
  WHERE
    "orders"."order_date" >= CAST('2026-01-25' AS DATE)
  GROUP BY
    1
), "orders_1_periods" AS (
  SELECT
    "period"
  FROM (
    SELECT
      CAST('2026-01-01' AS DATE) AS "first",
      DATE_TRUNC('month', MAX("orders"."order_date")) AS "last"
    FROM "shop"."orders" AS "orders"
    WHERE
      "orders"."order_date" >= CAST('2026-01-01' AS DATE)
  ) AS "edges"
  CROSS JOIN UNNEST(SEQUENCE("first", GREATEST("first", "last"), INTERVAL '1' MONTH)) AS "steps"("period")
  WHERE
    "period" <= "last"
), "orders_1" AS (
  SELECT
    "orders_1_periods"."period" AS "order_date_month",
    SUM("orders_1_rows"."revenue__last_7_day") AS "revenue__last_7_day"
  FROM "orders_1_periods"
  JOIN "orders_1_rows"
    ON "orders_1_rows"."moment" >= DATE_ADD('day', -7, DATE_ADD('month', 1, "orders_1_periods"."period"))
    AND "orders_1_rows"."moment" < DATE_ADD('month', 1, "orders_1_periods"."period")
  GROUP BY
    1
)
SELECT
  "order_date_month",
  "revenue__last_7_day" AS "revenue_7d"
FROM "orders_1"
ORDER BY
  1 ASC
