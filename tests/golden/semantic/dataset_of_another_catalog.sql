-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
SELECT
  COUNT(*) AS "nation_count"
FROM "tpch"."tiny"."nation" AS "nations"
