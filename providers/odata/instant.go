package odata

import (
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

const clippedInstant = "the server may compare more digits of an instant than it sends"

// clipped reports a property whose values may be sent with fewer digits than
// the server compares.
func (t *Traits) clipped(p *Property) bool {
	return t.ClippedInstants && (p.Edm == "Edm.DateTimeOffset" || p.Edm == "Edm.DateTime")
}

// instant compares a column of clipped instants. Digits are cut off or rounded
// within a second, never across its beginning. So "from a whole second on" and
// "before one" mean the same to the server as here, and any other comparison is
// widened to whole seconds and done again here.
func (r *renderer) instant(op providers.Func, l term, v sqltypes.Value) fragment {
	ticks := v.I
	switch v.Kind {
	case sqltypes.Date:
		ticks *= sqltypes.TicksPerDay
	case sqltypes.Timestamp, sqltypes.TimestampTZ:
	default:
		return none("%s is no instant", v)
	}
	into := ticks % sqltypes.TicksPerSecond
	if into < 0 {
		into += sqltypes.TicksPerSecond
	}
	bound := func(op string, ticks int64) (string, error) {
		text, err := r.traits.literal(l.property, sqltypes.Value{Kind: sqltypes.TimestampTZ, I: ticks})
		return l.text + op + text, err
	}
	from, err := bound(" ge ", ticks-into)
	if err != nil {
		return none("%v", err)
	}
	step := int64(sqltypes.TicksPerSecond)
	if r.traits.DateLiterals && ticks%sqltypes.TicksPerDay == 0 {
		// Days are asked for by days: the second after a midnight would have to be
		// written in a zone, which need not be the server's.
		step = sqltypes.TicksPerDay
	}
	before, err := bound(" lt ", ticks-into+step)
	if err != nil {
		return none("%v", err)
	}
	switch op {
	case providers.Ge, providers.Gt:
		if op == providers.Ge && into == 0 {
			return exact(from)
		}
		return superset(from, clippedInstant)
	case providers.Lt, providers.Le:
		if op == providers.Lt && into == 0 {
			before, err = bound(" lt ", ticks)
			if err != nil {
				return none("%v", err)
			}
			return exact(before)
		}
		return superset(before, clippedInstant)
	case providers.Eq:
		return superset("("+from+" and "+before+")", clippedInstant)
	}
	return none("%s", clippedInstant)
}
