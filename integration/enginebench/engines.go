//go:build cgo && unix

package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"math/big"
	"strings"

	"github.com/duckdb/duckdb-go/v2"
	_ "modernc.org/sqlite"
)

// engine is one candidate.
type engine interface {
	name() string
	// load takes the rows in and returns what is asked then.
	load(d *data) (*sql.DB, error)
	// stored is the bytes that the orders take, 0 where they are not told.
	stored() int64
}

// duck is DuckDB, loaded by its appender.
type duck struct{}

func (duck) name() string  { return "DuckDB" }
func (duck) stored() int64 { return 0 }

func (duck) load(d *data) (*sql.DB, error) {
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	for _, create := range []string{
		"CREATE TABLE Orders (OrderNum BIGINT, CustNum BIGINT, OrderDate DATE, Amount DECIMAL(18,5), Freight DECIMAL(18,5), Open BOOLEAN, Status VARCHAR, PONum VARCHAR)",
		"CREATE TABLE Customers (CustNum BIGINT, Name VARCHAR, Country VARCHAR)",
	} {
		if _, err := db.Exec(create); err != nil {
			return nil, err
		}
	}
	conn, err := connector.Connect(context.Background())
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	err = appended(conn, "Orders", len(d.orders), func(i int) []driver.Value {
		o := &d.orders[i]
		return []driver.Value{o.num, o.cust, day(o.date), money(o.amount), money(o.freight), o.open, o.status, o.po}
	})
	if err != nil {
		return nil, err
	}
	return db, appended(conn, "Customers", len(d.customers), func(i int) []driver.Value {
		c := &d.customers[i]
		return []driver.Value{c.num, c.name, c.country}
	})
}

func money(units int64) duckdb.Decimal {
	return duckdb.Decimal{Width: 18, Scale: moneyScale, Value: big.NewInt(units)}
}

func appended(conn driver.Conn, table string, rows int, row func(int) []driver.Value) error {
	a, err := duckdb.NewAppenderFromConn(conn, "", table)
	if err != nil {
		return err
	}
	for i := range rows {
		if err := a.AppendRow(row(i)...); err != nil {
			return err
		}
	}
	return a.Close()
}

// lite is SQLite in Go, loaded by inserts of many rows. It has no exact decimal:
// money is whole hundred-thousandths.
type lite struct{}

func (lite) name() string  { return "SQLite" }
func (lite) stored() int64 { return 0 }

// liteRows is how many rows an INSERT has.
const liteRows = 100

func (lite) load(d *data) (*sql.DB, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // a database in memory is a connection's own
	for _, create := range []string{
		"CREATE TABLE Orders (OrderNum INTEGER, CustNum INTEGER, OrderDate INTEGER, Amount INTEGER, Freight INTEGER, Open INTEGER, Status TEXT, PONum TEXT)",
		"CREATE TABLE Customers (CustNum INTEGER PRIMARY KEY, Name TEXT, Country TEXT)",
	} {
		if _, err := db.Exec(create); err != nil {
			return nil, err
		}
	}
	tx, err := db.Begin()
	if err != nil {
		return nil, err
	}
	err = inserted(tx, "Orders", 8, len(d.orders), func(args []any, i int) []any {
		o := &d.orders[i]
		return append(args, o.num, o.cust, o.date, o.amount, o.freight, o.open, o.status, o.po)
	})
	if err == nil {
		err = inserted(tx, "Customers", 3, len(d.customers), func(args []any, i int) []any {
			c := &d.customers[i]
			return append(args, c.num, c.name, c.country)
		})
	}
	if err != nil {
		return nil, err
	}
	return db, tx.Commit()
}

func inserted(tx *sql.Tx, table string, columns, rows int, row func([]any, int) []any) error {
	one := "(" + strings.TrimSuffix(strings.Repeat("?,", columns), ",") + ")"
	text := func(n int) string {
		return "INSERT INTO " + table + " VALUES " + strings.TrimSuffix(strings.Repeat(one+",", n), ",")
	}
	many, err := tx.Prepare(text(liteRows))
	if err != nil {
		return err
	}
	defer many.Close()
	var args []any
	for i := range rows {
		args = row(args, i)
		if len(args) == liteRows*columns {
			if _, err := many.Exec(args...); err != nil {
				return err
			}
			args = args[:0]
		}
	}
	if len(args) > 0 {
		_, err = tx.Exec(text(len(args)/columns), args...)
	}
	return err
}
