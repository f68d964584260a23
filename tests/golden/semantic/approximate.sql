-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
SELECT
  APPROX_DISTINCT("orders"."buyer_id") AS "buyers_approx",
  APPROX_PERCENTILE("orders"."amount", 0.5) AS "median_amount"
FROM "shop"."orders" AS "orders"
