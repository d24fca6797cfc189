// Command headless-code signs in on a machine without a browser, by way of the
// browser of another machine.
//
//	export EPICORERP_DSN='URL=…;ERPInstance=…;AuthScheme=AzureADOpenID;OAuthClientId=…;OAuthClientSecret=…;
//	  CallbackURL=http://localhost:33333;OAuthSettingsLocation=/var/lib/me/OAuthSettings.txt'
//	go run ./examples/headless-code url      # prints an address: open it in any browser, on any machine, and sign in
//	go run ./examples/headless-code code …   # the code of the address that the browser ended on, or that whole address
//	go run ./examples/headless-code          # from now on, without it
//
// The browser ends on an address that nobody answers, which is as it should be:
// the code is in it.
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
	if err := run(ctx, os.Getenv("EPICORERP_DSN"), os.Args[1:], os.Stdout); err != nil {
		stop()
		log.Fatal(err)
	}
}

func run(ctx context.Context, dsn string, args []string, out io.Writer) error {
	cfg, err := epicorerp.ParseDSN(dsn)
	if err != nil {
		return err
	}
	switch {
	case len(args) == 1 && args[0] == "url":
		cfg.InitiateOAuth = "OFF"
		return printURL(ctx, cfg, out)
	case len(args) == 2 && args[0] == "code":
		// The code is good once; what it is traded for is kept in
		// OAuthSettingsLocation.
		cfg.InitiateOAuth, cfg.OAuthVerifier = "REFRESH", epicorerp.NewSecret(args[1])
		return countCustomers(ctx, cfg, out)
	case len(args) == 0:
		cfg.InitiateOAuth = "REFRESH"
		return countCustomers(ctx, cfg, out)
	}
	return errors.New("usage: headless-code [url | code CODE]")
}

func printURL(ctx context.Context, cfg *epicorerp.Config, out io.Writer) error {
	db, err := open(cfg)
	if err != nil {
		return err
	}
	defer db.Close()
	var url string
	if err := db.QueryRowContext(ctx, "EXEC GetOAuthAuthorizationURL").Scan(&url); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, url)
	return err
}

func countCustomers(ctx context.Context, cfg *epicorerp.Config, out io.Writer) error {
	db, err := open(cfg)
	if err != nil {
		return err
	}
	defer db.Close()
	var n int
	if err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM [Erp.BO.CustomerSvc].Customers").Scan(&n); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, n, "customers")
	return err
}

func open(cfg *epicorerp.Config) (*sql.DB, error) {
	connector, err := epicorerp.NewConnector(cfg)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}
