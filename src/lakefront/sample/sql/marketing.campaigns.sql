-- One campaign for each quarter and channel. sales.orders computes the same keys.
CREATE TABLE ${table} (
    campaign_id bigint NOT NULL COMMENT 'Campaign key',
    campaign_name varchar COMMENT 'Name as the team says it',
    channel varchar COMMENT 'search, social, email, affiliate or display',
    objective varchar COMMENT 'acquisition, retention or awareness',
    start_date date COMMENT 'First day',
    end_date date COMMENT 'Last day; may lie after the end of the sample',
    status varchar COMMENT 'completed or active',
    budget decimal(12, 2) COMMENT 'Planned cost of the whole campaign, USD',
    spend decimal(12, 2) COMMENT 'Cost within the three years of the sample, USD',
    owner varchar COMMENT 'E-mail of the person in charge',
    landing_page varchar COMMENT 'Path of the page that its links open'
)
COMMENT 'Campaigns, one for each quarter and channel (${mark})'
WITH (${location}format = 'PARQUET');

INSERT INTO ${table}
WITH channels (channel_no, channel, objective, quarter_budget, owner) AS (
    VALUES
        (0, 'search', 'acquisition', 5200, 'ines.gauthier@example.com'),
        (1, 'social', 'acquisition', 4300, 'kwon.jiwoo@example.com'),
        (2, 'email', 'retention', 800, 'omar.haddad@example.com'),
        (3, 'affiliate', 'acquisition', 2100, 'ines.gauthier@example.com'),
        (4, 'display', 'awareness', 2400, 'laura.pereira@example.com')
),
quarters AS (
    SELECT quarter_no - 1 AS quarter_no, start_date
    FROM UNNEST(
        sequence(date_trunc('quarter', ${first_day}), date_trunc('quarter', ${last_day}), INTERVAL '3' MONTH)
    ) WITH ORDINALITY AS s (start_date, quarter_no)
),
planned AS (
    SELECT
        100 + 5 * q.quarter_no + c.channel_no AS campaign_id,
        c.*,
        q.start_date,
        date_add('day', -1, date_add('month', 3, q.start_date)) AS end_date,
        element_at(
            ARRAY['New Year Reset', 'Spring Refresh', 'Long Summer', 'Season of Gifts'],
            CAST(quarter(q.start_date) AS integer)
        ) AS theme,
        (1 + 0.06e0 * q.quarter_no) * IF(quarter(q.start_date) = 4, 1.35e0, 1e0) * quarter_budget AS wanted,
        bitwise_and(
            from_big_endian_64(xxhash64(to_big_endian_64((5 * q.quarter_no + c.channel_no) * 1000 + 51))),
            65535
        ) / 65536e0 AS u_spend
    FROM quarters AS q
    CROSS JOIN channels AS c
)
SELECT
    campaign_id,
    theme || ' ' || CAST(year(start_date) AS varchar) || ' (' || channel || ')',
    channel,
    objective,
    start_date,
    end_date,
    IF(end_date > ${last_day}, 'active', 'completed'),
    CAST(round(wanted, -1) AS decimal(12, 2)),
    CAST(
        round(wanted, -1)
        * (0.9e0 + 0.14e0 * u_spend)
        -- the share of its days that the sample covers
        * (date_diff('day', greatest(start_date, ${first_day}), least(end_date, ${last_day})) + 1)
        / CAST(date_diff('day', start_date, end_date) + 1 AS double)
        AS decimal(12, 2)
    ),
    owner,
    '/go/' || lower(replace(theme, ' ', '-')) || '-' || CAST(year(start_date) AS varchar)
FROM planned
