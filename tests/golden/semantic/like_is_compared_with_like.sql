-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
WITH "orders_1_rows" AS (
  SELECT
    DATE_TRUNC('month', "orders"."order_date") AS "moment",
    SUM("orders"."amount") FILTER(WHERE
      "orders"."status" <> 'cancelled') AS "revenue__1_month_before"
  FROM "shop"."orders" AS "orders"
  WHERE
    "orders"."order_date" >= CAST('2025-12-10' AS DATE)
    AND "orders"."order_date" < CAST('2026-02-16' AS DATE)
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
      "orders"."order_date" >= CAST('2026-01-10' AS DATE)
      AND "orders"."order_date" < CAST('2026-03-16' AS DATE)
  ) AS "edges"
  CROSS JOIN UNNEST(SEQUENCE("first", GREATEST("first", "last"), INTERVAL '1' MONTH)) AS "steps"("period")
  WHERE
    "period" <= "last"
), "orders_1" AS (
  SELECT
    "orders_1_periods"."period" AS "order_date_month",
    SUM("orders_1_rows"."revenue__1_month_before") AS "revenue__1_month_before"
  FROM "orders_1_periods"
  JOIN "orders_1_rows"
    ON "orders_1_rows"."moment" >= DATE_ADD('month', -1, "orders_1_periods"."period")
    AND "orders_1_rows"."moment" < DATE_ADD('month', 1, DATE_ADD('month', -1, "orders_1_periods"."period"))
  GROUP BY
    1
), "orders_2" AS (
  SELECT
    DATE_TRUNC('month', "orders"."order_date") AS "order_date_month",
    SUM("orders"."amount") FILTER(WHERE
      "orders"."status" <> 'cancelled') AS "revenue"
  FROM "shop"."orders" AS "orders"
  WHERE
    "orders"."order_date" >= CAST('2026-01-10' AS DATE)
    AND "orders"."order_date" < CAST('2026-03-16' AS DATE)
  GROUP BY
    1
)
SELECT
  "order_date_month",
  (
    ANY_VALUE("revenue") - ANY_VALUE("revenue__1_month_before")
  ) AS "revenue_change"
FROM (
  SELECT
    "order_date_month",
    "revenue__1_month_before",
    NULL AS "revenue"
  FROM "orders_1"
  UNION ALL
  SELECT
    "order_date_month",
    NULL AS "revenue__1_month_before",
    "revenue"
  FROM "orders_2"
) AS "branches"
GROUP BY
  1
ORDER BY
  1 ASC
