SELECT c.custkey, c.name, c.acctbal, n.name, c.address, c.phone, c.comment,
    sum(l.extendedprice * (1 - l.discount)) AS revenue
FROM tpch.tiny.customer c, tpch.tiny.orders o, tpch.tiny.lineitem l, tpch.tiny.nation n
WHERE c.custkey = o.custkey AND l.orderkey = o.orderkey AND o.orderdate >= DATE '1993-10-01'
    AND o.orderdate < DATE '1993-10-01' + INTERVAL '3' MONTH AND l.returnflag = 'R' AND c.nationkey = n.nationkey
GROUP BY c.custkey, c.name, c.acctbal, c.phone, n.name, c.address, c.comment
ORDER BY revenue DESC
LIMIT 20
