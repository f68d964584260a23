-- Six invented shares, a call and a put on each. The shares walk at random minute by minute; the options follow by the
-- Black-Scholes formula (https://doi.org/10.1086/260062), and each trade is a little off the fair price.
CREATE TABLE ${table} (
    symbol varchar COMMENT 'Contract in the 21-character OCC form without blanks: share, expiry, C or P, strike',
    underlying varchar COMMENT 'Share that the option is on (invented)',
    exchange varchar COMMENT 'Where the trade took place: CBOE, ISE, PHLX or ARCA',
    expiry date COMMENT 'Last trading day of the contract',
    strike decimal(10, 2) COMMENT 'Strike price, USD',
    option_right varchar COMMENT 'C for a call, P for a put',
    last_price decimal(10, 2) COMMENT 'Price of the trade, USD a share',
    volume integer COMMENT 'Contracts traded',
    underlying_price decimal(10, 2) COMMENT 'Price of the share at that minute, USD',
    ts timestamp(6) with time zone NOT NULL COMMENT 'Moment of the trade; partitioned by day (UTC): bound it in a query'
)
COMMENT 'Trades of options, one row each (${mark})'
WITH (${location}partitioning = ARRAY['day(ts)']);

INSERT INTO ${table}
WITH sessions AS (
    SELECT
        day,
        date_diff('day', DATE '1970-01-01', day) AS day_number,
        -- the exchange opens at 9:30 in New York, summer and winter
        with_timezone(date_add('minute', 570, CAST(day AS timestamp)), 'America/New_York')
            AT TIME ZONE 'UTC' AS opens_at
    FROM (
        SELECT day
        FROM UNNEST(sequence(date_add('day', -100, ${last_day}), ${last_day}, INTERVAL '1' DAY)) AS s (day)
        WHERE day_of_week(day) <= 5
        ORDER BY day DESC
        LIMIT 60
    )
),
shares (share_no, underlying, first_price, volatility, activity) AS (
    VALUES
        (1, 'ACME', 142e0, 0.28e0, 6),
        (2, 'GLBX', 87e0, 0.36e0, 9),
        (3, 'HNVR', 311e0, 0.24e0, 3),
        (4, 'KORA', 54e0, 0.44e0, 14),
        (5, 'NMBS', 206e0, 0.39e0, 5),
        (6, 'VLTR', 23e0, 0.55e0, 22)
),
-- the third Friday of the month after the last day's, and of the one after that
expiries (option_right, expiry) AS (
    SELECT option_right, date_add('day', 14 + (12 - day_of_week(month)) % 7, month)
    FROM (
        VALUES
            ('C', date_add('month', 1, date_trunc('month', ${last_day}))),
            ('P', date_add('month', 2, date_trunc('month', ${last_day})))
    ) AS v (option_right, month)
),
contracts AS (
    SELECT
        s.*,
        e.option_right,
        e.expiry,
        strike_step * round(first_price * IF(e.option_right = 'C', 1.04e0, 0.98e0) / strike_step) AS strike
    FROM (SELECT *, IF(first_price > 100, 5, 1) AS strike_step FROM shares) AS s
    CROSS JOIN expiries AS e
),
steps AS (
    SELECT
        s.share_no,
        s.first_price,
        d.day_number,
        minute,
        -- hundred-millionths, whole numbers: sums don't depend on the order in which they are added
        CAST(round(
            1e8 * s.volatility * IF(minute = 0, 0.5e0 / sqrt(252e0), 0.85e0 / sqrt(252e0 * 390))
            * inverse_normal_cdf(0, 1, (bitwise_and(from_big_endian_64(xxhash64(to_big_endian_64(
                ((s.share_no * 100000 + d.day_number) * 400 + minute) * 100 + 71
            ))), 1048575) + 0.5e0) / 1048576e0)
        ) AS bigint) AS step
    FROM shares AS s
    CROSS JOIN sessions AS d
    CROSS JOIN UNNEST(sequence(0, 389)) AS m (minute)
),
paths AS (
    SELECT
        share_no,
        day_number,
        minute,
        round(
            first_price
            * exp(sum(step) OVER (PARTITION BY share_no ORDER BY day_number, minute ROWS UNBOUNDED PRECEDING) / 1e8),
            3
        ) AS price
    FROM steps
),
-- A contract on a day.
books AS (
    SELECT
        c.*,
        d.day_number,
        d.opens_at,
        date_diff('day', d.day, c.expiry) AS days_left,
        CAST(
            ${tick_share} * (1200 + (d.day_number * 131 + c.share_no * 977 + IF(c.option_right = 'C', 0, 389)) % 500)
            AS bigint
        ) AS trades
    FROM contracts AS c
    CROSS JOIN sessions AS d
),
trades AS (
    SELECT
        d.*,
        trade_no,
        from_big_endian_64(xxhash64(to_big_endian_64(
            ((d.day_number * 16 + d.share_no * 2 + IF(d.option_right = 'C', 0, 1)) * 10000 + trade_no) * 100 + 72
        ))) AS h
    FROM books AS d
    CROSS JOIN UNNEST(sequence(0, d.trades - 1)) AS t (trade_no)
),
draws AS (
    SELECT
        *,
        (trade_no + bitwise_and(h, 65535) / 65536e0) / trades AS u_time,
        bitwise_and(bitwise_right_shift(h, 16), 65535) / 65536e0 AS u_volume,
        bitwise_and(bitwise_right_shift(h, 32), 65535) / 65536e0 AS u_spread,
        bitwise_and(bitwise_right_shift(h, 48), 255) / 256e0 AS u_block,
        bitwise_and(bitwise_right_shift(h, 56), 127) / 128e0 AS u_exchange
    FROM trades
),
timed AS (
    -- trading is thick at the open and at the close, thin at noon
    SELECT
        *,
        least(23399999e0, floor(23400000e0 * (u_time - 0.6e0 / (2 * pi()) * sin(2 * pi() * u_time)))) AS milliseconds
    FROM draws
),
quoted AS (
    SELECT
        t.*,
        p.price,
        -- out-of-the-money puts trade at a higher volatility
        t.volatility * (1 + IF(t.option_right = 'P', 0.08e0, 0e0)) AS sigma,
        (t.days_left + 0.5e0) / 365e0 AS years_left
    FROM timed AS t
    JOIN paths AS p
        ON p.share_no = t.share_no
        AND p.day_number = t.day_number
        AND p.minute = CAST(floor(t.milliseconds / 60000e0) AS integer)
),
normed AS (
    SELECT
        *,
        strike * exp(-0.04e0 * years_left) AS discounted_strike,
        (ln(price / strike) + (0.04e0 + sigma * sigma / 2) * years_left) / (sigma * sqrt(years_left)) AS d1,
        (ln(price / strike) + (0.04e0 - sigma * sigma / 2) * years_left) / (sigma * sqrt(years_left)) AS d2
    FROM quoted
),
fair AS (
    SELECT
        *,
        IF(
            option_right = 'C',
            price * normal_cdf(0, 1, d1) - discounted_strike * normal_cdf(0, 1, d2),
            discounted_strike * normal_cdf(0, 1, -d2) - price * normal_cdf(0, 1, -d1)
        ) AS fair_price
    FROM normed
)
SELECT
    underlying
    || date_format(expiry, '%y%m%d')
    || option_right
    || lpad(CAST(CAST(strike * 1000 AS bigint) AS varchar), 8, '0'),
    underlying,
    CASE
        WHEN u_exchange < 0.45e0 THEN 'CBOE'
        WHEN u_exchange < 0.70e0 THEN 'ISE'
        WHEN u_exchange < 0.87e0 THEN 'PHLX'
        ELSE 'ARCA'
    END,
    expiry,
    CAST(strike AS decimal(10, 2)),
    option_right,
    CAST(
        IF(
            day_number % 20 = 3 AND share_no = 2 AND option_right = 'C' AND trade_no = 30,
            0e0,  -- defect: a price of zero
            greatest(0.01e0, fair_price + (u_spread - 0.5e0) * (0.02e0 + 0.008e0 * fair_price))
        )
        AS decimal(10, 2)
    ),
    IF(
        day_number % 30 = 4 AND share_no = 4 AND option_right = 'P' AND trade_no = 40,
        -1,  -- defect: a negative volume
        CAST(1 + floor(-ln(1 - u_volume) * activity * IF(u_block < 0.015e0, 12, 1)) AS integer)
    ),
    CAST(price AS decimal(10, 2)),
    date_add('millisecond', CAST(milliseconds AS bigint), opens_at)
FROM fair
