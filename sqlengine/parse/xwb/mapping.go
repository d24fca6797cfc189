package xwb

import (
	"strings"

	"github.com/xwb1989/sqlparser"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
)

// mapping turns a tree of xwb1989 into one of ours, with the tokens at hand
// for what that tree leaves open.
type mapping struct {
	*source
	seen         map[string]int // how many names of a spelling are placed already
	depth        int
	duals        []*ast.Select // whose FROM is dual, written or not
	bareJoins    int           // joins without a condition, CROSS written or not
	inAssignment bool          // of ON DUPLICATE KEY UPDATE, where VALUES(x) has a meaning
}

func (m *mapping) mysql() bool { return m.opt.Dialect == parse.MySQL }

// enter begins a nested construct, which leave ends.
func (m *mapping) enter() {
	if m.depth++; m.depth > m.opt.MaxDepth {
		refuse(0, "the statement nests more than %d levels deep", m.opt.MaxDepth)
	}
}

func (m *mapping) leave() { m.depth-- }

func (m *mapping) unsupported(what string) {
	refuse(0, "the %s parser does not read %s: use the driver's own", Name, what)
}

func (m *mapping) statement(s sqlparser.Statement) ast.Statement {
	stmt := m.anyStatement(s)
	m.settleDuals()
	if crosses := m.count("cross"); !m.mysql() && crosses != m.bareJoins {
		refuse(0, "a join needs ON or USING, and a CROSS JOIN none")
	}
	return stmt
}

func (m *mapping) anyStatement(s sqlparser.Statement) ast.Statement {
	switch s := s.(type) {
	case sqlparser.SelectStatement:
		return m.query(s)
	case *sqlparser.Insert:
		return m.insert(s)
	case *sqlparser.Update:
		return &ast.Update{Tables: m.tables(s.TableExprs), Set: m.assignments(s.Exprs), Where: m.where(s.Where),
			OrderBy: m.order(s.OrderBy), Limit: m.limit(s.Limit)}
	case *sqlparser.Delete:
		return m.delete(s)
	case *sqlparser.Set:
		return m.set(s)
	case *sqlparser.Use:
		if s.DBName.IsEmpty() {
			refuse(0, "USE needs a schema name")
		}
		return &ast.Use{Name: m.name(s.DBName.String())}
	case *sqlparser.Begin:
		return &ast.Begin{}
	case *sqlparser.Commit:
		return &ast.Commit{}
	case *sqlparser.Rollback:
		return &ast.Rollback{}
	}
	m.unsupported("this statement, of which it keeps the first words alone")
	return nil
}

// count tells how often a word stands in the text, unquoted.
func (m *mapping) count(lower string) int {
	n := 0
	for _, t := range m.named[lower] {
		if t.kind == word {
			n++
		}
	}
	return n
}

// behindFrom is what may follow a FROM of one table without an alias.
var behindFrom = map[string]bool{"": true, ")": true, ";": true, "where": true, "group": true, "having": true, "order": true,
	"limit": true, "union": true, "for": true, "lock": true, "on": true}

// settleDuals takes FROM dual away where xwb1989 added it.
func (m *mapping) settleDuals() {
	written := 0
	for i := range m.tokens {
		next := m.at(i + 1)
		if m.tokens[i].lower == "dual" && m.at(i-1).shown() == "from" && (next.kind == sign || next.kind == word) && behindFrom[next.shown()] {
			written++
		}
	}
	if written != 0 && (len(m.duals) != 0 && written != len(m.duals) || m.at(0).lower == "delete") {
		refuse(m.named["dual"][0].pos, "xwb1989 adds FROM dual where there is no FROM: write it everywhere or nowhere")
	}
	for _, s := range m.duals {
		if written == 0 {
			s.From = nil
		}
		if _, star := s.Items[0].X.(*ast.Star); star && s.From == nil && len(s.Items) == 1 {
			refuse(0, "SELECT * needs FROM")
		}
	}
}

// keyword reports whether xwb1989 gives the word back in lower case.
func keyword(w string) bool {
	kind, _ := sqlparser.NewStringTokenizer(w).Scan()
	return kind != sqlparser.ID || w == "dual"
}

// ident gives a name its place and, where xwb1989 changed it, its spelling.
func (m *mapping) ident(name string) ast.Ident {
	lower := strings.ToLower(name)
	places := m.named[lower]
	if len(places) == 0 {
		return ast.Ident{Text: name}
	}
	if m.seen == nil {
		m.seen = map[string]int{}
	}
	at := places[min(m.seen[lower], len(places)-1)]
	m.seen[lower]++
	id := ast.Ident{Loc: ast.Loc(at.pos), Text: name, Quoted: at.kind == quoted}
	if !keyword(name) {
		return id
	}
	spelled := ""
	for _, p := range places {
		if p.kind == quoted && p.text != name {
			continue // xwb1989 keeps the case of quoted names
		}
		if spelled != "" && spelled != p.text {
			refuse(p.pos, "xwb1989 loses the case of %s: spell it in one way", p.text)
		}
		spelled = p.text
	}
	if spelled != "" {
		id.Text = spelled
	}
	return id
}

// free is ident for a name that no dot stands before.
func (m *mapping) free(name string) ast.Ident {
	id := m.ident(name)
	if ast.Clause(strings.ToUpper(name)) && m.count(strings.ToLower(name)) > 0 {
		refuse(int(id.Loc), "%s begins a clause: it is no name for the %s parser", name, Name)
	}
	return id
}

// name joins the parts that are there.
func (m *mapping) name(parts ...string) ast.Name {
	var n ast.Name
	for _, p := range parts {
		switch {
		case p == "":
		case len(n.Parts) == 0:
			n.Parts = append(n.Parts, m.free(p))
		default:
			n.Parts = append(n.Parts, m.ident(p))
		}
	}
	return n
}

func (m *mapping) tableName(t sqlparser.TableName) ast.Name {
	return m.name(t.Qualifier.String(), t.Name.String())
}

func (m *mapping) columnName(c *sqlparser.ColName) ast.Name {
	return m.name(c.Qualifier.Qualifier.String(), c.Qualifier.Name.String(), c.Name.String())
}

func (m *mapping) columns(list sqlparser.Columns) []ast.Ident {
	var out []ast.Ident
	for _, c := range list {
		out = append(out, m.free(c.String()))
	}
	return out
}
