-- Customers are numbered in the order in which they signed up: sales.orders relies on it.
CREATE TABLE ${table} (
    customer_id bigint NOT NULL COMMENT 'Customer key, in order of sign-up',
    full_name varchar COMMENT 'Name as the customer writes it (invented). Personal data',
    email varchar COMMENT 'E-mail at example.com or example.org. Personal data',
    phone varchar COMMENT 'Phone number in a range that no operator hands out. Personal data',
    birth_date date COMMENT 'Date of birth. Personal data',
    segment varchar COMMENT 'consumer, business (small and medium) or enterprise',
    region varchar COMMENT 'Sales region: US, EU, APAC, LATAM or MEA',
    country varchar COMMENT 'Country, English short name',
    country_code varchar COMMENT 'Country, ISO 3166-1 alpha-2',
    city varchar COMMENT 'City of the delivery address',
    signup_date date COMMENT 'Day of registration',
    signup_channel varchar COMMENT 'Where the customer registered: web, mobile, store or partner',
    marketing_opt_in boolean COMMENT 'True if the customer agreed to receive advertising'
)
COMMENT 'Customers of the shop (${mark})'
WITH (${location}format = 'PARQUET');

INSERT INTO ${table}
WITH countries (region, country, country_code, low, high, culture, cities, dial) AS (
    VALUES
        ('US', 'United States', 'US', 0.00e0, 1.00e0, 'english', ARRAY['New York', 'Los Angeles', 'Chicago', 'Houston',
            'Phoenix', 'Atlanta', 'Seattle', 'Denver', 'Boston', 'Miami'], '+1 '),
        ('EU', 'Germany', 'DE', 0.00e0, 0.27e0, 'german', ARRAY['Berlin', 'Hamburg', 'München', 'Köln', 'Leipzig'],
            '+49 30 23125 '),
        ('EU', 'France', 'FR', 0.27e0, 0.48e0, 'french', ARRAY['Paris', 'Lyon', 'Marseille', 'Nantes', 'Lille'],
            '+33 6 39 98 '),
        ('EU', 'Italy', 'IT', 0.48e0, 0.62e0, 'italian', ARRAY['Milano', 'Roma', 'Torino', 'Bologna'], '+39 00 '),
        ('EU', 'Spain', 'ES', 0.62e0, 0.75e0, 'spanish', ARRAY['Madrid', 'Barcelona', 'Valencia', 'Sevilla'],
            '+34 00 '),
        ('EU', 'Netherlands', 'NL', 0.75e0, 0.85e0, 'dutch', ARRAY['Amsterdam', 'Rotterdam', 'Utrecht'], '+31 00 '),
        ('EU', 'Poland', 'PL', 0.85e0, 0.94e0, 'polish', ARRAY['Warszawa', 'Kraków', 'Gdańsk'], '+48 00 '),
        ('EU', 'Sweden', 'SE', 0.94e0, 1.00e0, 'swedish', ARRAY['Stockholm', 'Göteborg', 'Malmö'], '+46 00 '),
        ('APAC', 'South Korea', 'KR', 0.00e0, 0.34e0, 'korean', ARRAY['Seoul', 'Busan', 'Incheon', 'Daejeon', 'Daegu',
            'Gwangju'], '+82 00 '),
        ('APAC', 'Japan', 'JP', 0.34e0, 0.58e0, 'japanese', ARRAY['Tokyo', 'Osaka', 'Nagoya', 'Fukuoka', 'Sapporo'],
            '+81 00 '),
        ('APAC', 'Australia', 'AU', 0.58e0, 0.74e0, 'english', ARRAY['Sydney', 'Melbourne', 'Brisbane', 'Perth'],
            '+61 00 '),
        ('APAC', 'India', 'IN', 0.74e0, 0.88e0, 'indian', ARRAY['Mumbai', 'Bengaluru', 'Delhi', 'Chennai'], '+91 00 '),
        ('APAC', 'Singapore', 'SG', 0.88e0, 0.95e0, 'chinese', ARRAY['Singapore'], '+65 00 '),
        ('APAC', 'Vietnam', 'VN', 0.95e0, 1.00e0, 'vietnamese', ARRAY['Hà Nội', 'Hồ Chí Minh', 'Đà Nẵng'], '+84 00 '),
        ('LATAM', 'Brazil', 'BR', 0.00e0, 0.48e0, 'portuguese', ARRAY['São Paulo', 'Rio de Janeiro', 'Curitiba',
            'Recife'], '+55 00 '),
        ('LATAM', 'Mexico', 'MX', 0.48e0, 0.75e0, 'spanish', ARRAY['Ciudad de México', 'Guadalajara', 'Monterrey'],
            '+52 00 '),
        ('LATAM', 'Chile', 'CL', 0.75e0, 0.85e0, 'spanish', ARRAY['Santiago', 'Valparaíso'], '+56 00 '),
        ('LATAM', 'Colombia', 'CO', 0.85e0, 0.93e0, 'spanish', ARRAY['Bogotá', 'Medellín'], '+57 00 '),
        ('LATAM', 'Argentina', 'AR', 0.93e0, 1.00e0, 'spanish', ARRAY['Buenos Aires', 'Córdoba'], '+54 00 '),
        ('MEA', 'United Arab Emirates', 'AE', 0.00e0, 0.40e0, 'arabic', ARRAY['Dubai', 'Abu Dhabi'], '+971 00 '),
        ('MEA', 'South Africa', 'ZA', 0.40e0, 0.75e0, 'southern', ARRAY['Johannesburg', 'Cape Town', 'Durban'],
            '+27 00 '),
        ('MEA', 'Kenya', 'KE', 0.75e0, 1.00e0, 'kenyan', ARRAY['Nairobi', 'Mombasa'], '+254 00 ')
),
-- A name is "written|romanised"; without the second part, the first is stripped of its accents for the e-mail.
cultures (culture, family_first, given_names, family_names) AS (
    VALUES
        ('english', false, ARRAY['Olivia', 'Liam', 'Emma', 'Noah', 'Ava', 'James', 'Sophia', 'Ethan', 'Grace', 'Mason',
            'Chloe', 'Henry', 'Zoe', 'Caleb', 'Nora', 'Wyatt', 'Ruby', 'Owen', 'Hazel', 'Miles'], ARRAY['Carter',
            'Bennett', 'Hughes', 'Parker', 'Reed', 'Foster', 'Sullivan', 'Hayes', 'Coleman', 'Brooks', 'Walsh',
            'Porter', 'Grant', 'Whitfield', 'Dawson', 'Lawson', 'Barrett', 'Ellis', 'Monroe', 'Pierce', 'Washington',
            'Nguyen', 'Patel', 'Cohen']),
        ('german', false, ARRAY['Mia', 'Leon', 'Hannah', 'Jonas', 'Lena', 'Felix', 'Clara', 'Lukas', 'Marie', 'Moritz',
            'Greta', 'Jürgen', 'Käthe', 'Björn', 'Anke'], ARRAY['Müller', 'Schneider', 'Fischer', 'Weber', 'Becker',
            'Hoffmann', 'Schäfer', 'Koch', 'Bauer', 'Richter', 'Krüger', 'Vogel', 'Yılmaz', 'Lorenz', 'Großmann']),
        ('french', false, ARRAY['Léa', 'Hugo', 'Camille', 'Louis', 'Chloé', 'Théo', 'Manon', 'Jules', 'Inès', 'Gabriel',
            'Élodie', 'Mathis', 'Amélie', 'Rémi'], ARRAY['Martin', 'Bernard', 'Dubois', 'Moreau', 'Lefèvre', 'Garnier',
            'Faure', 'Rousseau', 'Blanchard', 'Gauthier', 'Benali', 'Chevalier', 'Lemoine', 'Picard']),
        ('italian', false, ARRAY['Giulia', 'Lorenzo', 'Sofia', 'Matteo', 'Aurora', 'Davide', 'Chiara', 'Nicolò',
            'Elisa', 'Tommaso', 'Martina', 'Pietro'], ARRAY['Rossi', 'Ferrari', 'Esposito', 'Bianchi', 'Romano',
            'Colombo', 'Ricci', 'Marino', 'Greco', 'Conti', 'De Luca', 'Gallo']),
        ('spanish', false, ARRAY['Lucía', 'Mateo', 'Valentina', 'Santiago', 'Camila', 'Sebastián', 'Martina', 'Diego',
            'Isabella', 'Andrés', 'Ximena', 'Joaquín', 'Paula', 'Iker'], ARRAY['García', 'Rodríguez', 'González',
            'Fernández', 'López', 'Martínez', 'Sánchez', 'Ramírez', 'Torres', 'Herrera', 'Castillo', 'Muñoz', 'Rojas',
            'Navarro', 'Ibáñez']),
        ('dutch', false, ARRAY['Emma', 'Daan', 'Julia', 'Sem', 'Tess', 'Lucas', 'Sanne', 'Bram', 'Lotte', 'Thijs'],
            ARRAY['de Jong', 'Jansen', 'de Vries', 'Bakker', 'Visser', 'Smit', 'Meijer', 'Mulder', 'Bos', 'van Dijk']),
        ('polish', false, ARRAY['Zuzanna', 'Jakub', 'Julia', 'Szymon', 'Maja', 'Kacper', 'Zofia', 'Mikołaj', 'Hanna',
            'Paweł'], ARRAY['Nowak', 'Kowalczyk', 'Wiśniewska', 'Wójcik', 'Kamiński', 'Lewandowska', 'Zieliński',
            'Szymańska', 'Dąbrowski', 'Mazur']),
        ('swedish', false, ARRAY['Alice', 'Elias', 'Maja', 'Oscar', 'Elsa', 'Åke', 'Astrid', 'Nils', 'Freja', 'Björn'],
            ARRAY['Andersson', 'Johansson', 'Karlsson', 'Nilsson', 'Lindqvist', 'Öberg', 'Bergström', 'Sjöberg', 'Ek',
            'Holm']),
        ('korean', true, ARRAY['민준|minjun', '서연|seoyeon', '도윤|doyun', '지우|jiwoo', '하준|hajun', '서윤|seoyun', '예준|yejun',
            '하은|haeun', '지호|jiho', '수아|sua', '현우|hyunwoo', '지민|jimin', '유진|yujin', '은서|eunseo', '태윤|taeyun', '다은|daeun',
            '승현|seunghyun', '미영|miyoung', '성호|sungho', '혜진|hyejin'], ARRAY['김|kim', '이|lee', '박|park', '최|choi',
            '정|jung', '강|kang', '조|cho', '윤|yoon', '장|jang', '임|lim', '한|han', '오|oh', '서|seo', '신|shin', '권|kwon',
            '황|hwang']),
        ('japanese', true, ARRAY['陽菜|hina', '蓮|ren', '葵|aoi', '湊|minato', '結衣|yui', '大翔|hiroto', '美咲|misaki', '悠真|yuma',
            '凛|rin', '樹|itsuki', '健太|kenta', '彩|aya'], ARRAY['佐藤|sato', '鈴木|suzuki', '高橋|takahashi', '田中|tanaka',
            '伊藤|ito', '渡辺|watanabe', '山本|yamamoto', '中村|nakamura', '小林|kobayashi', '加藤|kato', '吉田|yoshida',
            '松本|matsumoto']),
        ('indian', false, ARRAY['Aarav', 'Ananya', 'Vihaan', 'Diya', 'Arjun', 'Isha', 'Rohan', 'Priya', 'Kabir',
            'Meera', 'Sanjay', 'Lakshmi'], ARRAY['Sharma', 'Patel', 'Iyer', 'Reddy', 'Gupta', 'Nair', 'Khan', 'Mehta',
            'Banerjee', 'Rao', 'Desai', 'Singh']),
        ('chinese', true, ARRAY['Wei Ling', 'Jun Hao', 'Hui Min', 'Zhi Wei', 'Xin Yi', 'Kai Xiang', 'Mei Fen',
            'Yong Sheng', 'Li Na', 'Ming'], ARRAY['Tan', 'Lim', 'Lee', 'Ng', 'Wong', 'Chan', 'Goh', 'Chua', 'Koh',
            'Teo']),
        ('vietnamese', true, ARRAY['Minh Anh', 'Quang Huy', 'Thu Hà', 'Đức Anh', 'Ngọc Linh', 'Hoàng Nam', 'Thanh Trúc',
            'Gia Bảo'], ARRAY['Nguyễn', 'Trần', 'Lê', 'Phạm', 'Hoàng', 'Vũ', 'Đặng', 'Bùi']),
        ('portuguese', false, ARRAY['Helena', 'Miguel', 'Alice', 'Arthur', 'Laura', 'Heitor', 'Manuela', 'Davi',
            'Beatriz', 'João', 'Luíza', 'Caio'], ARRAY['Silva', 'Santos', 'Oliveira', 'Souza', 'Lima', 'Pereira',
            'Ferreira', 'Costa', 'Rodrigues', 'Almeida', 'Araújo', 'Gonçalves']),
        ('arabic', false, ARRAY['Layla', 'Omar', 'Fatima', 'Khalid', 'Noor', 'Yousef', 'Mariam', 'Hassan', 'Aisha',
            'Tariq'], ARRAY['Al Mansoori', 'Haddad', 'Al Farsi', 'Khoury', 'Rahman', 'Al Suwaidi', 'Nasser', 'Saleh',
            'Qureshi', 'Darwish']),
        ('southern', false, ARRAY['Thandi', 'Sipho', 'Naledi', 'Pieter', 'Lerato', 'Bongani', 'Anika', 'Johan',
            'Zanele', 'Kagiso'], ARRAY['Dlamini', 'Nkosi', 'van der Merwe', 'Mokoena', 'Botha', 'Khumalo', 'Naidoo',
            'Pretorius', 'Sithole', 'Molefe']),
        ('kenyan', false, ARRAY['Wanjiru', 'Otieno', 'Achieng', 'Kamau', 'Njeri', 'Kiprop', 'Akinyi', 'Mwangi',
            'Chebet', 'Baraka'], ARRAY['Kariuki', 'Odhiambo', 'Njoroge', 'Wambui', 'Kiplagat', 'Mutua', 'Ochieng',
            'Kimani', 'Cheruiyot', 'Were'])
),
numbers AS (
    SELECT
        n AS customer_id,
        CAST(n AS double) / ${customers} AS f,
        from_big_endian_64(xxhash64(to_big_endian_64(n * 1000 + 21))) AS h1,
        from_big_endian_64(xxhash64(to_big_endian_64(n * 1000 + 22))) AS h2,
        from_big_endian_64(xxhash64(to_big_endian_64(n * 1000 + 23))) AS h3
    FROM TABLE(sequence(start => 1, stop => ${customers})) AS s (n)
),
draws AS (
    SELECT
        customer_id,
        f,
        h2,
        h3,
        bitwise_and(h1, 65535) / 65536e0 AS u_region,
        bitwise_and(bitwise_right_shift(h1, 16), 65535) / 65536e0 AS u_country,
        bitwise_and(bitwise_right_shift(h1, 32), 65535) / 65536e0 AS u_segment,
        bitwise_and(bitwise_right_shift(h1, 48), 65535) / 65536e0 AS u_channel,
        bitwise_and(h2, 65535) / 65536e0 AS u_age,
        bitwise_and(bitwise_right_shift(h2, 16), 65535) / 65536e0 AS u_age_too,
        bitwise_and(bitwise_right_shift(h2, 32), 65535) / 65536e0 AS u_culture,
        bitwise_and(bitwise_right_shift(h2, 48), 65535) / 65536e0 AS u_opt_in,
        bitwise_and(h3, 65535) AS pick_given,
        bitwise_and(bitwise_right_shift(h3, 16), 65535) AS pick_family,
        bitwise_and(bitwise_right_shift(h3, 32), 65535) AS pick_city,
        bitwise_and(bitwise_right_shift(h3, 48), 65535) AS pick_phone
    FROM numbers
),
placed AS (
    SELECT
        *,
        -- the mix moves: APAC grows from 17 to 26 of 100 new customers
        CASE
            WHEN u_region < 0.39e0 - 0.06e0 * f THEN 'US'
            WHEN u_region < 0.69e0 - 0.08e0 * f THEN 'EU'
            WHEN u_region < 0.86e0 + 0.01e0 * f THEN 'APAC'
            WHEN u_region < 0.95e0 THEN 'LATAM'
            ELSE 'MEA'
        END AS region,
        -- five years of sign-ups, quickening; the orders begin after two of them
        date_add('day', CAST(floor(1825 * pow(f, 0.8e0)) AS bigint) - 1825, ${last_day}) AS signup_date
    FROM draws
),
named AS (
    SELECT
        p.*,
        c.country,
        c.country_code,
        c.dial,
        c.cities[1 + pick_city % cardinality(c.cities)] AS city,
        k.family_first,
        k.given_names[1 + pick_given % cardinality(k.given_names)] AS given,
        k.family_names[1 + pick_family % cardinality(k.family_names)] AS family
    FROM placed AS p
    JOIN countries AS c ON c.region = p.region AND p.u_country >= c.low AND p.u_country < c.high
    -- people move: one in eight has a name from elsewhere
    JOIN cultures AS k ON k.culture = CASE
        WHEN p.u_culture < 0.040e0 THEN 'spanish'
        WHEN p.u_culture < 0.065e0 THEN 'indian'
        WHEN p.u_culture < 0.085e0 THEN 'korean'
        WHEN p.u_culture < 0.105e0 THEN 'chinese'
        WHEN p.u_culture < 0.125e0 THEN 'arabic'
        ELSE c.culture
    END
),
written AS (
    SELECT
        *,
        split_part(given, '|', 1) AS given_written,
        split_part(family, '|', 1) AS family_written,
        regexp_replace(
            translate(
                lower(normalize(
                    coalesce(nullif(split_part(given, '|', 2), ''), given)
                    || '.' || coalesce(nullif(split_part(family, '|', 2), ''), family),
                    NFD
                )),
                'łıßđ',
                'lisd'
            ),
            '[^a-z.]',
            ''
        ) AS mailbox,
        lpad(CAST(pick_phone % 100 AS varchar), 2, '0') AS phone_2,
        lpad(CAST(pick_phone % 1000 AS varchar), 3, '0') AS phone_3
    FROM named
)
SELECT
    customer_id,
    CASE
        WHEN NOT family_first THEN given_written || ' ' || family_written
        WHEN strpos(given, '|') > 0 THEN family_written || given_written
        ELSE family_written || ' ' || given_written
    END,
    CASE
        WHEN customer_id % 1650 = 40 THEN NULL  -- defect: no e-mail
        WHEN customer_id % 5000 = 75 THEN mailbox || '.example.com'  -- defect: not an address
        ELSE mailbox || '.' || CAST(customer_id AS varchar) || IF(u_opt_in < 0.7e0, '@example.com', '@example.org')
    END,
    CASE country_code
        WHEN 'US' THEN dial || CAST(200 + pick_city % 780 AS varchar) || '-555-01' || phone_2
        WHEN 'DE' THEN dial || phone_3
        WHEN 'FR' THEN dial || phone_2 || ' ' || lpad(CAST(pick_city % 100 AS varchar), 2, '0')
        -- no country hands out an area code 00
        ELSE dial || lpad(CAST(pick_city % 10000 AS varchar), 4, '0') || ' ' || phone_3
    END,
    CASE
        WHEN customer_id % 9000 = 130 THEN date_add('year', 2, ${last_day})  -- defect: not born yet
        ELSE date_add(
            'day',
            -CAST(floor(365.25e0 * (18 + 27 * (u_age + u_age_too) + 10 * u_age * u_age)) AS bigint),
            signup_date
        )
    END,
    CASE WHEN u_segment < 0.75e0 THEN 'consumer' WHEN u_segment < 0.92e0 THEN 'business' ELSE 'enterprise' END,
    region,
    country,
    country_code,
    city,
    signup_date,
    CASE
        WHEN u_channel < 0.44e0 - 0.06e0 * f THEN 'web'
        WHEN u_channel < 0.66e0 + 0.10e0 * f THEN 'mobile'
        WHEN u_channel < 0.91e0 THEN 'store'
        ELSE 'partner'
    END,
    u_opt_in < 0.62e0
FROM written
