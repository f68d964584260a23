-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
SELECT
  "products"."category" AS "category",
  SUM("lines"."quantity") AS "units_sold"
FROM "shop"."lines" AS "lines"
LEFT JOIN "shop"."products" AS "products"
  ON "lines"."product_id" = "products"."product_id"
  AND "lines"."market" = "products"."market"
GROUP BY
  1
ORDER BY
  1 ASC
