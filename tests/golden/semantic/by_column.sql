-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
SELECT
  "orders"."status" AS "status",
  COUNT(*) AS "order_count"
FROM "shop"."orders" AS "orders"
GROUP BY
  1
ORDER BY
  1 ASC
