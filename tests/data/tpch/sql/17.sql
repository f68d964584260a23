SELECT sum(l.extendedprice) / 7.0
FROM tpch.tiny.lineitem l, tpch.tiny.part p
WHERE p.partkey = l.partkey AND p.brand = 'Brand#23' AND p.container = 'SM PACK'
    AND l.quantity < (SELECT 0.2 * avg(l2.quantity) FROM tpch.tiny.lineitem l2 WHERE l2.partkey = p.partkey)
