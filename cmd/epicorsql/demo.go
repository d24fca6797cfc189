package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
)

// demo starts the embedded server, and takes the tour on it or only serves.
func (a *app) demo(args []string) error {
	fs := a.flagSet("demo")
	serve := fs.Bool("serve", false, "only serve, until Ctrl-C")
	address := fs.String("addr", "127.0.0.1:0", "`host:port` to listen at; port 0 takes a free one")
	if err := a.parseAlone(fs, args, nil); err != nil {
		return err
	}
	server := epicortest.New()
	if err := server.Listen(*address); err != nil {
		return err
	}
	defer server.Close()
	if *serve {
		return a.serveDemo(server)
	}
	return a.tour(server)
}

func (a *app) serveDemo(server *epicortest.Server) error {
	ctx, end := a.interrupts.begin()
	defer end()
	fmt.Fprintf(a.out, "An Epicor Kinetic server with made-up data listens at %s. Its connection strings:\n\n", server.URL)
	a.printDSNs(server)
	fmt.Fprint(a.out, "\nCtrl-C ends it.\n")
	if err := a.out.Flush(); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

func (a *app) printDSNs(server *epicortest.Server) {
	for _, version := range []string{"v1", "v2"} {
		fmt.Fprintf(a.out, "  REST %s   %s\n", version, server.DSN(version))
	}
}

// tour shows every step and then, if somebody is at the keyboard, hands over a
// shell on the same server.
func (a *app) tour(server *epicortest.Server) error {
	ctx, end := a.interrupts.begin()
	defer end()
	fmt.Fprint(a.out, `This is a tour of epicorerp, a Go database/sql driver that reads ERP systems in SQL.
An ERP such as Epicor Kinetic shows its data only as REST services, a service for
customers, one for orders, and so on; the driver makes a table of each of their sets.

For the tour a small Kinetic server was started on this machine, with made-up data of
a manufacturer. Any program can use it while this one runs, by a connection string:

`)
	a.printDSNs(server)
	fmt.Fprint(a.out, "\nA request below is one HTTP request that the server got. EXPLAIN says what each step asks\n"+
		"of the server, and what is left to the driver and why; request lines are shown here without\n"+
		"the server's address and decoded.\n")
	guide := &guide{app: a, server: server, sessions: map[string]*session{}}
	defer guide.close()
	for i, s := range tourSteps {
		if err := guide.show(ctx, i+1, s); err != nil {
			return err
		}
	}
	if !a.inIsTerm {
		fmt.Fprint(a.out, "\nThat was the tour. Run in a terminal, it goes on as a shell on this server.\n")
		return nil
	}
	fmt.Fprint(a.out, "\nThat was the tour. The server still runs, and this is a shell on it.\n")
	s, err := guide.session(ctx, "v2")
	if err != nil {
		return err
	}
	end()
	return a.converse(s)
}

// guide shows steps of the tour.
type guide struct {
	app      *app
	server   *epicortest.Server
	sessions map[string]*session // by API version
	ends     []func()
}

func (g *guide) close() {
	for _, end := range g.ends {
		end()
	}
}

// lineWidth is how wide the tour's text may be.
func (g *guide) lineWidth() int {
	const usual = 108
	if w := g.app.width; w > 0 {
		return max(60, min(w, usual))
	}
	return usual
}

// session connects to an API version once.
func (g *guide) session(ctx context.Context, version string) (*session, error) {
	if s := g.sessions[version]; s != nil {
		return s, nil
	}
	c := &connection{app: g.app, command: "demo", driver: "epicorerp", dsn: g.server.DSN(version) + ";Service=Erp.BO.SalesOrderSvc"}
	conn, done, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	g.ends = append(g.ends, done)
	s := &session{app: g.app, conn: conn, format: "table", dialect: c.dialect()}
	g.sessions[version] = s
	return s, nil
}

// show shows a step: what it is about, the SQL, what EXPLAIN says, the rows,
// and the requests that were made.
func (g *guide) show(ctx context.Context, number int, s step) error {
	out := g.app.out
	heading := fmt.Sprintf("%d. %s ", number, s.title)
	about := wrapped(s.about, "", min(90, g.lineWidth()))
	fmt.Fprintf(out, "\n%s%s\n\n%s\n\n%s\n\n", heading, strings.Repeat("─", max(0, min(90, g.lineWidth())-len(heading))),
		strings.Join(about, "\n"), indented(strings.Split(s.sql, "\n"), "    "))
	version := s.version
	if version == "" {
		version = "v2"
	}
	session, err := g.session(ctx, version)
	if err != nil {
		return err
	}
	args := make([]any, len(s.args))
	for i, p := range s.args {
		args[i] = p
		fmt.Fprintf(out, "    with %s = %v\n\n", p.Name, p.Value)
	}
	g.server.ResetCounters()
	lines, err := explainLines(ctx, session.conn, s.sql, false, args)
	if s.fails {
		return g.mistake(err)
	}
	if err != nil {
		return err
	}
	learned := g.server.Count()
	var shown []string
	for _, line := range lines {
		shown = append(shown, readable(line, g.server.URL+"/"+g.server.Instance(), g.lineWidth()-4)...)
	}
	fmt.Fprintf(out, "EXPLAIN says:\n\n%s\n\n", indented(shown, "    "))
	g.server.ResetCounters()
	if err := g.rows(ctx, session, s, args, learned); err != nil {
		return err
	}
	return out.Flush()
}

func (g *guide) rows(ctx context.Context, session *session, s step, args []any, learned int) error {
	w, err := g.app.tableWriter()
	if err != nil {
		return err
	}
	rows, err := run(ctx, session.conn, s.sql, session.dialect, args, w, nil)
	if err != nil {
		return err
	}
	fmt.Fprintf(g.app.out, "\n%s.\n", cost(rows, g.server.Count(), learned))
	return nil
}

// mistake shows what the driver says to a wrong statement.
func (g *guide) mistake(err error) error {
	if err == nil {
		return fmt.Errorf("the tour's mistake was accepted")
	}
	fmt.Fprintf(g.app.out, "The driver answers, before it asks the server for any row:\n\n    %s\n", err)
	for _, line := range pointer(err) {
		fmt.Fprintf(g.app.out, "      %s\n", line)
	}
	return g.app.out.Flush()
}

func indented(lines []string, by string) string {
	for i, line := range lines {
		if line != "" {
			lines[i] = by + line
		}
	}
	return strings.Join(lines, "\n")
}
