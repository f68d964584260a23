SELECT o.orderpriority, count(*)
FROM tpch.tiny.orders o
WHERE o.orderdate >= DATE '1993-07-01' AND o.orderdate < DATE '1993-07-01' + INTERVAL '3' MONTH
    AND EXISTS (SELECT 1 FROM tpch.tiny.lineitem l WHERE l.orderkey = o.orderkey AND l.commitdate < l.receiptdate)
GROUP BY o.orderpriority
ORDER BY o.orderpriority
