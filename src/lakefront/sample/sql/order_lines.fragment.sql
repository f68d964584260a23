-- The items of the orders in `basket`. sales.orders adds them up and sales.order_items stores them: one formula, so
-- that both agree to the cent. Reads only columns that sales.orders stores.
WITH months AS (
    SELECT month
    FROM UNNEST(
        sequence(date_trunc('month', ${first_day}), date_trunc('month', ${last_day}), INTERVAL '1' MONTH)
    ) AS s (month)
),
demand AS (
    SELECT
        m.month,
        p.product_id,
        CAST(round(
            1000
            * CASE p.category
                WHEN 'Electronics' THEN IF(month(m.month) >= 11, 1.35e0, 1.0e0)
                WHEN 'Home' THEN IF(month(m.month) IN (1, 9, 10), 1.1e0, 0.95e0)
                WHEN 'Apparel' THEN 1.2e0
                WHEN 'Footwear' THEN 0.8e0
                WHEN 'Beauty' THEN 0.8e0 + 0.35e0 * date_diff('month', ${first_day}, m.month) / 36e0
                WHEN 'Outdoor' THEN CASE
                    WHEN month(m.month) BETWEEN 4 AND 8 THEN 1.15e0
                    WHEN month(m.month) IN (12, 1, 2) THEN 0.5e0
                    ELSE 0.75e0
                END
                ELSE CASE month(m.month) WHEN 12 THEN 1.5e0 WHEN 11 THEN 1.1e0 ELSE 0.55e0 END
            END
            * CASE
                WHEN p.product_type IN ('Summer dress', 'Sandal', 'Sunscreen', 'Linen shirt') THEN
                    IF(month(m.month) BETWEEN 5 AND 8, 1.9e0, 0.45e0)
                WHEN p.product_type IN ('Down coat', 'Leather boot', 'Wool throw') THEN
                    IF(month(m.month) BETWEEN 4 AND 8, 0.35e0, 1.6e0)
                ELSE 1e0
            END
            -- a few products sell many times as often as most; the dear ones sell less
            * (0.3e0 + 2.7e0 * pow(
                bitwise_and(from_big_endian_64(xxhash64(to_big_endian_64(p.product_id * 1000 + 42))), 65535) / 65536e0,
                3e0
            ))
            * pow(40e0 / CAST(p.list_price AS double), 0.3e0)
            * CASE
                WHEN p.launched_on >= m.month OR p.discontinued_on < m.month THEN 0e0
                WHEN p.launched_on > date_add('month', -3, m.month) THEN 1.5e0  -- news sells
                ELSE 1e0
            END
        ) AS bigint) AS weight
    FROM months AS m
    CROSS JOIN ${catalog}.${sales}.products AS p
),
ranked AS (
    SELECT
        month,
        product_id,
        weight,
        sum(weight) OVER (PARTITION BY month ORDER BY product_id ROWS UNBOUNDED PRECEDING) AS running,
        sum(weight) OVER (PARTITION BY month) AS total
    FROM demand
),
-- Each month has 2,000 slots, shared out by demand: a hash picks a slot, a slot is a product.
slots AS (
    SELECT r.month, r.product_id, slot
    FROM ranked AS r
    CROSS JOIN UNNEST(sequence((r.running - r.weight) * 2000 / r.total, r.running * 2000 / r.total - 1)) AS s (slot)
    WHERE (r.running - r.weight) * 2000 / r.total < r.running * 2000 / r.total
),
hashed AS (
    SELECT
        b.*,
        line_number,
        from_big_endian_64(xxhash64(to_big_endian_64((b.order_id * 10 + line_number) * 1000 + 43))) AS h1,
        from_big_endian_64(xxhash64(to_big_endian_64((b.order_id * 10 + line_number) * 1000 + 44))) AS h2
    FROM basket AS b
    CROSS JOIN UNNEST(sequence(1, b.line_count)) AS s (line_number)
),
draws AS (
    SELECT
        *,
        least(date_trunc('month', order_date), date_trunc('month', ${last_day})) AS month,
        bitwise_and(h1, 4294967295) % 2000 AS slot,
        bitwise_and(bitwise_right_shift(h1, 32), 65535) / 65536e0 AS u_quantity,
        bitwise_and(bitwise_right_shift(h1, 48), 65535) / 65536e0 AS u_discount,
        bitwise_and(h2, 65535) / 65536e0 AS u_return,
        bitwise_and(bitwise_right_shift(h2, 16), 65535) / 65536e0 AS u_return_day,
        bitwise_and(bitwise_right_shift(h2, 32), 65535) / 65536e0 AS u_reason,
        bitwise_and(bitwise_right_shift(h2, 48), 65535) / 65536e0 AS u_rate
    FROM hashed
),
picked AS (
    SELECT
        d.*,
        p.product_id,
        p.category,
        CASE d.segment
            WHEN 'consumer' THEN CASE WHEN u_quantity < 0.80e0 THEN 1 WHEN u_quantity < 0.95e0 THEN 2 ELSE 3 END
            WHEN 'business' THEN 1 + CAST(floor(3 * pow(u_quantity, 1.6e0)) AS integer)
            ELSE 1 + CAST(floor(8 * u_quantity * u_quantity) AS integer)
        END AS quantity,
        -- prices rise by 3 in 100 a year up to the list price, and differ by region
        CAST(
            CAST(p.list_price AS double)
            * (1 - 0.03e0 * date_diff('day', d.order_date, ${last_day}) / 365.25e0)
            * CASE d.region
                WHEN 'EU' THEN 1.06e0
                WHEN 'APAC' THEN 0.95e0
                WHEN 'LATAM' THEN 0.89e0
                WHEN 'MEA' THEN 0.97e0
                ELSE 1e0
            END
            AS decimal(10, 2)
        ) AS unit_price,
        -- the makers of electronics have charged more for the last 14 months
        CAST(
            CAST(p.unit_cost AS double)
            * (1 - 0.025e0 * date_diff('day', d.order_date, ${last_day}) / 365.25e0)
            * IF(p.category = 'Electronics' AND d.order_date < date_add('month', -14, ${last_day}), 0.9e0, 1e0)
            AS decimal(10, 2)
        ) AS unit_cost,
        CAST(
            CASE
                WHEN d.promotion = 'Black Friday' AND u_discount < 0.8e0 THEN 0.15e0 + 0.05e0 * floor(4 * u_rate)
                WHEN d.promotion IS NOT NULL AND u_discount < 0.6e0 THEN 0.10e0 + 0.05e0 * floor(3 * u_rate)
                WHEN u_discount < 0.18e0 THEN 0.05e0 + 0.05e0 * floor(3 * u_rate)
                ELSE 0e0
            END
            + CASE d.segment WHEN 'enterprise' THEN 0.08e0 WHEN 'business' THEN 0.04e0 ELSE 0e0 END
            AS decimal(4, 2)
        ) AS discount_rate,
        -- one shoe has come from a bad batch in the last six months
        p.product_id = ${faulty_product} AND d.order_date > date_add('day', -180, ${last_day}) AS faulty
    FROM draws AS d
    JOIN slots AS s ON s.month = d.month AND s.slot = d.slot
    JOIN ${catalog}.${sales}.products AS p ON p.product_id = s.product_id
),
priced AS (
    SELECT
        *,
        CAST(quantity * unit_price AS decimal(12, 2)) AS gross_amount,
        CAST(round(quantity * unit_price * discount_rate, 2) AS decimal(12, 2)) AS discount_amount,
        CAST(quantity * unit_cost AS decimal(12, 2)) AS cost_amount,
        date_add(
            'second',
            CAST(floor(86400 * (2 + 24 * u_return_day)) AS bigint),
            coalesce(delivered_at, IF(channel = 'store', ordered_at))
        ) AS would_return_at,
        u_return < IF(channel = 'store', 0.6e0, 1e0) * CASE
            WHEN faulty THEN 0.42e0
            WHEN category = 'Footwear' THEN 0.165e0
            WHEN category = 'Apparel' THEN 0.15e0
            WHEN category = 'Outdoor' THEN 0.07e0
            WHEN category = 'Electronics' THEN 0.065e0
            WHEN category = 'Home' THEN 0.045e0
            WHEN category = 'Toys' THEN 0.035e0
            ELSE 0.025e0
        END AS would_return
    FROM picked
),
returned AS (
    SELECT
        *,
        gross_amount - discount_amount AS net_amount,
        CASE
            WHEN NOT would_return OR status = 'cancelled' OR would_return_at IS NULL THEN 0
            WHEN would_return_at >= with_timezone(date_add('day', 1, CAST(${last_day} AS timestamp)), 'UTC') THEN 0
            WHEN quantity > 1 AND u_reason < 0.5e0 THEN 1
            ELSE quantity
        END AS returned_quantity
    FROM priced
)
SELECT
    order_id,
    line_number,
    order_date,
    customer_id,
    product_id,
    status AS order_status,
    quantity,
    unit_price,
    unit_cost,
    discount_rate,
    gross_amount,
    discount_amount,
    CAST(net_amount AS decimal(12, 2)) AS net_amount,
    cost_amount,
    returned_quantity,
    CAST(round(net_amount * returned_quantity / quantity, 2) AS decimal(12, 2)) AS refund_amount,
    IF(returned_quantity > 0, would_return_at) AS returned_at,
    CASE
        WHEN returned_quantity = 0 THEN NULL
        WHEN faulty THEN IF(u_reason < 0.85e0, 'defective', 'changed mind')
        WHEN category IN ('Apparel', 'Footwear') THEN
            CASE
                WHEN u_reason < 0.54e0 THEN 'wrong size'
                WHEN u_reason < 0.76e0 THEN 'changed mind'
                WHEN u_reason < 0.90e0 THEN 'not as described'
                WHEN u_reason < 0.96e0 THEN 'damaged in transit'
                ELSE 'defective'
            END
        ELSE
            CASE
                WHEN u_reason < 0.30e0 THEN 'changed mind'
                WHEN u_reason < 0.54e0 THEN 'not as described'
                WHEN u_reason < 0.77e0 THEN 'damaged in transit'
                ELSE 'defective'
            END
    END AS return_reason
FROM returned
