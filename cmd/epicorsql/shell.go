package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/epicorerp/epicorerp/cmd/epicorsql/internal/render"
)

const shellHelp = `Statements end in ; and may take several lines.
  \d [table]     list the columns of a table, or the tables
  \dn            list the schemas
  \dt [schema]   list the tables of a schema
  \e on|off      tell before each query how it is run
  \?             show this
  \q             leave
`

// shell reads statements and commands, and runs them.
type shell struct {
	*session
	in       *bufio.Reader
	explains bool
	failed   bool
}

func (a *app) shellCommand(args []string) error {
	fs := a.flagSet("shell")
	c := a.connectionFlags(fs, false)
	if err := a.parseAlone(fs, args, c); err != nil {
		return err
	}
	ctx, end := a.interrupts.begin()
	conn, done, err := c.connect(ctx)
	end()
	if err != nil {
		return err
	}
	defer done()
	return a.converse(&session{app: a, conn: conn, format: c.format, dialect: c.dialect()})
}

// converse runs a shell to its end. Failures of statements that were typed are
// no failure of the program; those of a script are.
func (a *app) converse(s *session) error {
	sh := &shell{session: s, in: bufio.NewReader(a.stdin)}
	if a.inIsTerm {
		fmt.Fprintln(a.out, `Statements end in ;   \? shows the commands   \q leaves`)
	}
	if err := sh.loop(); err != nil {
		return err
	}
	if sh.failed && !a.inIsTerm {
		return errReported
	}
	return nil
}

func (sh *shell) loop() error {
	pending := ""
	for {
		line, dropped, err := sh.read(pending != "")
		if err != nil && err != io.EOF {
			return err
		}
		if dropped {
			pending = ""
		}
		word := strings.TrimSpace(line)
		if word == `\q` || err == io.EOF && word == "" && strings.TrimSpace(pending) == "" {
			return nil
		}
		if pending == "" && strings.HasPrefix(word, `\`) {
			if failed := sh.attempt(func(ctx context.Context) error { return sh.command(ctx, word) }); failed != nil {
				return failed
			}
		} else {
			statements, rest := split(pending+line, sh.dialect)
			pending = rest.text
			if rest.blank {
				pending = ""
			}
			if err == io.EOF && pending != "" {
				statements = append(statements, rest)
			}
			for _, s := range statements {
				if failed := sh.attempt(func(ctx context.Context) error { return sh.statement(ctx, strings.TrimSpace(s.text)) }); failed != nil {
					return failed
				}
			}
		}
		if err == io.EOF {
			return nil
		}
	}
}

// read prompts if somebody is there to read it.
func (sh *shell) read(more bool) (line string, dropped bool, err error) {
	const first, further = "epicorsql> ", "        -> "
	behind := ""
	if sh.app.inIsTerm {
		behind = first
		fmt.Fprint(sh.app.out, map[bool]string{false: first, true: further}[more])
	}
	if err := sh.app.out.Flush(); err != nil {
		return "", false, err
	}
	return sh.app.interrupts.typed(behind, func() (string, error) { return sh.in.ReadString('\n') })
}

// attempt runs one thing that Ctrl-C ends. It prints what went wrong, and
// returns an error only when nothing can be printed any more.
func (sh *shell) attempt(f func(context.Context) error) error {
	ctx, end := sh.app.interrupts.begin()
	err := f(ctx)
	end()
	if flushed := sh.app.out.Flush(); flushed != nil {
		return flushed
	}
	var unwritten *writeError
	if errors.As(err, &unwritten) {
		return err
	}
	if err != nil {
		sh.failed = true
		sh.app.complain(err)
	}
	return nil
}

// command runs a line that begins with a backslash.
func (sh *shell) command(ctx context.Context, line string) error {
	name, arg, _ := strings.Cut(line, " ")
	arg = strings.TrimSuffix(strings.TrimSpace(arg), ";")
	switch strings.TrimSuffix(name, ";") {
	case `\?`, `\h`:
		fmt.Fprint(sh.app.out, shellHelp)
		return nil
	case `\d`:
		if arg != "" {
			return sh.describeTable(ctx, arg)
		}
		return sh.listTables(ctx, "")
	case `\dn`:
		return sh.listSchemas(ctx)
	case `\dt`:
		return sh.listTables(ctx, strings.NewReplacer("[", "", "]", "", `"`, "", "`", "").Replace(arg))
	case `\e`:
		if arg != "on" && arg != "off" {
			return errors.New(`write \e on or \e off`)
		}
		sh.explains = arg == "on"
		return nil
	}
	return fmt.Errorf(`no command %s; \? lists them`, render.Visible(name))
}

// statement runs a statement and tells how many rows and requests it was.
func (sh *shell) statement(ctx context.Context, text string) error {
	out := sh.app.out
	count := &requestCounter{}
	ctx = count.attach(ctx)
	rowful := yieldsRows(text, sh.dialect)
	if sh.explains && explainable(text, sh.dialect) {
		lines, err := explainLines(ctx, sh.conn, text, false, nil)
		if err != nil {
			return err
		}
		for _, line := range lines {
			fmt.Fprintln(out, "  "+line)
		}
		fmt.Fprintln(out)
		count.sent.Store(0)
	}
	w, err := render.New("table", out, render.Options{Width: sh.app.fit(text, sh.dialect)})
	if err != nil {
		return err
	}
	return sh.app.stream(count, false, func(step func(int64)) error {
		rows, err := run(ctx, sh.conn, text, sh.dialect, nil, w, step)
		switch {
		case err != nil:
			return err
		case rowful:
			fmt.Fprintf(out, "(%s, %s)\n", render.Count(rows, "row"), render.Count(count.sent.Load(), "request"))
		default:
			fmt.Fprintln(out, "OK")
		}
		return nil
	})
}
