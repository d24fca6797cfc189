package providers

import "context"

// TokenSource gives the bearer token that requests carry. It belongs to the
// connector: all connections of a sql.DB share it, and so learn of a new token
// at once. It is safe for concurrent use.
type TokenSource interface {
	// Token returns a token that is fresh, fetching or renewing it where that is
	// needed. Errors are *Error.
	Token(ctx context.Context) (string, error)
	// Refused is told of a token that the server answered with 401, and reports
	// whether the request is worth repeating because Token now gives another. A
	// token is renewed once however many requests were refused with it.
	Refused(ctx context.Context, token string) (renewed bool, err error)
}
