-- written by tests/unit/test_semantic_rollup.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
-- units_sold: from the rollup lines_by_product (1,000 rows, current)
SELECT
  "lines"."category" AS "category",
  SUM("lines"."units_sold") AS "units_sold"
FROM "rollups"."lines_by_product" AS "lines"
GROUP BY
  1
ORDER BY
  1 ASC
