package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"time"

	"github.com/epicorerp/epicorerp"
)

// openPrompting opens databases whose sign-in talks to whoever sits at the
// terminal.
func openPrompting(terminal io.Writer) func(driver, dsn string) (*sql.DB, error) {
	return func(driver, dsn string) (*sql.DB, error) {
		cfg, err := epicorerp.ParseDSNAs(driver, dsn)
		if err != nil {
			return nil, err
		}
		connector, err := epicorerp.NewConnector(cfg, epicorerp.WithPrompter(&terminalPrompter{w: terminal}))
		if err != nil {
			return nil, err
		}
		return sql.OpenDB(connector), nil
	}
}

// terminalPrompter tells the user on the terminal where to sign in. A page is
// opened in the browser too.
type terminalPrompter struct{ w io.Writer }

func (p *terminalPrompter) Browse(ctx context.Context, url string) error {
	if err := epicorerp.OpenBrowser(ctx, url); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		_, werr := fmt.Fprintf(p.w, "Open this page in a browser on this machine to sign in:\n%s\n", url)
		return werr
	}
	_, err := fmt.Fprintln(p.w, "Sign in on the page that has opened in the browser.")
	return err
}

func (p *terminalPrompter) DeviceCode(_ context.Context, code epicorerp.DeviceCode) error {
	_, err := fmt.Fprintf(p.w, "To sign in, open %s on any device and enter the code %s (before %s).\n",
		code.URL, code.UserCode, code.Expiry.Local().Format(time.TimeOnly))
	return err
}
