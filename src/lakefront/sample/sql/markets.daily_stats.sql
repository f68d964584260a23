CREATE TABLE ${table} (
    date date NOT NULL COMMENT 'Trading day, UTC',
    symbol varchar COMMENT 'Contract: markets.option_ticks',
    avg_price decimal(18, 6) COMMENT 'Mean price of the trades, USD a share, each trade counted once',
    total_volume bigint COMMENT 'Contracts traded'
)
COMMENT 'Trades of options, summed up by day and contract; derived from markets.option_ticks (${mark})'
WITH (${location}format = 'PARQUET');

INSERT INTO ${table}
SELECT
    CAST(ts AT TIME ZONE 'UTC' AS date),
    symbol,
    avg(CAST(last_price AS decimal(18, 6))),
    sum(volume)
FROM ${catalog}.markets.option_ticks
GROUP BY 1, 2
