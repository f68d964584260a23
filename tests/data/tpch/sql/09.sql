SELECT n.name, date_trunc('year', o.orderdate) AS ordered,
    sum(l.extendedprice * (1 - l.discount) - ps.supplycost * l.quantity)
FROM tpch.tiny.part p, tpch.tiny.supplier s, tpch.tiny.lineitem l, tpch.tiny.partsupp ps, tpch.tiny.orders o,
    tpch.tiny.nation n
WHERE s.suppkey = l.suppkey AND ps.suppkey = l.suppkey AND ps.partkey = l.partkey AND p.partkey = l.partkey
    AND o.orderkey = l.orderkey AND s.nationkey = n.nationkey AND p.name LIKE '%green%'
GROUP BY n.name, date_trunc('year', o.orderdate)
ORDER BY n.name, ordered DESC
