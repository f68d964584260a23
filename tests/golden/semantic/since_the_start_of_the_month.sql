-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
WITH "orders_1_rows" AS (
  SELECT
    "orders"."order_date" AS "moment",
    COUNT(*) AS "order_count__month_to_date"
  FROM "shop"."orders" AS "orders"
  WHERE
    "orders"."order_date" >= CAST('2026-01-01' AS DATE)
  GROUP BY
    1
), "orders_1_periods" AS (
  SELECT
    "period"
  FROM (
    SELECT
      CAST('2026-01-15' AS DATE) AS "first",
      MAX("orders"."order_date") AS "last"
    FROM "shop"."orders" AS "orders"
    WHERE
      "orders"."order_date" >= CAST('2026-01-15' AS DATE)
  ) AS "edges"
  CROSS JOIN UNNEST(SEQUENCE("first", GREATEST("first", "last"), INTERVAL '1' DAY)) AS "steps"("period")
  WHERE
    "period" <= "last"
), "orders_1" AS (
  SELECT
    "orders_1_periods"."period" AS "order_date_day",
    SUM("orders_1_rows"."order_count__month_to_date") AS "order_count__month_to_date"
  FROM "orders_1_periods"
  JOIN "orders_1_rows"
    ON "orders_1_rows"."moment" >= DATE_TRUNC('month', "orders_1_periods"."period")
    AND "orders_1_rows"."moment" < DATE_ADD('day', 1, "orders_1_periods"."period")
  GROUP BY
    1
)
SELECT
  "order_date_day",
  "order_count__month_to_date" AS "count_mtd"
FROM "orders_1"
ORDER BY
  1 ASC
