package providers

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/sqltypes"
)

func TestBudgetRefusesWhatIsNotLeft(t *testing.T) {
	b := NewBudget(100)
	require.NoError(t, b.Reserve("sort", 60))
	err := b.Reserve("hash join build side", 50)
	require.ErrorIs(t, err, KindMemory)
	assert.ErrorContains(t, err, "hash join build side", "the operator is named")
	assert.EqualValues(t, 60, b.Used(), "a refused reservation takes nothing")
	b.Release(60)
	assert.Zero(t, b.Used())
	assert.EqualValues(t, 60, b.Peak())

	require.NoError(t, NewBudget(0).Reserve("sort", 1<<40), "0 is no bound")
	require.NoError(t, (*Budget)(nil).Reserve("sort", 1<<40), "nor is a budget that is not there")
}

func TestBudgetIsSharedSafely(t *testing.T) {
	b := NewBudget(1000)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for range 100 {
				if b.Reserve("sort", 30) == nil {
					b.Release(30)
				}
			}
		})
	}
	wg.Wait()
	assert.Zero(t, b.Used())
	assert.LessOrEqual(t, b.Peak(), int64(1000))
}

func TestErrorsAreFoundByKindAndTellTheirFacts(t *testing.T) {
	cause := errors.New("cause")
	err := fmt.Errorf("wrapped: %w", &Error{Kind: KindPermission, Status: 401, Code: "System.UnauthorizedAccessException",
		Message: "Access denied", RequestID: "r-1", Err: cause})
	assert.ErrorIs(t, err, KindPermission)
	assert.NotErrorIs(t, err, KindAuthentication)
	assert.ErrorIs(t, err, cause)
	assert.EqualError(t, err, "wrapped: permission denied: Access denied (HTTP 401, System.UnauthorizedAccessException, request r-1)")
	assert.False(t, SafeToRetry(err))
	assert.True(t, SafeToRetry(fmt.Errorf("x: %w", &Error{Kind: KindConflict, Retryable: true})))
	assert.EqualError(t, &Error{Kind: KindConnection, Err: cause}, "connection failed: cause")
}

func TestEveryKindHasWordsAndAState(t *testing.T) {
	for k := KindOther; k <= KindCanceled; k++ {
		assert.NotEmpty(t, k.Error())
		assert.Len(t, (&Error{Kind: k}).SQLState(), 5, "%v", k)
	}
	assert.Equal(t, "21000", (&Error{Kind: KindValue, State: "21000"}).SQLState(), "a state of its own wins")
}

func TestFindPrefersTheExactSpelling(t *testing.T) {
	info := &TableInfo{Columns: []Column{{Name: "PONum"}, {Name: "PONUM"}, {Name: "Company1", Aliases: []string{"Company"}}, {Name: "company"}}}
	for name, test := range map[string]struct {
		typed string
		want  int
	}{
		"the exact spelling":        {"PONUM", 1},
		"another case":              {"ponum", 0},
		"a name wins over an alias": {"COMPANY", 3},
		"no such column":            {"Plant", -1},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, test.want, info.Find(test.typed)) })
	}
	assert.Equal(t, 2, (&TableInfo{Columns: info.Columns[:3]}).Find("COMPANY"), "an alias is found where no name is")
}

func TestExpressionsPrintAsSQL(t *testing.T) {
	name := &ColumnRef{Name: "Name", T: sqltypes.Of(sqltypes.Varchar)}
	n := &ColumnRef{Column: 1, Name: "N", T: sqltypes.Of(sqltypes.Integer)}
	text := func(s string) Expr { return &Const{Value: sqltypes.StringValue(s)} }
	five := &Const{Value: sqltypes.IntValue(5)}
	call := func(f Func, args ...Expr) Expr { return &Call{Func: f, Args: args} }
	for want, e := range map[string]Expr{
		"Name = 'O''Brien'":           call(Eq, name, text("O'Brien")),
		"NOT (N <> 5)":                call(Not, call(Ne, n, five)),
		"(N < 5) OR (Name IS NULL)":   call(Or, call(Lt, n, five), call(IsNull, name)),
		"Name LIKE 'a!%' ESCAPE '!'":  call(Like, name, text("a!%"), text("!")),
		"Name IN ('a', 'b')":          call(In, name, text("a"), text("b")),
		"(N + 5) * (-N)":              call(Mul, call(Add, n, five), call(Neg, n)),
		"YEAR(Name) = 5":              call(Eq, call(Year, name), five),
		"N IS NOT DISTINCT FROM NULL": call(Same, n, &Const{Value: sqltypes.NullOf(sqltypes.Integer)}),
		"SUBSTRING(Name, 5) || 'x'":   call(Concat, call(Substring, name, five), text("x")),
	} {
		t.Run(want, func(t *testing.T) { assert.Equal(t, want, e.String()) })
	}
}

func TestOpenNamesTheProvidersThereAre(t *testing.T) {
	Register("contract-test", func(Options) (Provider, error) { return nil, errors.New("made") })
	_, err := Open("Contract-TEST", Options{})
	require.EqualError(t, err, "made", "names are matched without regard to case")
	_, err = Open("nobody", Options{})
	require.ErrorIs(t, err, KindProperty)
	assert.ErrorContains(t, err, "contract-test")
	assert.Panics(t, func() { Register("CONTRACT-test", func(Options) (Provider, error) { return nil, nil }) })
}

func TestExistsReadsAsASubquery(t *testing.T) {
	orders := &TableInfo{Name: "Orders", Columns: []Column{{Name: "Customer"}, {Name: "Freight"}}}
	freight := &ColumnRef{Column: 1, Name: "Freight", T: sqltypes.Of(sqltypes.Integer)}
	ten := &Const{Value: sqltypes.IntValue(10)}
	e := &Exists{Of: orders, On: []Equality{{Here: &ColumnRef{Name: "ID"}, There: &ColumnRef{Name: "Customer"}}}}
	assert.Equal(t, "EXISTS (SELECT 1 FROM Orders WHERE Orders.Customer = ID)", e.String())
	e.Where = []Predicate{&Call{Func: Or, Args: []Expr{&Call{Func: Gt, Args: []Expr{freight, ten}}, &Call{Func: IsNull, Args: []Expr{freight}}}}}
	not := &Call{Func: Not, Args: []Expr{e}}
	assert.Equal(t, "NOT EXISTS (SELECT 1 FROM Orders WHERE Orders.Customer = ID AND ((Freight > 10) OR (Freight IS NULL)))", not.String())
}
