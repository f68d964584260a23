SELECT ordered, sum(CASE WHEN nation = 'BRAZIL' THEN volume ELSE 0 END) / sum(volume)
FROM (
    SELECT date_trunc('year', o.orderdate) AS ordered, l.extendedprice * (1 - l.discount) AS volume, n2.name AS nation
    FROM tpch.tiny.part p, tpch.tiny.supplier s, tpch.tiny.lineitem l, tpch.tiny.orders o, tpch.tiny.customer c,
        tpch.tiny.nation n1, tpch.tiny.nation n2, tpch.tiny.region r
    WHERE p.partkey = l.partkey AND s.suppkey = l.suppkey AND l.orderkey = o.orderkey AND o.custkey = c.custkey
        AND c.nationkey = n1.nationkey AND n1.regionkey = r.regionkey AND r.name = 'AMERICA'
        AND s.nationkey = n2.nationkey AND o.orderdate BETWEEN DATE '1995-01-01' AND DATE '1996-12-31'
        AND p.type = 'ECONOMY ANODIZED STEEL')
GROUP BY ordered
ORDER BY ordered
