SELECT made, count(*) AS customers
FROM (
    SELECT c.custkey, count(o.orderkey) AS made
    FROM tpch.tiny.customer c
        LEFT JOIN tpch.tiny.orders o ON c.custkey = o.custkey AND o.comment NOT LIKE '%special%requests%'
    GROUP BY c.custkey)
GROUP BY made
ORDER BY customers DESC, made DESC
