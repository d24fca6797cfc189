package expr

import (
	"encoding/json"
	"strings"

	"github.com/epicorerp/epicorerp/sqltypes"
)

var _ = register(GroupJSON,
	&Function{Name: "JSON_GET", Doc: "json -> key, the value of a member, or json -> n, an element from 0, from the end for n < 0",
		forms: append(jsonForms("text -> json", false, jsonGet(false)), jsonForms("int -> json", false, jsonGetElement(false))...)},
	&Function{Name: "JSON_GET_TEXT", Doc: "json ->> key or number: JSON_GET as text, strings without quotes, null as NULL",
		forms: append(jsonForms("text -> text", false, jsonGet(true)), jsonForms("int -> text", false, jsonGetElement(true))...)},
	&Function{Name: "JSON_EXTRACT_PATH", Aliases: []string{"JSONB_EXTRACT_PATH"}, Doc: "json #> '{a,0}': the value at the names of members and numbers of elements, one after the other",
		forms: jsonPrepared("text* -> json", jsonAtNames(false))},
	&Function{Name: "JSON_EXTRACT_PATH_TEXT", Aliases: []string{"JSONB_EXTRACT_PATH_TEXT"}, Doc: "json #>> '{a,0}': JSON_EXTRACT_PATH as text, strings without quotes, null as NULL",
		forms: jsonPrepared("text* -> text", jsonAtNames(true))},
	&Function{Name: "JSON_EXTRACT", Doc: "the value at a path such as $.a[0]; an array of all values for several paths or one that may find several; NULL if there is none",
		forms: jsonPrepared("text, text* -> json", jsonExtract)},
	&Function{Name: "JSON_VALUE", Doc: "the text of the one number, string or truth value at a path, which reads as SQL/JSON's lax paths do; else NULL",
		forms: jsonPrepared("text -> text", jsonAt(true, func(f *Frame, p *JSONPath, a []datum) datum {
			v, n := p.upTo(f, a[0].B, 2)
			if n != 1 || v[0] == '{' || v[0] == '[' {
				return nullDatum
			}
			return f.jsonText(v)
		}))},
	&Function{Name: "JSON_QUERY", Doc: "the one object or array at a path, which reads as SQL/JSON's lax paths do, or the whole; else NULL",
		forms: jsonPrepared("text? -> json", jsonAt(true, func(f *Frame, p *JSONPath, a []datum) datum {
			v, n := p.upTo(f, a[0].B, 2)
			if n != 1 || v[0] != '{' && v[0] != '[' {
				return nullDatum
			}
			return datum{B: v}
		}))},
	&Function{Name: "JSON_EXISTS", Aliases: []string{"JSON_PATH_EXISTS"}, Doc: "whether there is a value at a path, which reads as SQL/JSON's lax paths do",
		forms: jsonPrepared("text -> bool", jsonAt(true, func(f *Frame, p *JSONPath, a []datum) datum {
			_, found := p.First(f, a[0].B)
			return boolDatum(found)
		}))},
	&Function{Name: "JSON_LENGTH", Aliases: []string{"JSON_COUNT"}, Doc: "the number of members or elements, 1 of any other value; at a path if there is one",
		forms: jsonPrepared("text? -> integer", jsonAt(false, func(f *Frame, p *JSONPath, a []datum) datum {
			v, found := p.First(f, a[0].B)
			switch {
			case !found:
				return nullDatum
			case v[0] != '{' && v[0] != '[':
				return datum{I: 1}
			}
			it := itemsOf(v)
			return datum{I: it.count()}
		}))},
	&Function{Name: "JSON_ARRAY_LENGTH", Aliases: []string{"JSONB_ARRAY_LENGTH"}, Doc: "the number of elements of an array; anything else is an error",
		forms: jsonForms("-> integer", true, func(f *Frame, a []datum) datum {
			v := jsonRoot(a[0].B)
			if v[0] != '[' {
				return f.fail(errf(stateBadParameter, "JSON_ARRAY_LENGTH takes an array, not the %s %s", jsonKind(v), clip(string(v))))
			}
			it := itemsOf(v)
			return datum{I: it.count()}
		})},
	&Function{Name: "JSON_TYPEOF", Aliases: []string{"JSONB_TYPEOF"}, Doc: "object, array, string, number, boolean or null",
		forms: jsonForms("-> text", true, func(f *Frame, a []datum) datum { return f.textOf(jsonKind(jsonRoot(a[0].B))) })},
	&Function{Name: "JSON_TYPE", Doc: "the type as MySQL names it: OBJECT, ARRAY, STRING, INTEGER, DECIMAL, BOOLEAN or NULL; numbers with a point or an exponent are DECIMAL",
		forms: jsonForms("-> text", true, func(f *Frame, a []datum) datum {
			v := jsonRoot(a[0].B)
			switch k := jsonKind(v); {
			case k == "number" && strings.ContainsAny(string(v), ".eE"):
				return f.textOf("DECIMAL")
			case k == "number":
				return f.textOf("INTEGER")
			default:
				return f.textOf(strings.ToUpper(k))
			}
		})},
	&Function{Name: "JSON_KEYS", Doc: "the keys of an object, or of the one at a path, as an array; NULL if it is none",
		forms: jsonPrepared("text? -> json", jsonAt(false, jsonKeys))},
	&Function{Name: "JSON_CONTAINS", Doc: "json @> other: whether all members and elements of the other are in the first, whatever else it has",
		forms: jsonForms("json -> bool", true, func(f *Frame, a []datum) datum {
			return boolDatum(jsonContains(f, jsonRoot(a[0].B), jsonRoot(a[1].B)))
		})},
	&Function{Name: "JSON_VALID", Doc: "whether the text is JSON",
		forms: []*form{on("text -> bool", func(_ *Frame, a []datum) datum { return boolDatum(json.Valid(a[0].B)) })}},
	&Function{Name: "ISJSON", Doc: "1 if the text is JSON, else 0",
		forms: []*form{on("text -> integer", func(_ *Frame, a []datum) datum { return boolDatum(json.Valid(a[0].B)) })}},
	&Function{Name: "JSON_ARRAY", Aliases: []string{"JSON_BUILD_ARRAY", "JSONB_BUILD_ARRAY"}, Nulls: NeverNull, Doc: "an array of the arguments, NULL as null",
		forms: []*form{on("any* -> json", nil).prepared(jsonArray)}},
	&Function{Name: "JSON_OBJECT", Aliases: []string{"JSON_BUILD_OBJECT", "JSONB_BUILD_OBJECT"}, Nulls: NeverNull, Doc: "an object of the arguments, which are keys and values in turn, NULL as null",
		forms: []*form{on("any* -> json", nil).typed(jsonPairs).prepared(jsonObject)}},
	&Function{Name: "TO_JSON", Aliases: []string{"TO_JSONB"}, Doc: "the argument as JSON",
		forms: []*form{on("any -> json", nil).prepared(func(args []Node) evalFunc {
			k := args[0].Type().Kind
			return func(f *Frame, a []datum) datum {
				start := len(f.Scratch)
				f.Scratch = appendJSON(f.Scratch, k, a[0])
				return f.text(start)
			}
		})}},
	&Function{Name: "JSON_QUOTE", Doc: "the text as a JSON string",
		forms: []*form{on("text -> text", func(f *Frame, a []datum) datum {
			start := len(f.Scratch)
			f.Scratch = appendJSONText(f.Scratch, a[0].B)
			return f.text(start)
		})}},
	&Function{Name: "JSON_UNQUOTE", Doc: "the text of a JSON string; any other text as it is",
		forms: []*form{on("text -> text", jsonUnquote), on("json -> text", jsonUnquote)}},
)

func errNotJSON(b []byte) *Error { return errf(stateBadText, "%s is not JSON", quoteText(b)) }

// jsonForms makes the forms of a function of a document: JSON, or a text that
// is checked to be JSON. total says that the result is NULL for NULL only.
//
//go:noinline
func jsonForms(rest string, total bool, run evalFunc) []*form {
	return jsonFormsOf(rest, total, func(f *form, run2 func(evalFunc) evalFunc) *form {
		f.run = run2(run)
		return f
	})
}

// jsonPrepared is jsonForms of a function that is prepared.
func jsonPrepared(rest string, prepare func(args []Node) evalFunc) []*form {
	total := strings.HasSuffix(rest, "bool")
	return jsonFormsOf(rest, total, func(f *form, checked func(evalFunc) evalFunc) *form {
		return f.prepared(func(args []Node) evalFunc { return checked(prepare(args)) })
	})
}

//go:noinline
func jsonFormsOf(rest string, total bool, finish func(f *form, checked func(evalFunc) evalFunc) *form) []*form {
	if !strings.HasPrefix(rest, "->") {
		rest = ", " + rest
	} else {
		rest = " " + rest
	}
	plain := func(run evalFunc) evalFunc { return run }
	checked := func(run evalFunc) evalFunc {
		return func(f *Frame, a []datum) datum {
			if !json.Valid(a[0].B) {
				return f.fail(errNotJSON(a[0].B))
			}
			return run(f, a)
		}
	}
	forms := []*form{finish(on("json"+rest, nil), plain), finish(on("text"+rest, nil), checked)}
	for i := range forms {
		forms[i].partial = !total
	}
	return forms
}

func (f *Frame) jsonResult(v []byte, found, text bool) datum {
	switch {
	case !found:
		return nullDatum
	case text:
		return f.jsonText(v)
	}
	return datum{B: v}
}

func jsonGet(text bool) evalFunc {
	return func(f *Frame, a []datum) datum {
		v, ok := jsonMember(f, jsonRoot(a[0].B), a[1].B)
		return f.jsonResult(v, ok, text)
	}
}

func jsonGetElement(text bool) evalFunc {
	return func(f *Frame, a []datum) datum {
		v, ok := jsonElement(jsonRoot(a[0].B), a[1].I)
		return f.jsonResult(v, ok, text)
	}
}

// jsonAtNames prepares JSON_EXTRACT_PATH: constant names are read once.
//
//go:noinline
func jsonAtNames(text bool) func(args []Node) evalFunc {
	return func(args []Node) evalFunc {
		var fixed *JSONPath
		names := make([]string, 0, len(args))
		for _, n := range args[1:] {
			if b, ok := constText(n); ok {
				names = append(names, string(b))
			}
		}
		if len(names) == len(args)-1 {
			fixed = pathOfNames(names)
		}
		return func(f *Frame, a []datum) datum {
			p := fixed
			if p == nil {
				row := make([]string, len(a)-1)
				for i := range row {
					row[i] = string(a[i+1].B)
				}
				p = pathOfNames(row)
			}
			v, _, _ := p.walk(f, jsonRoot(a[0].B))
			return f.jsonResult(v, v != nil, text)
		}
	}
}

// jsonAt prepares a function of a document and a path, which is the whole
// document where it may be left out.
//
//go:noinline
func jsonAt(lax bool, run func(f *Frame, p *JSONPath, a []datum) datum) func(args []Node) evalFunc {
	return func(args []Node) evalFunc {
		if len(args) == 1 {
			return func(f *Frame, a []datum) datum { return run(f, &JSONPath{}, a) }
		}
		path := pathArgument(args, 1, lax)
		return func(f *Frame, a []datum) datum {
			p := path(f, a)
			if p == nil {
				return nullDatum
			}
			return run(f, p, a)
		}
	}
}

// pathArgument reads the i-th argument as a path, once if it is constant. A
// wrong path fails when a row gets there.
func pathArgument(args []Node, i int, lax bool) func(f *Frame, a []datum) *JSONPath {
	if b, ok := constText(args[i]); ok {
		p, err := ParseJSONPath(string(b), lax)
		return func(f *Frame, _ []datum) *JSONPath {
			if err != nil {
				f.Fail(err)
				return nil
			}
			return p
		}
	}
	return func(f *Frame, a []datum) *JSONPath {
		p, err := ParseJSONPath(string(a[i].B), lax)
		if err != nil {
			f.Fail(err)
			return nil
		}
		return p
	}
}

// forks reports a path that may lead to several values.
func (p *JSONPath) forks() bool {
	for _, s := range p.steps {
		switch s.kind {
		case stepAnyKey, stepAnyElement, stepDescend:
			return true
		case stepElements:
			if s.from != s.to {
				return true
			}
		}
	}
	return false
}

func jsonExtract(args []Node) evalFunc {
	paths := make([]func(f *Frame, a []datum) *JSONPath, len(args)-1)
	for i := range paths {
		paths[i] = pathArgument(args, i+1, false)
	}
	return func(f *Frame, a []datum) datum {
		if len(paths) == 1 {
			p := paths[0](f, a)
			if p == nil {
				return nullDatum
			}
			if !p.forks() {
				v, found := p.First(f, a[0].B)
				return f.jsonResult(v, found, false)
			}
		}
		start := len(f.Scratch)
		for _, path := range paths {
			p := path(f, a)
			if p == nil {
				return nullDatum
			}
			p.Each(f, a[0].B, func(v []byte) bool {
				if len(f.Scratch) == start {
					f.Scratch = append(f.Scratch, '[')
				} else {
					f.Scratch = append(f.Scratch, ", "...)
				}
				f.Scratch = append(f.Scratch, v...)
				return true
			})
		}
		if len(f.Scratch) == start {
			return nullDatum
		}
		f.Scratch = append(f.Scratch, ']')
		return f.text(start)
	}
}

func jsonKeys(f *Frame, p *JSONPath, a []datum) datum {
	v, found := p.First(f, a[0].B)
	if !found || v[0] != '{' {
		return nullDatum
	}
	start := len(f.Scratch)
	f.Scratch = append(f.Scratch, '[')
	for it := itemsOf(v); ; {
		k, _, ok := it.next()
		if !ok {
			f.Scratch = append(f.Scratch, ']')
			return f.text(start)
		}
		if len(f.Scratch) > start+1 {
			f.Scratch = append(f.Scratch, ", "...)
		}
		f.Scratch = append(append(append(f.Scratch, '"'), k...), '"')
	}
}

func jsonUnquote(f *Frame, a []datum) datum {
	s := a[0].B
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return a[0]
	}
	if !json.Valid(s) {
		return f.fail(errNotJSON(s))
	}
	return f.jsonUnquoted(s)
}

// appendJSON writes a value as JSON: numbers, truth values and JSON as they
// are, instants by ISO 8601, all else as text.
func appendJSON(dst []byte, k sqltypes.Kind, d datum) []byte {
	switch {
	case d.Null:
		return append(dst, "null"...)
	case k == sqltypes.JSON:
		return append(dst, d.B...)
	case k == sqltypes.Varchar || k == sqltypes.Varbinary:
		return appendJSONText(dst, d.B)
	case k == sqltypes.Timestamp || k == sqltypes.TimestampTZ:
		dst = sqltypes.AppendTimestamp(append(dst, '"'), d.I, 'T')
		if k == sqltypes.TimestampTZ {
			dst = append(dst, "+00:00"...)
		}
		return append(dst, '"')
	case k == sqltypes.Bool || k.IsNumeric() && (k.Storage() != sqltypes.StoreFloat || isFinite(d.F)):
		return appendText(dst, k, d)
	}
	return append(appendText(append(dst, '"'), k, d), '"')
}

func kindsOf(args []Node) []sqltypes.Kind {
	out := make([]sqltypes.Kind, len(args))
	for i, n := range args {
		out[i] = n.Type().Kind
	}
	return out
}

func jsonArray(args []Node) evalFunc {
	kinds := kindsOf(args)
	return func(f *Frame, a []datum) datum {
		start := len(f.Scratch)
		f.Scratch = append(f.Scratch, '[')
		for i, d := range a {
			if i > 0 {
				f.Scratch = append(f.Scratch, ", "...)
			}
			f.Scratch = appendJSON(f.Scratch, kinds[i], d)
		}
		f.Scratch = append(f.Scratch, ']')
		return f.text(start)
	}
}

func jsonPairs(args []Node) (sqltypes.Type, error) {
	if len(args)%2 == 1 {
		return sqltypes.Type{}, errf(stateBadParameter, "JSON_OBJECT takes keys and values in turn, and the last key has no value")
	}
	return sqltypes.Of(sqltypes.JSON), nil
}

func jsonObject(args []Node) evalFunc {
	kinds := kindsOf(args)
	return func(f *Frame, a []datum) datum {
		start := len(f.Scratch)
		f.Scratch = append(f.Scratch, '{')
		for i := 0; i < len(a); i += 2 {
			if i > 0 {
				f.Scratch = append(f.Scratch, ", "...)
			}
			switch k := kinds[i]; {
			case a[i].Null:
				return f.fail(errf(stateBadParameter, "key number %d of JSON_OBJECT is NULL", i/2+1))
			case k == sqltypes.Varchar || k == sqltypes.Varbinary:
				f.Scratch = appendJSONText(f.Scratch, a[i].B)
			default:
				f.Scratch = append(appendText(append(f.Scratch, '"'), k, a[i]), '"')
			}
			f.Scratch = append(f.Scratch, " : "...)
			f.Scratch = appendJSON(f.Scratch, kinds[i+1], a[i+1])
		}
		f.Scratch = append(f.Scratch, '}')
		return f.text(start)
	}
}

// newJSONAccess builds -> ->> #> #>> @> and <@. A constant path on the right of
// -> is MySQL's: doc -> '$.a'.
func newJSONAccess(op string, a, b Node) (Node, error) {
	switch op {
	case "@>":
		return NewCall("JSON_CONTAINS", []Node{a, b})
	case "<@":
		return NewCall("JSON_CONTAINS", []Node{b, a})
	}
	text, constant := constText(b)
	name := map[string]string{"->": "JSON_GET", "->>": "JSON_GET_TEXT", "#>": "JSON_EXTRACT_PATH", "#>>": "JSON_EXTRACT_PATH_TEXT"}[op]
	if op[0] == '-' {
		if constant && isPath(string(text)) && b.Type().Kind == sqltypes.Varchar {
			n, err := NewCall("JSON_EXTRACT", []Node{a, b})
			if err != nil || op == "->" {
				return n, err
			}
			return NewCall("JSON_UNQUOTE", []Node{n})
		}
		return NewCall(name, []Node{a, b})
	}
	if b.Type().Kind == sqltypes.Null || constNull(b) {
		return NewCall(name, []Node{a, &Const{V: sqltypes.NullOf(sqltypes.Varchar), T: sqltypes.Of(sqltypes.Varchar)}})
	}
	if !constant {
		return nil, errf(stateUnsupported, "the path on the right of %s must be constant; JSON_EXTRACT_PATH takes names that are not", op)
	}
	names, ok := ArrayLiteral(string(text))
	if !ok {
		return nil, errf(stateBadText, "'%s' is not a list of names between braces such as '{a,0}'", clip(string(text)))
	}
	args := []Node{a}
	for _, s := range names {
		args = append(args, NewConst(sqltypes.StringValue(s)))
	}
	return NewCall(name, args)
}

func constNull(n Node) bool {
	c, ok := n.(*Const)
	return ok && c.V.Null
}

func isPath(s string) bool {
	return s == "$" || strings.HasPrefix(s, "$.") || strings.HasPrefix(s, "$[") || strings.HasPrefix(s, "$*")
}
