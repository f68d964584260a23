CREATE TABLE ${table} (
    order_id bigint NOT NULL COMMENT 'Order key, ascending by day',
    order_date date NOT NULL COMMENT 'Day of the order, UTC; partitioned by month: bound it in a query',
    ordered_at timestamp(6) with time zone COMMENT 'Moment of the order',
    customer_id bigint COMMENT 'Who ordered: sales.customers',
    customer_order_number integer COMMENT 'Orders of this customer so far, this one included; 1 is a first order',
    segment varchar COMMENT 'Segment of the customer: consumer, business or enterprise',
    region varchar COMMENT 'Sales region of the delivery: US, EU, APAC, LATAM or MEA',
    country varchar COMMENT 'Country of the delivery, English short name',
    channel varchar COMMENT 'Where it was ordered: web, mobile, store or partner',
    campaign_id bigint COMMENT 'Campaign that led to the order: marketing.campaigns; NULL if none did',
    promotion varchar COMMENT 'Sale that was on: Black Friday, Singles Day, Summer sale; NULL on other days',
    payment_method varchar COMMENT 'card, wallet, bank transfer or invoice',
    status varchar COMMENT 'processing, shipped, completed, returned (all of it) or cancelled; as of the last day',
    line_count integer COMMENT 'Number of order items',
    quantity integer COMMENT 'Units ordered',
    gross_amount decimal(12, 2) COMMENT 'Units times unit price before discounts, USD, without tax',
    discount_amount decimal(12, 2) COMMENT 'Discounts, USD',
    net_amount decimal(12, 2) COMMENT 'Gross less discounts, USD: revenue unless the order is cancelled',
    cost_amount decimal(12, 2) COMMENT 'Purchase cost of the goods, USD',
    refund_amount decimal(12, 2) COMMENT 'Paid back for returned goods, USD',
    carrier varchar COMMENT 'Who delivers; NULL for sales in a store and cancelled orders',
    shipping_cost decimal(10, 2) COMMENT 'What the delivery costs us, USD; NULL before it is shipped',
    promised_date date COMMENT 'Day by which the delivery was promised; NULL where nothing is delivered',
    shipped_at timestamp(6) with time zone COMMENT 'Handed to the carrier; NULL before that',
    delivered_at timestamp(6) with time zone COMMENT 'Received by the customer; NULL before that'
)
COMMENT 'Orders of the shop, one row each (${mark})'
WITH (${location}partitioning = ARRAY['month(order_date)']);

INSERT INTO ${table}
WITH calendar AS (
    SELECT
        day,
        from_big_endian_64(xxhash64(to_big_endian_64(date_diff('day', DATE '1970-01-01', day) * 1000 + 31))) AS h,
        date_diff('day', ${first_day}, day) / 1096e0 AS t,
        -- the Friday after the fourth Thursday of November
        date_diff('day', date_add('day', 22 + (11 - day_of_week(november)) % 7, november), day) AS from_black_friday,
        date_diff('day', date_add('day', 41, november), day) AS from_christmas_peak
    FROM (
        SELECT day, date_add('month', 10, date_trunc('year', day)) AS november
        FROM UNNEST(sequence(${first_day}, ${last_day}, INTERVAL '1' DAY)) AS s (day)
    )
),
promoted AS (
    SELECT
        *,
        CASE
            WHEN from_black_friday BETWEEN -3 AND 3 THEN 'Black Friday'
            WHEN month(day) = 11 AND day_of_month(day) BETWEEN 10 AND 11 THEN 'Singles Day'
            WHEN month(day) = 7 AND day_of_month(day) BETWEEN 3 AND 14 THEN 'Summer sale'
        END AS promotion,
        day = date_add('day', -165, ${last_day}) AS is_outage
    FROM calendar
),
weights AS (
    SELECT
        *,
        -- whole numbers, so that sums don't depend on the order in which they are added
        CAST(round(
            100000
            * exp(0.72e0 * t)
            * (1 + 0.07e0 * cos(2 * pi() * (day_of_year(day) - 340) / 365.25e0))
            * (1 + 0.55e0 * exp(-from_christmas_peak * from_christmas_peak / 160e0))
            * IF(month(day) = 12 AND day_of_month(day) >= 24 OR month(day) = 1 AND day_of_month(day) <= 3, 0.62e0, 1e0)
            * element_at(ARRAY[1.02e0, 0.98e0, 0.97e0, 1.0e0, 1.08e0, 1.05e0, 0.90e0], day_of_week(day))
            * CASE
                WHEN from_black_friday = 0 THEN 2.9e0
                WHEN from_black_friday = 3 THEN 2.3e0
                WHEN from_black_friday IN (1, 2) THEN 1.7e0
                WHEN from_black_friday BETWEEN -3 AND -1 THEN 1.3e0
                WHEN promotion = 'Singles Day' THEN 1.45e0
                WHEN promotion = 'Summer sale' THEN 1.22e0
                ELSE 1e0
            END
            * IF(is_outage, 0.3e0, 1e0)
            * (0.93e0 + 0.14e0 * bitwise_and(h, 65535) / 65536e0)
        ) AS bigint) AS weight
    FROM promoted
),
-- Customers are numbered by sign-up: whoever may order on a day is a number up to `known`.
known AS (
    SELECT w.day, max(c.customer_id) AS known
    FROM weights AS w
    JOIN (
        SELECT signup_date, max(customer_id) AS customer_id
        FROM ${catalog}.${sales}.customers
        GROUP BY signup_date
    ) AS c ON c.signup_date <= w.day
    GROUP BY w.day
),
quotas AS (
    SELECT
        w.*,
        k.known,
        ${orders} * running / total AS last_seq,
        ${orders} * (running - weight) / total AS seq_before
    FROM (
        SELECT
            *,
            sum(weight) OVER (ORDER BY day ROWS UNBOUNDED PRECEDING) AS running,
            sum(weight) OVER () AS total
        FROM weights
    ) AS w
    JOIN known AS k ON k.day = w.day
),
hashed AS (
    SELECT
        q.*,
        seq,
        from_big_endian_64(xxhash64(to_big_endian_64(seq * 1000 + 32))) AS h1,
        from_big_endian_64(xxhash64(to_big_endian_64(seq * 1000 + 33))) AS h2,
        from_big_endian_64(xxhash64(to_big_endian_64(seq * 1000 + 34))) AS h3,
        from_big_endian_64(xxhash64(to_big_endian_64(seq * 1000 + 35))) AS h4
    FROM quotas AS q
    CROSS JOIN UNNEST(sequence(seq_before + 1, last_seq)) AS s (seq)
    WHERE last_seq > seq_before
),
draws AS (
    SELECT
        *,
        bitwise_and(h1, 65535) / 65536e0 AS u_block,
        bitwise_and(bitwise_right_shift(h1, 16), 65535) / 65536e0 AS u_place,
        bitwise_and(bitwise_right_shift(h1, 32), 65535) / 65536e0 AS u_newcomer,
        bitwise_and(bitwise_right_shift(h1, 48), 65535) / 65536e0 AS u_channel,
        bitwise_and(h2, 65535) / 65536e0 AS u_payment,
        bitwise_and(bitwise_right_shift(h2, 16), 65535) / 65536e0 AS u_hour,
        bitwise_and(bitwise_right_shift(h2, 32), 65535) / 65536e0 AS u_second,
        bitwise_and(bitwise_right_shift(h2, 48), 65535) / 65536e0 AS u_campaign,
        bitwise_and(h3, 65535) / 65536e0 AS u_campaign_channel,
        bitwise_and(bitwise_right_shift(h3, 16), 65535) / 65536e0 AS u_cancel,
        bitwise_and(bitwise_right_shift(h3, 32), 65535) / 65536e0 AS u_lines,
        bitwise_and(bitwise_right_shift(h3, 48), 65535) / 65536e0 AS u_carrier,
        bitwise_and(h4, 65535) / 65536e0 AS u_handling,
        bitwise_and(bitwise_right_shift(h4, 16), 65535) / 65536e0 AS u_transit,
        bitwise_and(bitwise_right_shift(h4, 32), 65535) / 65536e0 AS u_delay,
        bitwise_and(bitwise_right_shift(h4, 48), 65535) / 65536e0 AS u_cost
    FROM hashed
),
chosen AS (
    SELECT
        *,
        -- In each hundred of customers few order often and most seldom; one order in seven comes from the newest.
        CAST(floor(IF(u_newcomer < 0.14e0, 0.97e0 + 0.03e0 * u_block, u_block) * known / 100e0) AS bigint) AS block,
        CAST(floor(100 * pow(u_place, 1.8e0)) AS bigint) AS place
    FROM draws
),
placed AS (
    SELECT
        d.*,
        c.customer_id AS known_customer_id,
        c.segment,
        c.region,
        c.country,
        -- customers who signed up before the first day have ordered before it
        CAST(floor(
            greatest(0, date_diff('day', c.signup_date, ${first_day})) / 60e0
            * (0.3e0 + bitwise_and(
                from_big_endian_64(xxhash64(to_big_endian_64(c.customer_id * 1000 + 36))),
                65535
            ) / 65536e0)
        ) AS bigint) AS earlier_orders,
        IF(seq % 40000 = 29, date_add('day', 45, ${last_day}), day) AS order_date,  -- defect: a day to come
        CASE
            WHEN c.segment <> 'consumer' THEN
                CASE
                    WHEN u_channel < 0.52e0 THEN 'web'
                    WHEN u_channel < 0.62e0 + 0.06e0 * t THEN 'mobile'
                    WHEN u_channel < 0.78e0 THEN 'store'
                    ELSE 'partner'
                END
            ELSE
                CASE
                    WHEN u_channel < 0.45e0 - 0.04e0 * t THEN 'web'
                    WHEN u_channel < 0.68e0 + 0.11e0 * t THEN 'mobile'
                    WHEN u_channel < 0.95e0 THEN 'store'
                    ELSE 'partner'
                END
        END AS channel,
        CASE c.segment
            WHEN 'consumer' THEN CASE
                WHEN u_payment < 0.58e0 - 0.08e0 * t THEN 'card'
                WHEN u_payment < 0.93e0 THEN 'wallet'
                ELSE 'bank transfer'
            END
            WHEN 'business' THEN CASE
                WHEN u_payment < 0.48e0 THEN 'card'
                WHEN u_payment < 0.62e0 THEN 'wallet'
                WHEN u_payment < 0.78e0 THEN 'bank transfer'
                ELSE 'invoice'
            END
            ELSE CASE
                WHEN u_payment < 0.15e0 THEN 'card'
                WHEN u_payment < 0.40e0 THEN 'bank transfer'
                ELSE 'invoice'
            END
        END AS payment_method,
        least(6, IF(c.segment = 'enterprise', 1, 0) + CASE
            WHEN u_lines < 0.30e0 THEN 1
            WHEN u_lines < 0.58e0 THEN 2
            WHEN u_lines < 0.79e0 THEN 3
            WHEN u_lines < 0.91e0 THEN 4
            WHEN u_lines < 0.97e0 THEN 5
            ELSE 6
        END) AS line_count
    FROM chosen AS d
    JOIN ${catalog}.${sales}.customers AS c ON c.customer_id = 1 + (block * 100 + (place * 37 + block * 13) % 100) % known
),
timed AS (
    SELECT
        *,
        date_add(
            'second',
            CAST(floor(3600 * u_second) AS bigint) + 3600 * (
                24
                -- the hour on the customer's clock: evenings are busy, stores open from 10 to 20
                + IF(
                    channel = 'store',
                    10 + CAST(floor(10 * u_hour) AS integer),
                    element_at(
                        ARRAY[
                            0, 6, 7, 8, 8, 9, 9, 10, 10, 10, 11, 11, 12, 12, 12, 13, 13, 14, 14, 15, 15, 16, 16, 17,
                            17, 17, 18, 18, 18, 19, 19, 19, 19, 20, 20, 20, 20, 21, 21, 21, 22, 22, 23
                        ],
                        1 + CAST(floor(43 * u_hour) AS integer)
                    )
                )
                - CASE region WHEN 'US' THEN -6 WHEN 'EU' THEN 1 WHEN 'APAC' THEN 8 WHEN 'LATAM' THEN -4 ELSE 3 END
            ) % 86400,
            with_timezone(CAST(order_date AS timestamp), 'UTC')
        ) AS ordered_at,
        u_cancel < 0.022e0
            + IF(payment_method = 'bank transfer', 0.02e0, 0e0)
            + IF(is_outage, 0.12e0, 0e0) AS is_cancelled,
        CASE region
            WHEN 'US' THEN IF(u_carrier < 0.6e0, 'NorthStar', 'Swiftpak')
            WHEN 'EU' THEN IF(u_carrier < 0.65e0, 'EuroHop', 'Swiftpak')
            WHEN 'APAC' THEN IF(u_carrier < 0.7e0, 'Pacific Post', 'Swiftpak')
            WHEN 'LATAM' THEN IF(u_carrier < 0.75e0, 'Andes Cargo', 'Swiftpak')
            ELSE 'Gulf Courier'
        END AS would_carry
    FROM placed
),
shipped AS (
    SELECT
        *,
        IF(NOT is_cancelled AND channel <> 'store', would_carry) AS carrier,
        CAST(floor(
            3600 * (3 + 30 * u_handling) * IF(from_black_friday BETWEEN 0 AND 20, 1.5e0, 1e0)
        ) AS bigint) AS handling_seconds,
        CAST(floor(86400 * (
            IF(region IN ('LATAM', 'MEA'), 2.8e0 + 4.6e0 * pow(u_transit, 1.4e0), 1.3e0 + 2.6e0 * pow(u_transit, 1.4e0))
            * IF(would_carry = 'Swiftpak', 0.8e0, 1e0)
            + IF(region = 'APAC', 0.5e0, 0e0)
            + IF(u_delay < 0.03e0, 2 + 100 * u_delay, 0e0)
            + IF(from_black_friday BETWEEN 0 AND 20, 0.7e0, 0e0)
            -- eight months before the end, one carrier fell behind for six weeks
            + IF(
                would_carry = 'Andes Cargo'
                AND day BETWEEN date_add('day', -270, ${last_day}) AND date_add('day', -228, ${last_day}),
                4.5e0,
                0e0
            )
        )) AS bigint) AS transit_seconds,
        date_add('day', CASE region
            WHEN 'APAC' THEN 6
            WHEN 'LATAM' THEN 9
            WHEN 'MEA' THEN 9
            ELSE 5
        END, order_date) AS promise,
        with_timezone(date_add('day', 1, CAST(${last_day} AS timestamp)), 'UTC') AS now_is
    FROM timed
),
tracked AS (
    SELECT
        *,
        IF(would_leave_at < now_is, would_leave_at) AS shipped_at,
        IF(would_arrive_at < now_is, would_arrive_at) AS arrived_at
    FROM (
        SELECT
            *,
            IF(carrier IS NOT NULL, date_add('second', handling_seconds, ordered_at)) AS would_leave_at,
            IF(
                carrier IS NOT NULL,
                date_add('second', handling_seconds + transit_seconds, ordered_at)
            ) AS would_arrive_at
        FROM shipped
    )
),
basket AS (
    SELECT
        1000000 + seq AS order_id,
        order_date,
        ordered_at,
        known_customer_id + IF(seq % 22000 = 17, 900000, 0) AS customer_id,  -- defect: no such customer
        CAST(
            earlier_orders + row_number() OVER (PARTITION BY known_customer_id ORDER BY ordered_at, seq)
            AS integer
        ) AS customer_order_number,
        segment,
        region,
        country,
        channel,
        IF(
            channel IN ('web', 'mobile') AND u_campaign < 0.07e0,
            100 + 5 * date_diff('quarter', date_trunc('quarter', ${first_day}), date_trunc('quarter', day))
            + CASE
                WHEN u_campaign_channel < 0.38e0 THEN 0
                WHEN u_campaign_channel < 0.64e0 THEN 1
                WHEN u_campaign_channel < 0.82e0 THEN 2
                WHEN u_campaign_channel < 0.94e0 THEN 3
                ELSE 4
            END
        ) AS campaign_id,
        promotion,
        payment_method,
        CASE
            WHEN seq % 30000 = 41 THEN 'unknown'  -- defect: a status that does not exist
            WHEN is_cancelled THEN 'cancelled'
            WHEN order_date > ${last_day} THEN 'processing'
            WHEN carrier IS NULL OR arrived_at IS NOT NULL THEN 'completed'
            WHEN shipped_at IS NOT NULL THEN 'shipped'
            ELSE 'processing'
        END AS status,
        line_count,
        carrier,
        u_cost,
        t,
        IF(carrier IS NOT NULL, promise) AS promised_date,
        shipped_at,
        date_add('day', IF(seq % 50000 = 53, -20, 0), arrived_at) AS delivered_at  -- defect: there before it left
    FROM tracked
),
lines AS (
    ${order_lines}
),
totals AS (
    SELECT
        order_id,
        sum(quantity) AS quantity,
        sum(gross_amount) AS gross_amount,
        sum(discount_amount) AS discount_amount,
        sum(net_amount) AS net_amount,
        sum(cost_amount) AS cost_amount,
        sum(refund_amount) AS refund_amount,
        sum(returned_quantity) AS returned_quantity
    FROM lines
    GROUP BY order_id
)
SELECT
    b.order_id,
    b.order_date,
    b.ordered_at,
    b.customer_id,
    b.customer_order_number,
    b.segment,
    b.region,
    b.country,
    b.channel,
    b.campaign_id,
    b.promotion,
    b.payment_method,
    IF(b.status = 'completed' AND o.returned_quantity = o.quantity, 'returned', b.status),
    b.line_count,
    CAST(o.quantity AS integer),
    CAST(o.gross_amount AS decimal(12, 2)),
    CAST(o.discount_amount AS decimal(12, 2)),
    CAST(o.net_amount AS decimal(12, 2)),
    CAST(o.cost_amount AS decimal(12, 2)),
    CAST(o.refund_amount AS decimal(12, 2)),
    b.carrier,
    IF(b.shipped_at IS NOT NULL, CAST(
        (
            CASE b.region
                WHEN 'US' THEN 5.2e0
                WHEN 'EU' THEN 4.9e0
                WHEN 'APAC' THEN 5.8e0
                WHEN 'LATAM' THEN 7.9e0
                ELSE 8.6e0
            END
            + 0.6e0 * o.quantity
        ) * (0.95e0 + 0.12e0 * b.t) * (0.85e0 + 0.3e0 * b.u_cost) * IF(b.carrier = 'Swiftpak', 1.25e0, 1e0)
        AS decimal(10, 2)
    )),
    b.promised_date,
    b.shipped_at,
    b.delivered_at
FROM basket AS b
JOIN totals AS o ON o.order_id = b.order_id
