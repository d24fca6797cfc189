package epicor

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

const swagger2 = `{"swagger":"2.0","paths":{
 "/Customers":{"get":{"parameters":[{"name":"$filter","in":"query","type":"string"}]}},
 "/Customers({Company},{CustNum})":{"get":{}},
 "/GetByID":{"get":{"summary":"Invoke method GetByID","parameters":[{"name":"custNum","in":"query","required":true,"type":"integer","format":"int32","allowEmptyValue":false}]}},
 "/Update":{"post":{"description":"Commits\n the DataSet","parameters":[{"name":"body","in":"body","schema":{"$ref":"#/definitions/Update_input"}}],
  "responses":{"200":{"schema":{"$ref":"#/definitions/Update_output"}}}}},
 "/Ping":{"post":{}}},
"definitions":{
 "Update_input":{"required":["ds","day","code"],"properties":{"ds":{"$ref":"#/definitions/Tableset"},"day":{"type":"string","format":"date-time"},"code":{"type":"string"},"id":{"type":"string","format":"uuid"},
  "size":{"type":"number"},"whereClause":{"type":"string"},"pageSize":{"type":"integer","format":"int32"}}},
 "Update_output":{"properties":{"returnObj":{"type":"boolean"},"parameters":{"properties":{"ds":{"$ref":"#/definitions/Tableset"},"n":{"type":"integer"}}}}},
 "Tableset":{"properties":{"B":{"type":"array","items":{"$ref":"#/definitions/Row"}},"A":{"type":"array","items":{"$ref":"#/definitions/Row"}}}},
 "Row":{"properties":{"Z":{"type":"string"},"Y":{"$ref":"#/definitions/Loop"}}},
 "Loop":{"$ref":"#/definitions/Loop"}}}`

func TestReadMethods(t *testing.T) {
	list := readMethods([]byte(swagger2))
	require.Len(t, list, 3, "sets and rows are no methods")
	get, ping, update := list[0], list[1], list[2]
	t.Run("a method that has only a GET is called by it and only reads", func(t *testing.T) {
		assert.True(t, get.byGet && get.reads)
		assert.Equal(t, "Invoke method GetByID", get.description)
		require.Len(t, get.parameters, 1)
		assert.True(t, get.parameters[0].Required)
		assert.Equal(t, sqltypes.Integer, get.parameters[0].Type.Kind)
	})
	t.Run("one that has only a POST may change something", func(t *testing.T) {
		assert.False(t, update.byGet || update.reads || ping.reads)
		assert.Empty(t, ping.parameters)
	})
	t.Run("parameters have their types, and text may be blank", func(t *testing.T) {
		assert.Equal(t, "Commits the DataSet", update.description)
		kinds := map[string]sqltypes.Kind{}
		for _, p := range update.parameters {
			kinds[p.Name] = p.Type.Kind
			assert.Equal(t, p.Name == "day", p.Required, p.Name)
			assert.Equal(t, p.Name == "whereClause" || p.Name == "pageSize", p.HasDefault(), p.Name)
		}
		assert.Equal(t, map[string]sqltypes.Kind{"ds": sqltypes.JSON, "day": sqltypes.Timestamp, "code": sqltypes.Varchar, "id": sqltypes.UUID,
			"size": sqltypes.Decimal, "whereClause": sqltypes.Varchar, "pageSize": sqltypes.Integer}, kinds)
	})
	t.Run("tables and columns keep the document's order, and a type that refers to itself ends", func(t *testing.T) {
		ds := update.answer.member("parameters").member("ds")
		require.Len(t, ds.members, 2)
		assert.Equal(t, "B", ds.members[0].name)
		assert.Equal(t, []string{"Z", "Y"}, []string{ds.members[0].shape.columns[0].Name, ds.members[0].shape.columns[1].Name})
	})
	for _, text := range []string{``, `[]`, `{"paths":[]}`, `{"paths":{"/X":{"post":[]}}}`, `<html>`} {
		assert.Empty(t, readMethods([]byte(text)), text)
	}
}

func TestAnswers(t *testing.T) {
	read := func(zoned bool, s *shape, text string) (out []string) {
		members, ok := membersOf([]byte(text))
		require.True(t, ok)
		a := &answer{zoned: zoned}
		a.addAll(members, s, 0)
		for _, set := range a.result() {
			head := ""
			for _, c := range set.Columns {
				head += c.Name + " " + c.Type.String() + ";"
			}
			out = append(out, head)
		}
		return out
	}
	rows := func(columns ...providers.Column) *shape {
		return &shape{members: []shapeMember{{"T", &shape{columns: columns}}}}
	}
	column := func(name string, k sqltypes.Kind) providers.Column {
		return providers.Column{Name: name, Type: sqltypes.Of(k)}
	}
	t.Run("values tell their types where nothing else does", func(t *testing.T) {
		assert.Equal(t, []string{"i BIGINT;d DECIMAL;b BOOLEAN;s VARCHAR;m JSON;n VARCHAR;o JSON;late BIGINT;"},
			read(true, nil, `{"T":[{"i":1,"d":1.50,"b":true,"s":"12","m":1,"n":null,"o":[1]},{"i":null,"d":2,"b":false,"s":"x","m":"x","o":{},"late":3}]}`))
	})
	t.Run("a description holds as far as the values fit it", func(t *testing.T) {
		assert.Equal(t, []string{"i INTEGER;d DECIMAL;"}, read(false, rows(column("i", sqltypes.Integer), column("d", sqltypes.Decimal)), `{"T":[{"i":"7","d":"1.10"}]}`))
		assert.Equal(t, []string{"i BIGINT;"}, read(false, rows(column("i", sqltypes.Integer)), `{"T":[{"i":3000000000}]}`))
		assert.Equal(t, []string{"i DECIMAL;"}, read(false, rows(column("i", sqltypes.BigInt)), `{"T":[{"i":1.5}]}`))
		assert.Equal(t, []string{"t VARCHAR;"}, read(true, rows(column("t", sqltypes.Timestamp)), `{"T":[{"t":"2026-09-30T00:00:00"}]}`), "v2 writes a zone")
		assert.Equal(t, []string{"t TIMESTAMPTZ;"}, read(true, rows(column("t", sqltypes.Timestamp)), `{"T":[{"t":"2026-09-30T00:00:00Z"}]}`))
	})
	t.Run("what is described and does not come is an empty table or NULL", func(t *testing.T) {
		s := rows(column("i", sqltypes.Integer))
		s.members = append(s.members, shapeMember{"x", &shape{typ: sqltypes.Of(sqltypes.Bool)}})
		assert.Equal(t, []string{"i INTEGER;", "x BOOLEAN;"}, read(false, s, `{"ExtensionTables":[]}`))
	})
	t.Run("an object within is a row of its plain values after its tables", func(t *testing.T) {
		assert.Equal(t, []string{"a BIGINT;", "k BIGINT;", "z VARCHAR;"}, read(false, nil, `{"o":{"k":1,"T":[{"a":1}]},"z":""}`))
	})
}

func FuzzReadMethods(f *testing.F) {
	f.Add([]byte(swagger2))
	f.Fuzz(func(_ *testing.T, text []byte) {
		for _, m := range readMethods(text) {
			if m.name == "" {
				panic("a method without a name")
			}
		}
	})
}

func FuzzReadOperations(f *testing.F) {
	f.Add([]byte(`<Edmx><DataServices><Schema><Action Name="A"><Parameter Name="p" Type="Edm.Int32"/></Action></Schema></DataServices></Edmx>`))
	f.Add([]byte(`{"value":[{"name":"L"},"M"]}`))
	f.Fuzz(func(_ *testing.T, text []byte) {
		_ = readLibraries(text)
		_, _ = readOperations(text)
	})
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"returnObj":{"T":[{"a":1,"b":"x"},{"a":null}]},"parameters":{"morePages":true}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		members, ok := membersOf(text)
		if !ok || !json.Valid(text) {
			return
		}
		a := &answer{}
		a.addAll(members, nil, 0)
		for _, set := range a.result() {
			for _, c := range set.Columns {
				assert.NotEqual(t, sqltypes.Null, c.Type.Kind)
			}
		}
	})
}
