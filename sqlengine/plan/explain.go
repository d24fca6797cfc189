package plan

import (
	"fmt"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// Actual is what an operator did when the plan ran, for EXPLAIN ANALYZE.
type Actual struct {
	Rows                     int64
	Requests, Retries, Bytes int64
	Spilled, Runs            int64 // bytes in a temporary file, in so many runs or partitions
	Milliseconds             float64
	Scanned                  bool // Requests, Retries and Bytes apply
}

// Explain prints the plan as a tree, a line a slice element. actual, unless
// nil, gives what each operator did.
func (p *Plan) Explain(actual func(Node) (Actual, bool)) []string {
	e := &explainer{actual: actual}
	e.node(p.Root, "", "")
	if len(p.Rules) > 0 {
		e.lines = append(e.lines, "", "Rewritten by: "+strings.Join(p.Rules, ", "))
	}
	switch {
	case p.options.Narrow == KeysOnly:
		e.lines = append(e.lines, "", "The server refused some condition or order: only those on key columns are asked of it.")
	case p.options.Narrow == RowsOnly:
		e.lines = append(e.lines, "", "The server refused conditions and order: tables are read whole and all is done here.")
	case !p.options.Pushdown:
		e.lines = append(e.lines, "", "Pushdown is off: tables are read whole and all else is done here.")
	}
	for i, h := range p.Hints {
		if i == 0 {
			e.lines = append(e.lines, "")
		}
		e.lines = append(e.lines, "Hint: "+h)
	}
	return e.lines
}

type explainer struct {
	lines  []string
	actual func(Node) (Actual, bool)
}

// node prints one operator: its line, its details, then its inputs.
func (e *explainer) node(n Node, first, rest string) {
	title, details := describe(n)
	if e.actual != nil {
		if a, ok := e.actual(n); ok {
			title += "  " + a.String()
		}
	}
	e.lines = append(e.lines, first+title)
	in := n.Inputs()
	bar := "   "
	if len(in) > 0 {
		bar = "│  "
	}
	for _, d := range details {
		e.lines = append(e.lines, rest+bar+d)
	}
	for i, c := range in {
		if i == len(in)-1 {
			e.node(c, rest+"└─ ", rest+"   ")
		} else {
			e.node(c, rest+"├─ ", rest+"│  ")
		}
	}
}

// String prints the figures of an operator.
func (a Actual) String() string {
	s := fmt.Sprintf("[%d rows, %.1f ms", a.Rows, a.Milliseconds)
	if a.Scanned {
		s += fmt.Sprintf(", %d requests, %d retries, %d bytes", a.Requests, a.Retries, a.Bytes)
	}
	if a.Runs > 0 {
		s += fmt.Sprintf(", spilled %d bytes in %d runs", a.Spilled, a.Runs)
	}
	return s + "]"
}

func describe(n Node) (title string, details []string) {
	switch n := n.(type) {
	case *Scan:
		return "Scan " + tableTitle(n.Table, n.Alias), scanDetails(n.Request, n.Plan, n.Table.Info())
	case *Values:
		return fmt.Sprintf("Values, %d rows", len(n.Rows)), nil
	case *Filter:
		return "Filter " + n.Cond.String(), nil
	case *Project:
		return "Project " + list(n.Exprs), nil
	case *Join:
		return joinTitle(n)
	case *MergeJoin:
		return mergeTitle(n)
	case *LookupJoin:
		return lookupTitle(n)
	case *Aggregate:
		calls := make([]string, len(n.Calls))
		for i, c := range n.Calls {
			calls[i] = c.String()
		}
		title = "Aggregate " + strings.Join(calls, ", ")
		if len(n.GroupBy) > 0 {
			title += " by " + list(n.GroupBy)
		}
		return title, nil
	case *Window:
		return windowTitle(n)
	case *Distinct:
		return "Distinct", nil
	case *Sort:
		return sortTitle(n), nil
	case *Limit:
		return strings.TrimSpace("Limit" + limits(n.Limit, n.Offset)), nil
	case *Union:
		return "Union all", nil
	case *SetOp:
		word := "Intersect"
		if n.Except {
			word = "Except"
		}
		if n.All {
			word += " all"
		}
		return word, nil
	case *Apply:
		return n.Kind.word() + " apply: the second input runs for each row of the first", nil
	case *Cached:
		return "Cached: read once", nil
	case *Variants:
		return fmt.Sprintf("Variants: %d of each row", len(n.Rows)), mappedText(n.Rows)
	case *Fetch:
		return n.title(), nil
	case *SharedRead:
		if !n.First {
			return "Rows of " + n.Of.Name + ", as above", nil
		}
		return "Rows of " + n.Of.Name + ", run once for all its uses", nil
	case *Recursive:
		if n.Distinct {
			return "Recursion of " + n.Table.Name + ", without rows that came before", nil
		}
		return "Recursion of " + n.Table.Name, nil
	case *TableFunc:
		return n.title(), nil
	case *Work:
		return "Rows of the round before of " + n.Table.Name, nil
	case *DistinctOn:
		return "Distinct on " + list(n.Keys), nil
	case *IfEmpty:
		return fmt.Sprintf("Grand total: %d rows if there is none", len(n.Rows)), nil
	case *Once:
		names := make([]string, len(n.Cells))
		for i, c := range n.Cells {
			names[i] = c.Name
		}
		return "Once: " + strings.Join(names, ", ") + " before the first row", nil
	}
	return fmt.Sprintf("%T", n), nil
}

func (k JoinKind) word() string {
	return [...]string{"Inner", "Left", "Full", "Semi", "Anti", "Mark", "Single-row"}[k]
}

func tableTitle(t providers.Table, alias string) string {
	info := t.Info()
	s := info.Name
	if info.Schema != "" {
		s = info.Schema + "." + s
	}
	if alias != "" && alias != info.Name {
		s += " AS " + alias
	}
	return s
}

func list(xs []expr.Node) string {
	s := make([]string, len(xs))
	for i, x := range xs {
		s[i] = x.String()
	}
	return strings.Join(s, ", ")
}

func mappedText(rows [][]expr.Node) []string {
	lines := make([]string, len(rows))
	for i, r := range rows {
		lines[i] = list(r)
	}
	return lines
}

func joinTitle(n *Join) (string, []string) {
	how := "hash join"
	if len(n.LeftKeys) == 0 {
		how = "nested-loop join"
	}
	title := n.Kind.word() + " " + how
	if on := joinedOn(n.LeftKeys, n.RightKeys, n.NullSafe, n.Cond); on != "" {
		title += " on " + on
	}
	return title, nil
}

func mergeTitle(n *MergeJoin) (string, []string) {
	order := "the rows keep that order"
	if n.Kind == Full {
		order = "the rows do not keep that order"
	}
	return n.Kind.word() + " merge join on " + joinedOn(n.LeftKeys, n.RightKeys, nil, n.Cond),
		[]string{"both inputs come ordered by " + list(n.LeftKeys) + "; " + order}
}

// joinedOn prints the conditions of a join.
func joinedOn(left, right []expr.Node, nullSafe []bool, cond expr.Node) string {
	var on []string
	for i := range left {
		op := " = "
		if nullSafe != nil && nullSafe[i] {
			op = " IS NOT DISTINCT FROM "
		}
		on = append(on, left[i].String()+op+right[i].String())
	}
	if cond != nil {
		on = append(on, cond.String())
	}
	return strings.Join(on, " AND ")
}

func lookupTitle(n *LookupJoin) (string, []string) {
	keys := make([]string, len(n.Request.Keys.Columns))
	info := n.Table.Info()
	name := n.Alias
	if name == "" {
		name = info.Name
	}
	for i, c := range n.Request.Keys.Columns {
		keys[i] = n.LeftKeys[i].String() + " = " + name + "." + info.Columns[c].Name
	}
	details := []string{fmt.Sprintf("asks for at most %d keys a request; beyond %d keys the table is read whole", n.MaxKeys, n.Switch)}
	if n.Cond != nil {
		details = append(details, "here too: "+n.Cond.String())
	}
	if n.RightFilter != nil {
		details = append(details, "on the rows that come: "+n.RightFilter.String())
	}
	for _, d := range scanDetails(n.Request, n.Sample, info) {
		if req, ok := strings.CutPrefix(d, "sends: "); ok {
			d = "sends, with the keys of each batch in the filter: " + req
		}
		details = append(details, d)
	}
	return n.Kind.word() + " lookup join of " + tableTitle(n.Table, n.Alias) + " on " + strings.Join(keys, " AND "), details
}

func sortTitle(n *Sort) string {
	word := "Sort by "
	if n.Limit >= 0 {
		word = "Top" + limits(n.Limit, n.Offset) + " by "
	}
	return word + orderList(n.Keys)
}

func orderList(keys []SortKey) string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = expr.SortTerm{X: k.Expr, Order: expr.Order{Desc: k.Desc, NullsFirst: k.NullsFirst}}.String()
	}
	return strings.Join(out, ", ")
}

func windowTitle(n *Window) (string, []string) {
	calls := make([]string, len(n.Calls))
	for i, c := range n.Calls {
		calls[i] = c.String()
	}
	var over []string
	if len(n.Partition) > 0 {
		over = append(over, "PARTITION BY "+list(n.Partition))
	}
	if len(n.Order) > 0 {
		over = append(over, "ORDER BY "+orderList(n.Order))
	}
	return "Window " + strings.Join(calls, ", ") + " OVER (" + strings.Join(over, " ") + ")", nil
}

func limits(limit, offset int64) string {
	s := ""
	if limit >= 0 {
		s = fmt.Sprintf(" %d", limit)
	}
	if offset > 0 {
		s += fmt.Sprintf(" after %d", offset)
	}
	return s
}

// scanDetails says what is sent, what the server does, and what is done here
// and why.
func scanDetails(r *providers.ScanRequest, p *providers.ScanPlan, info *providers.TableInfo) []string {
	var out []string
	for _, req := range p.Requests {
		out = append(out, "sends: "+req)
	}
	for i, f := range r.Filter {
		switch p.Filter[i] {
		case providers.Exact:
			out = append(out, "at the server: "+f.String())
		case providers.Superset:
			out = append(out, "at the server, and again here: "+f.String()+because(reason(p, i)))
		default:
			out = append(out, "here: "+f.String()+because(reason(p, i)))
		}
	}
	if len(r.Order) > 0 {
		out = append(out, "order at the server: "+orderText(r.Order, info))
	} else if p.OrderReason != "" {
		out = append(out, "order here"+because(p.OrderReason))
	}
	if r.Limit > 0 || r.Offset > 0 {
		limit := r.Limit
		if limit == 0 {
			limit = -1
		}
		out = append(out, "limit at the server:"+limits(limit, r.Offset))
	}
	if r.Aggregate != nil {
		out = append(out, "aggregate at the server")
	}
	for _, t := range r.Expand {
		out = append(out, "with the related rows of "+t.Navigation)
	}
	return out
}

func reason(p *providers.ScanPlan, i int) string {
	if i < len(p.Reasons) {
		return p.Reasons[i]
	}
	return ""
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + reason + ")"
}

func orderText(terms []providers.OrderTerm, info *providers.TableInfo) string {
	s := make([]string, len(terms))
	for i, t := range terms {
		s[i] = info.Columns[t.Column].Name
		if t.Desc {
			s[i] += " DESC"
		}
	}
	return strings.Join(s, ", ")
}
