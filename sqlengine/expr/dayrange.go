package expr

import (
	"strings"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// DayRange is what a date-literal function of the commercial drivers stands
// for, such as L_LAST_MONTH(): the days from the start of one unit up to the
// start of another, counted from the one that holds today. Comparisons turn it
// into comparisons with its ends; a range of one day also serves as a DATE.
type DayRange struct {
	Name string // as SQL writes it
	unit datePart
	// from and to are units from today's on; to is the first one beyond.
	from, to int64
}

func (n *DayRange) Type() sqltypes.Type      { return sqltypes.Of(sqltypes.Date) }
func (n *DayRange) Nullable() bool           { return false }
func (n *DayRange) String() string           { return n.Name }
func (n *DayRange) Children() []Node         { return nil }
func (n *DayRange) WithChildren([]Node) Node { return n }

// day returns the DATE that a range of one day is.
func (n *DayRange) day() (Node, error) {
	if n.unit != partDay || n.to-n.from != 1 {
		return nil, errf(stateMismatch, "%s stands for a range of days: compare a date or timestamp with it", n.Name)
	}
	return n.start(n.from)
}

func (n *DayRange) start(at int64) (Node, error) {
	return NewCall("PERIOD_START", []Node{NewConst(sqltypes.StringValue(n.unit.String())), NewConst(sqltypes.IntValue(at))})
}

// ends returns the first moment of the range and the first one behind it, as
// values of a kind.
func (n *DayRange) ends(k sqltypes.Kind) (first, behind Node, err error) {
	var out [2]Node
	for i, at := range [...]int64{n.from, n.to} {
		d, err := n.start(at)
		switch {
		case err != nil:
			return nil, nil, err
		case k == sqltypes.Timestamp:
			d, err = NewCast(d, sqltypes.Of(k), false)
		case k == sqltypes.TimestampTZ:
			d, err = NewCall("DAY_START", []Node{d})
		}
		if out[i] = d; err != nil {
			return nil, nil, err
		}
	}
	return out[0], out[1], nil
}

// compareRange compares a value with a range: = is within it, < before its
// start, > behind its end.
func compareRange(op CompareOp, x Node, r *DayRange) (Node, error) {
	k := x.Type().Kind
	if own, ok := x.(*DayRange); ok {
		var err error
		if x, err = own.day(); err != nil {
			return nil, err
		}
	}
	if Untyped(x) {
		var err error
		if x, err = Coerce(x, sqltypes.Of(sqltypes.Timestamp)); err != nil {
			return nil, err
		}
		k = sqltypes.Timestamp
	}
	if k != sqltypes.Date && k != sqltypes.Timestamp && k != sqltypes.TimestampTZ {
		return nil, errf(stateUndefined, "%s stands for days: it compares with DATE, TIMESTAMP and TIMESTAMPTZ, not with %s", r.Name, k)
	}
	if day, err := r.day(); err == nil && k == sqltypes.Date { // inputs of tables are told by "=" alone
		return NewCompare(op, x, day)
	}
	first, behind, err := r.ends(k)
	if err != nil {
		return nil, err
	}
	switch op {
	case LT:
		return NewCompare(LT, x, first)
	case LE:
		return NewCompare(LT, x, behind)
	case GT:
		return NewCompare(GE, x, behind)
	case GE:
		return NewCompare(GE, x, first)
	}
	from, err := NewCompare(GE, x, first)
	if err != nil {
		return nil, err
	}
	until, err := NewCompare(LT, x, behind)
	if err != nil {
		return nil, err
	}
	switch op {
	case EQ:
		return And(from, until)
	case NotDistinct: // a NULL is in no range
		return And(&NullTest{X: x, Not: true}, from, until)
	case Distinct:
		return Or(&NullTest{X: x}, &Negation{from}, &Negation{until})
	}
	return Or(&Negation{from}, &Negation{until})
}

// dayValues takes ranges of one day for the dates that they are, where a value
// is needed.
func dayValues(nodes []Node) ([]Node, error) {
	var out []Node
	for i, n := range nodes {
		r, ok := n.(*DayRange)
		if !ok {
			continue
		}
		d, err := r.day()
		if err != nil {
			return nil, err
		}
		if out == nil {
			out = append([]Node(nil), nodes...)
		}
		out[i] = d
	}
	if out == nil {
		return nodes, nil
	}
	return out, nil
}

var _ = register(GroupTime,
	&Function{Name: "PERIOD_START", words: 1, Volatility: Stable,
		Doc:   "the first day of the DAY, WEEK (from Sunday), MONTH, QUARTER or YEAR that lies n of them from today's, in the server's time zone",
		forms: []*form{on("word, int -> date", periodStart)}},
	&Function{Name: "DAY_START", Volatility: Stable, Doc: "the instant at which a day begins in the server's time zone",
		forms: []*form{on("date -> timestamptz", dayStart)}},
)

var _ = register(GroupTime, dateLiterals()...)

// dateLiterals makes the date-literal functions, each with and without its
// prefix.
func dateLiterals() []*Function {
	out := []*Function{
		dateLiteral("TODAY", "today", partDay, 0, 1),
		dateLiteral("YESTERDAY", "the day before today", partDay, -1, 0),
		dateLiteral("TOMORROW", "the day after today", partDay, 1, 2),
		dateLiteral("LAST_90_DAYS", "the 90 days before today", partDay, -90, 0),
		dateLiteral("NEXT_90_DAYS", "the 90 days from today on", partDay, 0, 90),
		dateLiteralN("LAST_N_DAYS", "the n days before today", partDay, -1, 0, 0, 0),
		dateLiteralN("NEXT_N_DAYS", "the n days from today on", partDay, 0, 0, 1, 0),
	}
	for _, u := range []datePart{partWeek, partMonth, partQuarter, partYear} {
		name, word := u.String(), strings.ToLower(u.String())
		if u == partWeek {
			word += " from Sunday to Saturday"
		}
		out = append(out,
			dateLiteral("LAST_"+name, "the days of the last "+word, u, -1, 0),
			dateLiteral("THIS_"+name, "the days of this "+word, u, 0, 1),
			dateLiteral("NEXT_"+name, "the days of the next "+word, u, 1, 2),
			dateLiteralN("LAST_N_"+name+"S", "the days of the n "+word+"s before this one", u, -1, 0, 0, 0),
			dateLiteralN("NEXT_N_"+name+"S", "the days of the n "+word+"s after this one", u, 0, 1, 1, 1))
	}
	return out
}

func dateLiteral(name, doc string, unit datePart, from, to int64) *Function {
	return &Function{Name: "L_" + name, Aliases: []string{name}, Volatility: Stable, Doc: doc + ", as a range to compare with",
		forms: []*form{on("-> date", nil)},
		rewrite: func([]Node) (Node, error) {
			return &DayRange{Name: "L_" + name + "()", unit: unit, from: from, to: to}, nil
		}}
}

// dateLiteralN makes a literal that counts units: from perFrom·n + from to
// perTo·n + to.
func dateLiteralN(name, doc string, unit datePart, perFrom, from, perTo, to int64) *Function {
	return &Function{Name: "L_" + name, Aliases: []string{name}, Volatility: Stable, Doc: doc + ", as a range to compare with",
		forms: []*form{on("int -> date", nil)},
		rewrite: func(args []Node) (Node, error) {
			c, ok := Fold(args[0]).(*Const)
			if ok && !c.V.Null {
				var err error
				n, err := Coerce(c, sqltypes.Of(sqltypes.BigInt))
				if err != nil {
					return nil, err
				}
				c = n.(*Const)
			}
			const most = 10_000_000 // days of more than 9999 years: the end is out of range before
			if !ok || c.V.Null || c.V.I < 1 || c.V.I > most {
				return nil, errf(stateBadParameter, "L_%s takes a constant whole number from 1 on, not %s", name, clip(args[0].String()))
			}
			n := c.V.I
			return &DayRange{Name: "L_" + name + "(" + c.V.Text() + ")", unit: unit, from: perFrom*n + from, to: perTo*n + to}, nil
		}}
}

func periodStart(f *Frame, a []datum) datum {
	p, err := partNamed(a[0].B)
	if err != nil {
		return f.fail(err)
	}
	now := f.now("PERIOD_START", true, nil)
	if now.Null {
		return now
	}
	today, _ := sqltypes.SplitTicks(now.I)
	start, ok := startOf(p, today)
	unit, has := p.span()
	if !ok || !has || unit.Ticks != 0 {
		return f.fail(errf(stateBadParameter, "PERIOD_START knows days, weeks, months, quarters and years, not %s", p))
	}
	if p == partWeek {
		start = today - isoWeekday(today)%7
	}
	if n := a[1].I; n < -4e6 || n > 4e6 {
		return f.fail(errDateRange)
	} else if unit.Months == 0 {
		return f.day(start + n*unit.Days)
	} else if start, ok = addMonths(start, n*unit.Months); !ok {
		return f.fail(errDateRange)
	}
	return f.day(start)
}

func dayStart(f *Frame, a []datum) datum {
	if f.Stmt == nil {
		return f.fail(errNoStatement("DAY_START"))
	}
	if f.Stmt.Zone == nil {
		return f.ticks(a[0].I * sqltypes.TicksPerDay)
	}
	return fromLocal(f, f.Stmt.Zone, a[0].I*sqltypes.TicksPerDay)
}
