package acumaticatest

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strconv"
	"time"
)

// record is one row of an entity, computed whenever it is read: its place says
// all of it.
type record struct {
	of     *entity
	place  string // of the records above and the members on the way, for chance
	i      int    // among its siblings
	parent *record
}

func (s *Server) top(e *entity, i int) *record { return &record{of: e, place: e.name, i: i} }

func (r *record) seed(what string) uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s/%d/%s", r.place, r.i, what) // a hash does not fail
	x := h.Sum64()
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

func (r *record) pick(what string, n int) int { return int(r.seed(what) % uint64(n)) }

// id is the record's own, the same in every answer.
func (r *record) id() string {
	a, b := r.seed("id"), r.seed("id2")
	return fmt.Sprintf("%08x-%04x-4%03x-9%03x-%012x", uint32(a), uint16(a>>32), uint16(a>>48)&0xfff, uint16(b)&0xfff, b>>16)
}

func (r *record) inner(name string, of *entity, i int) *record {
	return &record{of: of, place: fmt.Sprintf("%s/%d/%s", r.place, r.i, name), i: i, parent: r}
}

// rows are the records of a collection.
func (r *record) rows(name string, of *entity) []*record {
	n := r.pick("#"+name, 4)
	if name == "Details" && n == 0 {
		n = 1
	}
	out := make([]*record, n)
	for i := range out {
		out[i] = r.inner(name, of, i)
	}
	return out
}

// value is the value of a field: a string, an int64, a json.Number, a bool or a
// time.Time; nil if there is none.
func (r *record) value(f field) any {
	if fixed, ok := known[r.of.name+"."+f.name]; ok {
		return fixed(r)
	}
	if r.pick("null "+f.name, 7) == 0 {
		return nil
	}
	return r.chance(f.name, f.kind)
}

// epoch is the day that made-up dates count from.
var epoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// chance is a value of a kind that nobody has defined.
func (r *record) chance(name, kind string) any {
	x := r.pick(name, 1000)
	switch kind {
	case "Boolean":
		return x%2 == 0
	case "Byte":
		return int64(x % 200)
	case "Int", "Short":
		return int64(x)
	case "Long":
		return 5_000_000_000 + int64(x)
	case "Decimal":
		return amount(int64(x)*1237, 4)
	case "Double":
		return json.Number(strconv.FormatFloat(float64(x)/8, 'f', -1, 64))
	case "Guid":
		return r.inner(name, r.of, 0).id()
	case "DateTime":
		return epoch.Add(time.Duration(x) * (25*time.Hour + 37*time.Second + 17*time.Millisecond))
	}
	return words[x%len(words)] + " " + strconv.Itoa(x%10)
}

var words = []string{"Alta Ace", "böhm", "O'Hare", "alta ace", "Żuk & Co", "100% cotton", "under_score", "[brackets]", "Mountain View", "zebra", "BÖHM", "new york"}

// amount is a decimal with its trailing zeros, as amounts come.
func amount(coefficient int64, scale int) json.Number {
	sign := ""
	if coefficient < 0 {
		sign, coefficient = "-", -coefficient
	}
	digits := fmt.Sprintf("%0*d", scale+1, coefficient)
	return json.Number(sign + digits[:len(digits)-scale] + "." + digits[len(digits)-scale:])
}

func among(what string, list ...string) func(*record) any {
	return func(r *record) any { return list[r.pick(what, len(list))] }
}

// known are the fields of the wholesaler whose values mean something.
var known = map[string]func(*record) any{
	"Customer.CustomerID":                     func(r *record) any { return fmt.Sprintf("C%06d", r.i+1) },
	"Customer.BAccountID":                     func(r *record) any { return int64(7000 + r.i) },
	"Customer.CustomerClass":                  among("class", "LOCAL", "local", "INTL", "EXPORT"),
	"Customer.Status":                         among("status", "Active", "On Hold", "Inactive"),
	"Customer.CurrencyID":                     among("currency", "USD", "EUR"),
	"Customer.NoteID":                         func(r *record) any { return r.id() },
	"SalesOrder.OrderType":                    func(r *record) any { return []string{"SO", "QT", "CM"}[r.i/40%3] },
	"SalesOrder.OrderNbr":                     func(r *record) any { return fmt.Sprintf("SO%06d", r.i+1) },
	"SalesOrder.CustomerID":                   func(r *record) any { return fmt.Sprintf("C%06d", r.pick("customer", 40)+1) },
	"SalesOrder.Status":                       among("status", "Open", "Completed", "Back Order"),
	"SalesOrder.OrderTotal":                   func(r *record) any { return amount(int64(r.pick("total", 90_000)), 2) },
	"SalesOrder.Date":                         func(r *record) any { return epoch.AddDate(0, 0, r.i) },
	"SalesOrderDetail.LineNbr":                func(r *record) any { return int64(r.i + 1) },
	"SalesOrderDetail.InventoryID":            among("item", "AALEGO500", "CONGRILL", "CPU0001", "HEADSET"),
	"SalesOrderDetailAllocation.SplitLineNbr": func(r *record) any { return int64(r.i + 1) },
	"StockItem.InventoryID":                   func(r *record) any { return fmt.Sprintf("ITEM%04d", r.i+1) },
	"StockItem.ItemStatus":                    among("status", "Active", "Inactive"),
	"PurchaseOrder.Type":                      func(*record) any { return "Normal" },
	"PurchaseOrder.OrderNbr":                  func(r *record) any { return fmt.Sprintf("PO%06d", r.i+1) },
	"PurchaseOrder.Status":                    among("status", "Open", "Closed"),
	"Shipment.Type":                           func(*record) any { return "Shipment" },
	"Shipment.ShipmentNbr":                    func(r *record) any { return fmt.Sprintf("SH%06d", r.i+1) },
	"Shipment.Status":                         among("status", "Open", "Confirmed"),
}

// custom is the value of a custom field.
func (r *record) customValue(f customField) any {
	if r.pick("null "+f.view+f.field, 3) == 0 {
		return nil
	}
	return r.chance(f.view+"."+f.field, f.kind)
}

// sizes are how many records the wholesaler has of each entity.
func (s *Server) size(e *entity) int {
	if s.cfg.contract != nil {
		return 3
	}
	switch e.name {
	case "Customer":
		return s.cfg.customers
	case "SalesOrder":
		return s.cfg.customers * 3 / 2
	}
	return min(25, s.cfg.customers)
}
