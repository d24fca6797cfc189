package epicorerp

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// orderServer serves order lines the way Kinetic does, for next to no CPU: rows
// are rendered once, and a page is a copy of them with running keys put in. So
// a measurement sees the client, and ten million rows take no memory.
//
// It knows the requests that the driver sends, and answers 400 to all else.
type orderServer struct {
	*httptest.Server
	rows, limit int // of the set, and of a page
	latency     time.Duration
	starts      []int // first row of each order; nil where all have linesPerOrder

	templates [][]byte
	number    int // offset of the ten digits of OrderNum in a template
	line      int // offset of the digit of OrderLine
	buffers   sync.Pool
	requests  atomic.Int64
}

const (
	orderBase      = "/erp/api/v2/odata/EPIC06/Erp.BO.SalesOrderSvc/"
	firstNumber    = 1_000_000_000 // so that all numbers have ten digits
	linesPerOrder  = 5
	templateNumber = `"OrderNum":`
	templateLine   = `"OrderLine":`
)

func newOrderServer(t testing.TB, rows, limit int, latency time.Duration) *orderServer {
	s := &orderServer{rows: rows, limit: limit, latency: latency}
	s.buffers.New = func() any { return new([]byte) }
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		b := []byte{}
		for _, c := range orderColumns {
			value := c.make(r)
			switch c.name {
			case "Company":
				value = `"EPIC06"`
			case "OrderNum":
				value = strconv.Itoa(firstNumber)
			case "OrderLine":
				value = "1"
			}
			b = append(b, `,"`+c.name+`":`+value...)
		}
		b[0] = '{'
		s.templates = append(s.templates, append(b, "},"...))
	}
	s.number = strings.Index(string(s.templates[0]), templateNumber) + len(templateNumber)
	s.line = strings.Index(string(s.templates[0]), templateLine) + len(templateLine)
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// unevenly gives orders one to nine lines, one number in ten none: what a
// client expects behind a key is then seldom what it gets.
func (s *orderServer) unevenly() *orderServer {
	r := rand.New(rand.NewPCG(3, 4))
	for n := 0; n < s.rows; {
		s.starts = append(s.starts, n)
		if r.IntN(10) > 0 {
			n += 1 + r.IntN(9)
		}
	}
	return s
}

// row is the row of a line, counted from 0, of an order, or where it would be.
func (s *orderServer) row(number, line int) int {
	order := number - firstNumber
	switch {
	case s.starts == nil:
		return order*linesPerOrder + line
	case order >= len(s.starts):
		return s.rows
	}
	return s.starts[order] + line
}

// key is the order and the line, counted from 0, of a row.
func (s *orderServer) key(row int) (number, line int) {
	if s.starts == nil {
		return firstNumber + row/linesPerOrder, row % linesPerOrder
	}
	order := sort.SearchInts(s.starts, row+1) - 1 // the last of those that start there: the others have no lines
	return firstNumber + order, row - s.starts[order]
}

func (s *orderServer) dsn(properties string) string {
	return "URL=" + s.URL + ";ERPInstance=erp;User=u;Password=p;ApiVersion=v2;Company=EPIC06;ApiKey=k;Service=Erp.BO.SalesOrderSvc;" + properties
}

// pageURL is the ith page when all rows are asked for in full pages.
func (s *orderServer) pageURL(i int) string {
	number, line := s.key(i * s.limit)
	filter := fmt.Sprintf("(OrderNum gt %d or (OrderNum eq %[1]d and OrderLine gt %d))", number, line)
	return s.URL + orderBase + "OrderDtls?$filter=" + url.PathEscape(filter) + "&$orderby=OrderNum,OrderLine&$top=" + strconv.Itoa(s.limit)
}

func (s *orderServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.requests.Add(1)
	if s.latency > 0 {
		time.Sleep(s.latency)
	}
	switch strings.TrimPrefix(r.URL.Path, orderBase) {
	case "":
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"value":[{"name":"OrderDtls","kind":"EntitySet","url":"OrderDtls"}]}`)
	case "$metadata":
		w.Header().Set("Content-Type", "application/xml")
		fmt.Fprint(w, orderMetadata())
	case "OrderDtls":
		s.page(w, r)
	default:
		http.NotFound(w, r)
	}
}

func orderMetadata() string {
	var b strings.Builder
	b.WriteString(`<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>` +
		`<Schema Namespace="Erp.BO" xmlns="http://docs.oasis-open.org/odata/ns/edm"><EntityType Name="OrderDtl">` +
		`<Key><PropertyRef Name="Company"/><PropertyRef Name="OrderNum"/><PropertyRef Name="OrderLine"/></Key>`)
	edm := map[sqltypes.Kind]string{
		sqltypes.Varchar: "Edm.String", sqltypes.Integer: "Edm.Int32", sqltypes.BigInt: "Edm.Int64", sqltypes.Bool: "Edm.Boolean",
		sqltypes.Decimal: `Edm.Decimal" Precision="18" Scale="5`, sqltypes.TimestampTZ: "Edm.DateTimeOffset", sqltypes.UUID: "Edm.Guid",
	}
	for i, c := range orderColumns {
		nullable := ""
		if i < 3 {
			nullable = ` Nullable="false"`
		}
		fmt.Fprintf(&b, `<Property Name="%s" Type="%s"%s/>`, c.name, edm[c.typ.Kind], nullable)
	}
	b.WriteString(`</EntityType><EntityContainer Name="Container"><EntitySet Name="OrderDtls" EntityType="Erp.BO.OrderDtl"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`)
	return b.String()
}

var orderConditions = regexp.MustCompile(`\(OrderNum gt (\d+) or \(OrderNum eq (\d+) and OrderLine gt (\d+)\)\)|OrderNum (ge|lt) (\d+)|Company (eq|ne) 'EPIC06'| and `)

// stretch reads the conditions that the driver makes of keys: the rows from lo
// to hi without hi.
func (s *orderServer) stretch(filter string) (lo, hi int, ok bool) {
	hi = s.rows
	for _, m := range orderConditions.FindAllStringSubmatch(filter, -1) {
		row := func(number, line string) int {
			n, _ := strconv.Atoi(number)
			l, _ := strconv.Atoi(line)
			return s.row(n, l)
		}
		switch {
		case m[1] != "":
			lo = max(lo, row(m[1], m[3]))
		case m[4] == "ge":
			lo = max(lo, row(m[5], "0"))
		case m[4] == "lt":
			hi = min(hi, row(m[5], "0"))
		case m[6] == "ne":
			hi = 0
		}
	}
	return lo, max(lo, hi), orderConditions.ReplaceAllString(filter, "") == ""
}

func (s *orderServer) page(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	lo, hi, ok := s.stretch(q.Get("$filter"))
	top, skip := s.limit, 0
	if v := q.Get("$top"); v != "" {
		top, _ = strconv.Atoi(v)
	}
	if v := q.Get("$skip"); v != "" {
		skip, _ = strconv.Atoi(v)
	}
	if !ok {
		http.Error(w, "unknown condition: "+q.Get("$filter"), http.StatusBadRequest)
		return
	}
	total := hi - lo
	first := lo + skip
	n := max(0, min(top, s.limit, hi-first))
	if strings.Contains(q.Get("$orderby"), " desc") { // only the last row is asked for so
		n = min(1, total)
		first = hi - n
	}
	buffer := s.buffers.Get().(*[]byte)
	defer s.buffers.Put(buffer)
	b := append((*buffer)[:0], `{"@odata.context":"https://erp.example/$metadata#OrderDtls",`...)
	if q.Get("$count") == "true" {
		b = append(strconv.AppendInt(append(b, `"@odata.count":`...), int64(total), 10), ',')
	}
	b = append(b, `"value":[`...)
	b = s.appendRows(b, first, n)
	b = append(b, "]}"...)
	*buffer = b
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	_, _ = w.Write(b) // the client may have gone
}

func (s *orderServer) appendRows(b []byte, first, n int) []byte {
	for i := first; i < first+n; i++ {
		at := len(b)
		b = append(b, s.templates[i%len(s.templates)]...)
		number, line := s.key(i)
		for d := s.number + 9; number > 0; d-- {
			b[at+d] = byte('0' + number%10)
			number /= 10
		}
		b[at+s.line] = byte('1' + line)
	}
	if n > 0 {
		b = b[:len(b)-1]
	}
	return b
}

// TestOrderServerPagesAsKineticDoes keeps the measurements honest.
func TestOrderServerPagesAsKineticDoes(t *testing.T) {
	s := newOrderServer(t, 1_000, 100, 0)
	lo, hi, ok := s.stretch("Company eq 'EPIC06' and (OrderNum gt 1000000003 or (OrderNum eq 1000000003 and OrderLine gt 2)) and OrderNum lt 1000000010")
	if !ok || lo != 17 || hi != 50 {
		t.Fatalf("rows %d to %d, %v", lo, hi, ok)
	}
	if _, _, ok := s.stretch("OrderNum ne 7"); ok {
		t.Fatal("an unknown condition must be refused")
	}
	uneven := newOrderServer(t, 1_000, 100, 0).unevenly()
	for row := range 1_000 {
		if number, line := uneven.key(row); uneven.row(number, line) != row || line > 8 {
			t.Fatalf("row %d is line %d of order %d", row, line, number)
		}
	}
	rows := string(s.appendRows(nil, 4, 2))
	if !strings.Contains(rows, `"OrderNum":1000000000,"OrderLine":5,`) || !strings.Contains(rows, `"OrderNum":1000000001,"OrderLine":1,`) {
		t.Fatal(rows)
	}
	if !slices.ContainsFunc(s.templates, func(b []byte) bool { return strings.Contains(string(b), `\"`) }) {
		t.Fatal("no row has an escape")
	}
}
