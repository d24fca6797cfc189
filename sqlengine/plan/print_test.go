package plan

import (
	"fmt"
	"strings"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// printLogical prints a logical tree, a node a line, inputs indented: what the
// tests of the rules compare.
func printLogical(n lnode) string {
	var out strings.Builder
	printNode(&out, n, "")
	return out.String()
}

func printNode(out *strings.Builder, n lnode, indent string) {
	out.WriteString(indent + logicalTitle(n) + "\n")
	for _, in := range inputs(n) {
		printNode(out, in, indent+"  ")
	}
}

func logicalTitle(n lnode) string {
	switch n := n.(type) {
	case *lScan:
		return strings.TrimSpace("scan " + n.table.Info().Name + after(" AS ", n.alias) + after(" where ", conjunction(n.filters)) + after(" that pass ", saysList(n.exists)))
	case *lValues:
		return fmt.Sprintf("values, %d rows", len(n.rows))
	case *lFilter:
		return "filter " + conjunction(n.conds)
	case *lProject:
		return "project " + itemList(n.items)
	case *lJoin:
		on := n.on
		title := strings.ToLower(n.kind.word()) + " join"
		if n.inLeft != nil {
			title += " in " + n.inLeft.String() + " = " + n.inRight.String()
		}
		return title + after(" on ", conjunction(on))
	case *lAggregate:
		calls := make([]string, len(n.calls))
		for i, c := range n.calls {
			calls[i] = c.x.String()
		}
		return strings.TrimSpace("aggregate " + strings.Join(calls, ", ") + after(" by ", itemList(n.groupBy)))
	case *lWindow:
		calls := make([]string, len(n.calls))
		for i, c := range n.calls {
			calls[i] = c.x.String()
		}
		return "window " + strings.Join(calls, ", ") + after(" by ", conjunction(n.partition))
	case *lSort:
		keys := make([]string, len(n.keys))
		for i, k := range n.keys {
			keys[i] = k.x.String()
			if k.desc {
				keys[i] += " DESC"
			}
		}
		return "sort by " + strings.Join(keys, ", ")
	case *lLimit:
		return "limit" + limits(n.limit, n.offset)
	case *lDistinct:
		return "distinct"
	case *lUnion:
		return "union all"
	case *lSetOp:
		word := map[bool]string{false: "intersect", true: "except"}[n.except]
		return word + map[bool]string{true: " all"}[n.all]
	case *lVariants:
		return fmt.Sprintf("variants, %d", len(n.rows))
	case *lFetch:
		return "fetch"
	case *lShared:
		return "rows of " + n.of.name
	case *lRecursive:
		return "recursion of " + n.name
	case *lTableFunc:
		return "rows of " + n.call.Name
	case *lWork:
		return "round before of " + n.name
	case *lDistinctOn:
		return "distinct on " + conjunction(n.keys)
	case *lGrandTotals:
		return "grand totals"
	case *lApply:
		return strings.ToLower(n.kind.word()) + " apply"
	case *lOnce:
		names := make([]string, len(n.cells))
		for i, c := range n.cells {
			names[i] = c.name
		}
		return "once " + strings.Join(names, ", ")
	}
	return fmt.Sprintf("%T", n)
}

func saysList(list []existence) string {
	var texts []string
	for _, e := range list {
		says := e.says.String()
		if e.join == nil {
			says += " or more"
		}
		texts = append(texts, says)
	}
	return strings.Join(texts, " AND ")
}

func after(word, text string) string {
	if text == "" {
		return ""
	}
	return word + text
}

func conjunction(conds []expr.Node) string {
	texts := make([]string, len(conds))
	for i, c := range conds {
		texts[i] = c.String()
		if l, ok := c.(*expr.Logical); ok && l.Or && len(conds) > 1 {
			texts[i] = "(" + texts[i] + ")"
		}
	}
	return strings.Join(texts, " AND ")
}

func itemList(items []item) string {
	texts := make([]string, len(items))
	for i, it := range items {
		texts[i] = it.x.String()
	}
	return strings.Join(texts, ", ")
}
