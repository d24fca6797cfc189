package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/cmd/epicorsql/internal/render"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
)

// dsnVariable is the environment variable of the connection string.
const dsnVariable = "EPICORERP_DSN"

// flagSet makes the flags of a command.
func (a *app) flagSet(name string) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	return fs
}

// usage prints what a command takes.
func (a *app) usage(fs *flag.FlagSet) {
	i := slices.IndexFunc(commands(), func(c command) bool { return c.name == fs.Name() })
	c := commands()[i]
	fmt.Fprintf(a.out, "%s\n\n%s.\n", strings.TrimSpace("epicorsql "+c.name+" "+c.args), capital(c.summary))
	heading := "\nFlags:\n"
	fs.VisitAll(func(f *flag.Flag) {
		value, usage := flag.UnquoteUsage(f)
		if f.DefValue != "" && f.DefValue != "false" {
			usage += " (" + f.DefValue + " if not given)"
		}
		fmt.Fprintf(a.out, "%s  %s\n        %s\n", heading, strings.TrimSpace("-"+f.Name+" "+value), usage)
		heading = ""
	})
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// parseFlags reads flags before, between and after the other arguments, which
// it returns. What follows -- is no flag, and neither is a comment of SQL.
func (a *app) parseFlags(fs *flag.FlagSet, args []string) ([]string, error) {
	var rest []string
	for len(args) > 0 {
		if strings.HasPrefix(args[0], "-- ") || strings.HasPrefix(args[0], "--\n") {
			rest, args = append(rest, args[0]), args[1:]
			continue
		}
		if args[0] == "--" {
			return append(rest, args[1:]...), nil
		}
		if err := fs.Parse(args[:flagLength(fs, args)]); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				a.usage(fs)
				return nil, err
			}
			return nil, misused(fs.Name(), "%w", err)
		}
		rest = append(rest, fs.Args()...)
		args = args[flagLength(fs, args):]
	}
	return rest, nil
}

// flagLength is how many arguments the first one is: a flag may take the next.
func flagLength(fs *flag.FlagSet, args []string) int {
	name := strings.TrimPrefix(strings.TrimPrefix(args[0], "-"), "-")
	if name == args[0] || name == "" || strings.Contains(name, "=") || len(args) == 1 {
		return 1
	}
	f := fs.Lookup(name)
	if f == nil {
		return 1
	}
	if b, ok := f.Value.(interface{ IsBoolFlag() bool }); ok && b.IsBoolFlag() {
		return 1
	}
	return 2
}

// connection are the flags of commands that speak to a server, and of those
// that write rows.
type connection struct {
	app         *app
	command     string
	dsn, driver string
	format      string
	null        string
}

func (a *app) connectionFlags(fs *flag.FlagSet, rows bool) *connection {
	c := &connection{app: a, command: fs.Name(), format: "table"}
	fs.StringVar(&c.dsn, "dsn", "", "`connection string`; the environment variable "+dsnVariable+" if not given")
	fs.StringVar(&c.driver, "driver", "epicorerp", "`name` the driver is opened under: epicorerp, acumatica, sage200 or odata")
	if rows {
		fs.StringVar(&c.format, "format", "table", "how rows are written: table, csv, json or jsonl")
		fs.StringVar(&c.null, "null", "", "`text` that stands for NULL in csv")
	}
	return c
}

// check refuses a format that is not there before anything is asked of a server.
func (c *connection) check() error {
	if !slices.Contains(render.Formats, c.format) {
		return misused(c.command, "no format %q; there are %s", c.format, strings.Join(render.Formats, ", "))
	}
	return nil
}

// connect opens the connection string and one connection of it.
func (c *connection) connect(ctx context.Context) (conn *sql.Conn, done func(), err error) {
	dsn := c.dsn
	if dsn == "" {
		dsn = c.app.getenv(dsnVariable)
	}
	if dsn == "" {
		return nil, nil, misused(c.command, "no connection string: give -dsn, or set %s", dsnVariable)
	}
	if known := sql.Drivers(); !slices.Contains(known, c.driver) {
		return nil, nil, misused(c.command, "no driver %q; there are %s", c.driver, strings.Join(known, ", "))
	}
	db, err := c.app.open(c.driver, dsn)
	if err != nil {
		if errors.Is(err, epicorerp.ErrProperty) {
			return nil, nil, misused(c.command, "connection string: %w", err)
		}
		return nil, nil, err
	}
	conn, err = db.Conn(ctx)
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	// What closing fails at no longer concerns rows that were read.
	return conn, c.app.farewells.add(func() { _ = conn.Close(); _ = db.Close() }), nil
}

// dialect is the one that the connection string chooses.
func (c *connection) dialect() parse.Dialect {
	dsn := c.dsn
	if dsn == "" {
		dsn = c.app.getenv(dsnVariable)
	}
	config, err := epicorerp.ParseDSN(dsn)
	if err != nil { // it may need the driver's name to say its provider
		config, err = epicorerp.ParseDSN(c.driver + ":" + dsn)
	}
	if err != nil {
		return parse.ANSI
	}
	d, _ := dialectNamed(config.Dialect)
	return d
}

func dialectNamed(name string) (parse.Dialect, bool) {
	for _, d := range []parse.Dialect{parse.ANSI, parse.MySQL, parse.Postgres} {
		if strings.EqualFold(d.String(), name) {
			return d, true
		}
	}
	return parse.ANSI, false
}

// parameters are the values of -p.
type parameters []any

func (p *parameters) String() string { return "" }

// Set takes name=value, or =value for the next ?.
func (p *parameters) Set(text string) error {
	name, value, found := strings.Cut(text, "=")
	name = strings.TrimLeft(name, ":@$")
	if !found {
		return errors.New("write name=value, or =value for the next ?")
	}
	if name == "" {
		*p = append(*p, parameterValue(value))
		return nil
	}
	*p = append(*p, sql.Named(name, parameterValue(value)))
	return nil
}

// parameterValue reads a whole number, true, false, null, a text in single
// quotes, or any other text as it stands.
func parameterValue(text string) any {
	switch strings.ToLower(text) {
	case "true":
		return true
	case "false":
		return false
	case "null":
		return nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && strconv.FormatInt(n, 10) == text {
		return n
	}
	if len(text) >= 2 && text[0] == '\'' && text[len(text)-1] == '\'' {
		return strings.ReplaceAll(text[1:len(text)-1], "''", "'")
	}
	return text
}

// statementText gets the SQL of query and explain: the argument, a file, or
// standard input for -.
func (a *app) statementText(command, file string, rest []string) (string, error) {
	switch {
	case len(rest) > 1:
		return "", misused(command, "%d arguments given; put the SQL between quotes, as one", len(rest))
	case file != "" && len(rest) > 0:
		return "", misused(command, "give either SQL or -f, not both")
	case file == "" && len(rest) == 0:
		return "", misused(command, "no SQL given; - reads it from standard input")
	case file == "-" || len(rest) == 1 && rest[0] == "-":
		text, err := io.ReadAll(a.stdin)
		return string(text), err
	case file != "":
		text, err := os.ReadFile(file)
		if err != nil {
			return "", misused(command, "%w", err)
		}
		return strings.TrimPrefix(string(text), "\ufeff"), nil
	}
	return rest[0], nil
}

// parseAlone reads the flags of a command that takes nothing else. What is too
// much is not repeated: it may be a connection string.
func (a *app) parseAlone(fs *flag.FlagSet, args []string, c *connection) error {
	rest, err := a.parseFlags(fs, args)
	switch {
	case err != nil:
		return err
	case len(rest) > 0:
		return misused(fs.Name(), "%s takes flags only, %s given", fs.Name(), render.Count(int64(len(rest)), "other argument"))
	case c != nil:
		return c.check()
	}
	return nil
}
