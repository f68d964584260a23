-- written by tests/unit/test_semantic_rollup.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
CREATE OR REPLACE TABLE "iceberg"."rollups"."orders_by_month"
COMMENT 'Orders by month and where who ordered is. Rollup orders_by_month: do not write to it.' AS
SELECT
  DATE_TRUNC('MONTH', "orders"."order_date") AS "month",
  "buyer"."segment" AS "segment",
  "buyer_region"."region" AS "region",
  SUM("orders"."amount") FILTER(WHERE
    "orders"."status" <> 'cancelled') AS "turnover",
  COUNT(*) AS "order_count",
  AVG(CAST("orders"."amount" AS DOUBLE)) AS "mean_amount",
  SUM(CAST("orders"."amount" AS DOUBLE)) AS "mean_amount_sum",
  COUNT(CAST("orders"."amount" AS DOUBLE)) AS "mean_amount_count",
  CAST(APPROX_SET(CAST("orders"."buyer_id" AS VARCHAR)) AS VARBINARY) AS "buyers_sketch",
  CAST(APPROX_SET(CAST("orders"."buyer_id" AS VARCHAR)) AS VARBINARY) AS "buyers_approx_sketch"
FROM "shop"."orders" FOR VERSION AS OF 17 AS "orders"
LEFT JOIN "shop"."customers" AS "buyer"
  ON "orders"."buyer_id" = "buyer"."customer_id"
LEFT JOIN "shop"."regions" AS "buyer_region"
  ON "buyer"."region_id" = "buyer_region"."region_id"
GROUP BY
  1,
  2,
  3
