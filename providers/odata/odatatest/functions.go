package odatatest

import (
	"math"
	"math/big"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// call compiles a canonical function. Every function of null is null.
func (c *compiler) call(e *call) (typed, error) {
	args := make([]typed, len(e.args))
	fs := make([]evalFn, len(e.args))
	if e.name == "cast" || e.name == "isof" || e.name == "case" || strings.HasPrefix(e.name, "geo.") || strings.HasPrefix(e.name, "hassub") {
		return typed{}, notImplemented("The function '%s' is not supported.", e.name)
	}
	for i, a := range e.args {
		x, err := c.compile(a)
		if err != nil {
			return typed{}, err
		}
		args[i], fs[i] = x, x.f
	}
	want, result, body := c.function(e.name, args)
	if body == nil {
		return typed{}, badRequest("No function signature for the function with name '%s' matches the specified arguments.", e.name)
	}
	for i, a := range args {
		if a.kind != kindNull && !strings.ContainsRune(want[i], kindCodes[a.kind]) {
			return typed{}, badRequest("No function signature for the function with name '%s' matches the specified arguments: argument %d is %s.", e.name, i+1, a.name)
		}
	}
	return typed{f: func(env *env) Value {
		vals := make([]Value, len(fs))
		for i, f := range fs {
			if vals[i] = f(env); vals[i].IsNull() {
				return Value{}
			}
		}
		v, err := body(vals)
		if err != nil {
			return env.fail(err)
		}
		return v
	}, kind: result, name: result.String()}, nil
}

// kindCodes names the kinds in the signatures below by one letter each.
var kindCodes = map[kind]rune{kindBool: 'b', kindInt: 'i', kindDecimal: 'n', kindDouble: 'f', kindString: 's', kindGUID: 'g',
	kindDateTime: 't', kindDate: 'd', kindTimeOfDay: 'o', kindDuration: 'p', kindBinary: 'x', kindEnum: 'e'}

type body func([]Value) (Value, error)

func (c *compiler) function(name string, args []typed) (want []string, result kind, f body) {
	s2, col := []string{"s", "s"}, c.h.collation
	truth := func(g func(a, b string) bool) body {
		return func(v []Value) (Value, error) { return Bool(g(col.fold(v[0].s), col.fold(v[1].s))), nil }
	}
	text := func(g func(string) string) body {
		return func(v []Value) (Value, error) { return String(g(v[0].s)), nil }
	}
	part := func(g func(time.Time, int64) int64) body {
		return func(v []Value) (Value, error) { t, frac := clock(v[0]); return Int(g(t, frac)), nil }
	}
	switch name {
	case "contains":
		return s2, kindBool, truth(strings.Contains)
	case "substringof": // the needle comes first in V3
		return s2, kindBool, truth(func(a, b string) bool { return strings.Contains(b, a) })
	case "startswith":
		return s2, kindBool, truth(strings.HasPrefix)
	case "endswith":
		return s2, kindBool, truth(strings.HasSuffix)
	case "indexof":
		return s2, kindInt, func(v []Value) (Value, error) {
			h, n := col.fold(v[0].s), col.fold(v[1].s)
			i := strings.Index(h, n)
			if i > 0 {
				i = utf8.RuneCountInString(h[:i])
			}
			return Int(int64(i)), nil
		}
	case "length":
		return []string{"s"}, kindInt, func(v []Value) (Value, error) { return Int(int64(utf8.RuneCountInString(v[0].s))), nil }
	case "substring":
		return []string{"s", "i", "i"}, kindString, substring
	case "replace":
		return []string{"s", "s", "s"}, kindString, func(v []Value) (Value, error) { return String(strings.ReplaceAll(v[0].s, v[1].s, v[2].s)), nil }
	case "tolower":
		return []string{"s"}, kindString, text(strings.ToLower)
	case "toupper":
		return []string{"s"}, kindString, text(strings.ToUpper)
	case "trim":
		return []string{"s"}, kindString, text(strings.TrimSpace)
	case "concat":
		return s2, kindString, func(v []Value) (Value, error) { return String(v[0].s + v[1].s), nil }
	case "matchespattern":
		return s2, kindBool, func(v []Value) (Value, error) {
			re, err := regexp.Compile(v[1].s)
			if err != nil {
				return Value{}, badRequest("matchesPattern: %v", err)
			}
			return Bool(re.MatchString(v[0].s)), nil
		}
	case "year":
		return []string{"td"}, kindInt, part(func(t time.Time, _ int64) int64 { return int64(t.Year()) })
	case "month":
		return []string{"td"}, kindInt, part(func(t time.Time, _ int64) int64 { return int64(t.Month()) })
	case "day":
		return []string{"td"}, kindInt, part(func(t time.Time, _ int64) int64 { return int64(t.Day()) })
	case "hour":
		return []string{"top"}, kindInt, part(func(t time.Time, _ int64) int64 { return int64(t.Hour()) })
	case "minute":
		return []string{"top"}, kindInt, part(func(t time.Time, _ int64) int64 { return int64(t.Minute()) })
	case "second":
		return []string{"top"}, kindInt, part(func(t time.Time, _ int64) int64 { return int64(t.Second()) })
	case "fractionalseconds":
		return []string{"top"}, kindDecimal, func(v []Value) (Value, error) { _, frac := clock(v[0]); return Decimal(frac, 7), nil }
	case "totalseconds":
		return []string{"p"}, kindDecimal, func(v []Value) (Value, error) { return trimDecimal(big.NewInt(v[0].i), 7), nil }
	case "totaloffsetminutes":
		return []string{"t"}, kindInt, func(v []Value) (Value, error) { return Int(int64(v[0].scale)), nil }
	case "date":
		return []string{"td"}, kindDate, func(v []Value) (Value, error) {
			if v[0].kind == kindDate {
				return v[0], nil
			}
			return Date(int(floorDiv(localTicks(v[0]), 86400*ticksPerSecond))), nil
		}
	case "time":
		return []string{"t"}, kindTimeOfDay, func(v []Value) (Value, error) {
			day := int64(86400 * ticksPerSecond)
			l := localTicks(v[0])
			return Value{kind: kindTimeOfDay, i: l - floorDiv(l, day)*day}, nil
		}
	case "now", "mindatetime", "maxdatetime":
		return nil, kindDateTime, func([]Value) (Value, error) { return c.instant(name), nil }
	case "round", "floor", "ceiling":
		return []string{"inf"}, args[0].kind, func(v []Value) (Value, error) { return rounding(name, v[0]), nil }
	}
	return nil, kindNull, nil
}

func (c *compiler) instant(name string) Value {
	switch name {
	case "mindatetime":
		return DateTime(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC))
	case "maxdatetime":
		return DateTime(time.Date(9999, 12, 31, 23, 59, 59, 999999900, time.UTC))
	}
	return DateTime(c.now().UTC())
}

func rounding(name string, v Value) Value {
	switch v.kind {
	case kindInt:
		return v
	case kindDecimal:
		return roundDecimal(name, v)
	}
	f := v.float()
	return Double(map[string]func(float64) float64{"round": math.Round, "floor": math.Floor, "ceiling": math.Ceil}[name](f))
}

// localTicks is the wall clock of the value's own offset.
func localTicks(v Value) int64 { return v.i + int64(v.scale)*60*ticksPerSecond }

// clock gives the wall-clock parts of an instant, date, time of day or
// duration, and its fraction of a second in ticks.
func clock(v Value) (time.Time, int64) {
	ticks := v.i
	switch v.kind {
	case kindDateTime:
		ticks = localTicks(v)
	case kindDate:
		ticks *= 86400 * ticksPerSecond
	}
	sec := floorDiv(ticks, ticksPerSecond)
	frac := ticks - sec*ticksPerSecond
	return time.Unix(sec, frac*100).UTC(), frac
}

// substring counts characters from 0; a negative start counts as 0, as the
// 4.01 text has it, and positions past the end give "".
func substring(v []Value) (Value, error) {
	r := []rune(v[0].s)
	from := min(max(v[1].i, 0), int64(len(r)))
	to := int64(len(r))
	if len(v) == 3 {
		to = min(from+min(max(v[2].i, 0), to), to)
	}
	return String(string(r[from:to])), nil
}
