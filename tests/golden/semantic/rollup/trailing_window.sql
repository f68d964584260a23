-- written by tests/unit/test_semantic_rollup.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
-- revenue: from the rollup orders_by_day (1,000 rows, current)
WITH "orders_1_rows" AS (
  SELECT
    "orders"."order_date" AS "moment",
    SUM("orders"."revenue") AS "revenue__last_7_day"
  FROM "rollups"."orders_by_day" AS "orders"
  GROUP BY
    1
), "orders_1_periods" AS (
  SELECT
    "period"
  FROM (
    SELECT
      DATE_TRUNC('month', MIN("orders"."order_date")) AS "first",
      DATE_TRUNC('month', MAX("orders"."order_date")) AS "last"
    FROM "rollups"."orders_by_day" AS "orders"
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
