-- written by tests/unit/test_semantic_compile.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
WITH "orders_1" AS (
  SELECT
    SUM("orders"."amount") FILTER(WHERE
      "orders"."status" <> 'cancelled') AS "revenue"
  FROM "shop"."orders" AS "orders"
  WHERE
    "orders"."order_date" >= CAST(CAST('{{ from_dttm }}' AS TIMESTAMP(6)) AS DATE)
    AND "orders"."order_date" <= CAST(CAST('{{ to_dttm }}' AS TIMESTAMP(6)) AS DATE)
), "orders_2" AS (
  SELECT
    COUNT("orders"."paid_at") AS "paid_count"
  FROM "shop"."orders" AS "orders"
  WHERE
    "orders"."paid_at" >= WITH_TIMEZONE(CAST('{{ from_dttm }}' AS TIMESTAMP(6)), 'UTC')
    AND "orders"."paid_at" < WITH_TIMEZONE(CAST('{{ to_dttm }}' AS TIMESTAMP(6)), 'UTC')
)
SELECT
  ANY_VALUE("revenue") AS "revenue",
  COALESCE(ANY_VALUE("paid_count"), 0) AS "paid_count"
FROM (
  SELECT
    "revenue",
    NULL AS "paid_count"
  FROM "orders_1"
  UNION ALL
  SELECT
    NULL AS "revenue",
    "paid_count"
  FROM "orders_2"
) AS "branches"
