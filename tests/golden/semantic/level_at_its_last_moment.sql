-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
WITH "stock_1_rows" AS (
  SELECT
    DATE_TRUNC('month', "stock"."day") AS "day_month",
    "stock"."store" AS "store",
    "stock"."day" AS "moment",
    MAX("stock"."day") OVER (PARTITION BY DATE_TRUNC('month', "stock"."day"), "stock"."store") AS "edge",
    "stock"."units" AS "stock_units"
  FROM "shop"."stock" AS "stock"
), "stock_1" AS (
  SELECT
    "day_month",
    "store",
    SUM("stock_units") AS "stock_units"
  FROM "stock_1_rows"
  WHERE
    "moment" = "edge"
  GROUP BY
    1,
    2
)
SELECT
  "day_month",
  "store",
  "stock_units" AS "stock_units"
FROM "stock_1"
ORDER BY
  1 ASC,
  2 ASC
