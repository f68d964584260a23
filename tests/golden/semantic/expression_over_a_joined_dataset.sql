-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
SELECT
  SUM("lines"."quantity" * "products"."price") AS "list_value"
FROM "shop"."lines" AS "lines"
LEFT JOIN "shop"."products" AS "products"
  ON "lines"."product_id" = "products"."product_id"
  AND "lines"."market" = "products"."market"
