SELECT n1.name, n2.name, date_trunc('year', l.shipdate) AS shipped, sum(l.extendedprice * (1 - l.discount))
FROM tpch.tiny.supplier s, tpch.tiny.lineitem l, tpch.tiny.orders o, tpch.tiny.customer c, tpch.tiny.nation n1,
    tpch.tiny.nation n2
WHERE s.suppkey = l.suppkey AND o.orderkey = l.orderkey AND c.custkey = o.custkey
    AND s.nationkey = n1.nationkey AND c.nationkey = n2.nationkey
    AND ((n1.name = 'FRANCE' AND n2.name = 'GERMANY') OR (n1.name = 'GERMANY' AND n2.name = 'FRANCE'))
    AND l.shipdate BETWEEN DATE '1995-01-01' AND DATE '1996-12-31'
GROUP BY n1.name, n2.name, date_trunc('year', l.shipdate)
ORDER BY n1.name, n2.name, shipped
