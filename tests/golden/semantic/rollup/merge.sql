-- written by tests/unit/test_semantic_rollup.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
MERGE INTO "iceberg"."rollups"."orders_by_day" AS "t"
USING (
  SELECT
    "order_date",
    "status",
    "buyer_id",
    ARBITRARY("revenue") AS "revenue",
    ARBITRARY("gross") AS "gross",
    ARBITRARY("order_count") AS "order_count",
    ARBITRARY("smallest") AS "smallest",
    ARBITRARY("largest") AS "largest",
    ARBITRARY("mean_amount") AS "mean_amount",
    ARBITRARY("mean_amount_sum") AS "mean_amount_sum",
    ARBITRARY("mean_amount_count") AS "mean_amount_count",
    ARBITRARY("vip_revenue") AS "vip_revenue",
    MAX("lakefront_present") AS "lakefront_present"
  FROM (
    SELECT
      "order_date",
      "status",
      "buyer_id",
      "revenue",
      "gross",
      "order_count",
      "smallest",
      "largest",
      "mean_amount",
      "mean_amount_sum",
      "mean_amount_count",
      "vip_revenue",
      1 AS "lakefront_present"
    FROM (
      SELECT
        "orders"."order_date" AS "order_date",
        "orders"."status" AS "status",
        "orders"."buyer_id" AS "buyer_id",
        SUM("orders"."amount") FILTER(WHERE
          "orders"."status" <> 'cancelled') AS "revenue",
        SUM("orders"."amount" + "orders"."fee") AS "gross",
        COUNT(*) AS "order_count",
        MIN("orders"."amount") AS "smallest",
        MAX("orders"."amount") AS "largest",
        AVG(CAST("orders"."amount" AS DOUBLE)) AS "mean_amount",
        SUM(CAST("orders"."amount" AS DOUBLE)) AS "mean_amount_sum",
        COUNT(CAST("orders"."amount" AS DOUBLE)) AS "mean_amount_count",
        SUM("orders"."amount") FILTER(WHERE
          "buyer"."segment" = 'vip') AS "vip_revenue"
      FROM "shop"."orders" FOR VERSION AS OF 18 AS "orders"
      LEFT JOIN "shop"."customers" AS "buyer"
        ON "orders"."buyer_id" = "buyer"."customer_id"
      WHERE
        (
          "orders"."order_date" >= CAST('2026-01-31' AS DATE)
          AND "orders"."order_date" < CAST('2026-02-02' AS DATE)
        )
        OR (
          "orders"."order_date" >= CAST('2026-03-09' AS DATE)
          AND "orders"."order_date" < CAST('2026-03-10' AS DATE)
        )
        OR "orders"."order_date" IS NULL
      GROUP BY
        1,
        2,
        3
    ) AS "new_rows"
    UNION ALL
    SELECT
      "order_date",
      "status",
      "buyer_id",
      NULL AS "revenue",
      NULL AS "gross",
      NULL AS "order_count",
      NULL AS "smallest",
      NULL AS "largest",
      NULL AS "mean_amount",
      NULL AS "mean_amount_sum",
      NULL AS "mean_amount_count",
      NULL AS "vip_revenue",
      0 AS "lakefront_present"
    FROM "iceberg"."rollups"."orders_by_day" AS "old_rows"
    WHERE
      (
        "order_date" >= CAST('2026-01-31' AS DATE)
        AND "order_date" < CAST('2026-02-02' AS DATE)
      )
      OR (
        "order_date" >= CAST('2026-03-09' AS DATE)
        AND "order_date" < CAST('2026-03-10' AS DATE)
      )
      OR "order_date" IS NULL
  ) AS "states"
  GROUP BY
    "order_date",
    "status",
    "buyer_id"
) AS "s"
ON (
  "t"."order_date" IS NULL
) = (
  "s"."order_date" IS NULL
)
AND COALESCE(CAST("t"."order_date" AS VARCHAR), '') = COALESCE(CAST("s"."order_date" AS VARCHAR), '')
AND (
  "t"."status" IS NULL
) = (
  "s"."status" IS NULL
)
AND COALESCE(CAST("t"."status" AS VARCHAR), '') = COALESCE(CAST("s"."status" AS VARCHAR), '')
AND (
  "t"."buyer_id" IS NULL
) = (
  "s"."buyer_id" IS NULL
)
AND COALESCE(CAST("t"."buyer_id" AS VARCHAR), '') = COALESCE(CAST("s"."buyer_id" AS VARCHAR), '')
WHEN MATCHED AND "s"."lakefront_present" = 0 THEN DELETE
WHEN MATCHED THEN UPDATE SET
  "revenue" = "s"."revenue",
  "gross" = "s"."gross",
  "order_count" = "s"."order_count",
  "smallest" = "s"."smallest",
  "largest" = "s"."largest",
  "mean_amount" = "s"."mean_amount",
  "mean_amount_sum" = "s"."mean_amount_sum",
  "mean_amount_count" = "s"."mean_amount_count",
  "vip_revenue" = "s"."vip_revenue"
WHEN NOT MATCHED AND "s"."lakefront_present" = 1 THEN INSERT (
  "order_date",
  "status",
  "buyer_id",
  "revenue",
  "gross",
  "order_count",
  "smallest",
  "largest",
  "mean_amount",
  "mean_amount_sum",
  "mean_amount_count",
  "vip_revenue"
) VALUES (
  "s"."order_date",
  "s"."status",
  "s"."buyer_id",
  "s"."revenue",
  "s"."gross",
  "s"."order_count",
  "s"."smallest",
  "s"."largest",
  "s"."mean_amount",
  "s"."mean_amount_sum",
  "s"."mean_amount_count",
  "s"."vip_revenue"
)
