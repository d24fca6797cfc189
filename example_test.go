package epicorerp_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// exampleService serves two orders on a loopback port.
func exampleService() *odatatest.Server {
	columns := []odatatest.Column{
		{Name: "ID", Type: odatatest.EdmInt32},
		{Name: "Customer", Type: odatatest.EdmString},
		{Name: "Total", Type: odatatest.EdmDecimal, Precision: 18, Scale: 2},
	}
	rows, err := odatatest.Rows(columns, []any{1, "Dalton", "1050.50"}, []any{2, "Addison", "99.90"})
	if err != nil {
		log.Fatal(err)
	}
	return odatatest.NewServer(odatatest.V4, &odatatest.Schema{Namespace: "Shop", Container: "Box", Sets: []*odatatest.Set{
		{Name: "Orders", Type: "Order", Columns: columns, Key: []string{"ID"}, Rows: rows},
	}})
}

func Example() {
	server := exampleService()
	defer server.Close()

	db, err := sql.Open("odata", "URL="+server.URL)
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("SELECT Customer, Total FROM Orders WHERE Total > ? ORDER BY ID", 50)
	if err != nil {
		log.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var customer string
		var total epicorerp.Decimal
		if err := rows.Scan(&customer, &total); err != nil {
			log.Fatal(err)
		}
		fmt.Println(customer, total)
	}
	if err := rows.Err(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Dalton 1050.50
	// Addison 99.90
}

func ExampleNewConnector() {
	server := exampleService()
	defer server.Close()

	cfg := epicorerp.NewConfig()
	cfg.Provider = epicorerp.ProviderOData
	cfg.URL = server.URL
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	connector, err := epicorerp.NewConnector(cfg, epicorerp.WithLogger(logger))
	if err != nil {
		log.Fatal(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()

	_, err = db.Begin()
	fmt.Println(errors.Is(err, epicorerp.ErrUnsupported))
	tx, err := db.BeginTx(context.Background(), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		log.Fatal(err)
	}
	var orders int
	if err := tx.QueryRow("SELECT COUNT(*) FROM Orders").Scan(&orders); err != nil {
		log.Fatal(err)
	}
	fmt.Println(orders, tx.Commit())
	// Output:
	// true
	// 2 <nil>
}

func ExampleConn() {
	server := exampleService()
	defer server.Close()
	db, err := sql.Open("odata", "URL="+server.URL)
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()

	ctx := context.Background()
	conn, err := db.Conn(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	err = conn.Raw(func(c any) error {
		table, err := c.(*epicorerp.Conn).Describe(ctx, "", "orders")
		if err != nil {
			return err
		}
		for _, column := range table.Columns {
			if !column.Hidden {
				fmt.Println(table.Name, column.Name, column.Type)
			}
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// Orders ID INTEGER
	// Orders Customer VARCHAR
	// Orders Total DECIMAL(18,2)
}
