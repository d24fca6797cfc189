package expr

import "strings"

// Signature is a way to call a function, in words.
type Signature struct {
	// Arguments names the types of the arguments: ? follows what may be left
	// out, * what may be repeated or left out.
	Arguments string
	// Result is a type, "same" for the first argument's, or "any" where it
	// depends on the arguments in another way.
	Result string
	// Pushdown is the name of the providers.Func that means the same, or empty.
	Pushdown string
	OData    Rendering
}

// Signatures returns the ways to call the function.
func (fn *Function) Signatures() []Signature {
	out := make([]Signature, len(fn.forms))
	for i, f := range fn.forms {
		in, result, _ := strings.Cut(f.spec, "->")
		out[i] = Signature{strings.TrimSpace(in), strings.TrimSpace(result), f.push, f.odata}
	}
	return out
}

// NullBehaviour says when the result is NULL, for documentation.
func (fn *Function) NullBehaviour() string {
	for _, f := range fn.forms {
		if f.partial {
			return fn.Nulls.String() + ", and as described"
		}
	}
	return fn.Nulls.String()
}

// Forms returns the signatures as errors and EXPLAIN print them.
func (fn *Function) Forms() []string {
	var out []string
	for _, s := range fn.Signatures() {
		out = append(out, fn.Name+"("+s.Arguments+") -> "+s.Result)
	}
	return out
}
