package epicortest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// parameter of a BAQ, given by its exact name in the query string.
type parameter struct {
	name     string
	kind     string // swagger type: string, integer, boolean, date
	required bool
	list     bool // may be repeated
	fallback string
}

// baqDef is a business activity query: columns {Table}_{Field} or
// Calculated_{Name}, and a body that makes its rows.
type baqDef struct {
	id, description string
	columns         string
	updatable       string // the columns that can be written; "" makes the BAQ read-only
	parameters      []parameter
	rows            func(q *baqRun) error
}

// baqRun is one execution.
type baqRun struct {
	s       *Server
	company *company
	args    map[string][]string
	out     [][]odatatest.Value
	err     error
}

func (q *baqRun) arg(name string) string {
	if v := q.args[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// table reads a set of the company as it is now; the function gives a value by
// row and column name.
func (q *baqRun) table(service, set string) (n int, at func(row int, column string) odatatest.Value) {
	d, err := q.s.data(q.company.id, service)
	if err != nil {
		q.err = err
		return 0, nil
	}
	src, def := d.Rows(set), d.Set(set)
	pos := map[string]int{}
	for i, c := range def.Columns {
		pos[c.Name] = i
	}
	return src.Len(), func(row int, column string) odatatest.Value { return src.At(row, pos[column]) }
}

func (q *baqRun) emit(vals ...odatatest.Value) { q.out = append(q.out, vals) }

// baqs are the queries of the server, made anew for each caller: their bodies
// need the services, whose methods tell about BAQs.
func baqs() []baqDef {
	return []baqDef{
		{id: "zAllCustomers", description: "Customers with their credit",
			columns: "Customer_Company:s8 Customer_CustID:s10 Customer_CustNum:i Customer_Name:s50? Customer_CreditLimit:n19.3 Customer_EstDate:d? Customer_CreditHold:b Calculated_Initial:s1?",
			rows: func(q *baqRun) error {
				n, at := q.table("Erp.BO.CustomerSvc", "Customers")
				for i := 0; i < n; i++ {
					initial := odatatest.Null()
					if name := strings.TrimSpace(at(i, "Name").Text()); name != "" {
						initial = odatatest.String(string([]rune(name)[:1]))
					}
					q.emit(at(i, "Company"), at(i, "CustID"), at(i, "CustNum"), at(i, "Name"), at(i, "CreditLimit"), at(i, "EstDate"), at(i, "CreditHold"), initial)
				}
				return q.err
			}},
		{id: "PartsByVendor", description: "Parts of a vendor at a site, with an outer join to the second product code",
			parameters: []parameter{{name: "CurrentPlant", kind: "string", required: true}, {name: "vendorId", kind: "string"}},
			columns:    "Vendor_Name:s50 Vendor_VendorID:s8 PartPlant_PartNum:s50 Part_PartDescription:s1000? Part_PUM:s6? PartPlant_MinimumQty:n22.8 PartPlant_MaximumQty:n22.8 Part_UnitPrice:n17.5? PartPC1_ProdCode:s8? Calculated_Shortage:n22.8",
			rows:       partsByVendor},
		{id: "OpenOrderLines", description: "Open order lines from a date on, by customer and product codes", updatable: "OrderDtl_OrderQty OrderDtl_UnitPrice",
			parameters: []parameter{{name: "FromDate", kind: "date", required: true}, {name: "CustNum", kind: "integer"}, {name: "ProdCode", kind: "string", list: true}},
			columns:    "OrderHed_OrderNum:i OrderDtl_OrderLine:i OrderHed_CustNum:i OrderHed_OrderDate:d? OrderDtl_PartNum:s50 OrderDtl_ProdCode:s8 OrderDtl_OrderQty:n22.8 OrderDtl_UnitPrice:n17.5 Calculated_Extended:n17.3",
			rows:       openOrderLines},
		{id: "OrdersByStatus", description: "Orders by a list of currencies",
			parameters: []parameter{{name: "Currency", kind: "string", required: true, list: true}, {name: "OpenOnly", kind: "boolean", fallback: "false"}},
			columns:    "OrderHed_OrderNum:i OrderHed_CustNum:i OrderHed_CurrencyCode:s4 OrderHed_OpenOrder:b OrderHed_OrderDate:d? OrderHed_OrderAmt:n17.3 OrderHed_SysRevID:l",
			rows: func(q *baqRun) error {
				n, at := q.table("Erp.BO.SalesOrderSvc", "SalesOrders")
				for i := 0; i < n; i++ {
					if slices.Contains(q.args["Currency"], at(i, "CurrencyCode").Text()) && (q.arg("OpenOnly") != "true" || at(i, "OpenOrder").Int64() == 1) {
						q.emit(at(i, "OrderNum"), at(i, "CustNum"), at(i, "CurrencyCode"), at(i, "OpenOrder"), at(i, "OrderDate"), at(i, "OrderAmt"), at(i, "SysRevID"))
					}
				}
				return q.err
			}},
		{id: "InventoryValue", description: "Stock and its value by warehouse",
			parameters: []parameter{{name: "Warehouse", kind: "string"}},
			columns:    "PartWhse_PartNum:s50 PartWhse_WarehouseCode:s8 PartWhse_OnHandQty:n22.8 Calculated_Value:n25.13? PartWhse_CountedDate:d?",
			rows: func(q *baqRun) error {
				n, at := q.table("Erp.BO.PartSvc", "PartWhses")
				for i := 0; i < n; i++ {
					if w := q.arg("Warehouse"); w != "" && w != at(i, "WarehouseCode").Text() {
						continue
					}
					value := odatatest.Null()
					if i%5 != 0 {
						value = odatatest.Decimal(int64(i)*12345678901, 13)
					}
					q.emit(at(i, "PartNum"), at(i, "WarehouseCode"), at(i, "OnHandQty"), value, at(i, "CountedDate"))
				}
				return q.err
			}},
	}
}

func partsByVendor(q *baqRun) error {
	n, at := q.table("Erp.BO.PartSvc", "PartPlants")
	np, part := q.table("Erp.BO.PartSvc", "Parts")
	nv, vendor := q.table("Erp.BO.VendorSvc", "Vendors")
	if q.err != nil {
		return q.err
	}
	parts, vendors := map[string]int{}, map[int64]int{}
	for i := 0; i < np; i++ {
		parts[part(i, "PartNum").Text()] = i
	}
	for i := 0; i < nv; i++ {
		vendors[vendor(i, "VendorNum").Int64()] = i
	}
	for i := 0; i < n; i++ {
		v, known := vendors[at(i, "VendorNum").Int64()]
		if !known || at(i, "Plant").Text() != q.arg("CurrentPlant") || q.arg("vendorId") != "" && vendor(v, "VendorID").Text() != q.arg("vendorId") {
			continue
		}
		row := []odatatest.Value{vendor(v, "Name"), vendor(v, "VendorID"), at(i, "PartNum"), odatatest.Null(), odatatest.Null(), at(i, "MinimumQty"), at(i, "MaximumQty"), odatatest.Null(), odatatest.Null(), odatatest.Decimal(int64(i%4)*50000000, 8)}
		if p, ok := parts[at(i, "PartNum").Text()]; ok && i%9 != 0 { // an outer join that misses now and then
			row[3], row[4], row[7] = part(p, "PartDescription"), part(p, "PUM"), part(p, "UnitPrice")
			if i%2 == 0 {
				row[8] = part(p, "ProdCode")
			}
		}
		q.emit(row...)
	}
	return nil
}

func openOrderLines(q *baqRun) error {
	from, err := odatatest.Convert(q.arg("FromDate"), odatatest.EdmDateTime)
	if err != nil {
		return business("Parameter FromDate is not a valid date.")
	}
	nh, head := q.table("Erp.BO.SalesOrderSvc", "SalesOrders")
	n, at := q.table("Erp.BO.SalesOrderSvc", "OrderDtls")
	if q.err != nil {
		return q.err
	}
	dates := map[int64]odatatest.Value{}
	for i := 0; i < nh; i++ {
		dates[head(i, "OrderNum").Int64()] = head(i, "OrderDate")
	}
	codes := q.args["ProdCode"]
	for i := 0; i < n; i++ {
		if at(i, "OpenLine").Int64() != 1 {
			continue
		}
		if c := q.arg("CustNum"); c != "" && at(i, "CustNum").Text() != c || len(codes) > 0 && !slices.Contains(codes, at(i, "ProdCode").Text()) {
			continue
		}
		d := dates[at(i, "OrderNum").Int64()]
		if d.IsNull() || d.Text() < from.Text() {
			continue
		}
		q.emit(at(i, "OrderNum"), at(i, "OrderLine"), at(i, "CustNum"), d, at(i, "PartNum"), at(i, "ProdCode"), at(i, "OrderQty"), at(i, "UnitPrice"), at(i, "ExtPriceDtl"))
	}
	return nil
}

func findBAQ(id string) *baqDef {
	for _, b := range baqs() {
		if b.id == id {
			return &b
		}
	}
	return nil
}

// baq answers BaqSvc/, BaqSvc/{id} and below.
func (s *Server) baq(w http.ResponseWriter, r *http.Request, c *call) {
	if len(c.rest) == 1 {
		var ids []string
		for _, b := range baqs() {
			ids = append(ids, b.id)
		}
		s.serviceList(w, r, &call{version: c.version, base: c.base + "/BaqSvc"}, ids)
		return
	}
	b := findBAQ(c.rest[1])
	if b == nil {
		s.writeError(w, r, &restError{status: 404, kind: apiException, message: "Dynamic query is not found " + c.rest[1]})
		return
	}
	if err := s.runBAQ(w, r, c, b); err != nil {
		s.writeError(w, r, err)
	}
}

func (s *Server) runBAQ(w http.ResponseWriter, r *http.Request, c *call, b *baqDef) error {
	if r.Method != http.MethodGet {
		return &restError{status: 405, kind: apiException, message: "BAQ " + b.id + " is not updatable."}
	}
	var tail string
	if len(c.rest) > 2 {
		tail = c.rest[2]
	}
	run := &baqRun{s: s, company: c.company}
	if data := c.version == odatatest.V3 && tail == "" || c.version == odatatest.V4 && tail == "Data"; data {
		args, err := b.bind(r.URL.Query())
		if err != nil {
			return err
		}
		run.args = args
		if err := b.rows(run); err != nil {
			return err
		}
	}
	list := b.columns
	if b.updatable != "" { // what a row needs on its way back
		list += " RowMod:s1 SysRowID:g"
		for i := range run.out {
			run.out[i] = append(run.out[i], odatatest.String(""), rowID(0xba9, i))
		}
	}
	cols := append(columns(list), odatatest.Column{Name: "RowIdent", Type: odatatest.EdmGuid, Ordinal: true})
	ident := odatatest.GUID("00000000-0000-0000-0000-000000000000")
	for i := range run.out {
		run.out[i] = append(run.out[i], ident)
	}
	// the key is named in the metadata only: the rows stay in the query's own order
	d, err := odatatest.NewData(&odatatest.Schema{Namespace: "Epicor.DynamicQuery." + b.id, Container: "Default",
		Sets: []*odatatest.Set{{Name: "Data", Type: "Row", Columns: cols, MetadataKey: []string{"RowIdent"}, ReadOnly: true, Rows: odatatest.ValueRows(run.out)}}}, s.cfg.collation)
	if err != nil {
		return err
	}
	base := c.base + "/BaqSvc/" + c.rest[1]
	opts := s.options(c.version, base)
	if c.version == odatatest.V3 && tail == "" { // v1 gives the rows where v2 gives a service document
		r = r.Clone(r.Context())
		r.URL.Path, r.URL.RawPath = base+"/Data", ""
	}
	s.dropOptions(r)
	odatatest.NewHandler(c.version, d, opts...).ServeHTTP(w, r)
	return nil
}

// dropOptions removes the query options that BAQs of this server ignore.
func (s *Server) dropOptions(r *http.Request) {
	ignored := map[string]bool{"$skip": !s.cfg.baqSkip, "$filter": !s.cfg.baqOptions, "$orderby": !s.cfg.baqOptions, "$select": !s.cfg.baqOptions}
	u := *r.URL
	var keep []string
	for _, part := range strings.Split(u.RawQuery, "&") {
		name, _, _ := strings.Cut(part, "=")
		if n, _ := url.QueryUnescape(name); !ignored[n] {
			keep = append(keep, part)
		}
	}
	u.RawQuery = strings.Join(keep, "&")
	r.URL = &u
}

// bind takes the parameters out of the query string.
func (b *baqDef) bind(q url.Values) (map[string][]string, error) {
	out := map[string][]string{}
	for _, p := range b.parameters {
		v := q[p.name]
		switch {
		case len(v) == 0 && p.required:
			return nil, business("Parameter " + p.name + " is mandatory and has no value.")
		case len(v) == 0 && p.fallback != "":
			v = []string{p.fallback}
		case len(v) > 1 && !p.list:
			return nil, business("Parameter " + p.name + " takes one value only.")
		}
		out[p.name] = v
	}
	return out, nil
}
