package plan

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// Rewritten prints the logical tree of a query as one rule finds it, after the
// rules before it, and as that rule leaves it.
func Rewritten(ctx context.Context, q ast.Query, o Options, name string) (before, after string, err error) {
	o.Statement = &expr.Statement{Ctx: ctx, Now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Zone: time.UTC}
	o.Schema = o.Catalog.DefaultSchema()
	r, n, _, err := bindRoot(ctx, q, o)
	if err != nil {
		return "", "", err
	}
	for _, p := range phases {
		at := slices.IndexFunc(p.rules, func(r rule) bool { return r.name == name })
		if at < 0 {
			if n, err = r.apply(n, p); err != nil {
				return "", "", err
			}
			continue
		}
		if n, err = r.apply(n, phase{1, p.rules[:at]}); err != nil {
			return "", "", err
		}
		before = printLogical(n)
		n, err = r.apply(n, phase{1, p.rules[at : at+1]})
		return before, printLogical(n), err
	}
	return "", "", fmt.Errorf("there is no rule %q", name)
}

// LogicalRules are the rules of the logical tree.
func LogicalRules() []string {
	return slices.DeleteFunc(RuleNames(), func(n string) bool { return n == sharedScans })
}
