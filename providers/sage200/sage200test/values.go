package sage200test

import (
	"fmt"
	"hash/fnv"
	"time"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// value makes up the value of a field of row i. It stands for chance, so that
// every run of the server tells the same story.
func (r *resource) value(c column, i int, all map[string]*resource) odatatest.Value {
	h := chance(r.name, c.name, i)
	if c.name == "id" {
		return odatatest.Int(id(i))
	}
	if c.nullable && h%5 == 0 {
		return odatatest.Null()
	}
	h /= 5
	switch c.kind {
	case 'l':
		switch target := all[c.of]; {
		case target != nil && target.rows > 0:
			return odatatest.Int(id(int(h % uint64(target.rows))))
		case c.name == "sop_order_line_id":
			return odatatest.Int(id(i))
		}
		return odatatest.Int(id(i / 2))
	case 'i', 'h':
		return odatatest.Int(int64(h % 60))
	case 'b':
		return odatatest.Bool(h%3 == 0)
	case 'n':
		return odatatest.Decimal(int64(h%9_999_999)-999_999, c.size)
	case 't':
		return odatatest.DateTime(epoch.Add(time.Duration(h%50_000_000) * tick))
	case 'd':
		return odatatest.DayTime(16_800 + int(h%900))
	case 'e':
		return odatatest.EnumValue(int64(h % uint64(len(enumerations[c.of]))))
	}
	return odatatest.String(words(h, i, c.size))
}

// epoch and tick are those of SQL Server's datetime: three-hundredths of a
// second, which no number of milliseconds is.
var epoch = time.Date(2016, 2, 23, 0, 0, 0, 0, time.UTC)

const tick = time.Second / 300

// id numbers rows with gaps, as rows are that others were deleted from.
func id(i int) int64 { return int64(1000 + i + i/7*5) }

func chance(resource, field string, i int) uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s.%s.%d", resource, field, i) // a hash takes everything
	x := h.Sum64()
	x ^= x >> 31
	x *= 0x9e3779b97f4a7c15
	return x ^ x>>29
}

var vocabulary = [...]string{
	"Abbey Retail", "abbey retail", "A1 Design Services", "O'Neill & Sons", "Straße 7", "ACME01", "100% Linen", "under_score",
	"", "back\\slash", "Zoë", "ZOË", "Blythe Hotels ", "Façade", "\"quoted\"", "Compton Packaging",
}

func words(h uint64, i, length int) string {
	text := vocabulary[h%uint64(len(vocabulary))]
	if h>>8%3 == 0 {
		text = fmt.Sprintf("%08d", i%97)
	}
	if runes := []rune(text); length > 0 && len(runes) > length {
		text = string(runes[:length])
	}
	return text
}
