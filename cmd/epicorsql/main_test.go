package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/DATA-DOG/go-sqlmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp"
)

func TestExitCodesOfWrongCalls(t *testing.T) {
	const secret = "hunter2secret"
	for name, c := range map[string]struct {
		args []string
		dsn  string
		says string
	}{
		"no command":                    {says: "no command given"},
		"a misspelt command":            {args: []string{"qurey"}, says: "did you mean `query`?"},
		"a connection string first":     {args: []string{"URL=http://x;Password=" + secret}, says: "the first argument is no command"},
		"an unknown flag":               {args: []string{"query", "-nope", "SELECT 1"}, says: "-nope"},
		"no connection string":          {args: []string{"ping"}, says: "give -dsn, or set EPICORERP_DSN"},
		"a connection string, no flag":  {args: []string{"ping", "URL=http://x;Password=" + secret}, says: "1 other argument given"},
		"a wrong property":              {args: []string{"ping"}, dsn: "URL=https://x;User=u;Pasword=" + secret, says: "Pasword"},
		"an unknown driver":             {args: []string{"ping", "-driver", "oracle"}, dsn: "URL=https://x", says: `no driver "oracle"`},
		"no SQL":                        {args: []string{"query"}, says: "no SQL given"},
		"empty SQL":                     {args: []string{"query", " -- nothing\n;"}, says: "the SQL is empty"},
		"SQL in words":                  {args: []string{"query", "SELECT", "1"}, says: "put the SQL between quotes"},
		"SQL and a file":                {args: []string{"query", "-f", "x.sql", "SELECT 1"}, says: "not both"},
		"a file that is not there":      {args: []string{"query", "-f", "nosuch.sql"}, says: "nosuch.sql"},
		"an unknown format":             {args: []string{"query", "-format", "xml", "SELECT 1"}, says: "there are table, csv, json, jsonl"},
		"two statements as json":        {args: []string{"query", "-format", "json", "SELECT 1; SELECT 2"}, says: "2 statements given"},
		"a parameter without a value":   {args: []string{"query", "-p", "n", "SELECT :n"}, says: "write name=value"},
		"two statements with parameter": {args: []string{"query", "-p", "n=1", "SELECT :n; SELECT :n"}, says: "-p takes one"},
		"two statements to explain":     {args: []string{"explain", "SELECT 1; SELECT 2"}, says: "give one"},
		"no table to describe":          {args: []string{"describe"}, says: "give one table"},
		"an unknown provider":           {args: []string{"props", "-provider", "Epikor"}, says: "did you mean `Epicor`?"},
		"an unknown dialect":            {args: []string{"parse", "-dialect", "oracle"}, says: "there are ansi, mysql, postgres"},
	} {
		t.Run(name+" is 2", func(t *testing.T) {
			p := newProgram("")
			p.env[dsnVariable] = c.dsn
			assert.Equal(t, exitUsage, p.run(c.args))
			assert.Contains(t, p.errors.String(), c.says)
			assert.Contains(t, p.errors.String(), `Run "epicorsql help`)
			assert.NotContains(t, p.errors.String()+p.stdout.String(), secret)
			assert.Empty(t, p.stdout.String())
		})
	}
}

func TestHelp(t *testing.T) {
	t.Run("lists every command", func(t *testing.T) {
		p := newProgram("")
		require.Equal(t, exitOK, p.run([]string{"help"}))
		for _, c := range commands() {
			assert.Contains(t, p.stdout.String(), "  "+c.name+" ")
		}
	})
	for _, c := range commands() {
		t.Run("of "+c.name+" goes to standard output", func(t *testing.T) {
			p := newProgram("")
			require.Equal(t, exitOK, p.run([]string{"help", c.name}))
			assert.Contains(t, p.stdout.String(), "epicorsql "+c.name)
			assert.Empty(t, p.errors.String())
		})
	}
	t.Run("never shows the connection string", func(t *testing.T) {
		p := newProgram("")
		require.Equal(t, exitOK, p.run([]string{"query", "-dsn", "Password=hunter2secret", "-h"}))
		assert.NotContains(t, p.stdout.String(), "hunter2secret")
	})
}

func TestQuery(t *testing.T) {
	two := func() *sqlmock.Rows {
		return sqlmock.NewRowsWithColumnDefinition(sqlmock.NewColumn("N").OfType("BIGINT", int64(0)), sqlmock.NewColumn("T").OfType("VARCHAR", "")).
			AddRow(int64(1), "one").AddRow(int64(2), nil)
	}
	const sql = "SELECT N, T FROM X"
	file := filepath.Join(t.TempDir(), "x.sql")
	require.NoError(t, os.WriteFile(file, []byte("\ufeff"+sql+";\n"), 0o600))
	for name, c := range map[string]struct {
		args  []string
		stdin string
		want  string
	}{
		"from the argument":            {args: []string{sql}, want: " N │ T\n───┼──────\n 1 │ one\n 2 │ NULL\n(2 rows)\n"},
		"from a file":                  {args: []string{"-f", file, "-format", "csv"}, want: "N,T\r\n1,one\r\n2,\r\n"},
		"from standard input":          {args: []string{"-"}, stdin: sql, want: " N │ T\n───┼──────\n 1 │ one\n 2 │ NULL\n(2 rows)\n"},
		"from -f -":                    {args: []string{"-f", "-", "-format=jsonl"}, stdin: sql + " ; -- end", want: "{\"N\":1,\"T\":\"one\"}\n{\"N\":2,\"T\":null}\n"},
		"with flags after the SQL":     {args: []string{sql, "-format", "csv", "-null", "∅"}, want: "N,T\r\n1,one\r\n2,∅\r\n"},
		"that begins with two hyphens": {args: []string{"-format", "json", "--", sql}, want: "[\n{\"N\":1,\"T\":\"one\"},\n{\"N\":2,\"T\":null}\n]\n"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProgram(c.stdin)
			onMock(t, p).ExpectQuery(sql).WillReturnRows(two())
			require.Equal(t, exitOK, p.run(append([]string{"query"}, c.args...)), p.errors.String())
			assert.Equal(t, c.want, p.stdout.String())
			assert.Empty(t, p.errors.String(), "progress is for terminals")
		})
	}
	t.Run("passes comments at the beginning on", func(t *testing.T) {
		p := newProgram("")
		onMock(t, p).ExpectQuery("-- why\nSELECT 1").WillReturnRows(two())
		assert.Equal(t, exitOK, p.run([]string{"query", "-- why\nSELECT 1"}), p.errors.String())
	})
	t.Run("runs several statements in their order", func(t *testing.T) {
		p := newProgram("")
		mock := onMock(t, p)
		mock.ExpectQuery("SELECT 1").WillReturnRows(sqlmock.NewRows([]string{"a;b"}).AddRow(int64(1)))
		mock.ExpectExec("USE X").WillReturnResult(sqlmock.NewResult(0, 0))
		mock.ExpectQuery("SELECT ';'").WillReturnRows(sqlmock.NewRows([]string{"b"}).AddRow(";"))
		require.Equal(t, exitOK, p.run([]string{"query", "SELECT 1;; USE X; SELECT ';'"}), p.errors.String())
		assert.Equal(t, " a;b\n─────\n   1\n(1 row)\n\nOK\n\n b\n───\n ;\n(1 row)\n", p.stdout.String())
	})
	t.Run("shows what a procedure answers whole, however narrow the terminal", func(t *testing.T) {
		p := newProgram("")
		p.width = 20
		url := "https://idp.example/authorize?client_id=abc&state=0123456789"
		onMock(t, p).ExpectQuery("EXEC GetOAuthAuthorizationURL AuthMode='WEB;'").WillReturnRows(
			sqlmock.NewRowsWithColumnDefinition(sqlmock.NewColumn("URL").OfType("VARCHAR", "")).AddRow(url))
		require.Equal(t, exitOK, p.run([]string{"query", "EXEC GetOAuthAuthorizationURL AuthMode='WEB;';"}), p.errors.String())
		assert.Contains(t, p.stdout.String(), " "+url+"\n(1 row)\n")
	})
	for format, want := range map[string]string{
		"table": " A\n───\n 1\n(1 row)\n B │ C\n───┼───\n x │ y\n(1 row)\n",
		"csv":   "A\r\n1\r\nB,C\r\nx,y\r\n",
		"json":  "[\n{\"A\":1}\n]\n[\n{\"B\":\"x\",\"C\":\"y\"}\n]\n",
		"jsonl": "{\"A\":1}\n{\"B\":\"x\",\"C\":\"y\"}\n",
	} {
		t.Run("shows every result of a procedure as "+format, func(t *testing.T) {
			p := newProgram("")
			onMock(t, p).ExpectQuery("{call p(?)}").WithArgs(int64(5)).WillReturnRows(
				sqlmock.NewRows([]string{"A"}).AddRow(int64(1)), sqlmock.NewRows([]string{"B", "C"}).AddRow("x", "y"))
			require.Equal(t, exitOK, p.run([]string{"query", "-format", format, "-p", "=5", "{call p(?)}"}), p.errors.String())
			assert.Equal(t, want, p.stdout.String())
		})
	}
	t.Run("leaves the figures on a terminal behind", func(t *testing.T) {
		p := newProgram("")
		p.errIsTerm = true
		onMock(t, p).ExpectQuery(sql).WillReturnRows(two())
		require.Equal(t, exitOK, p.run([]string{"query", sql}))
		assert.Regexp(t, `2 rows, 0 requests, \d+\.\d s\n$`, p.errors.String())
	})
}

func TestParametersReachTheDriver(t *testing.T) {
	p := newProgram("")
	mock := onMock(t, p)
	mock.ExpectQuery("SELECT ?, ?, ?, ?, ?, ?").WithArgs(int64(7), "07", "O'Brien = x", true, nil, "12").
		WillReturnRows(sqlmock.NewRows([]string{"a"}))
	require.Equal(t, exitOK, p.run([]string{"query", "-p", "=7", "-p", "=07", "-p", "=O'Brien = x", "-p", "=TRUE", "-p", "=null", "-p", "='12'", "SELECT ?, ?, ?, ?, ?, ?"}), p.errors.String())
	for text, want := range map[string]any{"-9": int64(-9), "1.50": "1.50", "'it''s'": "it's", "": "", "99999999999999999999": "99999999999999999999", "'": "'"} {
		assert.Equal(t, want, parameterValue(text), text)
	}
}

func TestFailuresOfQueries(t *testing.T) {
	t.Run("an error is 1 and points to its place", func(t *testing.T) {
		p := newProgram("")
		onMock(t, p).ExpectQuery("SELECT 1,\n\t漢, Nmae\nFROM X").WillReturnError(
			&epicorerp.Error{Kind: epicorerp.ErrColumn, Message: "no column Nmae", Position: 17})
		assert.Equal(t, exitFailed, p.run([]string{"query", "SELECT 1,\n\t漢, Nmae\nFROM X"}))
		assert.Equal(t, "epicorsql: unknown column: no column Nmae\n  ␉漢, Nmae\n       ^\n", p.errors.String())
	})
	t.Run("EXPLAIN in front of the text is not counted", func(t *testing.T) {
		p := newProgram("")
		onMock(t, p).ExpectQuery("EXPLAIN ANALYZE SELECT Nmae").WillReturnError(
			&epicorerp.Error{Kind: epicorerp.ErrColumn, Message: "no column Nmae", Position: 24})
		assert.Equal(t, exitFailed, p.run([]string{"explain", "-analyze", "SELECT Nmae;"}))
		assert.Equal(t, "epicorsql: unknown column: no column Nmae\n  SELECT Nmae\n         ^\n", p.errors.String())
	})
	t.Run("the rows before an error are written", func(t *testing.T) {
		for format, want := range map[string]string{"table": " a\n───\n 1\n", "csv": "a\r\n1\r\n", "jsonl": "{\"a\":1}\n", "json": "[\n{\"a\":1}"} {
			p := newProgram("")
			onMock(t, p).ExpectQuery("SELECT a").WillReturnRows(sqlmock.NewRows([]string{"a"}).AddRow(int64(1)).AddRow(int64(2)).RowError(1, io.ErrUnexpectedEOF))
			assert.Equal(t, exitFailed, p.run([]string{"query", "-format", format, "SELECT a"}))
			assert.Equal(t, want, p.stdout.String())
			assert.Equal(t, "epicorsql: unexpected EOF\n", p.errors.String())
		}
	})
	t.Run("a connection that cannot be made is 1", func(t *testing.T) {
		p := newProgram("")
		p.env[dsnVariable] = "URL=http://127.0.0.1:1;User=u;Password=hunter2secret;MaxRetries=0"
		assert.Equal(t, exitFailed, p.run([]string{"ping"}))
		assert.Contains(t, p.errors.String(), "connection")
		assert.NotContains(t, p.errors.String(), "hunter2secret")
	})
}

// closedPipe is an output that fails after so many bytes.
type closedPipe struct {
	left int
	err  error
}

func (c *closedPipe) Write(p []byte) (int, error) {
	if c.left -= len(p); c.left < 0 {
		return 0, c.err
	}
	return len(p), nil
}

func TestOutputThatTakesNoMore(t *testing.T) {
	for _, left := range []int{0, 5000} {
		many := func() *sqlmock.Rows {
			rows := sqlmock.NewRows([]string{"a"})
			for i := range 5000 {
				rows.AddRow(int64(i))
			}
			return rows
		}
		t.Run("a reader that has gone is no error", func(t *testing.T) {
			p := newProgram("")
			onMock(t, p).ExpectQuery("SELECT a").WillReturnRows(many())
			p.sink.w = &closedPipe{left: left, err: &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}}
			assert.Equal(t, exitOK, p.run([]string{"query", "SELECT a"}))
			assert.Empty(t, p.errors.String())
		})
		t.Run("a full disk is 1", func(t *testing.T) {
			p := newProgram("")
			onMock(t, p).ExpectQuery("SELECT a").WillReturnRows(many())
			p.sink.w = &closedPipe{left: left, err: &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.ENOSPC}}
			assert.Equal(t, exitFailed, p.run([]string{"query", "-format", "csv", "SELECT a"}))
			assert.Contains(t, p.errors.String(), "writing the output")
		})
	}
}

func TestInterrupts(t *testing.T) {
	t.Run("the first Ctrl-C cancels the query", func(t *testing.T) {
		p := newProgram("")
		var once sync.Once
		mock := onMatcher(t, p, sqlmock.QueryMatcherFunc(func(string, string) error {
			once.Do(func() { p.interrupts.arrived(os.Interrupt) }) // while the query runs
			return nil
		}))
		mock.ExpectQuery("SELECT 1").WillDelayFor(time.Hour).WillReturnRows(sqlmock.NewRows([]string{"a"}))
		assert.Equal(t, exitFailed, p.run([]string{"query", "SELECT 1"}))
		assert.Equal(t, "\ncancelling; Ctrl-C again ends the program\nepicorsql: cancelled\n", p.errors.String())
		assert.Empty(t, p.exits)
	})
	t.Run("the second ends the program", func(t *testing.T) {
		p := newProgram("")
		ctx, end := p.interrupts.begin()
		defer end()
		p.interrupts.arrived(os.Interrupt)
		assert.ErrorIs(t, ctx.Err(), context.Canceled)
		assert.Empty(t, p.exits)
		p.interrupts.arrived(os.Interrupt)
		assert.Equal(t, []int{exitInterrupted}, p.exits)
	})
	t.Run("at a prompt the first drops the line and the second leaves", func(t *testing.T) {
		p := newProgram("")
		_, dropped, err := p.interrupts.typed("> ", func() (string, error) {
			p.interrupts.arrived(os.Interrupt)
			assert.Empty(t, p.exits)
			p.interrupts.arrived(os.Interrupt)
			return "", nil
		})
		require.NoError(t, err)
		assert.True(t, dropped)
		assert.True(t, strings.HasSuffix(p.errors.String(), "leaves\n> "), "the prompt is shown again")
		assert.Equal(t, []int{exitInterrupted}, p.exits)
	})
	t.Run("a SIGTERM ends the program behind what runs, also when that was done already", func(t *testing.T) {
		p := newProgram("")
		ctx, end := p.interrupts.begin()
		p.interrupts.arrived(syscall.SIGTERM)
		assert.ErrorIs(t, ctx.Err(), context.Canceled)
		assert.Empty(t, p.exits)
		end()
		_, _, err := p.interrupts.typed("", func() (string, error) { return "", nil })
		require.NoError(t, err)
		assert.Equal(t, []int{exitInterrupted}, p.exits)
	})
	t.Run("signals come by the channel until it is stopped", func(t *testing.T) {
		p := newProgram("")
		ctx, end := p.interrupts.begin()
		defer end()
		signals := make(chan os.Signal)
		stop := p.interrupts.watch(signals)
		signals <- syscall.SIGTERM
		<-ctx.Done()
		stop()
		assert.Empty(t, p.errors.String())
	})
}

func TestParse(t *testing.T) {
	t.Run("prints what it understood", func(t *testing.T) {
		p := newProgram("select 1 ; select [a;b] from `t` -- done;\n where x = 'it''s;'")
		assert.Equal(t, exitOK, p.run([]string{"parse"}), p.errors.String())
		assert.Equal(t, "SELECT 1;\nSELECT \"a;b\" FROM \"t\" WHERE x = 'it''s;';\n", p.stdout.String())
	})
	t.Run("places errors in the whole text and goes on", func(t *testing.T) {
		p := newProgram("select 1;\n  select from;\nselect 2")
		assert.Equal(t, exitFailed, p.run([]string{"parse"}))
		assert.Equal(t, "SELECT 1;\nSELECT 2;\n", p.stdout.String())
		assert.True(t, strings.HasPrefix(p.errors.String(), "line 2, column 10: "), p.errors.String())
		assert.Equal(t, 1, strings.Count(p.errors.String(), "\n"))
	})
	t.Run("heeds the dialect", func(t *testing.T) {
		p := newProgram(`select "it\";", 1`)
		assert.Equal(t, exitOK, p.run([]string{"parse", "-dialect", "mysql"}), p.errors.String())
		assert.Equal(t, "SELECT 'it\";', 1;\n", p.stdout.String())
	})
}

func TestProps(t *testing.T) {
	t.Run("lists every property", func(t *testing.T) {
		p := newProgram("")
		require.Equal(t, exitOK, p.run([]string{"props"}))
		for _, property := range epicorerp.Properties() {
			assert.Contains(t, p.stdout.String(), property.Name)
		}
	})
	t.Run("lists those of a provider", func(t *testing.T) {
		p := newProgram("")
		require.Equal(t, exitOK, p.run([]string{"props", "-provider", "odata"}))
		assert.NotContains(t, p.stdout.String(), "ERPInstance")
		assert.Contains(t, p.stdout.String(), "MaxMemory")
	})
	t.Run("writes tables in Markdown", func(t *testing.T) {
		p := newProgram("")
		require.Equal(t, exitOK, p.run([]string{"props", "-markdown"}))
		for line := range strings.Lines(p.stdout.String()) {
			if strings.HasPrefix(line, "|") {
				assert.Equal(t, 7, strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"), line)
			}
		}
		assert.Contains(t, p.stdout.String(), "\n## Authentication\n")
	})
}

func TestVersion(t *testing.T) {
	p := newProgram("")
	require.Equal(t, exitOK, p.run([]string{"version"}))
	assert.Regexp(t, `^epicorsql \S+ \(go\S+, \w+/\w+.*\)\n$`, p.stdout.String())
}

func TestReportTellsWriteErrorsApart(t *testing.T) {
	assert.True(t, (&writeError{io.ErrClosedPipe}).readerGone())
	assert.False(t, (&writeError{errors.New("other")}).readerGone())
}
