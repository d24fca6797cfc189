package main

import (
	"context"
	"database/sql"
	"errors"
	"net/http/httptrace"
	"strings"
	"sync/atomic"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/cmd/epicorsql/internal/render"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
)

// statementError is the failure of a statement, with its text.
type statementError struct {
	text   string
	prefix int // bytes of text that the program put before the user's
	err    error
}

func (e *statementError) Error() string { return e.err.Error() }
func (e *statementError) Unwrap() error { return e.err }

// pointer shows the line of a failed statement and a mark under the place that
// the error is about; nothing when it names no place. Of a call, which may hold
// a token that standard error is not to keep, it shows no argument.
func pointer(err error) []string {
	var failed *statementError
	var named *epicorerp.Error
	if !errors.As(err, &failed) || !errors.As(err, &named) {
		return nil
	}
	at, text := named.Position-1, parse.MaskCalls(failed.text, parse.ANSI)
	if at < failed.prefix || at > min(len(failed.text), len(text)) || text[:at] != failed.text[:at] {
		return nil
	}
	start := max(failed.prefix, strings.LastIndexByte(text[:at], '\n')+1)
	end := len(text)
	if n := strings.IndexByte(text[at:], '\n'); n >= 0 {
		end = at + n
	}
	before, after := []rune(render.Visible(text[start:at])), []rune(render.Visible(text[at:end]))
	const around = 60
	if len(before) > around {
		before = append([]rune("…"), before[len(before)-around:]...)
	}
	if len(after) > around {
		after = append(after[:around], '…')
	}
	return []string{string(before) + string(after), strings.Repeat(" ", render.DisplayWidth(string(before))) + "^"}
}

// requestCounter counts the HTTP requests that are sent under its context.
type requestCounter struct {
	sent atomic.Int64
}

func (c *requestCounter) attach(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err == nil {
				c.sent.Add(1)
			}
		},
	})
}

// yieldsRows tells how to run a statement. A text that does not parse is run as
// a query, so that the driver says what is wrong with it.
func yieldsRows(text string, d parse.Dialect) bool {
	tree, err := parse.Parse(text, parse.Options{Dialect: d})
	if err != nil {
		return true
	}
	switch tree.(type) {
	case ast.Query, *ast.Explain, *ast.Show, *ast.Describe, *ast.Call:
		return true
	}
	return false
}

// isCall tells whether a statement calls a procedure.
func isCall(text string, d parse.Dialect) bool {
	tree, err := parse.Parse(text, parse.Options{Dialect: d})
	_, call := tree.(*ast.Call)
	return err == nil && call
}

// explainable tells whether EXPLAIN takes a statement.
func explainable(text string, d parse.Dialect) bool {
	tree, err := parse.Parse(text, parse.Options{Dialect: d})
	_, query := tree.(ast.Query)
	return err == nil && query
}

// run runs a statement and writes its rows, if it has any.
func run(ctx context.Context, conn *sql.Conn, text string, d parse.Dialect, args []any, dst render.Writer, progress func(int64)) (rows int64, err error) {
	if !yieldsRows(text, d) {
		if _, err := conn.ExecContext(ctx, text, args...); err != nil {
			return 0, &statementError{text: text, err: cause(ctx, err)}
		}
		return 0, nil
	}
	result, err := conn.QueryContext(ctx, text, args...)
	if err != nil {
		return 0, &statementError{text: text, err: cause(ctx, err)}
	}
	defer result.Close()
	rows, err = copyResults(dst, result, progress)
	if err != nil {
		var unwritten *writeError
		if errors.As(err, &unwritten) {
			return rows, err
		}
		if held, ok := dst.(render.Flusher); ok && rows > 0 {
			err = errors.Join(err, held.Flush())
		}
		return rows, &statementError{text: text, err: cause(ctx, err)}
	}
	return rows, nil
}

// copyResults writes every result of a statement: a procedure may have several.
func copyResults(dst render.Writer, result *sql.Rows, progress func(int64)) (rows int64, err error) {
	for {
		src, err := render.FromSQL(result)
		if err != nil {
			return rows, err
		}
		more, err := render.Copy(dst, src, progress)
		rows += more
		switch {
		case err != nil:
			return rows, err
		case !result.NextResultSet():
			return rows, result.Err()
		}
	}
}

// cause is the end of the context where that is why a statement failed: drivers
// differ in what they call it.
func cause(ctx context.Context, err error) error {
	if over := ctx.Err(); over != nil {
		return over
	}
	return err
}

// explainLines asks how a query would be run, or with analyze was.
func explainLines(ctx context.Context, conn *sql.Conn, text string, analyze bool, args []any) ([]string, error) {
	prefix := "EXPLAIN "
	if analyze {
		prefix = "EXPLAIN ANALYZE "
	}
	failed := func(err error) error {
		return &statementError{text: prefix + text, prefix: len(prefix), err: cause(ctx, err)}
	}
	rows, err := conn.QueryContext(ctx, prefix+text, args...)
	if err != nil {
		return nil, failed(err)
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return nil, failed(err)
		}
		lines = append(lines, line)
	}
	if err := rows.Err(); err != nil {
		return nil, failed(err)
	}
	return lines, nil
}
