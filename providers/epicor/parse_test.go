package epicor

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers/odata"
	"github.com/epicorerp/epicorerp/sqltypes"
)

func TestReadToken(t *testing.T) {
	for body, want := range map[string]struct {
		text    string
		seconds int64
		ok      bool
	}{
		`{"AccessToken":"eyJ.a.b","ExpiresIn":3600,"TokenType":"Bearer"}`:                      {"eyJ.a.b", 3600, true},
		"\xEF\xBB\xBF" + `{"AccessToken":"eyJ.a.b","ExpiresIn":"28800"}`:                       {"eyJ.a.b", 28800, true},
		`<Token><AccessToken>eyJ.x</AccessToken><ExpiresIn>3600</ExpiresIn></Token>`:           {"eyJ.x", 3600, true},
		`<?xml version="1.0"?><Token xmlns="urn:x"><AccessToken> eyJ.x </AccessToken></Token>`: {"eyJ.x", 100 * 365 * 24 * 3600, true},
		`{"AccessToken":"eyJ.a.b","ExpiresIn":9999999999999999}`:                               {"eyJ.a.b", 100 * 365 * 24 * 3600, true},
		`{"AccessToken":""}`:     {},
		`{"AccessToken":"a\nb"}`: {"a\nb", 0, false},
		`<html>Sign in`:          {},
		``:                       {},
	} {
		t.Run("the answer "+strings.TrimSpace(body), func(t *testing.T) {
			text, seconds, ok := readToken([]byte(body))
			require.Equal(t, want.ok, ok)
			if ok {
				assert.Equal(t, want.text, text)
				assert.Equal(t, want.seconds, seconds)
			}
		})
	}
}

func TestReadDocument(t *testing.T) {
	want := []string{"Erp.BO.ABCSvc", "Ice.BO.UD01Svc"}
	for name, body := range map[string]string{
		"JSON with relative addresses": `{"value":[{"name":"Ice.BO.UD01Svc","url":"Ice.BO.UD01Svc"},{"name":"Erp.BO.ABCSvc","url":"Erp.BO.ABCSvc/"}]}`,
		"JSON with absolute addresses": `{"value":[{"name":"x","url":"https://h/api/v1/Erp.BO.ABCSvc/?x=/y"},{"name":"y","url":"/api/v1/Ice.BO.UD01Svc"}]}`,
		"JSON with names alone":        `{"value":[{"name":"Erp.BO.ABCSvc"},{"name":"Ice.BO.UD01Svc"},{"name":"Ice.BO.UD01Svc"}]}`,
		"AtomPub": `<?xml version="1.0"?><service xmlns="http://www.w3.org/2007/app" xmlns:a="http://www.w3.org/2005/Atom"><workspace>` +
			`<collection href="Erp.BO.ABCSvc"><a:title>t</a:title></collection><collection href="Ice.BO.UD01%53vc"/></workspace></service>`,
	} {
		t.Run(name+" is read", func(t *testing.T) {
			got, err := readDocument([]byte(body))
			require.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
	for _, body := range []string{"", "[]", "{}", "<html><body/></html>", "<service>", "null"} {
		t.Run("an error comes of "+body, func(t *testing.T) {
			_, err := readDocument([]byte(body))
			assert.Error(t, err)
		})
	}
}

func TestReadParameters(t *testing.T) {
	t.Run("types, lists and needs are taken from either generation of descriptions", func(t *testing.T) {
		got := readParameters([]byte(`{"paths":{"/":{"get":{"parameters":[
			{"name":"$top","in":"query","type":"integer"},{"name":"id","in":"path","type":"string"},
			{"name":"From","in":"query","required":true,"type":"string","format":"date-time"},
			{"name":"Codes","in":"query","type":"array","items":{"type":"string"}},
			{"name":"Qty","in":"query","schema":{"type":"number"}},{"name":"Open","in":"query","type":"boolean"},
			{"name":"Num","in":"query","type":"integer"},{"name":"Day","in":"query","type":"string","format":"date"}]}}}}`))
		kinds := map[string]sqltypes.Kind{}
		for _, p := range got {
			kinds[p.Name] = p.Type.Kind
			assert.Equal(t, p.Name == "From", p.Required)
			assert.True(t, p.Input && p.Hidden)
		}
		assert.Equal(t, map[string]sqltypes.Kind{"From": sqltypes.Timestamp, "Codes": sqltypes.Varchar, "Qty": sqltypes.Decimal,
			"Open": sqltypes.Bool, "Num": sqltypes.BigInt, "Day": sqltypes.Date}, kinds)
	})
	t.Run("what is no description has no parameters", func(t *testing.T) {
		for _, body := range []string{"", "[]", "{}", "<html>", `{"paths":{"/":{"post":{}}}}`} {
			assert.Empty(t, readParameters([]byte(body)))
		}
	})
}

func TestMatching(t *testing.T) {
	names := []string{"Erp.BO.CustomerSvc", "Erp.BO.ABCCodeSvc", "Ice.BO.ABCCodeSvc", "Erp.RPT.CustomerSvc", "Ice.BO.UD01Svc"}
	for name, want := range map[string][]string{
		"customer": {"Erp.BO.CustomerSvc"}, "CustomerSvc": {"Erp.BO.CustomerSvc"}, "ERP.BO.CUSTOMERSVC": {"Erp.BO.CustomerSvc"},
		"Erp.BO.Customer": {"Erp.BO.CustomerSvc"}, "ABCCode": {"Erp.BO.ABCCodeSvc", "Ice.BO.ABCCodeSvc"}, "UD02": nil, "": nil,
	} {
		t.Run("the name "+name, func(t *testing.T) { assert.Equal(t, want, matching(name, names)) })
	}
}

func TestRelate(t *testing.T) {
	set := func(name string, keys ...string) *odata.Set {
		s := &odata.Set{Name: name, Type: "E." + name}
		for i, k := range keys {
			p := odata.Property{Path: []string{k}, Edm: "Edm.String"}
			p.Name = k
			s.Properties = append(s.Properties, p)
			s.Key = append(s.Key, odata.KeyPart{Property: i, Name: k})
		}
		return s
	}
	t.Run("the child of two levels belongs to the nearer one, and nothing to a company alone", func(t *testing.T) {
		m := &odata.Model{Sets: []*odata.Set{
			set("Companies", "Company"), set("Heads", "Company", "Num"), set("Lines", "Company", "NUM", "Line"), set("Rels", "Company", "Num", "Line", "Rel"),
			set("Others", "Company", "Code"),
		}}
		relate(m)
		names := map[string][]string{}
		for _, s := range m.Sets {
			for _, n := range s.Navigations {
				names[s.Name] = append(names[s.Name], n.Name)
			}
		}
		assert.Equal(t, map[string][]string{"Heads": {"Lines"}, "Lines": {"Rels"}}, names)
		assert.Equal(t, [][2]string{{"Company", "Company"}, {"Num", "NUM"}}, m.Find("Heads").Navigations[0].Pairs)
	})
	t.Run("what the metadata does not declare is told and not expanded", func(t *testing.T) {
		head, line := set("Heads", "Company", "Num"), set("Lines", "Company", "Num", "Line")
		relate(&odata.Model{Sets: []*odata.Set{head, line}})
		require.Len(t, head.Navigations, 1)
		assert.True(t, head.Navigations[0].Inferred)
	})
	t.Run("a navigation of the metadata without columns gets them, one with columns keeps them", func(t *testing.T) {
		head, line := set("Heads", "Company", "Num"), set("Lines", "Company", "Num", "Line")
		head.Navigations = []odata.Navigation{{Name: "Lines", Target: "Lines", Collection: true}}
		relate(&odata.Model{Sets: []*odata.Set{head, line}})
		require.Len(t, head.Navigations, 1)
		assert.Len(t, head.Navigations[0].Pairs, 2)
		head.Navigations[0].Pairs = [][2]string{{"Num", "Num"}}
		relate(&odata.Model{Sets: []*odata.Set{head, line}})
		assert.Equal(t, [][2]string{{"Num", "Num"}}, head.Navigations[0].Pairs)
	})
	t.Run("a keyless set without a row id stays keyless", func(t *testing.T) {
		s := set("List")
		addKey(s)
		assert.Empty(t, s.Key)
	})
}

func FuzzReadToken(f *testing.F) {
	f.Add([]byte(`{"AccessToken":"a","ExpiresIn":1}`))
	f.Add([]byte(`<Token><AccessToken>a</AccessToken></Token>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		text, seconds, ok := readToken(body)
		if ok && (text == "" || strings.ContainsAny(text, "\r\n ") || seconds > 1<<32) {
			t.Fatalf("%q, %d", text, seconds)
		}
	})
}

func FuzzReadDocument(f *testing.F) {
	f.Add([]byte(`{"value":[{"name":"A","url":"A"}]}`))
	f.Add([]byte(`<service><workspace><collection href="A"/></workspace></service>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		names, err := readDocument(body)
		if err == nil && (slices.Contains(names, "") || len(slices.Compact(slices.Clone(names))) != len(names)) {
			t.Fatalf("%q", names)
		}
		_ = readParameters(body)
	})
}

func FuzzDecodeError(f *testing.F) {
	f.Add(401, []byte(`{"HttpStatus":401,"ErrorMessage":"Access denied (Erp.BO.X.Y).","ErrorType":"T","ErrorDetails":[{"Message":"m","Table":"t"}]}`))
	f.Add(502, []byte(`<html><title>Bad</title></html>`))
	f.Add(200, []byte(`{"value":[]}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		e := (&settings{}).decodeError(&httpx.Response{Status: status, Body: body})
		if e == nil {
			if status != 200 {
				t.Fatal("an error answer without an error")
			}
			return
		}
		_ = e.Error()
	})
}

func FuzzReadUserCompanies(f *testing.F) {
	f.Add([]byte(`{"returnObj":{"UserFile":[{"CurComp":"B","CompList":"A~B"}],"UserComp":[{"Company":"A"},{"Company":"b"}]}}`))
	f.Add([]byte(`{"returnObj":{"UserFile":[{"CurComp":" b","CompList":"~A~~B~a"}]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		list := readUserCompanies(body)
		if !slices.Equal(list, distinctFold(list)) {
			t.Fatalf("%q has a blank company, or one twice", list)
		}
	})
}

func FuzzSQLOutput(f *testing.F) {
	for _, raw := range []string{`1.50`, `"1.50"`, `1e3`, `"2024-01-01T00:00:00"`, `"2024-01-01T00:00:00Z"`, `true`, `12345678901234567.8`, `"00000001-0000-0000-0000-000000000000"`} {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !json.Valid(raw) || len(raw) == 0 || strings.TrimSpace(string(raw)) != string(raw) || isNull(raw) {
			return
		}
		for _, kind := range []sqltypes.Kind{sqltypes.Bool, sqltypes.Integer, sqltypes.BigInt, sqltypes.Decimal, sqltypes.Varchar, sqltypes.UUID, sqltypes.Timestamp, sqltypes.TimestampTZ} {
			for _, whole := range []bool{false, true} {
				o := sqlOutput{typ: sqltypes.Of(kind), whole: whole}
				v, ok := o.read(raw)
				if ok && kind == sqltypes.Decimal && raw[0] != '"' && !whole && v.D.Precision() > certainDigits {
					t.Fatalf("%s is taken as %s", raw, v.Text())
				}
			}
		}
	})
}
