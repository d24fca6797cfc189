package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/epicorerp/epicorerp/cmd/epicorsql/internal/render"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
)

// flushEvery is how long rows may wait in the buffer while others come.
const flushEvery = 200 * time.Millisecond

// sqlFlags are what query and explain share.
type sqlFlags struct {
	file   string
	params parameters
}

func (sf *sqlFlags) register(fs *flag.FlagSet) {
	fs.StringVar(&sf.file, "f", "", "`file` to read the SQL from; - is standard input")
	fs.Var(&sf.params, "p", "`name=value` of a parameter :name, or =value of the next ?; may be repeated")
}

// statements reads the SQL and cuts it into statements.
func (sf *sqlFlags) statements(a *app, c *connection, rest []string) ([]piece, error) {
	text, err := a.statementText(c.command, sf.file, rest)
	if err != nil {
		return nil, err
	}
	list, last := split(text, c.dialect())
	if !last.blank {
		list = append(list, last)
	}
	if len(list) == 0 {
		return nil, misused(c.command, "the SQL is empty")
	}
	return list, nil
}

func (a *app) query(args []string) error {
	fs := a.flagSet("query")
	c := a.connectionFlags(fs, true)
	var sf sqlFlags
	sf.register(fs)
	rest, err := a.parseFlags(fs, args)
	if err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	statements, err := sf.statements(a, c, rest)
	switch {
	case err != nil:
		return err
	case len(statements) > 1 && c.format != "table":
		return misused("query", "%d statements given; -format %s takes one", len(statements), c.format)
	case len(statements) > 1 && len(sf.params) > 0:
		return misused("query", "%d statements given; -p takes one", len(statements))
	}
	dialect := c.dialect()
	ctx, end := a.interrupts.begin()
	defer end()
	count := &requestCounter{}
	ctx = count.attach(ctx)
	conn, done, err := c.connect(ctx)
	if err != nil {
		return err
	}
	defer done()
	for i, s := range statements {
		if i > 0 {
			fmt.Fprintln(a.out)
		}
		text := strings.TrimSpace(s.text)
		w, err := render.New(c.format, a.out, render.Options{Null: c.null, Width: a.fit(text, dialect), Footer: true})
		if err != nil {
			return err
		}
		if err := a.stream(count, true, func(step func(int64)) error {
			_, err := run(ctx, conn, text, dialect, sf.params, w, step)
			if err == nil && c.format == "table" && !yieldsRows(text, dialect) {
				fmt.Fprintln(a.out, "OK")
			}
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// fit is the width that the rows of a statement are fitted to; 0 for what a
// procedure answers, since half of an address or a token is of no use.
func (a *app) fit(text string, d parse.Dialect) int {
	if isCall(text, d) {
		return 0
	}
	return a.width
}

// stream runs a query under a line of progress and sees to it that its rows
// leave the buffer while others are on their way. With figures the line stays
// when the query is over.
func (a *app) stream(count *requestCounter, figures bool, query func(step func(int64)) error) error {
	var w io.Writer
	if a.errIsTerm {
		w = a.stderr
	}
	p := startProgress(w, count)
	if a.outIsTerm {
		a.sink.before = p.yield
		defer func() { a.sink.before = nil }()
	}
	var flushed time.Time
	err := query(func(rows int64) {
		p.rows.Store(rows)
		if now := time.Now(); now.Sub(flushed) >= flushEvery {
			flushed = now
			_ = a.out.Flush() // the next write reports it
		}
	})
	if failed := a.out.Flush(); err == nil {
		err = failed
	}
	p.end(figures && err == nil)
	return err
}

func (a *app) explain(args []string) error {
	fs := a.flagSet("explain")
	c := a.connectionFlags(fs, false)
	var sf sqlFlags
	analyze := fs.Bool("analyze", false, "run the query too, and tell what each step took")
	sf.register(fs)
	rest, err := a.parseFlags(fs, args)
	if err != nil {
		return err
	}
	statements, err := sf.statements(a, c, rest)
	if err != nil {
		return err
	}
	if len(statements) > 1 {
		return misused("explain", "%d statements given; give one", len(statements))
	}
	return a.connected(c, func(ctx context.Context, s *session) error {
		lines, err := explainLines(ctx, s.conn, strings.TrimSpace(statements[0].text), *analyze, sf.params)
		for _, line := range lines {
			fmt.Fprintln(a.out, line)
		}
		return err
	})
}
