package odata

import (
	"strings"
	"unicode/utf8"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// like writes what the literal runs of a pattern demand: a prefix, a suffix,
// and texts in between. That never says more than the pattern, whose wildcards
// and byte-wise comparison are checked again here; so it is a Superset, and
// nothing can be said of its negation.
func (r *renderer) like(e *providers.Call, negated bool) fragment {
	if negated {
		return none("NOT LIKE is done here: the server may compare more coarsely")
	}
	l, err := r.term(e.Args[0])
	if err != nil {
		return none("%v", err)
	}
	pattern, escape, ok := likeConstants(e.Args[1:])
	if ok && l.property.Enum != nil {
		return r.hasMember(l, pattern, escape)
	}
	if !ok || l.property.Edm != "Edm.String" {
		return none("LIKE needs a text column and a constant pattern")
	}
	runs, open, ok := splitPattern(pattern, escape)
	if !ok {
		return none("the pattern's escape is incomplete")
	}
	if !open {
		return r.withConstant(providers.Eq, l, sqltypes.StringValue(runs[0]))
	}
	if l.property.Coded {
		return none("%s", codedText)
	}
	if l.property.EqualityOnly {
		return none("the server compares %s by equality alone", l.property.Name)
	}
	const reason = "the pattern is matched here again"
	var parts []string
	missing := ""
	for i, run := range runs {
		if run == "" || !utf8.ValidString(run) || strings.ContainsRune(run, 0) {
			continue
		}
		name := "contains"
		switch i {
		case 0:
			name = "startswith"
		case len(runs) - 1:
			name = "endswith"
		}
		if !r.traits.Functions[name] || name != "startswith" && !r.traits.FoldingSubstrings {
			missing = name
			continue
		}
		parts = append(parts, r.stringFunction(name, l.text, quote(run)))
	}
	switch {
	case len(parts) > 0:
		return superset(strings.Join(parts, " and "), reason)
	case missing != "":
		return none("the server is not known to have %s()", missing)
	}
	return superset(l.text+" ne null", reason)
}

// hasMember asks for the flags that the text of a value must then name: where the
// text holds "Rea", the value has a member whose name holds "Rea". Texts of several
// names have commas between them, and numbers stand for what has no name.
func (r *renderer) hasMember(l term, pattern string, escape rune) fragment {
	runs, open, ok := splitPattern(pattern, escape)
	enum := l.property.Enum
	if !ok || !open || !enum.Flags || !r.traits.Functions["has"] || r.traits.Version != V4 {
		return none("the names of %s are compared here", enum.Name)
	}
	var parts []string
	for _, run := range runs {
		if run == "" || strings.ContainsAny(run, ", 0123456789-") {
			continue
		}
		var any []string
		for _, m := range enum.Members {
			switch {
			case !strings.Contains(m.Name, run):
			case m.Value == 0: // every value has it
				return none("the names of %s are compared here", enum.Name)
			default:
				any = append(any, l.text+" has "+enum.Name+quote(m.Name))
			}
		}
		if any == nil {
			return none("no member of %s has %q in its name", enum.Name, run)
		}
		parts = append(parts, "("+strings.Join(any, " or ")+")")
	}
	if parts == nil {
		return none("the names of %s are compared here", enum.Name)
	}
	return superset(strings.Join(parts, " and "), "the pattern is matched here again")
}

// stringFunction writes contains and its kind. V3 has substringof, with the
// needle first.
func (r *renderer) stringFunction(name, text, needle string) string {
	if name == "contains" && r.traits.Version != V4 {
		return "substringof(" + needle + "," + text + ")"
	}
	return name + "(" + text + "," + needle + ")"
}

func likeConstants(args []providers.Expr) (pattern string, escape rune, ok bool) {
	escape = -1
	for i, a := range args {
		c, isConst := a.(*providers.Const)
		if !isConst || c.Value.Null || c.Value.Kind != sqltypes.Varchar {
			return "", 0, false
		}
		if i == 0 {
			pattern = c.Value.S
		} else if escape, _ = utf8.DecodeRuneInString(c.Value.S); c.Value.S == "" {
			escape = -1
		}
	}
	return pattern, escape, true
}

// splitPattern cuts a LIKE pattern at its wildcards. open is false when there
// are none. The first and last runs are "" when a wildcard stands there.
func splitPattern(pattern string, escape rune) (runs []string, open, ok bool) {
	var run strings.Builder
	escaped := false
	for i, c := range pattern {
		switch {
		case escaped:
			run.WriteString(patternRune(pattern[i:]))
			escaped = false
		case c == escape:
			escaped = true
		case c == '%' || c == '_':
			runs, open = append(runs, run.String()), true
			run.Reset()
		default:
			run.WriteString(patternRune(pattern[i:]))
		}
	}
	return append(runs, run.String()), open, !escaped
}

// patternRune returns the bytes of the first character, also of broken UTF-8.
func patternRune(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return s[:n]
}
