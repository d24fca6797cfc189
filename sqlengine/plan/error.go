package plan

import (
	"errors"
	"fmt"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
)

// fail makes an error of a kind at a position of the text.
//
//go:noinline
func fail(kind providers.Kind, at ast.Pos, format string, args ...any) error {
	return &providers.Error{Kind: kind, Position: int(at) + 1, Message: fmt.Sprintf(format, args...)}
}

// SQLSTATEs that say more than a kind does.
const (
	stateGrouping       = "42803"
	stateAmbiguous      = "42702"
	stateDuplicateAlias = "42712"
	statePosition       = "42P10" // a column that cannot be named so here
	stateRecursion      = "42P19"
	stateWrongAlias     = "42P09"
	stateLimit          = "2201W"
	stateOffset         = "2201X"
	stateTooComplex     = "54001"
	stateUnsupported    = "0A000"
)

// refuse makes an error of a state at a position of the text.
func refuse(state string, at ast.Pos, format string, args ...any) error {
	kind := providers.KindSyntax
	switch state[:2] {
	case "22":
		kind = providers.KindValue
	case "0A", "54":
		kind = providers.KindUnsupported
	}
	if state == stateAmbiguous {
		kind = providers.KindColumn
	}
	return &providers.Error{Kind: kind, State: state, Position: int(at) + 1, Message: fmt.Sprintf(format, args...)}
}

//go:noinline
func unsupported(at ast.Pos, what string) error {
	return fail(providers.KindUnsupported, at, "%s", what)
}

// located gives an error of an expression its place in the text.
func located(err error, at ast.Pos) error {
	if err == nil {
		return nil
	}
	var pe *providers.Error
	if errors.As(err, &pe) {
		if pe.Position == 0 {
			c := *pe
			c.Position = int(at) + 1
			return &c
		}
		return err
	}
	e := ExprError(err)
	e.Position = int(at) + 1
	return e
}

// ExprError gives an error of an expression its kind and SQLSTATE, when it is
// bound and when it is evaluated alike.
func ExprError(err error) *providers.Error {
	e := &providers.Error{Kind: providers.KindType, Message: err.Error(), Err: err}
	var s interface{ SQLState() string }
	if errors.As(err, &s) {
		e.State = s.SQLState()
		e.Kind = kindOfState(e.State)
	}
	return e
}

// kindOfState sorts the SQLSTATEs of expressions: class 22 is about values,
// 0A about features, the rest about types.
func kindOfState(state string) providers.Kind {
	switch {
	case len(state) == 5 && state[:2] == "22":
		return providers.KindValue
	case len(state) == 5 && state[:2] == "0A":
		return providers.KindUnsupported
	case state == stateGrouping || state == stateWindowing || state == stateWrongFunction || state == statePosition || state == "42601":
		return providers.KindSyntax
	}
	return providers.KindType
}
