-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
WITH "orders_1_rows" AS (
  SELECT
    DATE_TRUNC('month', "orders"."order_date") AS "moment",
    SUM("orders"."amount") FILTER(WHERE
      "orders"."status" <> 'cancelled') AS "revenue__year_to_date",
    COUNT(*) AS "order_count__year_to_date"
  FROM "shop"."orders" AS "orders"
  GROUP BY
    1
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
    SUM("orders_1_rows"."revenue__year_to_date") AS "revenue__year_to_date",
    SUM("orders_1_rows"."order_count__year_to_date") AS "order_count__year_to_date"
  FROM "orders_1_periods"
  JOIN "orders_1_rows"
    ON "orders_1_rows"."moment" >= DATE_TRUNC('year', "orders_1_periods"."period")
    AND "orders_1_rows"."moment" < DATE_ADD('month', 1, "orders_1_periods"."period")
  GROUP BY
    1
)
SELECT
  "order_date_month",
  CAST("revenue__year_to_date" AS DOUBLE) / NULLIF("order_count__year_to_date", 0) AS "average_ytd"
FROM "orders_1"
ORDER BY
  1 ASC
