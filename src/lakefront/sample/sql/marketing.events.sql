-- Visitors see a campaign up to five times, may click, sign up once, buy, and buy again in later months.
-- Every landing page is tested: half of the visitors get variant B, and B turns more of them into customers.
CREATE TABLE ${table} (
    event_id bigint NOT NULL COMMENT 'Event key',
    event_ts timestamp(6) with time zone NOT NULL COMMENT 'Moment of the event; partitioned by month (UTC): bound it in a query',
    event_type varchar COMMENT 'impression, click, signup or purchase',
    visitor_id bigint COMMENT 'Pseudonym of the visitor',
    campaign_id bigint COMMENT 'Campaign that brought the visitor: marketing.campaigns',
    channel varchar COMMENT 'Channel of that campaign',
    variant varchar COMMENT 'Landing page that the visitor is shown, A or B, drawn by lot and kept',
    cohort_month date COMMENT 'First day of the month in which the visitor was first seen',
    months_since_first integer COMMENT 'Calendar months since the cohort month, from 0',
    device varchar COMMENT 'mobile, desktop or tablet',
    region varchar COMMENT 'Sales region of the visitor: US, EU, APAC, LATAM or MEA',
    revenue decimal(10, 2) COMMENT 'Value of a purchase, USD; NULL for other events'
)
COMMENT 'What visitors of the campaigns did, one row for each event (${mark})'
WITH (${location}partitioning = ARRAY['month(event_ts)']);

INSERT INTO ${table}
WITH calendar AS (
    SELECT
        day,
        from_big_endian_64(xxhash64(to_big_endian_64(date_diff('day', DATE '1970-01-01', day) * 1000 + 65))) AS h,
        date_diff('day', ${first_day}, day) / 1096e0 AS t,
        date_diff('day', date_add('day', 22 + (11 - day_of_week(november)) % 7, november), day) AS from_black_friday
    FROM (
        SELECT day, date_add('month', 10, date_trunc('year', day)) AS november
        FROM UNNEST(sequence(${first_day}, ${last_day}, INTERVAL '1' DAY)) AS s (day)
    )
),
weights AS (
    SELECT
        day,
        CAST(round(
            100000
            * (0.65e0 + 0.7e0 * t)
            * element_at(ARRAY[1.06e0, 1.04e0, 1.02e0, 1.0e0, 0.98e0, 0.92e0, 0.95e0], day_of_week(day))
            * IF(month(day) IN (11, 12), 1.15e0, 1e0)
            * IF(from_black_friday BETWEEN -6 AND 3, 1.7e0, 1e0)
            * (0.92e0 + 0.16e0 * bitwise_and(h, 65535) / 65536e0)
        ) AS bigint) AS weight
    FROM calendar
),
quotas AS (
    SELECT
        day,
        ${visitors} * running / total AS last_visitor,
        ${visitors} * (running - weight) / total AS visitors_before
    FROM (
        SELECT
            *,
            sum(weight) OVER (ORDER BY day ROWS UNBOUNDED PRECEDING) AS running,
            sum(weight) OVER () AS total
        FROM weights
    )
),
visitors AS (
    SELECT
        day AS first_day,
        n AS visitor_id,
        from_big_endian_64(xxhash64(to_big_endian_64(n * 1000 + 61))) AS h1,
        from_big_endian_64(xxhash64(to_big_endian_64(n * 1000 + 62))) AS h2,
        from_big_endian_64(xxhash64(to_big_endian_64(n * 1000 + 63))) AS h3
    FROM quotas
    CROSS JOIN UNNEST(sequence(visitors_before + 1, last_visitor)) AS s (n)
    WHERE last_visitor > visitors_before
),
draws AS (
    SELECT
        visitor_id,
        first_day,
        -- a lot for each impression's click: five times 12 bits
        h1,
        bitwise_and(h2, 65535) / 65536e0 AS u_channel,
        bitwise_and(bitwise_right_shift(h2, 16), 65535) / 65536e0 AS u_impressions,
        bitwise_and(bitwise_right_shift(h2, 32), 65535) / 65536e0 AS u_signup,
        bitwise_and(bitwise_right_shift(h2, 48), 65535) / 65536e0 AS u_purchase,
        bitwise_and(h3, 65535) / 65536e0 AS u_region,
        bitwise_and(bitwise_right_shift(h3, 16), 65535) / 65536e0 AS u_device,
        bitwise_and(bitwise_right_shift(h3, 32), 65535) / 65536e0 AS u_second,
        IF(bitwise_and(bitwise_right_shift(h3, 48), 1) = 0, 'A', 'B') AS variant
    FROM visitors
),
described AS (
    SELECT
        *,
        CASE
            WHEN u_channel < 0.30e0 THEN 0
            WHEN u_channel < 0.58e0 THEN 1
            WHEN u_channel < 0.68e0 THEN 2
            WHEN u_channel < 0.78e0 THEN 3
            ELSE 4
        END AS channel_no,
        CASE
            WHEN u_impressions < 0.30e0 THEN 1
            WHEN u_impressions < 0.55e0 THEN 2
            WHEN u_impressions < 0.75e0 THEN 3
            WHEN u_impressions < 0.90e0 THEN 4
            ELSE 5
        END AS impressions,
        CASE WHEN u_device < 0.58e0 THEN 'mobile' WHEN u_device < 0.93e0 THEN 'desktop' ELSE 'tablet' END AS device,
        CASE
            WHEN u_region < 0.35e0 THEN 'US'
            WHEN u_region < 0.63e0 THEN 'EU'
            WHEN u_region < 0.86e0 THEN 'APAC'
            WHEN u_region < 0.95e0 THEN 'LATAM'
            ELSE 'MEA'
        END AS region
    FROM draws
),
inclined AS (
    SELECT
        *,
        element_at(ARRAY['search', 'social', 'email', 'affiliate', 'display'], channel_no + 1) AS channel,
        CAST(4096 * element_at(ARRAY[0.15e0, 0.09e0, 0.17e0, 0.11e0, 0.04e0], channel_no + 1) AS bigint) AS click_below,
        u_signup < IF(variant = 'B', 0.255e0, 0.205e0) * IF(device = 'desktop', 1.1e0, 0.95e0) AS would_sign_up,
        u_purchase < IF(variant = 'B', 0.47e0, 0.42e0) AS would_buy
    FROM described
),
clicking AS (
    SELECT
        *,
        -- the first impression that is clicked, 0 for none
        array_position(
            transform(
                sequence(1, impressions),
                i -> bitwise_and(bitwise_right_shift(h1, CAST(12 * (i - 1) AS integer)), 4095) < click_below
            ),
            true
        ) AS first_click
    FROM inclined
),
-- Slots 1 to 5 are impressions, 6 to 10 the clicks on them, 11 the sign-up, 12 to 23 the purchases of twelve months.
slots AS (
    SELECT
        v.*,
        slot,
        (slot - 1) % 5 + 1 AS touch,
        from_big_endian_64(xxhash64(to_big_endian_64((visitor_id * 32 + slot) * 1000 + 64))) AS h
    FROM clicking AS v
    CROSS JOIN UNNEST(sequence(1, CASE
        WHEN first_click = 0 THEN impressions
        WHEN NOT would_sign_up THEN 10
        WHEN NOT would_buy THEN 11
        ELSE 23
    END)) AS s (slot)
),
lots AS (
    SELECT
        *,
        bitwise_and(h, 65535) / 65536e0 AS u,
        bitwise_and(bitwise_right_shift(h, 16), 65535) / 65536e0 AS u_delay,
        bitwise_and(bitwise_right_shift(h, 32), 65535) / 65536e0 AS u_value
    FROM slots
),
happened AS (
    SELECT
        *,
        CASE
            WHEN slot <= 5 THEN 'impression'
            WHEN slot <= 10 THEN 'click'
            WHEN slot = 11 THEN 'signup'
            ELSE 'purchase'
        END AS event_type,
        -- the hour of the first visit, then days between impressions and months between purchases
        3600 * element_at(
            ARRAY[0, 2, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 20, 21, 21, 22, 22, 23],
            1 + CAST(floor(24 * u_second) AS integer)
        )
        + CAST(floor(3600 * u_delay) AS bigint)
        + CASE
            WHEN slot <= 5 THEN 86400 * (touch - 1) * (1 + visitor_id % 5)
            WHEN slot <= 10 THEN 86400 * (touch - 1) * (1 + visitor_id % 5) + 3600 + CAST(floor(240 * u) AS bigint)
            WHEN slot = 11 THEN
                86400 * (first_click - 1) * (1 + visitor_id % 5) + 7500 + CAST(floor(1500 * u) AS bigint)
            ELSE 86400 * ((first_click - 1) * (1 + visitor_id % 5) + 30 * (slot - 12)) + 12700
                + CAST(floor(86400 * IF(slot = 12, 2e0, 24e0) * u_delay) AS bigint)
        END AS after_seconds
    FROM lots
    WHERE CASE
        WHEN slot <= 5 THEN touch <= impressions
        WHEN slot <= 10 THEN
            touch <= impressions
            AND bitwise_and(bitwise_right_shift(h1, CAST(12 * (touch - 1) AS integer)), 4095) < click_below
        WHEN slot <= 12 THEN true
        -- of 100 buyers some 38 buy again in the next month, and fewer each month after
        ELSE u < 0.38e0 * pow(0.87e0, slot - 13)
    END
),
stamped AS (
    SELECT
        *,
        date_trunc('month', first_day) AS cohort_month,
        date_add('second', after_seconds, with_timezone(CAST(first_day AS timestamp), 'UTC')) AS event_ts
    FROM happened
)
SELECT
    visitor_id * 32 + slot,
    event_ts,
    event_type,
    visitor_id,
    IF(
        event_type = 'click' AND visitor_id % 9000 = 12,
        NULL,  -- defect: a click without its campaign
        100
        + 5 * date_diff('quarter', date_trunc('quarter', ${first_day}), date_trunc('quarter', first_day))
        + channel_no
    ),
    channel,
    variant,
    cohort_month,
    CAST(
        date_diff('month', cohort_month, date_trunc('month', CAST(event_ts AT TIME ZONE 'UTC' AS date)))
        AS integer
    ),
    device,
    region,
    IF(
        event_type = 'purchase' AND visitor_id % 400 <> 7,  -- defect: a purchase without its value
        CAST(
            (35 + 480 * pow(u_value, 2.2e0))
            * CASE region
                WHEN 'EU' THEN 1.06e0
                WHEN 'APAC' THEN 0.95e0
                WHEN 'LATAM' THEN 0.86e0
                WHEN 'MEA' THEN 0.97e0
                ELSE 1e0
            END
            AS decimal(10, 2)
        )
    )
FROM stamped
WHERE event_ts < with_timezone(date_add('day', 1, CAST(${last_day} AS timestamp)), 'UTC')
