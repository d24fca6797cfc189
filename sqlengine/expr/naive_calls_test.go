package expr

import (
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// call evaluates a call over text as runes.
func (e naive) call(n *Call) (value, error) {
	switch n.Fn.Name {
	case "COALESCE":
		for _, a := range n.Args {
			if v, err := e.eval(a); err != nil || !v.Null {
				return v, err
			}
		}
		return sqltypes.NullOf(n.T.Kind), nil
	case "GREATEST", "LEAST":
		return e.extreme(n)
	case "CONCAT":
		out := ""
		for _, a := range n.Args {
			v, err := e.eval(a)
			if err != nil {
				return v, err
			}
			out += v.Text()
		}
		return sqltypes.StringValue(out), nil
	}
	fn, ok := naiveFunctions[n.Fn.Name]
	if !ok {
		return value{}, errors.New("the naive evaluator does not know " + n.Fn.Name)
	}
	return e.strict(n.T.Kind, n.Args, fn)
}

func (e naive) extreme(n *Call) (value, error) {
	best := sqltypes.NullOf(n.T.Kind)
	for _, a := range n.Args {
		v, err := e.eval(a)
		if err != nil {
			return v, err
		}
		if v.Null {
			continue
		}
		if best.Null || (naiveCompare(v, best) > 0) == (n.Fn.Name == "GREATEST") && naiveCompare(v, best) != 0 {
			best = v
		}
	}
	return best, nil
}

func textOf(s []rune) (value, error) { return sqltypes.StringValue(string(s)), nil }
func boolOf(b bool) (value, error)   { return sqltypes.BoolValue(b), nil }
func integerOf(i int) (value, error) { return value{Kind: sqltypes.Integer, I: int64(i)}, nil }
func clampTo(i int64, most int) int  { return int(min(max(i, 0), int64(most))) }
func mapped(s string, fn func(rune) rune) (value, error) {
	return sqltypes.StringValue(strings.Map(fn, s)), nil
}

var naiveFunctions = map[string]func(v []value) (value, error){
	"LENGTH":       func(v []value) (value, error) { return integerOf(len([]rune(v[0].S))) },
	"OCTET_LENGTH": func(v []value) (value, error) { return integerOf(len(v[0].S)) },
	"LOWER":        func(v []value) (value, error) { return mapped(v[0].S, unicode.ToLower) },
	"UPPER":        func(v []value) (value, error) { return mapped(v[0].S, unicode.ToUpper) },
	"LEFT": func(v []value) (value, error) {
		s, n := []rune(v[0].S), v[1].I
		if n < 0 {
			n += int64(len(s))
		}
		return textOf(s[:clampTo(n, len(s))])
	},
	"RIGHT": func(v []value) (value, error) {
		s, n := []rune(v[0].S), v[1].I
		if n < 0 {
			n += int64(len(s))
		}
		return textOf(s[len(s)-clampTo(n, len(s)):])
	},
	"SUBSTRING": func(v []value) (value, error) {
		s, from := []rune(v[0].S), v[1].I
		to := int64(len(s)) + 1
		if len(v) == 3 {
			if v[2].I < 0 {
				return value{}, stated("22011")
			}
			to = from + v[2].I
		}
		a, b := clampTo(from-1, len(s)), clampTo(to-1, len(s))
		return textOf(s[a:max(a, b)])
	},
	"REPLACE": func(v []value) (value, error) {
		if v[1].S == "" {
			return v[0], nil
		}
		return sqltypes.StringValue(strings.ReplaceAll(v[0].S, v[1].S, v[2].S)), nil
	},
	"POSITION": func(v []value) (value, error) {
		i := strings.Index(v[1].S, v[0].S)
		if i < 0 {
			return integerOf(0)
		}
		return integerOf(len([]rune(v[1].S[:i])) + 1)
	},
	"STARTS_WITH": func(v []value) (value, error) { return boolOf(strings.HasPrefix(v[0].S, v[1].S)) },
	"ENDS_WITH":   func(v []value) (value, error) { return boolOf(strings.HasSuffix(v[0].S, v[1].S)) },
	"CONTAINS":    func(v []value) (value, error) { return boolOf(strings.Contains(v[0].S, v[1].S)) },
	"TRIM":        func(v []value) (value, error) { return sqltypes.StringValue(strings.Trim(v[0].S, naiveSet(v))), nil },
	"LTRIM": func(v []value) (value, error) {
		return sqltypes.StringValue(strings.TrimLeft(v[0].S, naiveSet(v))), nil
	},
	"RTRIM": func(v []value) (value, error) {
		return sqltypes.StringValue(strings.TrimRight(v[0].S, naiveSet(v))), nil
	},
	"REPEAT": func(v []value) (value, error) {
		return sqltypes.StringValue(strings.Repeat(v[0].S, clampTo(v[1].I, 9))), nil
	},
	"REVERSE": func(v []value) (value, error) {
		s := []rune(v[0].S)
		slices.Reverse(s)
		return textOf(s)
	},
	"LPAD": func(v []value) (value, error) { return naivePad(v, true) },
	"RPAD": func(v []value) (value, error) { return naivePad(v, false) },
	"TRANSLATE": func(v []value) (value, error) {
		from, to := []rune(v[1].S), []rune(v[2].S)
		return mapped(v[0].S, func(r rune) rune {
			i := slices.Index(from, r)
			switch {
			case i < 0:
				return r
			case i < len(to):
				return to[i]
			}
			return -1
		})
	},
	"SPLIT_PART": func(v []value) (value, error) {
		parts := []string{v[0].S}
		if v[1].S != "" {
			parts = strings.Split(v[0].S, v[1].S)
		}
		i := v[2].I
		switch {
		case i == 0:
			return value{}, stated(stateBadParameter)
		case i < 0:
			i += int64(len(parts)) + 1
		}
		if i < 1 || i > int64(len(parts)) {
			return sqltypes.StringValue(""), nil
		}
		return sqltypes.StringValue(parts[i-1]), nil
	},
	"STUFF": func(v []value) (value, error) {
		s, at, n := []rune(v[0].S), v[1].I, v[2].I
		if at < 1 || n < 0 || at > int64(len(s)) {
			return sqltypes.NullOf(sqltypes.Varchar), nil
		}
		return sqltypes.StringValue(string(s[:at-1]) + v[3].S + string(s[clampTo(at-1+n, len(s)):])), nil
	},
	"ASCII": func(v []value) (value, error) {
		if v[0].S == "" {
			return integerOf(0)
		}
		return integerOf(int([]rune(v[0].S)[0]))
	},
	"STRCMP": func(v []value) (value, error) { return integerOf(strings.Compare(v[0].S, v[1].S)) },
	"YEAR":   func(v []value) (value, error) { return integerOf(naiveDate(v[0].I).Year()) },
	"MONTH":  func(v []value) (value, error) { return integerOf(int(naiveDate(v[0].I).Month())) },
	"DAY":    func(v []value) (value, error) { return integerOf(naiveDate(v[0].I).Day()) },
	"ABS": func(v []value) (value, error) {
		if naiveCompare(v[0], value{Kind: sqltypes.Integer}) < 0 {
			return naiveArith("-", v[0].Kind, value{Kind: v[0].Kind}, v[0])
		}
		return v[0], nil
	},
	"SIGN": func(v []value) (value, error) {
		c := naiveCompare(v[0], value{Kind: sqltypes.Integer})
		if v[0].Kind == sqltypes.Decimal {
			return sqltypes.NumValue(sqltypes.NumFromInt(int64(c))), nil
		}
		return value{Kind: v[0].Kind, I: int64(c)}, nil
	},
}

func naiveSet(v []value) string {
	if len(v) == 2 {
		return v[1].S
	}
	return " "
}

func naivePad(v []value, left bool) (value, error) {
	s, n, fill := []rune(v[0].S), clampTo(v[1].I, 99), []rune(" ")
	if len(v) == 3 {
		fill = []rune(v[2].S)
	}
	if n <= len(s) {
		return textOf(s[:n])
	}
	var pad []rune
	for i := 0; len(fill) > 0 && len(pad) < n-len(s); i++ {
		pad = append(pad, fill[i%len(fill)])
	}
	if left {
		return textOf(append(pad, s...))
	}
	return textOf(append(s, pad...))
}
