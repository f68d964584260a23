-- written by tests/unit/test_semantic_rollup.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
CREATE OR REPLACE TABLE "iceberg"."shop"."paid_by_day"
COMMENT 'Payments by day in Seoul. Rollup paid_by_day: do not write to it.' AS
SELECT
  CAST(DATE_TRUNC('DAY', AT_TIMEZONE("orders"."paid_at", 'Asia/Seoul')) AS DATE) AS "paid_day",
  COUNT("orders"."paid_at") AS "paid_count",
  COUNT(*) AS "order_count"
FROM "shop"."orders" FOR VERSION AS OF 17 AS "orders"
GROUP BY
  1
