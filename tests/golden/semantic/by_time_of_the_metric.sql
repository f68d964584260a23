-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
SELECT
  CAST(DATE_TRUNC('day', AT_TIMEZONE("orders"."paid_at", 'Asia/Seoul')) AS DATE) AS "metric_time_day",
  COUNT("orders"."paid_at") AS "paid_count"
FROM "shop"."orders" AS "orders"
GROUP BY
  1
ORDER BY
  1 ASC
