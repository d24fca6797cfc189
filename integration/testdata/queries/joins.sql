-- name: an inner join on a composite key
SELECT o.Company, o.OrderNum, c.CustID, c.Name FROM OrderHed o JOIN Customers c ON c.Company = o.Company AND c.CustNum = o.CustNum WHERE o.OrderNum < 1015

-- name: a join filtered on its far side
SELECT o.Company, o.OrderNum, o.OrderAmt FROM OrderHed o INNER JOIN Customers c ON c.Company = o.Company AND c.CustNum = o.CustNum WHERE c.City = 'Zürich' AND c.Country = 'JP'

-- name: a left join keeps rows without a partner
SELECT c.Company, c.CustNum, o.OrderNum FROM Customers c LEFT JOIN OrderHed o ON o.Company = c.Company AND o.CustNum = c.CustNum AND o.OrderAmt > 70000 WHERE c.CustNum < 30

-- name: a left join with a condition on the null side finds those without
SELECT c.Company, c.CustNum FROM Customers c LEFT JOIN OrderHed o ON o.Company = c.Company AND o.CustNum = c.CustNum WHERE o.OrderNum IS NULL

-- name: a right join keeps the right side
SELECT o.OrderNum, p.Company, p.CustNum FROM OrderHed o RIGHT JOIN Customers p ON p.Company = o.Company AND p.CustNum = o.CustNum AND o.OpenOrder = TRUE WHERE p.CustNum BETWEEN 1 AND 5

-- name: a full join keeps both sides
SELECT a.Company, a.CustNum, b.Company, b.CustNum FROM (SELECT Company, CustNum FROM Customers WHERE CustNum < 6) a FULL JOIN (SELECT Company, CustNum FROM Customers WHERE CustNum BETWEEN 4 AND 8) b ON a.Company = b.Company AND a.CustNum = b.CustNum

-- name: three tables
SELECT c.Company, c.CustNum, o.OrderNum, d.OrderLine, d.ExtPrice FROM Customers c JOIN OrderHed o ON o.Company = c.Company AND o.CustNum = c.CustNum JOIN OrderDtl d ON d.Company = o.Company AND d.OrderNum = o.OrderNum WHERE c.CustNum = 11

-- name: four tables with a left join at the end
SELECT o.Company, o.OrderNum, d.OrderLine, p.Description, i.InvoiceNum FROM OrderHed o JOIN OrderDtl d ON d.Company = o.Company AND d.OrderNum = o.OrderNum JOIN Parts p ON p.Company = d.Company AND p.PartNum = d.PartNum LEFT JOIN Invoices i ON i.Company = o.Company AND i.OrderNum = o.OrderNum WHERE o.OrderNum BETWEEN 1200 AND 1206

-- name: a join with USING
SELECT Company, OrderNum, OrderLine, Status FROM OrderHed JOIN OrderDtl USING (Company, OrderNum) WHERE OrderNum = 1003

-- name: a comma and a WHERE make a join
SELECT c.CustID, o.OrderNum FROM Customers c, OrderHed o WHERE c.Company = o.Company AND c.CustNum = o.CustNum AND o.Status = 'Firm' AND o.OrderPriority = 9 AND c.Country = 'GB'

-- name: a cross join of small tables
SELECT a.Company, b.Company FROM Companies a CROSS JOIN Companies b

-- name: a self join on unequal keys
SELECT a.CustNum, b.CustNum, a.City FROM Customers a JOIN Customers b ON a.Company = b.Company AND a.City = b.City AND a.CustNum < b.CustNum WHERE a.Company = 'MFG' AND a.CustNum < 20 AND b.CustNum < 20

-- name: nulls do not join
SELECT COUNT(*) FROM OrderHed a JOIN OrderHed b ON a.OrderPriority = b.OrderPriority WHERE a.OrderNum < 1010 AND b.OrderNum < 1010

-- name: a join on a condition that is no equality
SELECT a.Company, b.Company FROM Companies a JOIN Companies b ON a.Founded < b.Founded

-- name: a join on the whole of two large sets
SELECT COUNT(*), SUM(d.ExtPrice), SUM(h.OrderAmt) FROM OrderHed h JOIN OrderDtl d ON d.Company = h.Company AND d.OrderNum = h.OrderNum

-- name: the lines of an order add up to its amount
-- empty
SELECT h.Company, h.OrderNum FROM OrderHed h JOIN OrderDtl d ON d.Company = h.Company AND d.OrderNum = h.OrderNum GROUP BY h.Company, h.OrderNum, h.OrderAmt HAVING SUM(d.ExtPrice) <> h.OrderAmt
