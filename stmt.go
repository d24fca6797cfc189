package epicorerp

import (
	"context"
	"database/sql/driver"

	"github.com/epicorerp/epicorerp/sqlengine"
)

var (
	_ driver.StmtQueryContext  = (*stmt)(nil)
	_ driver.StmtExecContext   = (*stmt)(nil)
	_ driver.NamedValueChecker = (*stmt)(nil)
)

// stmt is a prepared statement: a parsed text. What it reads is planned anew
// with the arguments of each run.
type stmt struct {
	conn   *Conn
	text   string
	parsed *sqlengine.Statement
}

func (s *stmt) Close() error { return nil }

// NumInput is the number of ? in the text, or -1 with named parameters, one of
// which may occur twice.
func (s *stmt) NumInput() int { return s.parsed.NumInput() }

func (s *stmt) CheckNamedValue(nv *driver.NamedValue) error { return checkArgument(nv) }

func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return s.conn.query(ctx, s.text, s.parsed, args)
}

func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return s.conn.exec(ctx, s.text, s.parsed, args)
}

func (s *stmt) Query(args []driver.Value) (driver.Rows, error) {
	return s.QueryContext(context.Background(), namedValues(args))
}

func (s *stmt) Exec(args []driver.Value) (driver.Result, error) {
	return s.ExecContext(context.Background(), namedValues(args))
}

func namedValues(args []driver.Value) []driver.NamedValue {
	named := make([]driver.NamedValue, len(args))
	for i, v := range args {
		named[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return named
}
