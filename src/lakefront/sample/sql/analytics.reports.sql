-- The catalogue of reports, as a company of this size keeps it.
CREATE TABLE ${table} (
    report_id bigint NOT NULL COMMENT 'Report key',
    title varchar COMMENT 'Title of the report',
    description varchar COMMENT 'What it answers, in one sentence',
    area varchar COMMENT 'Part of the business: sales, marketing, logistics, finance, product or operations',
    kind varchar COMMENT 'dashboard, report or notebook',
    owner varchar COMMENT 'E-mail of the person or team in charge',
    status varchar COMMENT 'certified, draft or deprecated',
    refresh varchar COMMENT 'How often its data are renewed: hourly, daily, weekly or monthly',
    url varchar COMMENT 'Where it is',
    views_30d integer COMMENT 'Times opened in the 30 days before the last day',
    created_at timestamp(6) with time zone COMMENT 'Moment of its first version',
    updated_at timestamp(6) with time zone COMMENT 'Moment of its last change'
)
COMMENT 'Catalogue of reports (${mark})'
WITH (${location}format = 'PARQUET');

INSERT INTO ${table}
WITH reports (report_id, title, description, area, kind, refresh) AS (
    VALUES
        (1, 'Sales overview', 'How revenue, orders and margin develop, by region', 'sales', 'dashboard', 'hourly'),
        (2, 'Regional performance', 'How each region does against last year', 'sales', 'dashboard', 'daily'),
        (3, 'Product ranking', 'Which products carry the revenue, and which fade', 'sales', 'dashboard', 'daily'),
        (4, 'Customer cohorts', 'How many customers of each sign-up month still order', 'sales', 'notebook', 'weekly'),
        (5, 'Repeat purchase', 'How long it takes to the second and third order', 'sales', 'notebook', 'monthly'),
        (6, 'Enterprise accounts', 'What the largest accounts order, when they renew', 'sales', 'dashboard', 'daily'),
        (7, 'Black Friday live', 'Orders by the minute in the week of Black Friday', 'sales', 'dashboard', 'hourly'),
        (8, 'Store and web', 'How sales move between stores, web and mobile', 'sales', 'report', 'weekly'),
        (9, 'Price and discount', 'What discounts cost and what they bring', 'finance', 'report', 'weekly'),
        (10, 'Gross margin bridge', 'Why the margin moved: price, cost, mix, discount', 'finance', 'report', 'monthly'),
        (11, 'Revenue close', 'The revenue of the month as booked', 'finance', 'report', 'monthly'),
        (12, 'Refunds and chargebacks', 'What is paid back, to whom and why', 'finance', 'dashboard', 'daily'),
        (13, 'Campaign return', 'Revenue for each dollar of campaign cost', 'marketing', 'dashboard', 'daily'),
        (14, 'Landing page test', 'Whether variant B converts better than A', 'marketing', 'dashboard', 'daily'),
        (15, 'Acquisition funnel', 'From impression to purchase, by channel', 'marketing', 'dashboard', 'hourly'),
        (16, 'Newsletter', 'Who opens, clicks and leaves', 'marketing', 'report', 'weekly'),
        (17, 'Retention by channel', 'Which channels bring customers that stay', 'marketing', 'notebook', 'monthly'),
        (18, 'Brand search', 'How often people search for us by name', 'marketing', 'report', 'weekly'),
        (19, 'Delivery times', 'Days from order to door, by carrier and country', 'logistics', 'dashboard', 'hourly'),
        (20, 'Late deliveries', 'Which promises are broken, and by whom', 'logistics', 'dashboard', 'hourly'),
        (21, 'Shipping cost', 'Cost of a parcel, by carrier and weight', 'logistics', 'report', 'weekly'),
        (22, 'Returns', 'What comes back, and the reasons given', 'logistics', 'dashboard', 'daily'),
        (23, 'Warehouse throughput', 'Hours from order to hand-over', 'logistics', 'dashboard', 'hourly'),
        (24, 'Peak season review', 'What the last peak season taught', 'logistics', 'notebook', 'monthly'),
        (25, 'Assortment health', 'Launches, slow movers and products to retire', 'product', 'dashboard', 'weekly'),
        (26, 'Size advice', 'Where wrong sizes cause returns', 'product', 'notebook', 'monthly'),
        (27, 'Supplier quality', 'Defects by brand and batch', 'product', 'dashboard', 'daily'),
        (28, 'Electronics cost', 'How supplier prices of electronics develop', 'product', 'report', 'monthly'),
        (29, 'Image library', 'Pictures without a product, and the reverse', 'product', 'dashboard', 'daily'),
        (30, 'Search without result', 'What visitors look for and do not find', 'product', 'report', 'weekly'),
        (31, 'Data quality', 'Rows that break a rule, by table and owner', 'operations', 'dashboard', 'hourly'),
        (32, 'Query cost', 'Which dashboards read the most data', 'operations', 'dashboard', 'hourly'),
        (33, 'Freshness of tables', 'When each table was last written', 'operations', 'dashboard', 'hourly'),
        (34, 'Access review', 'Who may see personal data, and who did', 'operations', 'report', 'monthly'),
        (35, 'Service levels', 'Availability and speed of the front ends', 'operations', 'dashboard', 'hourly'),
        (36, 'Outage log', 'When the shop was down, and what it cost', 'operations', 'report', 'monthly'),
        (37, 'Option trading activity', 'Prices and volumes of the hedging desk', 'finance', 'dashboard', 'hourly'),
        (38, 'Hedge positions', 'What the desk holds, and what it is worth', 'finance', 'notebook', 'daily'),
        (39, 'Customer health', 'Accounts at risk, from the CRM', 'sales', 'dashboard', 'daily'),
        (40, 'Renewals ahead', 'Contracts that end within 90 days', 'sales', 'report', 'weekly')
),
draws AS (
    SELECT
        *,
        bitwise_and(h, 65535) / 65536e0 AS u_age,
        bitwise_and(bitwise_right_shift(h, 16), 65535) / 65536e0 AS u_update,
        bitwise_and(bitwise_right_shift(h, 32), 65535) / 65536e0 AS u_views,
        bitwise_and(bitwise_right_shift(h, 48), 65535) / 65536e0 AS u_status
    FROM (
        SELECT *, from_big_endian_64(xxhash64(to_big_endian_64(CAST(report_id AS bigint) * 1000 + 81))) AS h
        FROM reports
    )
),
dated AS (
    SELECT
        *,
        date_add('second', -CAST(floor(age) AS bigint), last_midnight) AS created_at,
        date_add('second', -CAST(floor(age * u_update * u_update) AS bigint), last_midnight) AS updated_at
    FROM (
        SELECT
            *,
            86400 * (30 + 900 * u_age) AS age,
            with_timezone(CAST(${last_day} AS timestamp), 'UTC') AS last_midnight
        FROM draws
    )
)
SELECT
    report_id,
    title,
    description,
    area,
    kind,
    CASE area
        WHEN 'sales' THEN 'sales-analytics@example.com'
        WHEN 'finance' THEN 'controlling@example.com'
        WHEN 'marketing' THEN 'growth@example.com'
        WHEN 'logistics' THEN 'supply-chain@example.com'
        WHEN 'product' THEN 'assortment@example.com'
        ELSE 'data-platform@example.com'
    END,
    CASE
        WHEN report_id = 1 OR u_status < 0.55e0 THEN 'certified'
        WHEN u_status < 0.88e0 THEN 'draft'
        ELSE 'deprecated'
    END,
    refresh,
    'https://reports.example.com/' || area || '/' || replace(lower(title), ' ', '-'),
    CAST(floor(IF(report_id = 1, 4200, 8 + 1400 * pow(u_views, 3e0))) AS integer),
    created_at,
    updated_at
FROM dated
