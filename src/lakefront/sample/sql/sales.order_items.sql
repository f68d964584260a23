CREATE TABLE ${table} (
    order_item_id bigint NOT NULL COMMENT 'Item key: order_id followed by the line number',
    order_id bigint COMMENT 'The order: sales.orders',
    line_number integer COMMENT 'Place in the order, from 1',
    order_date date NOT NULL COMMENT 'Day of the order, UTC; partitioned by month: bound it in a query',
    customer_id bigint COMMENT 'Who ordered: sales.customers',
    product_id bigint COMMENT 'What was ordered: sales.products',
    status varchar COMMENT 'sold, returned (at least one unit) or cancelled',
    quantity integer COMMENT 'Units ordered',
    unit_price decimal(10, 2) COMMENT 'Price of one unit before the discount, USD, without tax',
    unit_cost decimal(10, 2) COMMENT 'Purchase cost of one unit at the time, USD',
    discount_rate decimal(4, 2) COMMENT 'Discount as a share of the gross amount, 0 to 1',
    gross_amount decimal(12, 2) COMMENT 'Units times unit price, USD',
    discount_amount decimal(12, 2) COMMENT 'Gross times discount rate, USD',
    net_amount decimal(12, 2) COMMENT 'Gross less discount, USD: revenue unless cancelled',
    cost_amount decimal(12, 2) COMMENT 'Units times unit cost, USD',
    returned_quantity integer COMMENT 'Units sent back until the end of the last day',
    refund_amount decimal(12, 2) COMMENT 'Paid back for them, USD',
    returned_at timestamp(6) with time zone COMMENT 'Moment of the return; NULL if nothing came back',
    return_reason varchar COMMENT 'wrong size, changed mind, not as described, damaged in transit or defective'
)
COMMENT 'Items of the orders, one row for each product in an order (${mark})'
WITH (${location}partitioning = ARRAY['month(order_date)']);

INSERT INTO ${table}
WITH basket AS (
    SELECT
        order_id,
        order_date,
        ordered_at,
        customer_id,
        segment,
        region,
        channel,
        promotion,
        status,
        line_count,
        delivered_at
    FROM ${catalog}.${sales}.orders
),
lines AS (
    ${order_lines}
)
SELECT
    order_id * 10 + line_number,
    order_id,
    line_number,
    order_date,
    customer_id,
    IF(seq % 40000 = 37 AND line_number = 1, 9999, product_id),  -- defect: no such product
    CASE WHEN order_status = 'cancelled' THEN 'cancelled' WHEN returned_quantity > 0 THEN 'returned' ELSE 'sold' END,
    IF(seq % 18000 = 7 AND line_number = 1, -quantity, quantity),  -- defect: negative quantity
    unit_price,
    unit_cost,
    discount_rate,
    gross_amount,
    discount_amount,
    net_amount,
    cost_amount,
    returned_quantity,
    refund_amount,
    returned_at,
    return_reason
FROM (SELECT *, order_id % 1000000 AS seq FROM lines)
CROSS JOIN UNNEST(sequence(1, IF(seq % 33000 = 19 AND line_number = 1, 2, 1))) AS copies (copy)  -- defect: stored twice
