-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
SELECT
  CAST(DATE_TRUNC('hour', AT_TIMEZONE("orders"."paid_at", 'Asia/Seoul')) AS TIMESTAMP(6)) AS "paid_at_hour",
  COUNT("orders"."paid_at") AS "paid_count"
FROM "shop"."orders" AS "orders"
WHERE
  "orders"."paid_at" >= WITH_TIMEZONE($__timeFrom(), 'UTC')
  AND "orders"."paid_at" < WITH_TIMEZONE($__timeTo(), 'UTC')
GROUP BY
  1
ORDER BY
  1 ASC
