-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
SELECT
  COUNT("orders"."paid_at") AS "paid_count"
FROM "shop"."orders" AS "orders"
WHERE
  "orders"."paid_at" >= CAST('2026-01-01 00:00:00 Asia/Seoul' AS TIMESTAMP(6) WITH TIME ZONE)
  AND "orders"."paid_at" < CAST('2026-01-02 12:04:05 Asia/Seoul' AS TIMESTAMP(6) WITH TIME ZONE)
