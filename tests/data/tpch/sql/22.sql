SELECT code, count(*), sum(acctbal)
FROM (
    SELECT substring(c.phone, 1, 2) AS code, c.acctbal
    FROM tpch.tiny.customer c
    WHERE substring(c.phone, 1, 2) IN ('13', '31', '23', '29', '30', '18', '17')
        AND c.acctbal > (
            SELECT avg(acctbal)
            FROM tpch.tiny.customer
            WHERE acctbal > 0.00 AND substring(phone, 1, 2) IN ('13', '31', '23', '29', '30', '18', '17'))
        AND NOT EXISTS (SELECT 1 FROM tpch.tiny.orders o WHERE o.custkey = c.custkey))
GROUP BY code
ORDER BY code
