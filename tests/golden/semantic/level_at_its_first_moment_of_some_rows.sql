-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
WITH "stock_1_rows" AS (
  SELECT
    "stock"."day" AS "moment",
    MIN("stock"."day") OVER () AS "edge",
    "stock"."units" AS "opening_stock"
  FROM "shop"."stock" AS "stock"
  WHERE
    "stock"."store" <> 'b'
), "stock_1" AS (
  SELECT
    SUM("opening_stock") AS "opening_stock"
  FROM "stock_1_rows"
  WHERE
    "moment" = "edge"
)
SELECT
  "opening_stock" AS "opening_stock"
FROM "stock_1"
