package main

import (
	"bufio"
	"bytes"
	"database/sql"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/DATA-DOG/go-sqlmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// program is the command line in a world of its own.
type program struct {
	*app
	stdout, errors bytes.Buffer
	exits          []int
	env            map[string]string
}

func newProgram(stdin string) *program {
	p := &program{env: map[string]string{}}
	sink := &output{w: &p.stdout}
	p.app = &app{
		stdin: strings.NewReader(stdin), out: bufio.NewWriterSize(sink, 4<<10), sink: sink, stderr: &p.errors,
		getenv: func(name string) string { return p.env[name] }, open: sql.Open,
	}
	p.interrupts = newInterrupts(&p.errors, func(code int) { p.exits = append(p.exits, code) })
	return p
}

// onMock makes the program's connections those of a mock, whose expectations
// must be met.
func onMock(t *testing.T, p *program) sqlmock.Sqlmock {
	t.Helper()
	return onMatcher(t, p, sqlmock.QueryMatcherEqual)
}

func onMatcher(t *testing.T, p *program, m sqlmock.QueryMatcher) sqlmock.Sqlmock {
	t.Helper()
	db, mock, err := sqlmock.New(sqlmock.QueryMatcherOption(m))
	require.NoError(t, err)
	mock.ExpectClose()
	mock.MatchExpectationsInOrder(false)
	p.open = func(driver, dsn string) (*sql.DB, error) { return db, nil }
	p.env[dsnVariable] = "URL=http://127.0.0.1:1;User=u;Password=p"
	t.Cleanup(func() { assert.NoError(t, mock.ExpectationsWereMet()) })
	return mock
}

// onServer starts an embedded Kinetic server for the program.
func onServer(t *testing.T, p *program, opts ...epicortest.Option) *epicortest.Server {
	t.Helper()
	s := epicortest.NewServer(opts...)
	t.Cleanup(s.Close)
	p.env[dsnVariable] = s.DSN("v2") + ";Service=Erp.BO.SalesOrderSvc"
	return s
}

// golden compares named texts with a txtar file, or writes it.
func golden(t *testing.T, path string, got *txtar.Archive) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(path, txtar.Format(got), 0o644))
	}
	want, err := txtar.ParseFile(path)
	require.NoError(t, err)
	require.Len(t, got.Files, len(want.Files), "run go test -update")
	for i, f := range want.Files {
		t.Run(f.Name, func(t *testing.T) { assert.Equal(t, string(f.Data), string(got.Files[i].Data)) })
	}
}
