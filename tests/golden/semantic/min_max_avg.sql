-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
SELECT
  MIN("orders"."amount") AS "smallest",
  MAX("orders"."amount") AS "largest",
  AVG(CAST("orders"."amount" AS DOUBLE)) AS "mean_amount"
FROM "shop"."orders" AS "orders"
