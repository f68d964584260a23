-- The accounts of business customers, as the sales team keeps them in its own database. That database has no comments:
-- the last column says who made the rows.
CREATE TABLE ${table} AS
WITH reps (rep_no, region, owner) AS (
    VALUES
        (0, 'US', 'Dana Whitfield'), (1, 'US', 'Marcus Boyd'), (2, 'US', 'Priya Raman'),
        (0, 'EU', 'Clara Vogel'), (1, 'EU', 'Étienne Faure'), (2, 'EU', 'Giorgia Conti'),
        (0, 'APAC', '윤서진'), (1, 'APAC', '高橋 美咲'), (2, 'APAC', 'Anand Iyer'),
        (0, 'LATAM', 'Renata Lima'), (1, 'LATAM', 'Joaquín Herrera'), (2, 'LATAM', 'Renata Lima'),
        (0, 'MEA', 'Khalid Nasser'), (1, 'MEA', 'Thandi Mokoena'), (2, 'MEA', 'Khalid Nasser')
),
styles (style, first_words, second_words, endings) AS (
    VALUES
        ('anglo', ARRAY['Harbor', 'Summit', 'Cedar', 'Pioneer', 'Granite', 'Bluebird', 'Keystone', 'Redwood',
            'Lakeside', 'Northgate', 'Ironbridge', 'Silver Creek', 'Westfield', 'Juniper', 'Beacon', 'Foxglove'],
            ARRAY['Supply', 'Interiors', 'Hospitality', 'Outfitters', 'Wellness', 'Logistics', 'Studios', 'Retail',
            'Clinics', 'Catering', 'Engineering', 'Learning'], ARRAY['Inc.', 'LLC', 'Co.', 'Group']),
        ('europe', ARRAY['Nordhaus', 'Belmont', 'Castellan', 'Linden', 'Aurelia', 'Montclair', 'Bergwerk', 'Valdora',
            'Rhenus', 'Marenco', 'Kasteel', 'Wisla'], ARRAY['Handel', 'Design', 'Hotels', 'Technik', 'Atelier',
            'Service', 'Sport', 'Medical', 'Trading', 'Gastronomie'], ARRAY['GmbH', 'S.A.', 'B.V.', 'S.r.l.', 'AB']),
        ('latin', ARRAY['Andina', 'Ipanema', 'Quetzal', 'Austral', 'Mirador', 'Cordillera', 'Horizonte', 'Paraná',
            'Solano', 'Pampa'], ARRAY['Comercial', 'Hoteles', 'Deportes', 'Hogar', 'Alimentos', 'Servicios', 'Textil',
            'Salud'], ARRAY['S.A.', 'Ltda.', 'S.A. de C.V.']),
        ('gulf', ARRAY['Falcon', 'Oasis', 'Baobab', 'Savanna', 'Crescent', 'Pearl', 'Rift Valley', 'Kudu'],
            ARRAY['Trading', 'Hospitality', 'Retail', 'Facilities', 'Health', 'Events'], ARRAY['LLC', 'Ltd',
            '(Pty) Ltd']),
        ('asia', ARRAY['Sakura', 'Banyan', 'Lotus', 'Merlion', 'Koala', 'Himalaya', 'Pacific', 'Sunrise', 'Jade',
            'Mekong'], ARRAY['Trading', 'Foods', 'Retail', 'Electronics', 'Hotels', 'Sports', 'Care', 'Design'],
            ARRAY['Pte. Ltd.', 'Co., Ltd.', 'Pvt. Ltd.', 'K.K.']),
        ('korean', ARRAY['한빛', '푸른', '새롬', '대성', '미래', '하늘', '은하', '가온', '다온', '누리', '청담', '동방'], ARRAY['상사', '전자',
            '유통', '물산', '디자인', '푸드', '스포츠', '메디칼', '호텔', '교육'], ARRAY['', '', ' 코리아'])
),
hashed AS (
    SELECT
        *,
        from_big_endian_64(xxhash64(to_big_endian_64(customer_id * 1000 + 91))) AS h1,
        from_big_endian_64(xxhash64(to_big_endian_64(customer_id * 1000 + 92))) AS h2
    FROM ${catalog}.${sales}.customers
    WHERE segment <> 'consumer'
),
draws AS (
    SELECT
        *,
        bitwise_and(h1, 65535) / 65536e0 AS u_health,
        bitwise_and(bitwise_right_shift(h1, 16), 65535) / 65536e0 AS u_arr,
        bitwise_and(bitwise_right_shift(h1, 32), 65535) / 65536e0 AS u_renewal,
        bitwise_and(bitwise_right_shift(h1, 48), 65535) / 65536e0 AS u_contact,
        bitwise_and(h2, 65535) AS pick_first,
        bitwise_and(bitwise_right_shift(h2, 16), 65535) AS pick_second,
        bitwise_and(bitwise_right_shift(h2, 32), 65535) AS pick_ending,
        bitwise_and(bitwise_right_shift(h2, 48), 65535) AS pick_rep
    FROM hashed
),
valued AS (
    SELECT
        *,
        -- yearly contract value: most small, a few very large
        CAST(
            round(IF(segment = 'enterprise', 900e0, 220e0) * exp(2.3e0 * u_arr * u_arr + 0.4e0 * u_arr), -1)
            AS decimal(12, 2)
        ) AS arr
    FROM draws
),
tiered AS (
    SELECT
        *,
        CASE
            WHEN arr >= 5000 THEN 'platinum'
            WHEN arr >= 1500 THEN 'gold'
            WHEN arr >= 500 THEN 'silver'
            ELSE 'bronze'
        END AS tier
    FROM valued
)
SELECT
    t.customer_id + IF(t.customer_id % 1300 = 5, 500000, 0) AS account_id,  -- defect: no such customer
    CAST(
        IF(s.style = 'korean' AND pick_ending % 2 = 0, '㈜', '')
        || s.first_words[1 + pick_first % cardinality(s.first_words)]
        || IF(s.style = 'korean', '', ' ')
        || s.second_words[1 + pick_second % cardinality(s.second_words)]
        || IF(s.style = 'korean', '', ' ')
        || s.endings[1 + pick_ending % cardinality(s.endings)]
        AS varchar
    ) AS company,
    element_at(
        ARRAY['Retail', 'Hospitality', 'Health', 'Education', 'Manufacturing', 'Services', 'Food and drink'],
        1 + CAST(pick_second % 7 AS integer)
    ) AS industry,
    t.region,
    t.country,
    r.owner,
    t.tier,
    t.arr,
    CAST(greatest(5, least(100, round(
        48 + 45 * sqrt(u_health) + CASE tier
            WHEN 'platinum' THEN 6
            WHEN 'gold' THEN 3
            ELSE 0
        END - IF(t.region = 'LATAM', 9, 0) - IF(u_contact > 0.9e0, 22, 0)
    ))) AS integer) AS health_score,
    t.signup_date AS customer_since,
    IF(
        t.customer_id % 1700 = 9,
        NULL,  -- defect: no renewal date
        date_add('day', CAST(floor(365 * u_renewal) AS bigint) + 1, ${last_day})
    ) AS renewal_date,
    date_add('day', -CAST(floor(120 * u_contact * u_contact) AS bigint), ${last_day}) AS last_contact_date,
    CAST('${mark}' AS varchar) AS loaded_from
FROM tiered AS t
JOIN styles AS s ON s.style = CASE
    WHEN t.country_code = 'KR' THEN 'korean'
    WHEN t.region = 'APAC' AND t.country_code <> 'AU' THEN 'asia'
    WHEN t.region = 'EU' THEN 'europe'
    WHEN t.region = 'LATAM' THEN 'latin'
    WHEN t.region = 'MEA' THEN 'gulf'
    ELSE 'anglo'
END
JOIN reps AS r ON r.region = t.region AND r.rep_no = pick_rep % 3
