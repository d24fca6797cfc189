//go:build cgo && unix

package main

import (
	"fmt"
	"time"
)

// order is one row of the stream. Money is in hundred-thousandths.
type order struct {
	num, cust       int64
	date            int64 // days since 1970
	amount, freight int64
	open            bool
	status, po      string
}

type customer struct {
	num           int64
	name, country string
}

// data are the rows that all engines load.
type data struct {
	orders    []order
	customers []customer
	text      int64 // bytes of the orders' texts
}

// moneyScale is the scale of decimals, as ERP servers write them: 1234.56000.
const moneyScale = 5

func newData(orders, customers int) *data {
	d := &data{orders: make([]order, orders), customers: make([]customer, customers)}
	state := uint64(1)
	random := func(n int) int64 { // xorshift: the same rows in every run
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
		return int64(state % uint64(n))
	}
	statuses := []string{"OPEN", "SHIPPED", "CLOSED", "ON HOLD", "CANCELLED"}
	for i := range d.orders {
		d.orders[i] = order{num: int64(i + 1), cust: random(customers) + 1, date: random(20_000), amount: random(5_000_000) * 1000,
			freight: random(10_000) * 1000, open: random(3) == 0, status: statuses[random(len(statuses))], po: fmt.Sprintf("%05d-PO", random(50_000))}
		d.text += int64(len(d.orders[i].status) + len(d.orders[i].po))
	}
	for i := range d.customers {
		d.customers[i] = customer{int64(i + 1), fmt.Sprintf("Customer number %d", i+1), fmt.Sprintf("Country %02d", random(40))}
	}
	return d
}

// day is a date as the engines with a date type take it.
func day(days int64) time.Time { return time.Unix(days*86400, 0).UTC() }

// question is one query. The engines have the same tables, so they take the
// same text.
type question struct {
	name, sql string
	ordered   bool
	// most is the highest ratio of CPU to DuckDB's.
	most float64
}

var questions = []question{
	{name: "joinagg", most: 0.4, sql: "SELECT c.Country, COUNT(*), SUM(o.Amount) FROM Orders o JOIN Customers c ON c.CustNum = o.CustNum GROUP BY c.Country"},
	{name: "join", most: 0.6, sql: "SELECT o.OrderNum, o.OrderDate, o.Amount, c.Name, c.Country FROM Orders o JOIN Customers c ON c.CustNum = o.CustNum"},
	{name: "group", most: 0.3, sql: "SELECT OrderDate, COUNT(*), SUM(Amount), MIN(Freight), MAX(Amount) FROM Orders GROUP BY OrderDate"},
	{name: "sort", most: 0.9, ordered: true, sql: "SELECT PONum, Amount, OrderNum FROM Orders ORDER BY PONum, Amount DESC, OrderNum"},
}

// sqliteMost is the highest ratio of CPU to SQLite's, for every question.
const sqliteMost = 0.35
