# Subqueries: correlated, nested, of rows, quantified; joins and their conditions

SELECT id FROM t WHERE (a, b) = (SELECT 1, 10)
----
1
8

SELECT id FROM t WHERE (a, c) = (SELECT a, c FROM u WHERE u.id = t.id)
----
1

SELECT id, (a, c) = (SELECT a, c FROM u WHERE u.id = t.id) FROM t
----
1|t
2|f
3|f
4|f
5|NULL
6|NULL
7|NULL
8|NULL

SELECT id, (SELECT a, c FROM u WHERE u.id = t.id) = (a, c) FROM t
----
1|t
2|f
3|f
4|f
5|NULL
6|NULL
7|NULL
8|NULL

SELECT id FROM t WHERE (a, id) < (SELECT MAX(a), MAX(id) FROM u)
----
1
2
3
4
7
8

SELECT id FROM t WHERE (a, b) = (SELECT a, e FROM u)
---- error 21000

SELECT id FROM t WHERE (a, b) = (SELECT a FROM u)
---- error 42601

SELECT id, (a, b) = (1, 10), (a, b) <> (1, 10), (a, b) < (2, 0), (a, b) >= (1, 10) FROM t
----
1|t|f|t|t
2|NULL|NULL|t|NULL
3|f|t|f|t
4|f|t|f|t
5|f|t|NULL|NULL
6|NULL|NULL|NULL|NULL
7|f|t|f|t
8|t|f|t|t

SELECT id, (a, c) IN ((1, 'x'), (2, NULL), (NULL, 'y')) FROM t
----
1|t
2|NULL
3|NULL
4|NULL
5|NULL
6|NULL
7|f
8|t

SELECT id, (a, c) IN (SELECT a, c FROM u) FROM t
----
1|t
2|t
3|f
4|NULL
5|NULL
6|NULL
7|f
8|t

SELECT id, (a, c) NOT IN (SELECT a, c FROM u) FROM t
----
1|f
2|f
3|t
4|NULL
5|NULL
6|NULL
7|t
8|f

SELECT id FROM t WHERE (a, c) NOT IN (SELECT a, c FROM u WHERE a IS NOT NULL AND c IS NOT NULL)
----
3
7

SELECT id, ROW(a, b) IS DISTINCT FROM ROW(1, 10) FROM t
----
1|f
2|t
3|t
4|t
5|t
6|t
7|t
8|f

SELECT id, a = ANY (SELECT a FROM u), a = ALL (SELECT a FROM u), a <> ALL (SELECT a FROM u), a < ANY (SELECT a FROM u) FROM t
----
1|t|f|f|t
2|t|f|f|t
3|t|f|f|t
4|t|f|f|t
5|NULL|NULL|NULL|NULL
6|NULL|NULL|NULL|NULL
7|NULL|f|NULL|t
8|t|f|f|t

SELECT id, a > ALL (SELECT a FROM u WHERE a IS NOT NULL), a >= SOME (SELECT a FROM u) FROM t
----
1|f|t
2|f|t
3|f|t
4|f|t
5|NULL|NULL
6|NULL|NULL
7|f|t
8|f|t

SELECT id, a > ALL (SELECT a FROM u WHERE FALSE), a > ANY (SELECT a FROM u WHERE FALSE) FROM t
----
1|t|f
2|t|f
3|t|f
4|t|f
5|t|f
6|t|f
7|t|f
8|t|f

SELECT id, b > ALL (SELECT e / 50 FROM u WHERE u.a = t.a) FROM t
----
1|f
2|NULL
3|NULL
4|NULL
5|t
6|t
7|t
8|f

SELECT id, a = ANY (ARRAY[1, 3]), a <> ALL (ARRAY[1, 3]), a > ANY (ARRAY[1, 2]), a < ALL (ARRAY[3, 2]) FROM t
----
1|t|f|f|t
2|t|f|f|t
3|f|t|t|f
4|f|t|t|f
5|NULL|NULL|NULL|NULL
6|NULL|NULL|NULL|NULL
7|t|f|t|f
8|t|f|f|t

SELECT id, a = ANY (ARRAY[1, NULL]), a <> ALL (ARRAY[1, NULL]), a > ALL (ARRAY[0, NULL]) FROM t
----
1|t|f|NULL
2|t|f|NULL
3|NULL|NULL|NULL
4|NULL|NULL|NULL
5|NULL|NULL|NULL
6|NULL|NULL|NULL
7|NULL|NULL|NULL
8|t|f|NULL

SELECT id, a = ANY ('{1,3}'), a = ANY ('{1,NULL}'), a = ALL ('{}') FROM t
----
1|t|t|t
2|t|t|t
3|f|NULL|t
4|f|NULL|t
5|NULL|NULL|t
6|NULL|NULL|t
7|t|NULL|t
8|t|t|t

SELECT id, c = ANY ('{x,"y"}') FROM t
----
1|t
2|t
3|t
4|NULL
5|t
6|NULL
7|f
8|t

SELECT id, a = ANY (1, 3), a <> ALL (1, NULL) FROM t
----
1|t|f
2|t|f
3|f|NULL
4|f|NULL
5|NULL|NULL
6|NULL|NULL
7|t|NULL
8|t|f

SELECT id, a = ANY (ARRAY(SELECT a FROM u)) FROM t
----
1|t
2|t
3|t
4|t
5|NULL
6|NULL
7|NULL
8|t

SELECT id, a = ANY (NULL) FROM t
----
1|NULL
2|NULL
3|NULL
4|NULL
5|NULL
6|NULL
7|NULL
8|NULL

SELECT (SELECT a FROM t)
---- error 21000

SELECT (SELECT a FROM t WHERE id = 100)
----
NULL

SELECT (SELECT a, b FROM t WHERE id = 1)
---- error 42601

SELECT id, (SELECT e FROM u WHERE u.a = t.a) FROM t
---- error 21000

SELECT id, (SELECT e FROM u WHERE u.a = t.a AND u.c = t.c) FROM t
----
1|100
2|500
3|NULL
4|NULL
5|NULL
6|NULL
7|NULL
8|100

SELECT id, (SELECT COUNT(*) FROM u WHERE u.a = t.a) FROM t
----
1|2
2|2
3|1
4|1
5|0
6|0
7|0
8|2

SELECT id, (SELECT COUNT(*) FROM u WHERE u.a > t.a) FROM t
----
1|3
2|3
3|2
4|2
5|0
6|0
7|2
8|3

SELECT id, (SELECT MAX(x.e) FROM (SELECT e FROM u WHERE u.a = t.a ORDER BY e DESC NULLS LAST LIMIT 1) x) FROM t
----
1|500
2|500
3|NULL
4|NULL
5|NULL
6|NULL
7|NULL
8|500

SELECT id, (SELECT SUM(e) FROM u WHERE u.a = t.a AND EXISTS (SELECT 1 FROM tree WHERE tree.id = t.id AND tree.parent = u.id)) FROM t
----
1|NULL
2|100
3|NULL
4|NULL
5|NULL
6|NULL
7|NULL
8|NULL

SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND u.id IN (SELECT parent FROM tree WHERE tree.id = t.id))
----
2
4

SELECT id FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.a = t.a OR u.c = t.c)
----
6
7

SELECT id FROM t WHERE a IN (SELECT a FROM u WHERE u.c = t.c) OR b = 20
----
1
2
4
5
8

SELECT id FROM t WHERE CASE WHEN a = 1 THEN EXISTS (SELECT 1 FROM u WHERE u.id = t.id) ELSE b = 20 END
----
1
2
4
5

SELECT id, CASE WHEN EXISTS (SELECT 1 FROM u WHERE u.a = t.a) THEN (SELECT MIN(e) FROM u WHERE u.a = t.a) ELSE -1 END FROM t
----
1|100
2|100
3|NULL
4|NULL
5|-1
6|-1
7|-1
8|100

SELECT id, COALESCE((SELECT MAX(e) FROM u WHERE u.c = t.c), 0) + 1 FROM t
----
1|101
2|501
3|101
4|1
5|501
6|1
7|1
8|101

SELECT MAX((SELECT COUNT(*) FROM u WHERE u.a = t.a)), SUM((SELECT MIN(e) FROM u WHERE u.c = t.c)) FROM t
----
2|900

SELECT t.id, u.id FROM t LEFT JOIN u ON t.a = u.a AND EXISTS (SELECT 1 FROM tree WHERE tree.id = u.id AND tree.parent = t.id)
----
2|5
6|NULL
5|NULL
4|NULL
3|NULL
8|NULL
1|NULL
7|NULL

SELECT t.id, u.id FROM t LEFT JOIN u ON u.a = t.a AND u.e = (SELECT MAX(e) FROM u x WHERE x.a = t.a)
----
1|5
2|5
8|5
4|NULL
3|NULL
7|NULL
5|NULL
6|NULL

SELECT t.id, u.id FROM t LEFT JOIN u ON u.id IN (SELECT parent FROM tree WHERE tree.id = t.id)
----
1|NULL
2|1
3|1
4|2
5|2
6|3
7|6
8|NULL

SELECT t.id, u.id FROM t LEFT JOIN u ON t.id NOT IN (SELECT id FROM tree WHERE tree.id = u.id) AND u.id < 4
----
1|2
1|3
2|1
2|3
3|1
3|2
4|1
4|2
4|3
5|1
5|2
5|3
6|1
6|2
6|3
7|1
7|2
7|3
8|1
8|2
8|3

SELECT t.id, u.id FROM t RIGHT JOIN u ON u.a = t.a AND EXISTS (SELECT 1 FROM tree WHERE tree.id = t.id AND tree.parent = u.id)
----
2|1
4|2
NULL|3
NULL|4
NULL|5
NULL|6

SELECT t.id, u.id FROM t LEFT JOIN u ON u.a = t.a AND u.e > (SELECT AVG(e) FROM u)
----
1|5
2|5
3|NULL
4|NULL
5|NULL
6|NULL
7|NULL
8|5

SELECT t.id, u.id FROM t JOIN u ON u.a = t.a AND u.e = (SELECT MAX(e) FROM u x WHERE x.a = t.a)
----
1|5
2|5
8|5

SELECT t.id, (SELECT COUNT(*) FROM u LEFT JOIN tree ON tree.id = u.id AND EXISTS (SELECT 1 FROM edge WHERE src = u.id AND dst = t.id) WHERE tree.id IS NOT NULL) FROM t
----
1|1
2|1
3|1
4|1
5|1
6|1
7|0
8|0

SELECT t.id, u.id FROM t FULL JOIN u ON t.id = u.id
----
1|1
2|2
3|3
4|4
5|5
6|6
7|NULL
8|NULL

SELECT t.id, u.id FROM t FULL JOIN u ON t.a = u.a AND t.c = u.c
----
1|1
8|1
2|5
3|NULL
4|NULL
NULL|2
NULL|4
7|NULL
5|NULL
6|NULL
NULL|6
NULL|3

SELECT id, t.a, u.a FROM t FULL JOIN u USING (id)
----
1|1|1
2|1|2
3|2|NULL
4|2|4
5|NULL|1
6|NULL|9
7|3|NULL
8|1|NULL

SELECT * FROM t NATURAL JOIN u
----
1|1|x|10|1.50|2024-01-31|100

SELECT * FROM (SELECT id, a FROM t) p NATURAL FULL JOIN (SELECT id, a, e FROM u) q
----
1|1|100
2|1|NULL
2|2|NULL
3|NULL|300
3|2|NULL
4|2|NULL
5|NULL|NULL
6|NULL|NULL
4|4|400
5|1|500
6|9|NULL
7|3|NULL
8|1|NULL

SELECT a, COUNT(*) FROM (SELECT a FROM t) p FULL JOIN (SELECT a FROM u) q USING (a) GROUP BY a
----
NULL|3
2|2
4|1
9|1
1|6
3|1

SELECT id, p.x, q.y, r.z FROM (SELECT id, a AS x FROM t) p FULL JOIN (SELECT id, e AS y FROM u) q USING (id) FULL JOIN (SELECT id + 3 AS id, name AS z FROM tree) r USING (id)
----
1|1|100|NULL
2|1|NULL|NULL
3|2|300|NULL
4|2|400|root
5|NULL|500|left
6|NULL|NULL|right
7|3|NULL|ll
8|1|NULL|lr
9|NULL|NULL|rl
10|NULL|NULL|rll
11|NULL|NULL|lone

SELECT * FROM (SELECT id, a FROM t WHERE id < 3) p LEFT JOIN (SELECT id, c FROM u) q USING (id)
----
1|1|x
2|1|z

SELECT * FROM (SELECT id, a FROM t WHERE id < 3) p RIGHT JOIN (SELECT id, c FROM u) q USING (id)
----
1|1|x
2|1|z
3|NULL|y
4|NULL|NULL
5|NULL|y
6|NULL|x

SELECT * FROM t JOIN u USING (a, c)
----
1|x|1|10|1.50|2024-01-31|1|100
1|x|8|10|1.50|2022-07-01|1|100
1|y|2|NULL|2.25|2024-02-29|5|500

SELECT x.* FROM t AS x(i, j) WHERE j = 1
----
1|1|10|x|1.50|2024-01-31
2|1|NULL|y|2.25|2024-02-29
8|1|10|x|1.50|2022-07-01

SELECT i, k FROM t AS x(i, j, k) ORDER BY i
---- in order
1|10
2|NULL
3|10
4|20
5|20
6|NULL
7|30
8|10

SELECT a FROM t AS x(i, j)
---- error 42703

SELECT p.n, q.m FROM t AS p(n), u AS q(m) WHERE p.n = q.m
----
1|1
2|2
3|3
4|4
5|5
6|6

SELECT 1 FROM nothing AS x(p, q, r, s)
---- error 42P10

SELECT t.id, x.* FROM t, LATERAL (SELECT e, u.id FROM u WHERE u.a = t.a) x
----
1|100|1
1|500|5
2|100|1
2|500|5
8|100|1
8|500|5
4|NULL|2
3|NULL|2

SELECT t.id, x.e FROM t LEFT JOIN LATERAL (SELECT e FROM u WHERE u.a = t.a ORDER BY e NULLS LAST LIMIT 1) x ON TRUE
----
1|100
2|100
3|NULL
4|NULL
5|NULL
6|NULL
7|NULL
8|100

SELECT t.id, x.n FROM t CROSS JOIN LATERAL (SELECT COUNT(*) AS n FROM u WHERE u.a = t.a) x WHERE x.n > 0
----
1|2
2|2
3|1
4|1
8|2

SELECT t.id, x.n, y.m FROM t, LATERAL (SELECT a + 1 AS n) x, LATERAL (SELECT n * 2 AS m) y
----
1|2|4
2|2|4
3|3|6
4|3|6
5|NULL|NULL
6|NULL|NULL
7|4|8
8|2|4

SELECT t.id, x.v FROM t, LATERAL (VALUES (t.a), (t.b)) x(v)
----
1|1
1|10
2|1
2|NULL
3|2
3|10
4|2
4|20
5|NULL
5|20
6|NULL
6|NULL
7|3
7|30
8|1
8|10

SELECT t.id, x.v FROM t, LATERAL (SELECT a UNION ALL SELECT b) x(v)
----
1|1
1|10
2|1
2|NULL
3|2
3|10
4|2
4|20
5|NULL
5|20
6|NULL
6|NULL
7|3
7|30
8|1
8|10

SELECT t.id, y.k FROM t LEFT JOIN LATERAL (SELECT u.id AS k FROM u WHERE EXISTS (SELECT 1 FROM tree WHERE tree.parent = u.id AND tree.id = t.id)) y ON y.k > 1
----
1|NULL
2|NULL
3|NULL
4|2
5|2
6|3
7|6
8|NULL

SELECT id FROM t WHERE a IS DISTINCT FROM 1
----
3
4
5
6
7

SELECT id FROM t WHERE a IS NOT DISTINCT FROM (SELECT a FROM u WHERE id = 3)
----
5
6

SELECT (SELECT COUNT(*) FROM t WHERE t.a = x.a) FROM (SELECT DISTINCT a FROM u) x
----
0
0
0
2
3

SELECT id FROM t WHERE id = (SELECT MAX(id) FROM t y WHERE y.a = t.a)
----
4
7
8

SELECT a, b FROM t y WHERE b >= ALL (SELECT b FROM t z WHERE z.a = y.a AND z.b IS NOT NULL)
----
1|10
2|20
NULL|20
NULL|NULL
3|30
1|10

SELECT id FROM t WHERE b IN (SELECT b FROM t GROUP BY b HAVING COUNT(*) > 1)
----
1
3
4
5
8

SELECT id FROM t WHERE a IN (SELECT a FROM u UNION SELECT 3)
----
1
2
3
4
7
8

SELECT id FROM t WHERE a IN (VALUES (1), (3))
----
1
2
7
8

SELECT id FROM t WHERE (a, b) IN (VALUES (1, 10), (2, 20))
----
1
4
8

SELECT EXISTS (SELECT 1 FROM nothing), NOT EXISTS (SELECT 1 FROM nothing)
----
f|t

SELECT id FROM t WHERE NOT (a IN (SELECT a FROM u))
----

SELECT id FROM t WHERE a NOT IN (SELECT a FROM u WHERE a IS NOT NULL)
----
7

SELECT id FROM t WHERE a NOT IN (SELECT x FROM nothing)
----
1
2
3
4
5
6
7
8

SELECT id FROM t ORDER BY (SELECT COUNT(*) FROM u WHERE u.a = t.a), id
---- in order
5
6
7
3
4
1
2
8
