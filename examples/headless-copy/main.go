// Command headless-copy runs on a machine without a browser with tokens that
// another machine has signed in for.
//
// On the other machine, run examples/desktop with OAuthSettingsLocation and
// OAuthSettingsKey set. Copy the file to this machine, into a directory that
// this program may read and write, for the tokens are renewed there. Then
//
//	export EPICORERP_DSN='URL=…;ERPInstance=…;AuthScheme=AzureADOpenID;OAuthClientId=…;OAuthClientSecret=…;
//	  InitiateOAuth=REFRESH;OAuthSettingsLocation=/var/lib/me/OAuthSettings.txt;OAuthSettingsKey=env:SETTINGS_KEY'
//	go run ./examples/headless-copy
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"

	"github.com/epicorerp/epicorerp"
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
	var n int
	err = db.QueryRowContext(ctx, "SELECT COUNT(*) FROM [Erp.BO.CustomerSvc].Customers").Scan(&n)
	if errors.Is(err, epicorerp.ErrAuthentication) {
		// REFRESH asks nobody: somebody has to sign in on the other machine again.
		return fmt.Errorf("sign in again where there is a browser, and copy the settings anew: %w", err)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, n, "customers")
	return err
}
