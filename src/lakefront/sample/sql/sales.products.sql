-- 40 kinds of product, 5 models of each: 200 rows at every scale.
CREATE TABLE ${table} (
    product_id bigint NOT NULL COMMENT 'Product key, 1 to 200',
    sku varchar COMMENT 'Stock keeping unit as printed on the label',
    product_name varchar COMMENT 'Brand, model and kind, as shown in the shop',
    category varchar COMMENT 'One of seven categories of the shop',
    product_type varchar COMMENT 'Kind of product within its category',
    brand varchar COMMENT 'Brand (invented)',
    list_price decimal(10, 2) COMMENT 'List price on the last day, USD, before regional pricing and discounts',
    unit_cost decimal(10, 2) COMMENT 'Purchase cost of one unit on the last day, USD',
    weight_kg decimal(6, 2) COMMENT 'Shipping weight of one unit, kg',
    launched_on date COMMENT 'First day on sale',
    discontinued_on date COMMENT 'Last day on sale, NULL while it is sold',
    is_active boolean COMMENT 'True while it is sold'
)
COMMENT 'Products of the shop (${mark})'
WITH (${location}format = 'PARQUET');

INSERT INTO ${table}
WITH categories (category, code, brands, models) AS (
    VALUES
        ('Electronics', 'EL', ARRAY['Voltera', 'Nimbra', 'Kestra'], ARRAY['One', 'Air', 'Plus', 'Pro', 'Max']),
        ('Home', 'HO', ARRAY['Lindholt', 'Morrow', 'Tavola'], ARRAY['Basic', 'Harbor', 'Linden', 'Oak', 'Studio']),
        ('Apparel', 'AP', ARRAY['Fennwear', 'Alderley', 'Haneul'], ARRAY['Daily', 'Easy', 'Coast', 'Atelier',
            'Heritage']),
        ('Footwear', 'FW', ARRAY['Strida', 'Pacer & Co', 'Monte'], ARRAY['Go', 'Flex', 'Terra', 'Elite', 'Summit']),
        ('Beauty', 'BE', ARRAY['Solle', 'Dew & Moss', 'Mirae'], ARRAY['Pure', 'Calm', 'Glow', 'Repair', 'Prestige']),
        ('Outdoor', 'OU', ARRAY['Tarn', 'Nordlys', 'Cordova'], ARRAY['Trail', 'Ridge', 'Fjord', 'Alpine',
            'Expedition']),
        ('Toys', 'TO', ARRAY['Pip & Fox', 'Brickwell', 'Lumi'], ARRAY['Mini', 'Junior', 'Classic', 'Deluxe', 'Mega'])
),
types (type_no, category, product_type, low_price, high_price, cost_ratio, weight_kg) AS (
    VALUES
        (0, 'Electronics', 'Wireless headphones', 49, 229, 0.61, 0.4),
        (1, 'Electronics', 'Bluetooth speaker', 39, 179, 0.60, 0.9),
        (2, 'Electronics', 'Fast charger', 19, 59, 0.52, 0.2),
        (3, 'Electronics', 'Smart watch', 99, 319, 0.66, 0.3),
        (4, 'Electronics', 'Action camera', 129, 349, 0.68, 0.5),
        (5, 'Electronics', 'Mechanical keyboard', 59, 169, 0.60, 1.1),
        (6, 'Home', 'Table lamp', 25, 119, 0.47, 1.6),
        (7, 'Home', 'Linen set', 39, 139, 0.45, 1.9),
        (8, 'Home', 'Cast iron pan', 29, 99, 0.50, 2.8),
        (9, 'Home', 'Storage basket', 12, 45, 0.42, 0.7),
        (10, 'Home', 'Pour-over coffee set', 24, 89, 0.46, 1.0),
        (11, 'Home', 'Wool throw', 35, 129, 0.48, 1.2),
        (12, 'Home', 'Robot vacuum', 179, 449, 0.69, 4.2),
        (13, 'Apparel', 'T-shirt', 12, 39, 0.36, 0.2),
        (14, 'Apparel', 'Merino sweater', 45, 139, 0.43, 0.5),
        (15, 'Apparel', 'Rain jacket', 59, 189, 0.45, 0.7),
        (16, 'Apparel', 'Denim jeans', 39, 109, 0.41, 0.7),
        (17, 'Apparel', 'Summer dress', 29, 99, 0.40, 0.4),
        (18, 'Apparel', 'Down coat', 99, 259, 0.48, 1.1),
        (19, 'Apparel', 'Socks, pack of three', 8, 22, 0.33, 0.2),
        (20, 'Apparel', 'Linen shirt', 29, 89, 0.40, 0.3),
        (21, 'Footwear', 'Running shoe', 59, 159, 0.46, 0.9),
        (22, 'Footwear', 'Leather boot', 89, 219, 0.50, 1.5),
        (23, 'Footwear', 'Canvas sneaker', 35, 89, 0.42, 0.8),
        (24, 'Footwear', 'Sandal', 24, 79, 0.40, 0.5),
        (25, 'Footwear', 'House slipper', 15, 45, 0.38, 0.4),
        (26, 'Beauty', 'Face serum', 18, 79, 0.30, 0.1),
        (27, 'Beauty', 'Sunscreen', 12, 36, 0.33, 0.2),
        (28, 'Beauty', 'Hair oil', 11, 42, 0.31, 0.2),
        (29, 'Beauty', 'Sheet masks, box of ten', 14, 39, 0.29, 0.3),
        (30, 'Beauty', 'Eau de parfum', 39, 129, 0.34, 0.4),
        (31, 'Outdoor', 'Backpack', 49, 179, 0.49, 1.3),
        (32, 'Outdoor', 'Two-person tent', 119, 389, 0.56, 3.4),
        (33, 'Outdoor', 'Sleeping bag', 59, 219, 0.52, 1.6),
        (34, 'Outdoor', 'Insulated bottle', 15, 45, 0.41, 0.5),
        (35, 'Outdoor', 'Headlamp', 19, 79, 0.47, 0.2),
        (36, 'Toys', 'Building blocks', 19, 99, 0.48, 1.2),
        (37, 'Toys', 'Plush animal', 12, 39, 0.39, 0.4),
        (38, 'Toys', 'Board game', 18, 59, 0.44, 1.1),
        (39, 'Toys', 'Wooden train', 22, 89, 0.47, 1.5)
),
models AS (
    SELECT
        t.type_no * 5 + model_no AS product_id,
        t.*,
        c.code,
        c.models[model_no] AS model,
        from_big_endian_64(xxhash64(to_big_endian_64((t.type_no * 5 + model_no) * 1000 + 11))) AS h,
        c.brands,
        model_no
    FROM types AS t
    JOIN categories AS c ON c.category = t.category
    CROSS JOIN UNNEST(sequence(1, 5)) AS m (model_no)
),
draws AS (
    SELECT
        *,
        brands[1 + bitwise_and(h, 65535) % 3] AS brand,
        bitwise_and(bitwise_right_shift(h, 16), 65535) / 65536e0 AS u_price,
        bitwise_and(bitwise_right_shift(h, 32), 65535) / 65536e0 AS u_cost,
        bitwise_and(bitwise_right_shift(h, 48), 65535) / 65536e0 AS u_launch
    FROM models
),
priced AS (
    SELECT
        *,
        -- the five models climb from the low to the high price; shops end prices in .90 and .99
        floor(low_price + (high_price - low_price) * (model_no - 1 + 0.6e0 * (u_price - 0.5e0)) / 4e0)
        + IF(category IN ('Electronics', 'Toys', 'Beauty'), 0.99e0, 0.90e0) AS price,
        -- a quarter of the range is launched while the sample runs, the rest in the five years before
        IF(
            u_launch < 0.25e0,
            date_add('day', 20 + CAST(floor(u_launch * 4e0 * 980) AS bigint), ${first_day}),
            date_add('day', -30 - CAST(floor((u_launch - 0.25e0) * 2400) AS bigint), ${first_day})
        ) AS launched_on
    FROM draws
)
SELECT
    CAST(product_id AS bigint),
    code
    || '-' || lpad(CAST(type_no AS varchar), 2, '0')
    || '-' || upper(substr(brand, 1, 2)) || CAST(model_no AS varchar),
    brand || ' ' || model || ' ' || lower(product_type),
    category,
    product_type,
    brand,
    CAST(price AS decimal(10, 2)),
    CAST(price * (cost_ratio + 0.06e0 * (u_cost - 0.5e0)) AS decimal(10, 2)),
    CAST(weight_kg * (0.85e0 + 0.3e0 * u_cost) AS decimal(6, 2)),
    launched_on,
    IF(discontinued, date_add('day', -40 - CAST(floor(u_price * 300) AS bigint), ${last_day}), NULL),
    NOT discontinued
FROM (
    SELECT *, u_launch > 0.94e0 AS discontinued
    FROM priced
)
