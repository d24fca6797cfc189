package expr

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// mysqlNames are functions that MySQL has by the same name with another
// meaning, and the ones that mean it here.
var mysqlNames = map[string]string{"LENGTH": "OCTET_LENGTH", "LOG": "LN", "DAYOFMONTH": "DAY"}

// mysqlCall calls a function with the conversions that MySQL makes: numbers
// serve as text, text as numbers and dates.
func mysqlCall(d Dialect, name string, args []Node) (Node, error) {
	name = strings.ToUpper(name)
	if own, ok := mysqlNames[name]; ok && len(args) == 1 {
		name = own
	}
	name = mysqlTextCall(name, args)
	switch name {
	case "IF", "IIF":
		if len(args) == 3 {
			return d.NewCase(nil, []When{{args[0], args[1]}}, args[2])
		}
	case "NULLIF":
		if len(args) == 2 {
			same, err := d.NewCompare(EQ, args[0], args[1])
			if err != nil {
				return nil, err
			}
			return NewCase(nil, []When{{same, NewConst(sqltypes.NullOf(sqltypes.Null))}}, args[0])
		}
	case "CONCAT":
		return mysqlConcat(args)
	case "GREATEST", "LEAST":
		return mysqlExtreme(name, args)
	case "ELT", "FIELD", "CONCAT_WS":
		if len(args) > 1 {
			all, err := mysqlUnify(args[1:])
			if err != nil {
				return nil, err
			}
			args = append([]Node{args[0]}, all...)
		}
	case "COALESCE", "IFNULL":
		all, err := mysqlUnify(args)
		if err != nil {
			return nil, err
		}
		return NewCall(name, all)
	case "WEEK":
		if len(args) == 1 {
			args = append(args, NewConst(sqltypes.IntValue(0)))
		}
	case "WEEKOFYEAR":
		if len(args) == 1 {
			name, args = "WEEK", append(args, NewConst(sqltypes.IntValue(3)))
		}
	case "DATE":
		if len(args) == 1 {
			return mysqlDay(args[0])
		}
	case "DATEDIFF":
		if len(args) == 2 {
			days, err := each(mysqlDay, args...)
			if err != nil {
				return nil, err
			}
			return NewCall(name, days)
		}
	case "DATE_ADD", "ADDDATE", "DATE_SUB", "SUBDATE", "TIMESTAMPADD", "DATEADD":
		return mysqlShift(name, args)
	case "EXTRACT":
		if len(args) == 2 {
			if n, ok, err := mysqlExtract(args[0], args[1]); ok {
				return n, err
			}
		}
	case "TRUNCATE":
		if len(args) == 1 {
			return nil, errf(stateUndefined, "TRUNCATE takes a number and how many decimals it keeps")
		}
	case "FORMAT":
		if len(args) == 2 || len(args) == 3 {
			return mysqlFormat(args)
		}
	case "JSON_CONTAINS":
		if len(args) == 3 {
			part, err := NewCall("JSON_EXTRACT", []Node{args[0], args[2]})
			if err != nil {
				return nil, err
			}
			args = []Node{part, args[1]}
		}
	case "OCT", "BIN", "CONV":
		if len(args) > 0 && args[0].Type().Kind.IsNumeric() && !args[0].Type().Kind.IsInteger() {
			whole, err := NewCall("TRUNC", args[:1])
			if err != nil {
				return nil, err
			}
			args = append([]Node{whole}, args[1:]...)
		}
	}
	fn, known := Lookup(name)
	if known {
		var err error
		if args, err = fn.mysqlOperands(args); err != nil {
			return nil, err
		}
	}
	n, err := NewCall(name, args)
	if err == nil {
		return withinDomain(name, n, args)
	}
	if !known || !undefined(err) {
		return nil, err
	}
	for _, f := range fn.forms {
		if converted, ok := mysqlArguments(f, args); ok {
			n, err := NewCall(name, converted)
			if err != nil {
				return nil, err
			}
			return withinDomain(name, n, converted)
		}
	}
	return nil, err
}

// mysqlOperands takes text literals for numbers where no form takes anything
// else, and what is neither a date nor a time for one where none takes others:
// as NULL if it is none.
func (fn *Function) mysqlOperands(args []Node) ([]Node, error) {
	out := make([]Node, len(args))
	for i, a := range args {
		var err error
		k := a.Type().Kind
		literal := Untyped(a) && k == sqltypes.Varchar
		switch {
		case literal && fn.onlyNumbers(i) && fn.onlyIntegers(i):
			out[i], err = mysqlInteger(a)
		case literal && fn.onlyNumbers(i):
			out[i], err = mysqlNumber(a)
		case literal, k.IsNumeric(), k == sqltypes.Bool, k == sqltypes.Varbinary:
			if out[i] = a; fn.momentOf(i, args) != sqltypes.Null {
				out[i], err = folded(mysqlCast(a, sqltypes.Of(fn.momentOf(i, args)), true))
			}
		default:
			out[i] = a
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// mysqlFormat builds FORMAT(number, decimals [, locale]). Names that are no
// locale's mean English, as NULL does.
func mysqlFormat(args []Node) (Node, error) {
	if len(args) == 3 {
		if c, ok := args[2].(*Const); !ok || isLocale(c.V.S) && !strings.HasPrefix(c.V.S, "en_") {
			return nil, errf(stateUnsupported, "FORMAT writes numbers as in English, not as in %s", clip(args[2].String()))
		}
	}
	x, err := mysqlNumber(args[0])
	if err == nil && isFloat(x) {
		x, err = NewCast(x, sqltypes.Of(sqltypes.Decimal), false)
	}
	if err != nil {
		return nil, err
	}
	digits, err := mysqlInteger(args[1])
	if err != nil {
		return nil, err
	}
	return NewCall("FORMAT", []Node{x, digits})
}

// isLocale reports a name such as de_DE.
func isLocale(s string) bool {
	language, country, found := strings.Cut(s, "_")
	return found && (len(language) == 2 || len(language) == 3) && strings.ToLower(language) == language &&
		len(country) == 2 && strings.ToUpper(country) == country
}

// withinDomain makes a function of real numbers NULL where it has no value.
func withinDomain(name string, call Node, args []Node) (Node, error) {
	zero, one := NewConst(sqltypes.IntValue(0)), NewConst(sqltypes.IntValue(1))
	x := args[max(len(args)-1, 0):]
	var in Node
	var err error
	switch name {
	case "ACOS", "ASIN":
		in, err = MySQL.Between(x[0], Fold(&Unary{Op: "-", X: one, T: one.T}), one, false, false)
	case "SQRT":
		in, err = NewCompare(GE, x[0], zero)
	case "LN", "LOG2", "LOG10", "LOG":
		in, err = NewCompare(GT, x[0], zero)
		for _, base := range args[:len(args)-1] {
			var positive, unequal Node
			if positive, err = NewCompare(GT, base, zero); err != nil {
				break
			}
			if unequal, err = NewCompare(NE, base, one); err != nil {
				break
			}
			in, err = And(positive, unequal, in)
		}
	default:
		return call, nil
	}
	if err != nil {
		return nil, err
	}
	return NewCase(nil, []When{{in, call}}, nil)
}

func (fn *Function) onlyNumbers(i int) bool {
	for _, f := range fn.forms {
		if (i < len(f.params) || f.variadic) && (f.param(i) == anyKind || !f.param(i).IsNumeric()) {
			return false
		}
	}
	return true
}

func (fn *Function) onlyIntegers(i int) bool {
	return !slices.ContainsFunc(fn.forms, func(f *form) bool {
		return (i < len(f.params) || f.variadic) && !f.param(i).IsInteger()
	})
}

// mysqlConcat is NULL where an argument is.
func mysqlConcat(args []Node) (Node, error) {
	if len(args) == 0 {
		return NewCall("CONCAT", args)
	}
	parts, err := each(mysqlText, args...)
	if err != nil {
		return nil, err
	}
	acc := parts[0]
	for _, p := range parts[1:] {
		if acc, err = Concat(acc, p); err != nil {
			return nil, err
		}
	}
	return acc, nil
}

// mysqlExtreme is NULL where an argument is.
func mysqlExtreme(name string, args []Node) (Node, error) {
	all, err := mysqlUnify(args)
	if err != nil {
		return nil, err
	}
	n, err := NewCall(name, all)
	if err != nil {
		return nil, err
	}
	var missing []Node
	for _, a := range all {
		if a.Nullable() {
			missing = append(missing, &NullTest{X: a})
		}
	}
	if len(missing) == 0 {
		return n, nil
	}
	null, err := Or(missing...)
	if err != nil {
		return nil, err
	}
	return NewCase(nil, []When{{null, NewConst(sqltypes.NullOf(sqltypes.Null))}}, n)
}

// mysqlArguments converts arguments to the parameters of a form.
func mysqlArguments(f *form, args []Node) ([]Node, bool) {
	if len(args) < f.least || !f.variadic && len(args) > len(f.params) {
		return nil, false
	}
	out := make([]Node, len(args))
	for i, a := range args {
		from, to := a.Type().Kind, f.param(i)
		var err error
		switch {
		case to == anyKind || from == to || implicitCost(from, to) >= 0:
			out[i] = a
		case to == sqltypes.Varchar:
			out[i], err = mysqlText(a)
		case to.IsInteger():
			out[i], err = mysqlInteger(a)
		case to.IsNumeric():
			if out[i], err = mysqlNumber(a); err == nil && implicitCost(out[i].Type().Kind, to) < 0 {
				out[i], err = NewCast(out[i], sqltypes.Of(to), false)
			}
		case to == sqltypes.Bool:
			out[i], err = MySQL.Condition(a)
		case to.IsTemporal() && (from.IsText() || from.IsNumeric()):
			out[i], err = mysqlTemporal(a, to)
		default:
			return nil, false
		}
		if err != nil {
			return nil, false
		}
	}
	return out, true
}

// mysqlCast casts as MySQL does: text to the number, the date or the time that
// it begins with, what is no date to NULL, dates to their digits.
func mysqlCast(x Node, t sqltypes.Type, try bool) (Node, error) {
	from, to := x.Type().Kind, t.Kind
	switch {
	case to == sqltypes.JSON && from != sqltypes.JSON && !from.IsText():
		return NewCall("TO_JSON", []Node{x})
	case (from == sqltypes.JSON || from == sqltypes.Varbinary) && to.IsNumeric():
		n, err := mysqlNumber(x)
		if err != nil {
			return nil, err
		}
		return NewCast(n, t, try)
	case to == sqltypes.Varbinary && from.IsNumeric():
		text, err := asText(x)
		if err != nil {
			return nil, err
		}
		return NewCast(text, t, try)
	case from == sqltypes.Bool && to != sqltypes.Bool:
		n, err := mysqlNumber(x)
		if err != nil {
			return nil, err
		}
		return mysqlCast(n, t, try)
	case to == sqltypes.Bool && from != sqltypes.Bool:
		return MySQL.Condition(x)
	case to.IsNumeric() && from.IsText():
		return lenient(x, t), nil
	case to.IsNumeric() && from.IsTemporal():
		n, err := mysqlNumber(x)
		if err != nil {
			return nil, err
		}
		return NewCast(n, t, try)
	case to.IsTemporal() && from.IsNumeric():
		s, err := asText(x)
		if err != nil {
			return nil, err
		}
		return lenient(s, t), nil
	case to.IsTemporal() && from == sqltypes.Varbinary:
		text, err := NewCast(x, sqltypes.Of(sqltypes.Varchar), true)
		if err != nil {
			return nil, err
		}
		return lenient(text, t), nil
	case to.IsTemporal() && from.IsText():
		return lenient(x, t), nil
	}
	return NewCast(x, t, try)
}

// NewUnsigned builds CAST(x AS UNSIGNED): a negative number counts from 2⁶⁴
// down.
func NewUnsigned(x Node) (Node, error) {
	n, err := mysqlCast(x, sqltypes.DecimalType(20, 0), false)
	if err != nil {
		return nil, err
	}
	return NewCall("UNSIGNED", []Node{n})
}

var _ = register(GroupMath,
	&Function{Name: "UNSIGNED", Doc: "a whole number as MySQL's unsigned integers hold it: a negative one plus 2⁶⁴",
		forms: []*form{on("decimal -> decimal", func(f *Frame, a []datum) datum {
			n := a[0].D.Round(0)
			var err error
			if n.Sign() < 0 {
				n, err = n.Add(twoTo64)
			}
			if err != nil || n.Sign() < 0 || n.Cmp(twoTo64) >= 0 {
				return f.fail(errf(stateOverflow, "%s does not fit an unsigned integer of 64 bits", clip(a[0].D.String())))
			}
			return datum{D: n}
		})}},
)

var twoTo64 = func() sqltypes.Num {
	n, _ := sqltypes.NumFromInt(1 << 32).Mul(sqltypes.NumFromInt(1 << 32))
	return n
}()

var _ = register(GroupTime,
	&Function{Name: "DATE_NUMBER", Doc: "the digits of a date or time as one number, as MySQL reckons with dates: 20240229",
		forms: []*form{
			on("date -> int", func(_ *Frame, a []datum) datum { return datum{I: dateDigits(a[0].I)} }),
			on("time -> int", func(_ *Frame, a []datum) datum { return datum{I: timeDigits(a[0].I)} }),
			on("timestamp -> int", stampDigits), on("timestamptz -> int", stampDigits)}},
)

func dateDigits(day int64) int64 {
	y, m, d := sqltypes.Civil(day)
	return int64(y)*10000 + int64(m)*100 + int64(d)
}

func timeDigits(ticks int64) int64 {
	s := ticks / sqltypes.TicksPerSecond
	return s/3600*10000 + s/60%60*100 + s%60
}

func stampDigits(_ *Frame, a []datum) datum {
	day, ofDay := sqltypes.SplitTicks(a[0].I)
	return datum{I: dateDigits(day)*1_000_000 + timeDigits(ofDay)}
}

// parsePrefix is what a lenient cast makes of text: the number, date or time
// that it begins with; else 0, or NULL for a date.
func parsePrefix(f *Frame, text []byte, to sqltypes.Type) (datum, error) {
	if !to.Kind.IsTemporal() {
		number := numberPrefix(string(text), to.Kind.IsInteger())
		if to.Kind == sqltypes.Double {
			x, err := strconv.ParseFloat(number, 64)
			if isRange(err) { // the largest that there is
				x = math.Copysign(math.MaxFloat64, x)
			}
			return datum{F: x}, nil
		}
		return parseText(f, []byte(number), to)
	}
	if v, err := parseText(f, text, to); err == nil {
		return v, nil
	}
	if v, err := parseText(f, []byte(momentPrefix(string(text))), to); err == nil {
		return v, nil
	}
	return nullDatum, nil
}

// numberPrefix returns the number that text begins with, for MySQL's lenient
// casts; "0" if it begins with none.
func numberPrefix(s string, whole bool) string {
	s = strings.TrimLeft(s, " \t\r\n")
	i := 0
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	digits := func() int {
		start := i
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		return i - start
	}
	n := digits()
	if whole {
		if n == 0 {
			return "0"
		}
		return s[:i]
	}
	if i < len(s) && s[i] == '.' {
		i++
		if more := digits(); n+more == 0 {
			return "0"
		}
	} else if n == 0 {
		return "0"
	}
	end := i
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		if i++; i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if digits() > 0 {
			end = i
		}
	}
	return strings.TrimSuffix(s[:end], ".")
}
