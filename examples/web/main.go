// Command web is a web application whose users sign in for themselves: each
// one's requests carry that user's own token.
//
//	export EPICORERP_DSN='URL=…;ERPInstance=…;AuthScheme=AzureADOpenID;OAuthClientId=…;OAuthClientSecret=…'
//	go run ./examples/web -addr localhost:8080 -callback http://localhost:8080/callback
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"log"
	"net/http"
	"os"
	"os/signal"
	"time"

	_ "github.com/epicorerp/epicorerp"
)

func main() {
	addr := flag.String("addr", "localhost:8080", "address to listen on")
	callback := flag.String("callback", "http://localhost:8080/callback", "redirect URI of the registered application")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Getenv("EPICORERP_DSN"), *addr, *callback); err != nil {
		stop()
		log.Fatal(err)
	}
}

func run(ctx context.Context, dsn, addr, callback string) error {
	// One connection for signing in: it holds no token of its own.
	db, err := sql.Open("epicorerp", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	app := newApplication(db, dsn, callback)
	defer app.Close()
	server := &http.Server{Addr: addr, Handler: app.handler(), ReadHeaderTimeout: 10 * time.Second}
	stopped := context.AfterFunc(ctx, func() { _ = server.Shutdown(context.WithoutCancel(ctx)) })
	defer stopped()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
