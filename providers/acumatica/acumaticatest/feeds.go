package acumaticatest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// odataFeed is an OData interface with the habits of Acumatica's.
type odataFeed struct {
	h    *odatatest.Handler
	base string
	// formulas are columns that are not in the database: a condition on one, or an
	// order by one, is answered with nothing.
	formulas []string
	// refused are columns that neither $filter nor $select may name, by set.
	refused map[string][]string
	// expands says that $expand is known.
	expands bool
	// called are the sets with parameters, by the function that binds them.
	called map[string]calledSet
	// deleted has the removed records of classes, by their names.
	deleted *odatatest.Handler
	// metadata is put in before the end of the container, and before and behind it.
	types, imports, notes string
}

type calledSet struct{ set, parameter string }

func (f *odataFeed) serve(w http.ResponseWriter, r *http.Request) {
	rest := strings.TrimPrefix(r.URL.Path, f.base)
	query := r.URL.Query()
	set, _, _ := strings.Cut(strings.Trim(rest, "/"), "(")
	filter, order := query.Get("$filter"), query.Get("$orderby")
	switch {
	case strings.Trim(rest, "/") == "$metadata":
		f.metadata(w, r)
		return
	case query.Has("$count") || query.Has("$inlinecount") || query.Has("$expand") && !f.expands || query.Has("$apply"):
		http.Error(w, `{"error":{"code":"","message":"The query specified in the URI is not valid. The option is not supported."}}`, http.StatusBadRequest)
		return
	case names(filter+" "+order, f.formulas):
		w.Header().Set("Content-Type", "application/json; odata.metadata=minimal")
		w.WriteHeader(http.StatusOK)
		return
	case names(filter+" "+query.Get("$select"), f.refused[set]):
		http.Error(w, `{"error":{"code":"","message":"The property cannot be used in the $filter or $select query option."}}`, http.StatusBadRequest)
		return
	}
	if class, ok := strings.CutSuffix(strings.Trim(rest, "/"), "/px.GetDeletedRecords()"); ok && f.deleted != nil {
		f.deleted.ServeHTTP(w, moved(r, f.base+"/"+class, r.URL.RawQuery))
		return
	}
	for name, c := range f.called {
		if set == name {
			f.call(w, r, c, query)
			return
		}
		if set == c.set { // parameters are not bound: there is nothing
			f.filtered(w, r, c.set, query, "1 eq 0")
			return
		}
	}
	f.h.ServeHTTP(w, r)
}

// names says whether a text names one of the columns.
func names(text string, columns []string) bool {
	return slices.ContainsFunc(columns, func(c string) bool {
		return regexp.MustCompile(`\b` + regexp.QuoteMeta(c) + `\b`).MatchString(text)
	})
}

// call reads the set of a function with its parameter bound: V4 has it in the
// address, V3 among the options.
func (f *odataFeed) call(w http.ResponseWriter, r *http.Request, c calledSet, query url.Values) {
	value := query.Get("@" + c.parameter)
	if m := regexp.MustCompile(`\(` + c.parameter + `=('(?:[^']|'')*')\)`).FindStringSubmatch(r.URL.Path); m != nil {
		value = m[1]
	}
	if value == "" && query.Has(c.parameter) {
		value = "'" + strings.ReplaceAll(query.Get(c.parameter), "'", "''") + "'"
	}
	if value == "" {
		http.Error(w, `{"error":{"code":"","message":"A parameter is missing."}}`, http.StatusBadRequest)
		return
	}
	query.Del("@" + c.parameter)
	query.Del(c.parameter)
	f.filtered(w, r, c.set, query, c.parameter+" eq "+value)
}

// filtered reads a set with a further condition.
func (f *odataFeed) filtered(w http.ResponseWriter, r *http.Request, set string, query url.Values, condition string) {
	if old := query.Get("$filter"); old != "" {
		condition = "(" + old + ") and " + condition
	}
	query.Set("$filter", condition)
	f.h.ServeHTTP(w, moved(r, f.base+"/"+set, strings.ReplaceAll(query.Encode(), "+", "%20")))
}

// moved is a request for another address.
func moved(r *http.Request, path, query string) *http.Request {
	inner := r.Clone(r.Context())
	u := *r.URL
	u.Path, u.RawPath, u.RawQuery = path, "", query
	inner.URL, inner.RequestURI = &u, u.RequestURI()
	return inner
}

// metadata adds what Acumatica's documents have and the handler's does not.
func (f *odataFeed) metadata(w http.ResponseWriter, r *http.Request) {
	plain := r.Clone(r.Context())
	plain.Header.Del("Accept-Encoding")
	rec := httptest.NewRecorder()
	f.h.ServeHTTP(rec, plain)
	doc := rec.Body.String()
	doc = strings.Replace(doc, "<EntityContainer", f.types+"<EntityContainer", 1)
	doc = strings.Replace(doc, "</EntityContainer>", f.imports+"</EntityContainer>"+f.notes, 1)
	w.Header().Set("Content-Type", "application/xml")
	_, _ = w.Write([]byte(doc)) // the client may have gone
}

func (s *Server) feed(v odatatest.Version, schema *odatatest.Schema, base string) *odataFeed {
	data, err := odatatest.NewData(schema, s.cfg.collation)
	if err != nil {
		panic("acumaticatest: " + err.Error())
	}
	base = s.root() + base
	opts := []odatatest.Option{odatatest.WithBasePath((&url.URL{Path: base}).EscapedPath())}
	if s.cfg.giPage > 0 {
		opts = append(opts, odatatest.WithPageSize(s.cfg.giPage))
	}
	return &odataFeed{h: odatatest.NewHandler(v, data, opts...), base: base, refused: map[string][]string{}, called: map[string]calledSet{}}
}

func text(name string) odatatest.Column {
	return odatatest.Column{Name: name, Type: odatatest.EdmString, Nullable: true}
}

func typed(name string, t odatatest.Type) odatatest.Column {
	return odatatest.Column{Name: name, Type: t, Nullable: true}
}

// inquiries are the generic inquiries that are exposed.
func (s *Server) inquiries() *odataFeed {
	version, base := odatatest.V4, "/t/"+s.cfg.tenant+"/api/odata/gi"
	when := odatatest.EdmDateTimeOffset
	if s.cfg.legacy {
		version, base, when = odatatest.V3, "/odata/"+s.cfg.tenant, odatatest.EdmDateTime
	}
	customers := []odatatest.Column{text("CustomerID"), text("CustomerName"), text("Status"), typed("CreditLimit", odatatest.EdmDecimal),
		typed("LastModifiedOn", when), typed("Orders", odatatest.EdmInt32)}
	margins := []odatatest.Column{text("CustomerID"), typed("Sales", odatatest.EdmDecimal), typed("Margin", odatatest.EdmDecimal)}
	storage := []odatatest.Column{text("InventoryID"), text("Warehouse"), text("InventoryID_2"), typed("QtyOnHand", odatatest.EdmDecimal), typed("_2Update", odatatest.EdmBoolean)}
	set := func(name, typ string, key []string, columns []odatatest.Column, n int, seed string) *odatatest.Set {
		return &odatatest.Set{Name: name, Type: typ, Columns: columns, MetadataKey: key, ReadOnly: true, Rows: madeUp(seed, columns, n)}
	}
	schema := &odatatest.Schema{Namespace: "GenericInquiry", Container: "Default", Sets: []*odatatest.Set{
		set("BI-Customers", "BICustomers", []string{"CustomerID"}, customers, s.cfg.customers, "gi customers"),
		set("Customer Contacts", "CustomerContacts", []string{"CustomerID", "Contact"}, []odatatest.Column{text("CustomerID"), text("Contact"), text("Email")}, 30, "contacts"),
		set("BI-Margins", "BIMargins", []string{"CustomerID"}, margins, 20, "margins"),
		set("DB-StorageDetails", "DBStorageDetails", []string{"InventoryID"}, storage, 60, "storage"),
	}}
	f := s.feed(version, schema, base)
	f.formulas = []string{"Margin"}
	f.called = map[string]calledSet{"DBStorageDetails_WithParameters": {"DB-StorageDetails", "Warehouse"}}
	if version == odatatest.V4 {
		f.types = `<Function Name="DBStorageDetails_WithParameters"><Parameter Name="Warehouse" Type="Edm.String"/><ReturnType Type="Collection(GenericInquiry.DBStorageDetails)"/></Function>`
		f.imports = `<FunctionImport Name="DBStorageDetails_WithParameters" Function="GenericInquiry.DBStorageDetails_WithParameters" EntitySet="DB-StorageDetails"/>`
	} else {
		f.imports = `<FunctionImport Name="DBStorageDetails_WithParameters" ReturnType="Collection(GenericInquiry.DBStorageDetails)" EntitySet="DB-StorageDetails"><Parameter Name="Warehouse" Type="Edm.String"/></FunctionImport>`
	}
	return f
}

var deletedColumns = []odatatest.Column{{Name: "NoteID", Type: odatatest.EdmGuid}, {Name: "DeleteDate", Type: odatatest.EdmDateTimeOffset}}

// classes are the data access classes.
func (s *Server) classes() *odataFeed {
	base := "/t/" + s.cfg.tenant + "/api/odata/dac"
	if s.cfg.legacy {
		base = "/odatav4/" + s.cfg.tenant
	}
	order := []odatatest.Column{{Name: "OrderType", Type: odatatest.EdmString}, {Name: "OrderNbr", Type: odatatest.EdmString}, typed("CustomerID", odatatest.EdmInt32),
		typed("OrderDate", odatatest.EdmDateTimeOffset), typed("OrderTotal", odatatest.EdmDecimal), typed("Hold", odatatest.EdmBoolean), typed("NoteID", odatatest.EdmGuid), text("NoteText"), typed("CuryRate", odatatest.EdmDecimal)}
	line := []odatatest.Column{{Name: "OrderType", Type: odatatest.EdmString}, {Name: "OrderNbr", Type: odatatest.EdmString}, {Name: "LineNbr", Type: odatatest.EdmInt32},
		typed("InventoryID", odatatest.EdmInt32), typed("OrderQty", odatatest.EdmDecimal), typed("LineAmt", odatatest.EdmDecimal)}
	account := []odatatest.Column{{Name: "BAccountID", Type: odatatest.EdmInt32}, {Name: "AcctCD", Type: odatatest.EdmString}, text("AcctName"), typed("CreditLimit", odatatest.EdmDecimal)}
	orders := orderRows(s.cfg.customers*3/2, s.cfg.customers)
	lines := lineRows(orders)
	accounts := accountRows(s.cfg.customers)
	schema := &odatatest.Schema{Namespace: "PX.Objects.SO", Container: "Container"}
	add := func(typ string, columns []odatatest.Column, key []string, rows [][]odatatest.Value, nav []odatatest.Navigation, setNames ...string) {
		for _, name := range setNames {
			schema.Sets = append(schema.Sets, &odatatest.Set{Name: name, Type: typ, Columns: columns, Key: key, ReadOnly: true, Rows: odatatest.ValueRows(rows), Navigations: nav})
		}
	}
	add("SOOrder", order, []string{"OrderType", "OrderNbr"}, orders, []odatatest.Navigation{
		{Name: "BAccountByCustomerID", Target: "BAccount", On: [][2]string{{"CustomerID", "BAccountID"}}},
		{Name: "SOLineCollection", Target: "SOLine", Many: true, On: [][2]string{{"OrderType", "OrderType"}, {"OrderNbr", "OrderNbr"}}},
	}, "PX_Objects_SO_SOOrder", "SalesOrder", "SOOrder")
	add("SOLine", line, []string{"OrderType", "OrderNbr", "LineNbr"}, lines, []odatatest.Navigation{
		{Name: "SOOrderByOrderNbr", Target: "SOOrder", On: [][2]string{{"OrderType", "OrderType"}, {"OrderNbr", "OrderNbr"}}},
	}, "PX_Objects_SO_SOLine", "SalesOrderLine", "SOLine")
	add("BAccount", account, []string{"BAccountID"}, accounts, nil, "PX_Objects_CR_BAccount", "BusinessAccount", "BAccount")
	f := s.feed(odatatest.V4, schema, base)
	f.expands = true
	f.deleted = s.feed(odatatest.V4, &odatatest.Schema{Namespace: "px", Container: "Container", Sets: []*odatatest.Set{{Name: "SOOrder", Type: "DeletedRecord", ReadOnly: true,
		MetadataKey: []string{"NoteID"}, Rows: madeUp("deleted orders", deletedColumns, 12), Columns: deletedColumns}}}, base).h
	for _, name := range []string{"PX_Objects_SO_SOOrder", "SalesOrder", "SOOrder"} {
		f.refused[name] = []string{"NoteText", "CuryRate"}
		f.notes += `<Annotations Target="PX.Objects.SO.Container/` + name + `"><Annotation Term="Org.OData.Capabilities.V1.FilterRestrictions"><Record><PropertyValue Property="NonFilterableProperties"><Collection><PropertyPath>NoteText</PropertyPath><PropertyPath>CuryRate</PropertyPath></Collection></PropertyValue></Record></Annotation></Annotations>`
	}
	return f
}

// madeUp are rows of any columns, by chance.
func madeUp(seed string, columns []odatatest.Column, n int) odatatest.Source {
	rows := make([][]odatatest.Value, n)
	for i := range rows {
		r := &record{of: &entity{name: seed}, place: seed, i: i}
		for _, c := range columns {
			rows[i] = append(rows[i], r.odataValue(c))
		}
	}
	return odatatest.ValueRows(rows)
}

func (r *record) odataValue(c odatatest.Column) odatatest.Value {
	x := r.pick(c.Name, 1000)
	switch {
	case c.Name == "CustomerID":
		return odatatest.String(fmt.Sprintf("C%06d", r.i+1))
	case c.Name == "Warehouse":
		return odatatest.String([]string{"WHOLESALE", "RETAIL", "O'HARE"}[x%3])
	case r.pick("null "+c.Name, 6) == 0:
		return odatatest.Null()
	}
	switch c.Type {
	case odatatest.EdmInt32:
		return odatatest.Int(int64(x))
	case odatatest.EdmDecimal:
		return odatatest.Decimal(int64(x)*991, 4)
	case odatatest.EdmBoolean:
		return odatatest.Bool(x%2 == 0)
	case odatatest.EdmDateTime, odatatest.EdmDateTimeOffset:
		return odatatest.DateTime(epoch.AddDate(0, 0, x))
	case odatatest.EdmGuid:
		return odatatest.GUID(r.inner(c.Name, r.of, 0).id())
	}
	return odatatest.String(words[x%len(words)] + " " + strconv.Itoa(x%10))
}

func orderRows(n, customers int) [][]odatatest.Value {
	rows := make([][]odatatest.Value, n)
	for i := range rows {
		r := &record{of: &entity{name: "SOOrder"}, place: "dac orders", i: i}
		// In the order of the key.
		typ := []string{"CM", "QT", "SO"}[i*3/max(n, 1)]
		rows[i] = []odatatest.Value{odatatest.String(typ), odatatest.String(fmt.Sprintf("%06d", i+1)), odatatest.Int(int64(7000 + r.pick("customer", max(1, customers)))),
			r.odataValue(typed("OrderDate", odatatest.EdmDateTimeOffset)), r.odataValue(typed("OrderTotal", odatatest.EdmDecimal)), r.odataValue(typed("Hold", odatatest.EdmBoolean)),
			r.odataValue(typed("NoteID", odatatest.EdmGuid)), r.odataValue(text("NoteText")), r.odataValue(typed("CuryRate", odatatest.EdmDecimal))}
	}
	return rows
}

func lineRows(orders [][]odatatest.Value) [][]odatatest.Value {
	var rows [][]odatatest.Value
	for i, o := range orders {
		r := &record{of: &entity{name: "SOLine"}, place: "dac lines", i: i}
		for l := range r.pick("lines", 4) {
			line := r.inner("line", r.of, l)
			rows = append(rows, []odatatest.Value{o[0], o[1], odatatest.Int(int64(l + 1)), line.odataValue(typed("InventoryID", odatatest.EdmInt32)),
				line.odataValue(typed("OrderQty", odatatest.EdmDecimal)), line.odataValue(typed("LineAmt", odatatest.EdmDecimal))})
		}
	}
	return rows
}

func accountRows(n int) [][]odatatest.Value {
	rows := make([][]odatatest.Value, n)
	for i := range rows {
		r := &record{of: &entity{name: "BAccount"}, place: "dac accounts", i: i}
		rows[i] = []odatatest.Value{odatatest.Int(int64(7000 + i)), odatatest.String(fmt.Sprintf("C%06d", i+1)),
			r.odataValue(text("AcctName")), r.odataValue(typed("CreditLimit", odatatest.EdmDecimal))}
	}
	return rows
}
