-- written by tests/unit/test_semantic_rollup.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
-- revenue: from the rollup orders_by_month (60 rows, current)
WITH "orders_1_rows" AS (
  SELECT
    DATE_TRUNC('month', "orders"."month") AS "moment",
    SUM("orders"."turnover") AS "revenue__1_year_before"
  FROM "rollups"."orders_by_month" AS "orders"
  WHERE
    "orders"."month" >= CAST('2025-01-01' AS DATE)
  GROUP BY
    1
), "orders_1_periods" AS (
  SELECT
    "period"
  FROM (
    SELECT
      CAST('2026-01-01' AS DATE) AS "first",
      DATE_TRUNC('month', MAX("orders"."month")) AS "last"
    FROM "rollups"."orders_by_month" AS "orders"
    WHERE
      "orders"."month" >= CAST('2026-01-01' AS DATE)
  ) AS "edges"
  CROSS JOIN UNNEST(SEQUENCE("first", GREATEST("first", "last"), INTERVAL '1' MONTH)) AS "steps"("period")
  WHERE
    "period" <= "last"
), "orders_1" AS (
  SELECT
    "orders_1_periods"."period" AS "order_date_month",
    SUM("orders_1_rows"."revenue__1_year_before") AS "revenue__1_year_before"
  FROM "orders_1_periods"
  JOIN "orders_1_rows"
    ON "orders_1_rows"."moment" >= DATE_ADD('year', -1, "orders_1_periods"."period")
    AND "orders_1_rows"."moment" < DATE_ADD('month', 1, DATE_ADD('year', -1, "orders_1_periods"."period"))
  GROUP BY
    1
), "orders_2" AS (
  SELECT
    DATE_TRUNC('month', "orders"."month") AS "order_date_month",
    SUM("orders"."turnover") AS "revenue"
  FROM "rollups"."orders_by_month" AS "orders"
  WHERE
    "orders"."month" >= CAST('2026-01-01' AS DATE)
  GROUP BY
    1
)
SELECT
  "order_date_month",
  CAST((
    ANY_VALUE("revenue") - ANY_VALUE("revenue__1_year_before")
  ) AS DOUBLE) / NULLIF(ANY_VALUE("revenue__1_year_before"), 0) AS "revenue_growth"
FROM (
  SELECT
    "order_date_month",
    "revenue__1_year_before",
    NULL AS "revenue"
  FROM "orders_1"
  UNION ALL
  SELECT
    "order_date_month",
    NULL AS "revenue__1_year_before",
    "revenue"
  FROM "orders_2"
) AS "branches"
GROUP BY
  1
ORDER BY
  1 ASC
