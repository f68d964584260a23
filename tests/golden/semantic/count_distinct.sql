-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
SELECT
  COUNT(DISTINCT "orders"."buyer_id") AS "buyers"
FROM "shop"."orders" AS "orders"
