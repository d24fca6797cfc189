package expr

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strconv"
)

// regexOptions are the flags of a regular expression. The plain ones are
// PostgreSQL's: a dot matches a line break, ^ and $ the ends of the text.
type regexOptions struct {
	fold  bool // i: without regard to case
	lines bool // n, m: a dot stops at a line break, and ^ and $ match around it
	all   bool // g: every match, not the first
}

// regexFlags reads flags; global says that g has a meaning.
func regexFlags(flags []byte, global bool) (o regexOptions, err *Error) {
	for _, c := range flags {
		switch {
		case c == 'i':
			o.fold = true
		case c == 'c':
			o.fold = false
		case c == 'n' || c == 'm':
			o.lines = true
		case c == 's':
			o.lines = false
		case c == 'g' && global:
			o.all = true
		default:
			known := "i, c, n, m and s"
			if global {
				known = "g, i, c, n, m and s"
			}
			return o, errf(stateBadParameter, "a regular expression takes the flags %s here, not %s", known, strconv.QuoteRune(rune(c)))
		}
	}
	return o, nil
}

// append writes the pattern with its flags as RE2 reads them.
func (o regexOptions) append(dst, pattern []byte) []byte {
	switch {
	case o.fold && o.lines:
		dst = append(dst, "(?im)"...)
	case o.lines:
		dst = append(dst, "(?m)"...)
	case o.fold:
		dst = append(dst, "(?is)"...)
	default:
		dst = append(dst, "(?s)"...)
	}
	return append(dst, pattern...)
}

// compileRegexp compiles RE2 text; written is the pattern as the query has it.
func compileRegexp(re2, written []byte) (*regexp.Regexp, error) {
	re, err := regexp.Compile(string(re2))
	var bad *syntax.Error
	switch {
	case err == nil:
		return re, nil
	case errors.As(err, &bad) && bad.Expr != string(re2):
		return nil, errf(stateBadRegex, "'%s' is not a regular expression (RE2): %s: %s", clip(string(written)), bad.Code, clip(bad.Expr))
	case bad != nil:
		return nil, errf(stateBadRegex, "'%s' is not a regular expression (RE2): %s", clip(string(written)), bad.Code)
	}
	return nil, errf(stateBadRegex, "'%s' is not a regular expression (RE2): %v", clip(string(written)), err)
}

// regexp compiles a pattern that a row brought, and remembers some. It returns
// nil when the pattern is none. re2 may lie in Scratch.
func (f *Frame) regexp(re2, written []byte) *regexp.Regexp {
	const most = 64
	if re := f.patterns[string(re2)]; re != nil {
		return re
	}
	re, err := compileRegexp(re2, written)
	if err != nil {
		f.Fail(err)
		return nil
	}
	if f.patterns == nil || len(f.patterns) >= most {
		f.patterns = make(map[string]*regexp.Regexp)
	}
	f.patterns[string(re2)] = re
	return re
}

func (c *compiler) regex(n *Regex) (*Compiled, error) {
	x, p, err := c.pair(n.X, n.Pattern)
	if err != nil {
		return nil, err
	}
	not, options := n.Not, regexOptions{fold: n.Insensitive}
	var fixed *regexp.Regexp
	if k, ok := n.Pattern.(*Const); ok && !k.V.Null {
		if fixed, err = compileRegexp(options.append(nil, []byte(k.V.S)), []byte(k.V.S)); err != nil {
			return nil, err
		}
	}
	return &Compiled{Type: boolType, Int: func(f *Frame) (int64, bool) {
		s, null := x.Bytes(f)
		if null {
			return 0, true
		}
		pattern, null := p.Bytes(f)
		if null {
			return 0, true
		}
		re := fixed
		if re == nil {
			start := len(f.Scratch)
			f.Scratch = options.append(f.Scratch, pattern)
			if re = f.regexp(f.Scratch[start:], pattern); re == nil {
				return 0, true
			}
		}
		return b2i(re.Match(s) != not), false
	}}, nil
}

// matching is a pattern at work on a row.
type matching struct {
	*regexp.Regexp
	all bool // the flag g was given
}

// reading turns a pattern and what goes with it, flags or an escape character,
// into RE2 text.
type reading func(dst, pattern, option []byte) (re2 []byte, all bool, err *Error)

// noOption is the position of an option that a function does not take.
const noOption = -1

// matchCall prepares a call whose argument 1 is a pattern and whose argument
// option, where there is one, is what goes with it. A constant pattern is
// compiled once; a wrong one fails when a row gets there.
//
//go:noinline
func matchCall(read reading, option int, run func(f *Frame, re matching, a []datum) datum) func(args []Node) evalFunc {
	return func(args []Node) evalFunc {
		if fixed, err := constPattern(read, args, option); err != nil {
			return func(f *Frame, _ []datum) datum { return f.fail(err) }
		} else if fixed.Regexp != nil {
			return func(f *Frame, a []datum) datum { return run(f, fixed, a) }
		}
		return func(f *Frame, a []datum) datum {
			var with []byte
			if option >= 0 && option < len(a) {
				with = a[option].B
			}
			start := len(f.Scratch)
			re2, all, err := read(f.Scratch, a[1].B, with)
			if err != nil {
				return f.fail(err)
			}
			f.Scratch = re2
			re := f.regexp(re2[start:], a[1].B)
			if re == nil {
				return nullDatum
			}
			return run(f, matching{re, all}, a)
		}
	}
}

// constPattern compiles a pattern that is constant; without one, the result has
// no Regexp.
func constPattern(read reading, args []Node, option int) (m matching, err error) {
	pattern, ok := constText(args[1])
	var with []byte
	if ok && option >= 0 && option < len(args) {
		with, ok = constText(args[option])
	}
	if !ok {
		return m, nil
	}
	re2, all, bad := read(nil, pattern, with)
	if bad != nil {
		return m, bad
	}
	re, err := compileRegexp(re2, pattern)
	return matching{re, all}, err
}

// constText returns the bytes of a constant that is not NULL.
func constText(n Node) ([]byte, bool) {
	c, ok := n.(*Const)
	if !ok || c.V.Null {
		return nil, false
	}
	return []byte(c.V.S), true
}
