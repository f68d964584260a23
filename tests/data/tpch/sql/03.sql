SELECT l.orderkey, o.orderdate, o.shippriority, sum(l.extendedprice * (1 - l.discount)) AS revenue
FROM tpch.tiny.customer c, tpch.tiny.orders o, tpch.tiny.lineitem l
WHERE c.mktsegment = 'BUILDING' AND c.custkey = o.custkey AND l.orderkey = o.orderkey
    AND o.orderdate < DATE '1995-03-15' AND l.shipdate > DATE '1995-03-15'
GROUP BY l.orderkey, o.orderdate, o.shippriority
ORDER BY revenue DESC, o.orderdate
LIMIT 10
