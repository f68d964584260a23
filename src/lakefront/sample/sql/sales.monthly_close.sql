CREATE TABLE ${table} (
    month date NOT NULL COMMENT 'First day of the month that the results are of',
    region varchar NOT NULL COMMENT 'Sales region of the delivery: US, EU, APAC, LATAM or MEA',
    channel varchar NOT NULL COMMENT 'Where it was ordered: web, mobile, store or partner',
    orders bigint NOT NULL COMMENT 'Orders booked by the close, less those that were cancelled by then',
    revenue decimal(18, 2) NOT NULL COMMENT 'Net amount of these orders, USD, without tax',
    refunds decimal(18, 2) NOT NULL COMMENT 'Paid back by the close for goods of the month that came back, USD',
    restated_on date NOT NULL COMMENT 'Day of the last close that changed this row'
)
COMMENT 'Booked results by month, region and channel as of the last close; earlier closes are snapshots (${mark})'
WITH (${location}format_version = 2);

WITH drawn AS (
    SELECT
        order_id,
        order_date,
        region,
        channel,
        status,
        net_amount,
        from_big_endian_64(xxhash64(to_big_endian_64(order_id * 100 + 82))) AS h
    FROM ${catalog}.${sales}.orders
),
booked AS (
    SELECT
        *,
        CASE
            -- story: partners in the EU report two weeks of May in August
            WHEN region = 'EU' AND channel = 'partner'
                AND order_date BETWEEN date_add('day', -168, ${last_day}) AND date_add('day', -155, ${last_day})
                THEN date_add('day', -82, ${last_day})
            -- some partners report weeks later, stores within days
            WHEN channel = 'partner' AND bitwise_and(h, 255) < 90
                THEN date_add('day', 4 + bitwise_and(bitwise_right_shift(h, 8), 31), order_date)
            WHEN channel = 'store' THEN date_add('day', bitwise_and(bitwise_right_shift(h, 8), 3), order_date)
            ELSE order_date
        END AS booked_on,
        date_add('day', 1 + bitwise_and(bitwise_right_shift(h, 16), 31), order_date) AS cancelled_on
    FROM drawn
),
events AS (
    SELECT order_date, region, channel, booked_on AS day, 1 AS orders, net_amount AS revenue, 0.00 AS refunds
    FROM booked
    UNION ALL
    SELECT order_date, region, channel, greatest(booked_on, cancelled_on), -1, -net_amount, 0.00
    FROM booked
    WHERE status = 'cancelled'
    UNION ALL
    SELECT
        booked.order_date,
        region,
        channel,
        greatest(booked_on, CAST(returned_at AT TIME ZONE 'UTC' AS date)),
        0,
        0.00,
        items.refund_amount
    FROM ${catalog}.${sales}.order_items AS items
    INNER JOIN booked ON booked.order_id = items.order_id
    WHERE items.refund_amount > 0
)
SELECT
    date_trunc('month', order_date) AS month,
    region,
    channel,
    -- the close at which it was first known
    last_day_of_month(day) AS close,
    sum(orders) AS orders,
    CAST(sum(revenue) AS decimal(18, 2)) AS revenue,
    CAST(sum(refunds) AS decimal(18, 2)) AS refunds
FROM events
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4
