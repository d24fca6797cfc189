// Epicorsql is the command line of the epicorerp driver: it runs SQL over the
// REST services of an ERP system, explains what that costs, looks into the
// catalogue, and shows all of it on an embedded Kinetic server with
//
//	epicorsql demo
//
// Run "epicorsql help" for its commands. It exits with 0 when all went well, 1
// when a statement failed or was cancelled, 2 when it was called wrongly, and
// 130 when a second Ctrl-C ended it at once. A reader of its output that closes
// early, such as head, ends it quietly with 0.
//
// The package imports the driver's root, its parser and the embedded server. It
// must never import the engine's other rooms or a provider: what it shows of
// them comes through database/sql and Conn.
package main

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // ServerTimeZone, also where the system has no zones

	"github.com/epicorerp/epicorerp/internal/nearest"
)

// What the program exits with.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// app is the program with all that it touches of the world.
type app struct {
	stdin      io.Reader
	out        *bufio.Writer // standard output
	sink       *output       // under out
	stderr     io.Writer
	inIsTerm   bool
	outIsTerm  bool
	errIsTerm  bool
	width      int // columns of the terminal behind standard output, 0 if it is none
	getenv     func(string) string
	open       func(driver, dsn string) (*sql.DB, error)
	interrupts *interrupts
	farewells  farewells
}

func main() {
	// A reader that goes away is an error of Write, not the program's death.
	signal.Ignore(syscall.SIGPIPE)
	sink := &output{w: os.Stdout}
	a := &app{
		stdin: os.Stdin, out: bufio.NewWriterSize(sink, 64<<10), sink: sink, stderr: os.Stderr,
		inIsTerm: isTerminal(os.Stdin), outIsTerm: isTerminal(os.Stdout), errIsTerm: isTerminal(os.Stderr),
		getenv: os.Getenv, open: openPrompting(os.Stderr), interrupts: newInterrupts(os.Stderr, os.Exit),
	}
	a.interrupts.exit = func(code int) {
		a.farewells.say(farewellTime)
		os.Exit(code)
	}
	if a.outIsTerm {
		a.width = terminalWidth(os.Stdout, os.Getenv)
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	stop := a.interrupts.watch(signals)
	code := a.run(os.Args[1:])
	signal.Stop(signals)
	stop()
	os.Exit(code)
}

// command is one of the program's commands.
type command struct {
	name, args, summary string
	run                 func(*app, []string) error
}

func commands() []command {
	return []command{
		{"demo", "[-serve] [-addr HOST:PORT]", "start an embedded Kinetic server and take the guided tour", (*app).demo},
		{"query", "[flags] SQL | -f FILE | -", "run SQL and write its rows", (*app).query},
		{"explain", "[-analyze] [flags] SQL | -f FILE | -", "tell how a query would be run, and what the server would be asked", (*app).explain},
		{"shell", "[flags]", "read statements that end in ; and run them", (*app).shellCommand},
		{"schemas", "[flags]", "list the schemas", (*app).schemas},
		{"tables", "[-schema S] [flags]", "list the tables of a schema", (*app).tables},
		{"describe", "[flags] TABLE", "list the columns of a table", (*app).describe},
		{"ping", "[flags]", "prove that the server answers and takes the credentials", (*app).ping},
		{"props", "[-provider P] [-markdown]", "list the properties of connection strings", (*app).props},
		{"parse", "[-dialect D]", "read statements from standard input and print how they were understood", (*app).parse},
		{"version", "", "print the version", (*app).version},
	}
}

// usageError says that the program was called wrongly.
type usageError struct {
	command string
	err     error
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// misused is a usageError of the program as a whole or of a command.
func misused(command, format string, args ...any) error {
	return &usageError{command: command, err: fmt.Errorf(format, args...)}
}

// run is the program from its arguments to its exit code.
func (a *app) run(args []string) int {
	err := a.dispatch(args)
	if flushed := a.out.Flush(); err == nil {
		err = flushed
	}
	return a.report(err)
}

func (a *app) dispatch(args []string) error {
	if len(args) == 0 {
		return misused("", "no command given")
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		return a.help(args[1:])
	case "-version", "--version":
		return a.version(nil)
	}
	names := []string{"help"}
	for _, c := range commands() {
		if c.name == args[0] {
			err := c.run(a, args[1:])
			if errors.Is(err, flag.ErrHelp) {
				return nil // printed already
			}
			return err
		}
		names = append(names, c.name)
	}
	// A connection string in the wrong place is not repeated: it holds secrets.
	if strings.Trim(args[0], "abcdefghijklmnopqrstuvwxyz-") != "" {
		return misused("", "the first argument is no command; give one of %s", strings.Join(names, ", "))
	}
	return misused("", "no command %q%s", args[0], nearest.Suffix(args[0], names))
}

func (a *app) help(args []string) error {
	if len(args) > 0 && args[0] != "help" {
		return a.dispatch([]string{args[0], "-h"})
	}
	fmt.Fprint(a.out, "epicorsql runs SQL over Epicor Kinetic, Acumatica, Sage 200 and OData services.\n\nCommands:\n\n")
	for _, c := range commands() {
		fmt.Fprintf(a.out, "  %-9s %s\n", c.name, c.summary)
	}
	fmt.Fprint(a.out, "\nepicorsql help COMMAND tells more of one. To begin: epicorsql demo\n"+
		"The connection string is given by -dsn or by "+dsnVariable+"; epicorsql props lists what it can say.\n")
	return nil
}

// report prints an error and gives the exit code for it.
func (a *app) report(err error) int {
	var usage *usageError
	var unwritten *writeError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &unwritten) && unwritten.readerGone():
		return exitOK
	case errors.As(err, &usage):
		fmt.Fprintf(a.stderr, "epicorsql: %v\n", err)
		fmt.Fprintf(a.stderr, "Run \"%s\" to see how it is used.\n", strings.TrimSpace("epicorsql help "+usage.command))
		return exitUsage
	case errors.Is(err, errReported):
		return exitFailed
	}
	a.complain(err)
	return exitFailed
}

// errReported stands for failures that were printed where they happened.
var errReported = errors.New("some statements failed")

// complain prints why a statement failed, and where in it.
func (a *app) complain(err error) {
	text := err.Error()
	if errors.Is(err, context.Canceled) {
		text = "cancelled"
	}
	fmt.Fprintf(a.stderr, "epicorsql: %s\n", text)
	for _, line := range pointer(err) {
		fmt.Fprintf(a.stderr, "  %s\n", line)
	}
}
