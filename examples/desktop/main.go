// Command desktop signs in as a desktop program does: the first run opens the
// user's browser, every later one renews the tokens without a word.
//
//	export EPICORERP_DSN='URL=https://myserver.EpicorSaaS.com;ERPInstance=MyInstance;AuthScheme=AzureADOpenID;
//	  OAuthClientId=…;OAuthClientSecret=…;CallbackURL=http://localhost:33333;InitiateOAuth=GETANDREFRESH'
//	go run ./examples/desktop
package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"

	_ "github.com/epicorerp/epicorerp"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Getenv("EPICORERP_DSN"), os.Stdout); err != nil {
		stop()
		log.Fatal(err)
	}
}

func run(ctx context.Context, dsn string, out io.Writer) error {
	db, err := sql.Open("epicorerp", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	// The first connection is where the browser opens, if it has to.
	rows, err := db.QueryContext(ctx, "SELECT CustNum, Name FROM [Erp.BO.CustomerSvc].Customers ORDER BY CustNum LIMIT 5")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var number int
		var name string
		if err := rows.Scan(&number, &name); err != nil {
			return err
		}
		fmt.Fprintln(out, number, name)
	}
	return rows.Err()
}
