package acumaticatest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// contract is what an endpoint offers.
type contract struct {
	entities map[string]*entity // top-level, by name
	actions  map[string]*action // by entity/action
}

// entity is a type of record.
type entity struct {
	name    string
	fields  []field
	linked  []member
	details []member
	custom  []customField
	// workflow are actions that the contract does not have.
	workflow []workflowAction

	computed    bool // filters but by its keys find nothing, in silence
	noSelect    bool // $select fails
	keys        []string
	filterFails bool // filters but by its keys fail
	isInquiry   bool
}

type field struct{ name, kind string } // kind: String, Decimal, …

type member struct {
	name string
	of   *entity
}

type customField struct{ view, field, kind string }

// workflowAction has one dialog field at most.
type workflowAction struct {
	name   string
	dialog customField
}

type action struct {
	name       string
	parameters []field
	long       bool // answers 202 first
}

func (e *entity) field(name string) (field, bool) {
	i := slices.IndexFunc(e.fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return field{}, false
	}
	return e.fields[i], true
}

func find(members []member, name string) *entity {
	for _, m := range members {
		if m.name == name {
			return m.of
		}
	}
	return nil
}

// define reads "Name:Kind Name:Kind …".
func define(name, fields string, keys ...string) *entity {
	e := &entity{name: name, keys: keys}
	for _, f := range strings.Fields(fields) {
		n, kind, _ := strings.Cut(f, ":")
		e.fields = append(e.fields, field{n, kind})
	}
	return e
}

// wholesaler is the endpoint that the site has by itself.
func wholesaler() *contract {
	address := define("Address", "AddressLine1:String City:String Country:String PostalCode:String")
	attribute := define("AttributeValue", "AttributeID:String Value:String")
	contact := define("Contact", "DisplayName:String Email:String Phone1:String")
	contact.linked = []member{{"Address", address}}
	contact.details = []member{{"Attributes", attribute}}

	customer := define("Customer", "AccountRef:String ApplyOverdueCharges:Boolean BAccountID:Int CreatedDateTime:DateTime CreditLimit:Decimal CurrencyID:String CustomerClass:String CustomerID:String CustomerName:String LeadTimedays:Short NoteID:Guid Status:String WriteOffLimit:Decimal", "CustomerID")
	customer.linked = []member{{"MainContact", contact}, {"BillingContact", contact}}
	customer.details = []member{{"Attributes", attribute}}
	customer.custom = []customField{{"BAccount", "UsrRegion", "String"}, {"CurrentCustomer", "UsrScore", "Decimal"}}

	allocation := define("SalesOrderDetailAllocation", "SplitLineNbr:Int Qty:Decimal LocationID:String")
	line := define("SalesOrderDetail", "LineNbr:Int InventoryID:String OrderQty:Decimal UnitPrice:Decimal Amount:Decimal WarehouseID:String Completed:Boolean ShipOn:DateTime")
	line.details = []member{{"Allocations", allocation}}
	line.custom = []customField{{"Transactions", "UsrRepairItemType", "String"}}
	totals := define("SalesOrderTotals", "LineTotalAmount:Decimal TaxTotal:Decimal OrderWeight:Double")
	order := define("SalesOrder", "CustomerID:String CustomerOrder:String Date:DateTime Hold:Boolean LastModified:DateTime OrderNbr:String OrderTotal:Decimal OrderType:String Status:String", "OrderType", "OrderNbr")
	order.linked = []member{{"ShipToAddress", address}, {"Totals", totals}}
	order.details = []member{{"Details", line}}
	order.workflow = []workflowAction{{name: "PutOnHold"}, {"CancelOrder", customField{"FilterPreview", "Reason", "String"}}}

	warehouse := define("StockItemWarehouseDetail", "WarehouseID:String QtyOnHand:Decimal Status:String")
	item := define("StockItem", "DefaultPrice:Decimal Description:String InventoryID:String IsAKit:Boolean ItemClass:String ItemStatus:String LastModified:DateTime LeadTime:Long ShelfLife:Byte", "InventoryID")
	item.details = []member{{"WarehouseDetails", warehouse}}
	item.custom = []customField{{"ItemSettings", "UsrRepairItemType", "String"}}

	poLine := define("PurchaseOrderDetail", "LineNbr:Int InventoryID:String OrderQty:Decimal")
	purchase := define("PurchaseOrder", "Date:DateTime OrderNbr:String OrderTotal:Decimal Status:String Type:String VendorID:String", "Type", "OrderNbr")
	purchase.details = []member{{"Details", poLine}}
	purchase.computed = true

	shipment := define("Shipment", "CustomerID:String ShipmentDate:DateTime ShipmentNbr:String ShippedQty:Decimal Status:String Type:String", "Type", "ShipmentNbr")
	shipment.noSelect, shipment.filterFails = true, true

	result := define("InventorySummaryRow", "LocationID:String QtyOnHand:Decimal QtyAvailable:Decimal ExpirationDate:DateTime")
	inquiry := define("InventorySummaryInquiry", "InventoryID:String WarehouseID:String ExpandByLotSerialNbr:Boolean AsOf:DateTime")
	inquiry.details = []member{{"Results", result}}

	c := &contract{entities: map[string]*entity{}, actions: map[string]*action{
		"SalesOrder/ReleaseFromHold":          {name: "ReleaseFromHold"},
		"SalesOrder/SalesOrderCreateShipment": {name: "SalesOrderCreateShipment", long: true, parameters: []field{{"ShipmentDate", "DateTime"}, {"WarehouseID", "String"}}},
		"Customer/ChangeCustomerID":           {name: "ChangeCustomerID", parameters: []field{{"CustomerID", "String"}}},
	}}
	for _, e := range []*entity{customer, order, item, purchase, shipment, inquiry} {
		c.entities[e.name] = e
		e.isInquiry = strings.HasSuffix(e.name, "Inquiry")
	}
	return c
}

type object = map[string]any

func ref(name string) object { return object{"$ref": "#/components/schemas/" + name} }

// wrappers are the schemas of wrapped values, with type and format.
var wrappers = map[string][2]string{
	"String": {"string", ""}, "Decimal": {"number", "double"}, "Double": {"number", "double"}, "DateTime": {"string", "date-time"},
	"Guid": {"string", "uuid"}, "Boolean": {"boolean", ""}, "Int": {"integer", "int32"}, "Long": {"integer", "int64"},
	"Short": {"integer", "int32"}, "Byte": {"integer", "int32"},
}

// document writes the contract as OpenAPI 3, as the site does.
func (c *contract) document(server string) object {
	schemas := object{base: object{"type": "object", "properties": object{
		"id": object{"type": "string", "format": "uuid"}, "rowNumber": object{"type": "integer", "format": "int64"}, "note": ref("StringValue"),
		"custom": object{"type": "object"}, "error": object{"type": "string"}, "files": object{"type": "array", "items": ref("FileLink")},
	}}, "FileLink": object{"type": "object", "properties": object{"id": object{"type": "string"}, "filename": object{"type": "string"}}}}
	for kind, w := range wrappers {
		v := object{"type": w[0]}
		if w[1] != "" {
			v["format"] = w[1]
		}
		schemas[kind+"Value"] = object{"type": "object", "properties": object{"value": v, "error": object{"type": "string"}}}
	}
	paths := object{}
	for _, name := range slices.Sorted(maps.Keys(c.entities)) {
		e := c.entities[name]
		e.schema(schemas)
		body := object{"content": object{"application/json": object{"schema": ref(e.name)}}, "required": true}
		paths["/"+name] = object{"get": object{"operationId": name + "_GetList"}, "put": object{"operationId": name + "_PutEntity", "requestBody": body}}
		paths["/"+name+"/{ids}"] = object{"get": object{"operationId": name + "_GetByKeys"}}
		paths["/"+name+"/$adHocSchema"] = object{"get": object{"operationId": name + "_GetAdHocSchema"}}
		paths["/"+name+"/{actionName}"] = object{"post": object{"operationId": name + "_InvokeAction_CustomAction"}}
	}
	for path, a := range c.actions {
		owner, _, _ := strings.Cut(path, "/")
		properties := object{"entity": ref(owner)}
		if len(a.parameters) > 0 {
			parameters := object{}
			for _, p := range a.parameters {
				parameters[p.name] = ref(p.kind + "Value")
			}
			properties["parameters"] = object{"type": "object", "properties": parameters}
		}
		schemas[a.name] = object{"type": "object", "required": []string{"entity"}, "properties": properties}
		paths["/"+path] = object{"post": object{"requestBody": object{"content": object{"application/json": object{"schema": ref(a.name)}}}}}
	}
	return object{"openapi": "3.0.1", "info": object{"title": EndpointName + "/" + EndpointVersion, "version": "4"},
		"servers": []object{{"url": server}}, "paths": paths, "components": object{"schemas": schemas}}
}

// base is the schema that all entities are built on.
const base = "Entity"

func (e *entity) schema(into object) {
	if into[e.name] != nil {
		return
	}
	properties := object{}
	into[e.name] = object{"allOf": []object{ref(base), {"type": "object", "properties": properties}}}
	for _, f := range e.fields {
		properties[f.name] = ref(f.kind + "Value")
	}
	for _, m := range e.linked {
		properties[m.name] = ref(m.of.name)
		m.of.schema(into)
	}
	for _, m := range e.details {
		properties[m.name] = object{"type": "array", "items": ref(m.of.name)}
		m.of.schema(into)
	}
}

// foreign reads a contract from the OpenAPI document of another endpoint.
func foreign(document []byte) (*contract, error) {
	var d struct {
		Paths      map[string]map[string]any
		Components struct {
			Schemas map[string]struct {
				Properties map[string]property
				AllOf      []struct{ Properties map[string]property }
			}
		}
	}
	if err := json.Unmarshal(document, &d); err != nil {
		return nil, fmt.Errorf("the OpenAPI document: %w", err)
	}
	done := map[string]*entity{}
	var resolve func(name string) *entity
	resolve = func(name string) *entity {
		if e := done[name]; e != nil {
			return e
		}
		e := &entity{name: name}
		done[name] = e
		for _, part := range d.Components.Schemas[name].AllOf {
			for _, p := range slices.Sorted(maps.Keys(part.Properties)) {
				v := part.Properties[p]
				kind, wrapped := strings.CutSuffix(v.name(), "Value")
				switch {
				case v.Type == "array":
					e.details = append(e.details, member{p, resolve(v.Items.name())})
				case wrapped && wrappers[kind][0] != "":
					e.fields = append(e.fields, field{p, kind})
				case v.Ref != "":
					e.linked = append(e.linked, member{p, resolve(v.name())})
				}
			}
		}
		return e
	}
	c := &contract{entities: map[string]*entity{}, actions: map[string]*action{}}
	for path := range d.Paths {
		parts := strings.Split(strings.Trim(path, "/"), "/")
		if len(parts) == 1 {
			c.entities[parts[0]] = resolve(parts[0])
		} else if len(parts) == 2 && !strings.ContainsAny(parts[1], "{$") {
			c.actions[parts[0]+"/"+parts[1]] = &action{name: parts[1]}
		}
	}
	for _, e := range c.entities {
		e.isInquiry = strings.HasSuffix(e.name, "Inquiry") || find(e.details, "Results") != nil || find(e.details, "Result") != nil
	}
	return c, nil
}

type property struct {
	Ref   string `json:"$ref"`
	Type  string
	Items *property
}

func (p *property) name() string {
	if p == nil {
		return ""
	}
	return p.Ref[strings.LastIndexByte(p.Ref, '/')+1:]
}
