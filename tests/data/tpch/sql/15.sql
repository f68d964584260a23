WITH revenue AS (
    SELECT suppkey, sum(extendedprice * (1 - discount)) AS total
    FROM tpch.tiny.lineitem
    WHERE shipdate >= DATE '1996-01-01' AND shipdate < DATE '1996-01-01' + INTERVAL '3' MONTH
    GROUP BY suppkey)
SELECT s.suppkey, s.name, s.address, s.phone, r.total
FROM tpch.tiny.supplier s, revenue r
WHERE s.suppkey = r.suppkey AND r.total = (SELECT max(total) FROM revenue)
ORDER BY s.suppkey
