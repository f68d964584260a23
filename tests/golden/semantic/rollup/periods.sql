-- written by tests/unit/test_semantic_rollup.py with LAKEFRONT_UPDATE_GOLDEN=1; do not edit
SELECT DISTINCT
  CAST(DATE_TRUNC('DAY', AT_TIMEZONE("orders"."paid_at", 'Asia/Seoul')) AS DATE) AS "period"
FROM TABLE(
  "iceberg"."system".table_changes(
    schema_name => 'shop',
    table_name => 'orders',
    start_snapshot_id => 17,
    end_snapshot_id => 18
  )
) AS "orders"
