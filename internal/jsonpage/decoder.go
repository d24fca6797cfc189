package jsonpage

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// DecoderOptions of a Decoder.
type DecoderOptions struct {
	// From maps the layout's columns to the scanner's; -1 leaves a column NULL
	// for the caller to fill. Without it, the layout's columns are the
	// scanner's first ones.
	From []int
	// Zone is the zone of a TIMESTAMPTZ that comes without one; nil means UTC.
	Zone *time.Location
}

// Decoder converts the rows of a Scanner into packed rows of a batch.
//
// A missing member and null are NULL. A TIMESTAMP keeps the clock that the text
// shows, whatever zone follows it. JSON keeps the page's own text.
type Decoder struct {
	scanner *Scanner
	layout  *tuple.Layout
	columns []decoderColumn
	zone    *time.Location
	scratch []byte
}

type decoderColumn struct {
	from int // column of the scanner
	kind sqltypes.Kind
	to   int // column of the layout
	min  int64
	max  int64
	// places are the digits after the point that a DECIMAL of the column has,
	// also where the page leaves zeros out.
	places int
}

// ErrWrongKind is matched (errors.Is) by the ValueError of a value whose JSON
// kind cannot be the column's type at all.
var ErrWrongKind = errors.New("does not fit the column's type")

// ValueError reports a value that is valid JSON but not one of its column's
// type.
type ValueError struct {
	Column string
	Row    int    // in the page, from 1
	Text   string // as in the page, at most 60 bytes
	Type   sqltypes.Type
	Err    error
}

func (e *ValueError) Error() string {
	return fmt.Sprintf("column %q (%s), row %d of the page: %s %v", e.Column, e.Type, e.Row, e.Text, e.Err)
}

func (e *ValueError) Unwrap() error { return e.Err }

// NewDecoder makes a decoder for the rows that s scans.
func NewDecoder(s *Scanner, l *tuple.Layout, o DecoderOptions) (*Decoder, error) {
	from := o.From
	if from == nil {
		from = make([]int, l.Columns())
		for i := range from {
			from[i] = i
		}
	}
	if len(from) != l.Columns() {
		return nil, fmt.Errorf("json page: %d columns mapped for a layout of %d", len(from), l.Columns())
	}
	d := &Decoder{scanner: s, layout: l, zone: o.Zone}
	for i, f := range from {
		if f < 0 {
			continue
		}
		if f >= len(s.columns) {
			return nil, fmt.Errorf("json page: column %d of the layout is mapped to column %d of a scanner of %d", i, f, len(s.columns))
		}
		c := decoderColumn{from: f, to: i, kind: l.Types[i].Kind, min: math.MinInt64, max: math.MaxInt64}
		switch c.kind {
		case sqltypes.Decimal:
			c.places = l.Types[i].Scale
		case sqltypes.SmallInt:
			c.min, c.max = math.MinInt16, math.MaxInt16
		case sqltypes.Integer:
			c.min, c.max = math.MinInt32, math.MaxInt32
		case sqltypes.Null:
			return nil, fmt.Errorf("json page: column %q has no type", s.columns[f])
		}
		d.columns = append(d.columns, c)
	}
	return d, nil
}

// AppendPage appends rows to b until it has limit rows or the page ends. done
// says that the page has ended and is proven valid.
func (d *Decoder) AppendPage(b *tuple.Batch, limit int) (done bool, err error) {
	for n := b.Len(); n < limit; n++ {
		if !d.scanner.Next() {
			return d.scanner.err == nil, d.scanner.err
		}
		if err := d.Append(b); err != nil {
			return false, err
		}
	}
	return false, nil
}

// Append appends the scanner's current row to b, whose layout must be the
// decoder's. After an error b is as it was but for its arena's size.
func (d *Decoder) Append(b *tuple.Batch) error {
	row := b.AddRow()
	tokens, page := d.scanner.row, d.scanner.page
	values := row[d.layout.NullSlots():]
	for i := range d.columns {
		c := &d.columns[i]
		t := tokens[c.from]
		if t.Kind <= Null {
			continue
		}
		row[c.to>>6] &^= 1 << (c.to & 63)
		// What rows mostly consist of goes the short way.
		switch {
		case t.Kind == String && c.kind == sqltypes.Varchar:
			off := len(b.Arena)
			b.Arena = append(b.Arena, page[t.Off:t.End]...)
			if uint64(len(b.Arena)) <= math.MaxUint32 {
				values[c.to] = uint64(off)<<32 | uint64(t.End-t.Off)
				continue
			}
		case t.Kind == Number && c.kind == sqltypes.Decimal:
			if coef, scale, ok := sqltypes.ParseSmall(page[t.Off:t.End]); ok && scale >= c.places {
				if slot, ok := sqltypes.PackDecimal(coef, scale); ok {
					values[c.to] = slot
					continue
				}
			}
		case t.Kind-False <= True-False && c.kind == sqltypes.Bool:
			values[c.to] = uint64(t.Kind - False)
			continue
		}
		slot, err := d.slot(b, c, t)
		if err != nil {
			b.DropLast()
			return d.valueError(c, t, err)
		}
		values[c.to] = slot
	}
	return nil
}

// slot converts a value that is not null; text goes to the batch's arena.
func (d *Decoder) slot(b *tuple.Batch, c *decoderColumn, t Token) (uint64, error) {
	page := d.scanner.page
	text := page[t.Off:t.End]
	switch c.kind {
	case sqltypes.Varchar:
		return d.varchar(b, t, text)
	case sqltypes.Bool:
		return d.boolean(t, text)
	case sqltypes.JSON:
		if t.IsString() {
			text = page[t.Off-1 : t.End+1]
		}
		return b.Intern(text)
	}
	if t.Kind > EscapedString || t.Kind < Number {
		return 0, wrongKind(t)
	}
	if t.Kind == EscapedString {
		d.scratch = AppendString(d.scratch[:0], page, t)
		text = d.scratch
	}
	switch c.kind {
	case sqltypes.Decimal:
		return decimal(b, t, text, c.places)
	case sqltypes.SmallInt, sqltypes.Integer, sqltypes.BigInt:
		v, err := ParseInt64(text)
		if err == nil && (v < c.min || v > c.max) {
			err = fmt.Errorf("%w of %s", ErrOutOfRange, c.kind)
		}
		return uint64(v), err
	case sqltypes.Double:
		f, err := ParseFloat64(text, 64)
		return math.Float64bits(f), err
	case sqltypes.Real:
		f, err := ParseFloat64(text, 32)
		return math.Float64bits(f), err
	}
	if t.Kind == Number {
		return 0, wrongKind(t)
	}
	return d.quoted(b, c.kind, text)
}

func wrongKind(t Token) error { return fmt.Errorf("is %s, which %w", t.Kind, ErrWrongKind) }

// varchar takes strings, and scalars by their text: metadata says String of
// many a number.
func (d *Decoder) varchar(b *tuple.Batch, t Token, text []byte) (uint64, error) {
	off := len(b.Arena)
	switch t.Kind {
	case EscapedString:
		b.Arena = AppendString(b.Arena, d.scanner.page, t)
	case Object, Array:
		return 0, wrongKind(t)
	default:
		b.Arena = append(b.Arena, text...)
	}
	return arenaRef(b, off)
}

// arenaRef is the slot for the arena's tail from off on.
func arenaRef(b *tuple.Batch, off int) (uint64, error) {
	if uint64(len(b.Arena)) > math.MaxUint32 {
		return 0, tuple.ErrArenaFull
	}
	return uint64(off)<<32 | uint64(len(b.Arena)-off), nil
}

func (d *Decoder) boolean(t Token, text []byte) (uint64, error) {
	switch t.Kind {
	case True:
		return 1, nil
	case False:
		return 0, nil
	case String:
		v, err := ParseBool(text)
		if v {
			return 1, err
		}
		return 0, err
	}
	return 0, wrongKind(t)
}

func decimal(b *tuple.Batch, t Token, text []byte, places int) (uint64, error) {
	c, s, ok := sqltypes.ParseSmall(text)
	n := sqltypes.NewNum(c, s)
	if !ok || t.Kind != Number && !isNumber(text) {
		var err error
		if n, err = parseNum(text); err != nil {
			return 0, err
		}
	}
	n = n.Padded(places)
	if c, ok := n.Small(); ok {
		if slot, ok := sqltypes.PackDecimal(c, n.Scale()); ok {
			return slot, nil
		}
	}
	off := len(b.Arena)
	b.Arena = n.AppendWide(b.Arena)
	if uint64(len(b.Arena)) > math.MaxUint32 {
		return 0, tuple.ErrArenaFull
	}
	return sqltypes.WideRef(off, len(b.Arena)-off), nil
}

// quoted converts the types that come as strings only.
func (d *Decoder) quoted(b *tuple.Batch, kind sqltypes.Kind, text []byte) (uint64, error) {
	switch kind {
	case sqltypes.TimestampTZ:
		ts, err := ParseTimestamp(text)
		if err == nil && !ts.HasZone && d.zone != nil && text[0] != '/' {
			return uint64(d.inZone(ts.Clock)), nil
		}
		return uint64(ts.Instant()), err
	case sqltypes.Timestamp:
		ts, err := ParseTimestamp(text)
		return uint64(ts.Clock), err
	case sqltypes.Date:
		v, err := ParseDate(text)
		return uint64(v), err
	case sqltypes.Time:
		v, err := ParseTimeOfDay(text)
		return uint64(v), err
	case sqltypes.UUID:
		off := len(b.Arena)
		var err error
		if b.Arena, err = AppendGUID(b.Arena, text); err != nil {
			return 0, err
		}
		return arenaRef(b, off)
	case sqltypes.Varbinary:
		off := len(b.Arena)
		var err error
		if b.Arena, err = AppendBase64(b.Arena, text); err != nil {
			return 0, err
		}
		return arenaRef(b, off)
	case sqltypes.Interval:
		v, err := ParseDuration(text)
		if err != nil {
			return 0, err
		}
		off := len(b.Arena)
		b.Arena = v.AppendEncoded(b.Arena)
		return arenaRef(b, off)
	}
	return 0, fmt.Errorf("cannot be read: there is no conversion to %s", kind)
}

// inZone turns a clock of the configured zone into an instant.
func (d *Decoder) inZone(clock int64) int64 {
	days, ofDay := sqltypes.SplitTicks(clock)
	y, m, day := sqltypes.Civil(days)
	s := int(ofDay / sqltypes.TicksPerSecond)
	t := time.Date(y, time.Month(m), day, 0, 0, s, 0, d.zone)
	return t.Unix()*sqltypes.TicksPerSecond + ofDay%sqltypes.TicksPerSecond
}

const maxErrorText = 60

func (d *Decoder) valueError(c *decoderColumn, t Token, err error) error {
	text := t.Bytes(d.scanner.page)
	if len(text) > maxErrorText {
		cut := maxErrorText - len("…")
		for cut > 0 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = append(text[:cut:cut], "…"...)
	}
	e := &ValueError{Column: d.scanner.columns[c.from], Row: d.scanner.rows, Text: string(text), Type: d.layout.Types[c.to], Err: err}
	if t.IsString() {
		e.Text = `"` + strings.ToValidUTF8(e.Text, "?") + `"`
	}
	return e
}
