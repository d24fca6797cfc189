package epicorerp

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
)

// BeginTx begins a transaction that only reads. There is nothing to send: each
// request to an ERP service stands for itself, so no statement in the
// transaction sees a common snapshot, and isolation beyond READ COMMITTED is
// refused as read-write transactions are.
func (c *Conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if c.closed {
		return nil, driver.ErrBadConn
	}
	if !opts.ReadOnly {
		return nil, &Error{Kind: ErrUnsupported, Message: "a read-write transaction is not possible, since the server makes each request " +
			"final by itself; begin it with &sql.TxOptions{ReadOnly: true}, or use none (in gorm: SkipDefaultTransaction: true)"}
	}
	switch level := sql.IsolationLevel(opts.Isolation); level {
	case sql.LevelDefault, sql.LevelReadUncommitted, sql.LevelReadCommitted:
	default:
		return nil, &Error{Kind: ErrUnsupported, Message: fmt.Sprintf(
			"isolation level %s is not possible, since each page is read by a request of its own; use the default", level)}
	}
	return tx{}, nil
}

// Begin is refused like every read-write transaction. database/sql never calls
// it, as there is BeginTx.
func (c *Conn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

// tx is a transaction that has nothing to commit or undo.
type tx struct{}

func (tx) Commit() error   { return nil }
func (tx) Rollback() error { return nil }
