package parse

import (
	"slices"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
)

// ParamInfo describes the parameters of a statement. All are of one kind.
type ParamInfo struct {
	Kind   ast.ParamKind
	Prefix byte // the sign they are written with; 0 when there are none
	// Count is how many values to bind: all ? of the text, the highest number,
	// or the number of different names.
	Count int
	Names []string // in order of first use, without regard to case
}

// Params gives the parameters of a statement or expression.
func Params(n ast.Node) ParamInfo {
	var info ParamInfo
	ast.Inspect(n, func(n ast.Node) bool {
		prm, ok := n.(*ast.Param)
		if !ok {
			return true
		}
		info.Kind, info.Prefix = prm.Kind, prm.Prefix
		if prm.Name == "" {
			info.Count = max(info.Count, prm.Ordinal)
			return true
		}
		same := func(name string) bool { return strings.EqualFold(name, prm.Name) }
		if !slices.ContainsFunc(info.Names, same) {
			info.Names = append(info.Names, prm.Name)
			info.Count++
		}
		return true
	})
	return info
}

const maxOrdinal = 65535 // as in the protocols that number their parameters

// parameter reads a placeholder. Kinds must not mix: ? counts from one and so
// does $1, and nothing says how the two would share the arguments.
func (p *parser) parameter() *ast.Param {
	t := p.advance()
	prm := &ast.Param{Loc: ast.Loc(t.start), Prefix: t.text[0]}
	rest := t.text[1:]
	switch {
	case rest == "":
		p.ordinals++
		prm.Kind, prm.Ordinal = ast.Question, p.ordinals
	case isDigit(rest[0]):
		n, err := strconv.Atoi(rest)
		if err != nil || n < 1 || n > maxOrdinal {
			p.fail(prm.Pos(), "parameter numbers go from 1 to "+strconv.Itoa(maxOrdinal))
		}
		prm.Kind, prm.Ordinal = ast.Numbered, n
	default:
		prm.Kind, prm.Name = ast.ColonNamed, rest
		if prm.Prefix == '@' {
			prm.Kind = ast.AtNamed
		}
	}
	if p.param1 == nil {
		p.param1 = prm
	}
	if prm.Kind != p.param1.Kind || prm.Prefix != p.param1.Prefix {
		p.fail(prm.Pos(), "parameters of two kinds in one statement: "+ast.Print(p.param1)+" and "+ast.Print(prm))
	}
	return prm
}
