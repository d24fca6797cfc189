package epicorerp

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine"
)

var (
	_ driver.Pinger             = (*Conn)(nil)
	_ driver.SessionResetter    = (*Conn)(nil)
	_ driver.Validator          = (*Conn)(nil)
	_ driver.ConnPrepareContext = (*Conn)(nil)
	_ driver.ConnBeginTx        = (*Conn)(nil)
	_ driver.QueryerContext     = (*Conn)(nil)
	_ driver.ExecerContext      = (*Conn)(nil)
	_ driver.NamedValueChecker  = (*Conn)(nil)
)

// Conn is one connection of the pool. It is light: HTTP connections, sign-in
// and what is known of the server's schema belong to the connector and are
// shared, and so are local views; a Conn holds the session, which is what USE
// and SET change and the temporary tables, and nothing else.
//
// Besides what database/sql calls, it tells what a SQL text cannot ask for:
//
//	conn, err := db.Conn(ctx)
//	…
//	err = conn.Raw(func(c any) error {
//		plan, err := c.(*epicorerp.Conn).Explain(ctx, "SELECT * FROM Customers WHERE CustNum = ?", 7)
//		…
//	})
type Conn struct {
	connector *connector
	session   sqlengine.Session
	closed    bool
}

// Provider returns the name of the system that the connection reads.
func (c *Conn) Provider() string { return c.connector.cfg.Provider }

// Config returns a copy of what the connection was opened with.
func (c *Conn) Config() *Config { return c.connector.cfg.Clone() }

// Explain returns how a query would be run: the operators, the requests that
// the server would get, and what is done in the driver and why.
func (c *Conn) Explain(ctx context.Context, text string, args ...any) (string, error) {
	const prefix = "EXPLAIN "
	named := make([]driver.NamedValue, len(args))
	for i, arg := range args {
		named[i] = driver.NamedValue{Ordinal: i + 1, Value: arg}
		if n, ok := arg.(sql.NamedArg); ok {
			named[i].Name, named[i].Value = n.Name, n.Value
		}
	}
	rows, err := c.QueryContext(ctx, prefix+text, named)
	if err != nil {
		var e *Error
		if errors.As(err, &e) && e.Position > len(prefix) {
			moved := *e
			moved.Position -= len(prefix)
			return "", &moved
		}
		return "", err
	}
	defer rows.Close()
	var lines []string
	line := make([]driver.Value, len(rows.Columns()))
	for {
		switch err := rows.Next(line); {
		case err == io.EOF:
			return strings.Join(lines, "\n"), nil
		case err != nil:
			return "", err
		}
		text, _ := line[0].(string)
		lines = append(lines, text)
	}
}

// Refresh forgets what is known of the server's schema, so that it is read anew
// when it is needed, by all connections of the sql.DB.
func (c *Conn) Refresh(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.connector.provider.Refresh()
	return nil
}

// Schemas lists the schemas that BrowsableSchemas lets the catalog show, and
// that of the local views if there are any.
func (c *Conn) Schemas(ctx context.Context) ([]providers.Schema, error) {
	list, err := c.connector.engine.Schemas(ctx)
	return list, driverError(ctx, err)
}

// Tables lists the tables and views of a schema, as far as Tables and Views let
// the catalog show them. The schema "" is the session's.
func (c *Conn) Tables(ctx context.Context, schema string) ([]providers.TableName, error) {
	list, err := c.connector.engine.Tables(ctx, c.schemaOr(schema))
	return list, driverError(ctx, err)
}

// Describe tells the columns, key and relations of a table or view. The schema
// "" is the session's. The result is shared and must not be changed.
func (c *Conn) Describe(ctx context.Context, schema, table string) (*providers.TableInfo, error) {
	info, err := c.connector.engine.Describe(ctx, c.session, schema, table)
	return info, driverError(ctx, err)
}

func (c *Conn) schemaOr(schema string) string {
	switch {
	case schema != "":
		return schema
	case c.session.Schema != "":
		return c.session.Schema
	}
	return c.connector.provider.DefaultSchema()
}

// Ping proves with one request that the server answers and takes the
// credentials.
func (c *Conn) Ping(ctx context.Context) error {
	if c.closed {
		return driver.ErrBadConn
	}
	return c.connector.ping(ctx)
}

// ResetSession undoes what the last user of the connection has set, and drops
// the temporary tables.
func (c *Conn) ResetSession(context.Context) error {
	if c.closed {
		return driver.ErrBadConn
	}
	c.session = sqlengine.Session{}
	return nil
}

// IsValid reports whether the connection can go back to the pool. A query that
// failed or was cancelled leaves nothing behind, so that it can, unless there
// is no token any more and none can be had.
func (c *Conn) IsValid() bool {
	return !c.closed && (c.connector.signIn == nil || c.connector.signIn.Usable())
}

// Close ends the connection.
func (c *Conn) Close() error {
	if c.closed {
		return nil
	}
	c.closed = true
	return c.connector.release()
}

func (c *Conn) CheckNamedValue(nv *driver.NamedValue) error { return checkArgument(nv) }

// Prepare is PrepareContext.
func (c *Conn) Prepare(text string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), text)
}

// PrepareContext parses a statement. Names are looked up when it is run.
func (c *Conn) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	parsed, err := c.parse(ctx, text)
	if err != nil {
		return nil, err
	}
	return &stmt{conn: c, text: text, parsed: parsed}, nil
}

func (c *Conn) parse(ctx context.Context, text string) (*sqlengine.Statement, error) {
	if c.closed {
		return nil, driver.ErrBadConn
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	parsed, err := c.connector.engine.Prepare(text)
	if err != nil {
		err = driverError(ctx, err)
		c.connector.log.failed(ctx, text, err)
		return nil, err
	}
	return parsed, nil
}

// QueryContext runs a statement that yields rows.
func (c *Conn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	parsed, err := c.parse(ctx, text)
	if err != nil {
		return nil, err
	}
	return c.query(ctx, text, parsed, args)
}

// ExecContext runs a statement for what it does.
func (c *Conn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	parsed, err := c.parse(ctx, text)
	if err != nil {
		return nil, err
	}
	return c.exec(ctx, text, parsed, args)
}

func (c *Conn) query(ctx context.Context, text string, parsed *sqlengine.Statement, named []driver.NamedValue) (driver.Rows, error) {
	if !parsed.IsQuery() {
		if _, err := c.exec(ctx, text, parsed, named); err != nil {
			return nil, err
		}
		return noRows{}, nil
	}
	if c.closed {
		return nil, driver.ErrBadConn
	}
	start := c.connector.clock()
	ctx = c.connector.log.traced(ctx)
	queryCtx, cancel := context.WithCancel(ctx)
	queryCtx = providers.WithStatement(queryCtx)
	cursor, err := c.open(queryCtx, parsed, named)
	if err != nil {
		cancel()
		err = driverError(ctx, err)
		c.connector.log.failed(ctx, text, err)
		return nil, err
	}
	return newRows(queryCtx, cancel, cursor, func(rows int64, err error) {
		c.connector.log.ended(ctx, text, rows, c.connector.clock().Sub(start), err)
	}), nil
}

func (c *Conn) open(ctx context.Context, parsed *sqlengine.Statement, named []driver.NamedValue) (sqlengine.Cursor, error) {
	args, err := arguments(named)
	if err != nil {
		return nil, err
	}
	c.connector.log.bound(ctx, args)
	if err := checkCount(parsed, args); err != nil {
		return nil, err
	}
	return parsed.Query(ctx, c.session, args)
}

// checkCount says what database/sql says of prepared statements for those that
// are not.
func checkCount(parsed *sqlengine.Statement, args []sqlengine.Arg) error {
	if want := parsed.NumInput(); want >= 0 && want != len(args) {
		return &Error{Kind: ErrParameter, Message: fmt.Sprintf("expected %d arguments, got %d", want, len(args))}
	}
	return nil
}

// exec runs a statement. The rows of a query are read to their end, so that its
// errors come out, and forgotten.
func (c *Conn) exec(ctx context.Context, text string, parsed *sqlengine.Statement, named []driver.NamedValue) (driver.Result, error) {
	if parsed.IsQuery() {
		return c.drain(ctx, text, parsed, named)
	}
	if c.closed {
		return nil, driver.ErrBadConn
	}
	start := c.connector.clock()
	ctx, end := context.WithCancel(ctx)
	defer end()
	args, err := arguments(named)
	if err == nil {
		err = checkCount(parsed, args)
	}
	var affected int64
	if err == nil {
		affected, err = parsed.Exec(c.connector.log.traced(providers.WithStatement(ctx)), &c.session, args)
	}
	if err != nil {
		err = driverError(ctx, err)
		c.connector.log.failed(ctx, text, err)
		return nil, err
	}
	c.connector.log.ended(ctx, text, affected, c.connector.clock().Sub(start), nil)
	return driver.RowsAffected(affected), nil
}

func (c *Conn) drain(ctx context.Context, text string, parsed *sqlengine.Statement, named []driver.NamedValue) (driver.Result, error) {
	r, err := c.query(ctx, text, parsed, named)
	if err != nil {
		return nil, err
	}
	err = readAll(r)
	closed := r.Close()
	if err != io.EOF {
		return nil, err
	}
	return driver.RowsAffected(0), closed
}

// readAll reads the rows of every result, and gives io.EOF or what went wrong.
func readAll(r driver.Rows) error {
	sets, several := r.(driver.RowsNextResultSet)
	for {
		dest := make([]driver.Value, len(r.Columns()))
		var err error
		for err == nil {
			err = r.Next(dest)
		}
		if err != io.EOF || !several || !sets.HasNextResultSet() {
			return err
		}
		if err := sets.NextResultSet(); err != nil {
			return err
		}
	}
}

// noRows is what a statement without rows yields when it is run as a query.
type noRows struct{}

func (noRows) Columns() []string         { return nil }
func (noRows) Next([]driver.Value) error { return io.EOF }
func (noRows) Close() error              { return nil }
