-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
WITH "orders_1_rows" AS (
  SELECT
    "orders"."order_date" AS "moment",
    SUM("orders"."amount") FILTER(WHERE
      "orders"."status" <> 'cancelled') AS "revenue__1_year_before"
  FROM "shop"."orders" AS "orders"
  GROUP BY
    1
), "orders_1_periods" AS (
  SELECT
    "period"
  FROM (
    SELECT
      MIN("orders"."order_date") AS "first",
      MAX("orders"."order_date") AS "last"
    FROM "shop"."orders" AS "orders"
  ) AS "edges"
  CROSS JOIN UNNEST(SEQUENCE("first", GREATEST("first", "last"), INTERVAL '1' DAY)) AS "steps"("period")
  WHERE
    "period" <= "last"
), "orders_1" AS (
  SELECT
    "orders_1_periods"."period" AS "order_date_day",
    SUM("orders_1_rows"."revenue__1_year_before") AS "revenue__1_year_before"
  FROM "orders_1_periods"
  JOIN "orders_1_rows"
    ON "orders_1_rows"."moment" >= DATE_ADD('year', -1, "orders_1_periods"."period")
    AND "orders_1_rows"."moment" < DATE_ADD('day', 1, DATE_ADD('year', -1, "orders_1_periods"."period"))
  GROUP BY
    1
), "orders_2" AS (
  SELECT
    "orders"."order_date" AS "order_date_day",
    SUM("orders"."amount") FILTER(WHERE
      "orders"."status" <> 'cancelled') AS "revenue"
  FROM "shop"."orders" AS "orders"
  GROUP BY
    1
)
SELECT
  "order_date_day",
  CAST((
    ANY_VALUE("revenue") - ANY_VALUE("revenue__1_year_before")
  ) AS DOUBLE) / NULLIF(ANY_VALUE("revenue__1_year_before"), 0) AS "revenue_growth"
FROM (
  SELECT
    "order_date_day",
    "revenue__1_year_before",
    NULL AS "revenue"
  FROM "orders_1"
  UNION ALL
  SELECT
    "order_date_day",
    NULL AS "revenue__1_year_before",
    "revenue"
  FROM "orders_2"
) AS "branches"
GROUP BY
  1
HAVING
  (
    CAST((
      ANY_VALUE("revenue") - ANY_VALUE("revenue__1_year_before")
    ) AS DOUBLE) / NULLIF(ANY_VALUE("revenue__1_year_before"), 0)
  ) > 0.5
ORDER BY
  1 ASC
