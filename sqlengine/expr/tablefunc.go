package expr

import (
	"math"
	"regexp"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/epicorerp/epicorerp/internal/nearest"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// TableFunction is a function that stands in FROM: it makes rows of its
// arguments.
type TableFunction struct {
	Name    string
	Aliases []string
	Doc     string // one line
	// Arguments is the signature, as documented.
	Arguments string
	bind      func(args []Node) (*TableCall, error)
}

// TableColumn is a column of what a table function makes.
type TableColumn struct {
	Name string
	Type sqltypes.Type
}

// TableCall is a bound call of a table function.
type TableCall struct {
	Name    string
	Args    []Node
	Columns []TableColumn
	// Start begins the rows of one call, whose arguments have these values.
	Start func(f *Frame, args []sqltypes.Value) (TableRows, error)
}

// TableRows adds the next row to a batch; false when there is none. A batch may
// have further columns behind the function's own.
type TableRows func(b *tuple.Batch) (row []uint64, err error)

// noRows is a call that makes none.
func noRows(*tuple.Batch) ([]uint64, error) { return nil, nil }

// WithArgs returns the same call over other arguments of the same types.
func (c *TableCall) WithArgs(args []Node) *TableCall {
	n := *c
	n.Args = args
	return &n
}

var tableFunctions = map[string]*TableFunction{}

func registerTable(fns ...*TableFunction) struct{} {
	for _, fn := range fns {
		for _, name := range append([]string{fn.Name}, fn.Aliases...) {
			tableFunctions[name] = fn
		}
	}
	return struct{}{}
}

// TableFunctions returns the functions that may stand in FROM, by name.
func TableFunctions() []*TableFunction {
	var out []*TableFunction
	for name, fn := range tableFunctions {
		if name == fn.Name {
			out = append(out, fn)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// NewTableCall binds a call in FROM.
func NewTableCall(name string, args []Node) (*TableCall, error) {
	fn := tableFunctions[strings.ToUpper(name)]
	if fn == nil {
		names := make([]string, 0, len(tableFunctions))
		for n := range tableFunctions {
			names = append(names, n)
		}
		sort.Strings(names)
		return nil, errf(stateUndefined, "%s is no function that makes rows%s", strings.ToUpper(name), nearest.Suffix(strings.ToUpper(name), names))
	}
	c, err := fn.bind(args)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, errf(stateUndefined, "%s(%s) is not defined; there is %s(%s)", fn.Name, typeNames(args), fn.Name, fn.Arguments)
	}
	c.Name = fn.Name
	return c, nil
}

var _ = registerTable(
	&TableFunction{Name: "GENERATE_SERIES", Doc: "The values from the first to the last, a step apart.",
		Arguments: "first, last[, step]", bind: bindSeries},
	&TableFunction{Name: "SYSTEM_RANGE", Doc: "The whole numbers from the first to the last, as H2 has it.",
		Arguments: "first, last[, step]", bind: bindRange},
	&TableFunction{Name: "RANGE", Doc: "The values from the first, else from 0, to before the last, a step apart, as DuckDB has it.",
		Arguments: "[first, ]last[, step]", bind: bindOpenRange},
	&TableFunction{Name: "STRING_TO_TABLE", Doc: "The parts of a text between separators; its characters where the separator is NULL.",
		Arguments: "text, separator[, text that becomes NULL]", bind: bindStringToTable},
	&TableFunction{Name: "STRING_SPLIT", Doc: "The parts of a text between separators, as SQL Server has it; with 1 as third argument, numbered.",
		Arguments: "text, separator[, 1 for an ordinal]", bind: bindStringSplit},
	&TableFunction{Name: "REGEXP_SPLIT_TO_TABLE", Doc: "The parts of a text between matches of a pattern.",
		Arguments: "text, pattern[, flags]", bind: bindRegexpSplit},
)

// coerced converts arguments to kinds; nil if there are too many or too few.
func coerced(args []Node, least int, kinds ...sqltypes.Kind) ([]Node, error) {
	if len(args) < least || len(args) > len(kinds) {
		return nil, nil
	}
	out := make([]Node, len(args))
	for i, a := range args {
		var err error
		if out[i], err = Coerce(a, sqltypes.Of(kinds[i])); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func anyNull(vs []sqltypes.Value) bool {
	for _, v := range vs {
		if v.Null {
			return true
		}
	}
	return false
}

// bindRange is bindSeries of whole numbers, in a column X.
func bindRange(args []Node) (*TableCall, error) {
	bound, err := coerced(args, 2, sqltypes.BigInt, sqltypes.BigInt, sqltypes.BigInt)
	if bound == nil {
		return nil, err
	}
	c := series(bound, sqltypes.Of(sqltypes.BigInt), intSeries)
	c.Columns[0].Name = "X"
	return c, nil
}

// bindOpenRange is bindSeries without the last value.
func bindOpenRange(args []Node) (*TableCall, error) {
	if len(args) == 1 && args[0].Type().Kind.IsInteger() {
		args = []Node{NewConst(sqltypes.IntValue(0)), args[0]}
	}
	c, err := bindSeries(args)
	if c == nil {
		return nil, err
	}
	c.Columns[0].Name = "range"
	all := c.Start
	c.Start = func(f *Frame, vs []sqltypes.Value) (TableRows, error) {
		rows, err := all(f, vs)
		if err != nil || anyNull(vs) {
			return rows, err
		}
		last := vs[1]
		return func(b *tuple.Batch) ([]uint64, error) {
			row, err := rows(b)
			if row != nil && sqltypes.Compare(b.Layout.Value(b.Row(b.Len()-1), 0), last) == 0 {
				b.DropLast()
				row = nil
			}
			return row, err
		}, nil
	}
	return c, nil
}

var errNoStep = errf("22023", "the step of GENERATE_SERIES must not be 0")

// bindSeries chooses among whole numbers, decimals and timestamps.
func bindSeries(args []Node) (*TableCall, error) {
	if len(args) != 2 && len(args) != 3 {
		return nil, nil
	}
	kind := sqltypes.Null
	for _, a := range args[:2] {
		if !Untyped(a) || kind == sqltypes.Null {
			switch k := a.Type().Kind; {
			case k == sqltypes.Date:
				kind = max(kind, sqltypes.Timestamp)
			case kind == sqltypes.Null || k == sqltypes.TimestampTZ || kind.IsInteger() && k.IsNumeric():
				kind = k
			}
		}
	}
	if len(args) == 3 && kind.IsInteger() && args[2].Type().Kind == sqltypes.Decimal {
		kind = sqltypes.Decimal
	}
	switch {
	case kind.IsInteger():
		wide := sqltypes.Integer
		for _, a := range args {
			if a.Type().Kind == sqltypes.BigInt {
				wide = sqltypes.BigInt
			}
		}
		bound, err := coerced(args, 2, sqltypes.BigInt, sqltypes.BigInt, sqltypes.BigInt)
		return series(bound, sqltypes.Of(wide), intSeries), err
	case kind == sqltypes.Decimal:
		bound, err := coerced(args, 2, sqltypes.Decimal, sqltypes.Decimal, sqltypes.Decimal)
		return series(bound, sqltypes.Of(sqltypes.Decimal), numSeries), err
	case (kind == sqltypes.Timestamp || kind == sqltypes.TimestampTZ) && len(args) == 3:
		bound, err := coerced(args, 3, kind, kind, sqltypes.Interval)
		return series(bound, sqltypes.Of(kind), timeSeries), err
	}
	return nil, nil
}

func series(args []Node, t sqltypes.Type, start func(*Frame, []sqltypes.Value) (TableRows, error)) *TableCall {
	return &TableCall{Args: args, Columns: []TableColumn{{"generate_series", t}},
		Start: func(f *Frame, vs []sqltypes.Value) (TableRows, error) {
			if anyNull(vs) {
				return noRows, nil
			}
			return start(f, vs)
		}}
}

func intSeries(_ *Frame, vs []sqltypes.Value) (TableRows, error) {
	at, last, step := vs[0].I, vs[1].I, int64(1)
	if len(vs) == 3 {
		step = vs[2].I
	}
	if step == 0 {
		return nil, errNoStep
	}
	over := false
	return func(b *tuple.Batch) ([]uint64, error) {
		if over || step > 0 && at > last || step < 0 && at < last {
			return nil, nil
		}
		row := b.AddRow()
		b.Layout.SetInt(row, 0, at)
		over = step > 0 && at > math.MaxInt64-step || step < 0 && at < math.MinInt64-step
		at += step
		return row, nil
	}, nil
}

func numSeries(_ *Frame, vs []sqltypes.Value) (TableRows, error) {
	at, last, step := vs[0].D, vs[1].D, sqltypes.NumFromInt(1)
	if len(vs) == 3 {
		step = vs[2].D
	}
	if step.Sign() == 0 {
		return nil, errNoStep
	}
	return func(b *tuple.Batch) ([]uint64, error) {
		if at.Cmp(last) == step.Sign() {
			return nil, nil
		}
		row := b.AddRow()
		if err := b.SetNum(row, 0, at); err != nil {
			return nil, err
		}
		var err error
		at, err = at.Add(step)
		return row, err
	}, nil
}

func timeSeries(f *Frame, vs []sqltypes.Value) (TableRows, error) {
	at, last, step := vs[0].I, vs[1].I, sqltypes.DecodeSpan(vs[2].S)
	way := step.Cmp(sqltypes.Span{})
	if way == 0 {
		return nil, errNoStep
	}
	return func(b *tuple.Batch) ([]uint64, error) {
		if way > 0 && at > last || way < 0 && at < last {
			return nil, nil
		}
		row := b.AddRow()
		b.Layout.SetInt(row, 0, at)
		at = f.addSpan(at, step).I
		return row, f.Err
	}, nil
}

var textColumn = sqltypes.Of(sqltypes.Varchar)

func bindStringToTable(args []Node) (*TableCall, error) {
	bound, err := coerced(args, 2, sqltypes.Varchar, sqltypes.Varchar, sqltypes.Varchar)
	if bound == nil {
		return nil, err
	}
	return &TableCall{Args: bound, Columns: []TableColumn{{"string_to_table", textColumn}},
		Start: func(_ *Frame, vs []sqltypes.Value) (TableRows, error) {
			if vs[0].Null || vs[0].S == "" {
				return noRows, nil
			}
			next := cutter(vs[0].S, vs[1].S)
			if vs[1].Null {
				next = characters(vs[0].S)
			} else if vs[1].S == "" {
				next = wholeText(vs[0].S)
			}
			return func(b *tuple.Batch) ([]uint64, error) {
				part, ok := next()
				if !ok {
					return nil, nil
				}
				row := b.AddRow()
				if len(vs) == 3 && !vs[2].Null && vs[2].S == part {
					return row, nil
				}
				return row, b.SetString(row, 0, part)
			}, nil
		}}, nil
}

// bindStringSplit is SQL Server's: the text is split also where it is empty.
func bindStringSplit(args []Node) (*TableCall, error) {
	bound, err := coerced(args, 2, sqltypes.Varchar, sqltypes.Varchar, sqltypes.BigInt)
	if bound == nil {
		return nil, err
	}
	c := &TableCall{Args: bound, Columns: []TableColumn{{"value", textColumn}}}
	numbered := len(bound) == 3
	if numbered {
		c.Columns = append(c.Columns, TableColumn{"ordinal", sqltypes.Of(sqltypes.BigInt)})
	}
	c.Start = func(_ *Frame, vs []sqltypes.Value) (TableRows, error) {
		if anyNull(vs[:2]) {
			return noRows, nil
		}
		if vs[1].S == "" {
			return nil, errf("22023", "the separator of STRING_SPLIT must not be empty")
		}
		next, n := cutter(vs[0].S, vs[1].S), int64(0)
		return func(b *tuple.Batch) ([]uint64, error) {
			part, ok := next()
			if !ok {
				return nil, nil
			}
			row := b.AddRow()
			if numbered {
				n++
				b.Layout.SetInt(row, 1, n)
			}
			return row, b.SetString(row, 0, part)
		}, nil
	}
	return c, nil
}

// cutter gives the parts of a text between separators, one after the other.
func cutter(s, separator string) func() (string, bool) {
	rest, more := s, true
	return func() (part string, ok bool) {
		if !more {
			return "", false
		}
		part, rest, more = strings.Cut(rest, separator)
		return part, true
	}
}

func characters(s string) func() (string, bool) {
	return func() (string, bool) {
		if s == "" {
			return "", false
		}
		_, n := utf8.DecodeRuneInString(s)
		c := s[:n]
		s = s[n:]
		return c, true
	}
}

func wholeText(s string) func() (string, bool) {
	given := false
	return func() (string, bool) {
		if given {
			return "", false
		}
		given = true
		return s, true
	}
}

func bindRegexpSplit(args []Node) (*TableCall, error) {
	bound, err := coerced(args, 2, sqltypes.Varchar, sqltypes.Varchar, sqltypes.Varchar)
	if bound == nil {
		return nil, err
	}
	return &TableCall{Args: bound, Columns: []TableColumn{{"regexp_split_to_table", textColumn}},
		Start: func(_ *Frame, vs []sqltypes.Value) (TableRows, error) {
			if anyNull(vs) {
				return noRows, nil
			}
			pattern := vs[1].S
			if len(vs) == 3 && strings.Contains(vs[2].S, "i") {
				pattern = "(?i)" + pattern
			}
			re, err := regexp.Compile(pattern)
			if err != nil {
				return nil, errf("2201B", "'%s' is not a regular expression: %v", clip(vs[1].S), err)
			}
			next := splitter(vs[0].S, re)
			return func(b *tuple.Batch) ([]uint64, error) {
				part, ok := next()
				if !ok {
					return nil, nil
				}
				row := b.AddRow()
				return row, b.SetString(row, 0, part)
			}, nil
		}}, nil
}

// splitter gives the parts between matches. An empty match splits between two
// characters, not at the text's ends.
func splitter(s string, re *regexp.Regexp) func() (string, bool) {
	matches := re.FindAllStringIndex(s, -1)
	at, done := 0, false
	return func() (string, bool) {
		for len(matches) > 0 {
			m := matches[0]
			matches = matches[1:]
			if m[0] == m[1] && (m[0] == at || m[0] >= len(s)) {
				continue
			}
			part := s[at:m[0]]
			at = m[1]
			return part, true
		}
		if done {
			return "", false
		}
		done = true
		return s[at:], true
	}
}
