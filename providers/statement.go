package providers

import "context"

// Statement is one run of a statement. Whatever is asked of a provider for it,
// tables that are read at the same time included, has a context that tells it: a
// provider whose server keeps sessions gives each statement one of its own.
type Statement struct{ ctx context.Context }

type statementKey struct{}

// WithStatement returns a context for all that is done for a statement. The
// statement ends with ctx.
func WithStatement(ctx context.Context) context.Context {
	return context.WithValue(ctx, statementKey{}, &Statement{ctx})
}

// StatementOf returns the statement that a context is of, nil if it is of none.
func StatementOf(ctx context.Context) *Statement {
	s, _ := ctx.Value(statementKey{}).(*Statement)
	return s
}

// Ended reports whether the statement is over.
func (s *Statement) Ended() bool { return s.ctx.Err() != nil }

// AfterEnd has f called in its own goroutine when the statement is over.
func (s *Statement) AfterEnd(f func()) { context.AfterFunc(s.ctx, f) }
