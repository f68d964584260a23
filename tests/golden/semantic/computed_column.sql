-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
SELECT
  SUM("orders"."amount" + "orders"."fee") AS "gross"
FROM "shop"."orders" AS "orders"
