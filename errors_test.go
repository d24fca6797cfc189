package epicorerp

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
)

func TestEveryErrorLeavesAsOneOfOurs(t *testing.T) {
	_, syntax := parse.Parse("SELECT FROM", parse.Options{})
	require.Error(t, syntax)
	_, config := ParseDSN("Nonsense=1")
	require.Error(t, config)
	ours := &Error{Kind: ErrPermission, Message: "no"}
	for _, test := range []struct {
		name  string
		err   error
		kind  error
		state string
		at    int
	}{
		{"its own", ours, ErrPermission, "42501", 0},
		{"its own, wrapped", fmt.Errorf("page 2: %w", ours), ErrPermission, "42501", 0},
		{"syntax", syntax, ErrSyntax, "42601", 8},
		{"a property", config, ErrProperty, "08001", 0},
		{"a division by zero", &expr.Error{State: "22012", Msg: "division by zero"}, ErrValue, "22012", 0},
		{"types that do not fit", &expr.Error{State: "42804", Msg: "no"}, ErrType, "42804", 0},
		{"a missing function", &expr.Error{State: "0A000", Msg: "no"}, ErrUnsupported, "0A000", 0},
		{"anything else", errors.New("boom"), providers.KindOther, "HY000", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := driverError(context.Background(), test.err)
			var e *Error
			require.ErrorAs(t, err, &e)
			assert.ErrorIs(t, err, test.err)
			assert.ErrorIs(t, err, test.kind)
			assert.Equal(t, test.state, e.SQLState())
			assert.Equal(t, test.at, e.Position)
		})
	}
	assert.NoError(t, driverError(context.Background(), nil))
}

func TestTheEndOfAContextIsTheContextsError(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	assert.Equal(t, context.Canceled, driverError(ctx, &Error{Kind: providers.KindCanceled, Message: "page 2"}))
	ctx, cancel = context.WithTimeout(context.Background(), 0)
	defer cancel()
	assert.Equal(t, context.DeadlineExceeded, driverError(ctx, errors.New("read tcp: i/o timeout")))
}

func TestRetryingIsToldByTheErrorItself(t *testing.T) {
	assert.True(t, SafeToRetry(fmt.Errorf("page 2: %w", &Error{Kind: ErrConnection, Retryable: true})))
	assert.False(t, SafeToRetry(&Error{Kind: ErrConnection}))
	assert.False(t, SafeToRetry(errors.New("boom")))
}
