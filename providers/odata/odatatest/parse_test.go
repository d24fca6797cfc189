package odatatest

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// accepted and refused are filters by version; the names need not exist.
var accepted = map[Version][]string{
	V4: {
		"true", "Active", "not Active", "not (Active)", "not(Active)", "Active eq true", "null eq null", "Name eq null", "null ne Name",
		"Name eq 'a'", "Name eq ''", "Name eq 'it''s'", "Name eq ''''", "'a' eq Name", "Name EQ 'a'", "Name eq 'a' AND ID gt 1 OR Active",
		"ID eq 1", "ID eq -1", "ID eq +1", "ID gt 9223372036854775807", "ID lt -9223372036854775808", "Limit le 12345678901234567890.123456789",
		"Rate eq 1e10", "Rate eq 1.5E-3", "Rate eq INF", "Rate eq -INF", "Rate ne NaN", "Limit ge 0.10",
		"Since eq 2024-02-29", "Since gt 0001-01-01", "Changed lt 2024-01-01T00:00:00Z", "Changed ge 2024-01-01T00:00Z", "Changed eq 2024-01-01T23:59:59.1234567+05:30",
		"Opens eq 08:30", "Opens gt 08:30:00", "Opens lt 23:59:59.999", "Lead eq duration'P1D'", "Lead gt duration'-PT1H30M2.5S'", "Data eq binary'AQID'",
		"UID eq 00000000-0000-0000-0000-00000000000a", "UID ne abcdefab-0000-4000-8000-0123456789AB",
		"Kind has Shop.Model.Kind'Retail'", "Kind eq Shop.Model.Kind'Retail,Whole'", "Kind eq 'Retail'", "Kind eq Shop.Model.Kind'3'",
		"ID in (1,2,3)", "ID in ( 1 , -2 )", "Name in ('a','b''c')", "Name in ()", "Name in (Other)", "Name in ['a',\"b\"]", "ID IN (1)", "not (ID in (1,2))",
		"ID add 1 eq 2", "ID sub 1 lt 2", "ID mul 2 ge 4", "ID div 2 eq 1", "ID divby 2 eq 0.5", "ID mod 2 eq 0", "-ID lt 0", "-(ID add 1) eq -2", "- ID eq 1",
		"ID add 1 mul 2 eq 3", "(ID add 1) mul 2 eq 4", "((ID eq 1))", "( ID eq 1 )", "(ID eq 1) or (ID eq 2)", "ID eq 1 or ID eq 2 and Active",
		"contains(Name,'a')", "contains( Name , 'a' )", "startswith(Name,'a') eq true", "endswith(Name,'b') and not contains(Name,'c')", "indexof(Name,'x') eq -1", "length(Name) gt 3",
		"substring(Name,1) eq 'b'", "substring(Name,1,2) eq 'bc'", "tolower(Name) eq 'a'", "toupper(Name) eq 'A'", "trim(Name) eq 'a'", "concat(Name,'x') eq 'ax'", "concat(concat(Name,'-'),Other) ne ''",
		"matchesPattern(Name,'^a.*$')", "year(Since) eq 2024", "month(Since) eq 2", "day(Since) eq 29", "hour(Changed) eq 1", "minute(Changed) eq 1", "second(Changed) eq 1", "fractionalseconds(Changed) lt 0.5",
		"date(Changed) eq 2024-01-31", "time(Changed) lt 12:00:00", "now() gt Changed", "mindatetime() lt maxdatetime()", "totalseconds(Lead) gt 60", "totaloffsetminutes(Changed) eq 0",
		"round(Limit) eq 1", "floor(Limit) eq 1", "ceiling(Limit) eq 2", "CONTAINS(Name,'a')", "case(ID gt 1:'a',true:'b') eq 'a'", "cast(ID,Edm.String) eq '1'", "isof(Shop.Model.Customer)",
		"Orders/any()", "Orders/any(o:o/Total gt 5)", "Orders/all(o:o/Total gt 5 and o/Note ne null)", "Orders/any( o : o/Lines/any(l:l/Qty gt o/No) )", "Orders/$count gt 2", "Orders/$count($filter=Total gt 1) gt 2",
		"Orders/$filter(Total gt 1)/$count eq 1", "Customer/Name eq 'a'", "Customer/Shop.Model.Vip/Name eq 'a'", "$it/Name eq 'a'", "$this eq 'a'", "$root/Customers(1)/Name eq Name", "Name eq @p", "@p", "contains(Name,@p)",
		"Shop.Model.Func(a=1,b='x')", "Func()", "Orders(1,2)/Total gt 1", "Name/Func() eq 1", "Price/@Measures.Currency eq 'EUR'", "@Core.Messages/any(m:m/severity eq 'error')", "[1,2] eq [3]", "{\"a\":1} eq null", "Größe eq 1", "_a eq 1",
		"Name  eq   'a'", "Name\teq\t'a'", "ID eq 1 and not (Name eq 'x' or Name eq null)", "geo.distance(A,B) lt 3.5", "geo.intersects(A,geography'SRID=0;Point(1 2)')", "true and false or not true",
		"nullable eq 1", "trueish", "inferior eq 'x'", "notes eq 'x'", "android eq 1", "order eq 1", "Name eq 'ä漢🏭'", "abcdefab eq 1",
	},
	V3: {
		"Name eq 'a'", "substringof('x',Name)", "substringof('x',Name) eq true", "startswith(Name,'a')", "endswith(Name,'a')", "indexof(Name,'a') ge 0", "replace(Name,'a','b') eq 'b'", "length(Name) eq 1", "tolower(Name) eq 'a'",
		"Since eq datetime'2024-01-01'", "Since ge datetime'2024-01-01T00:00:00'", "Since lt datetime'2024-01-01T10:20'", "Changed gt datetimeoffset'2024-01-01T00:00:00Z'", "Changed gt datetimeoffset'2024-01-01T00:00:00+02:00'",
		"UID eq guid'00000000-0000-0000-0000-00000000000a'", "Limit eq 12.5M", "Limit eq 12.5m", "Limit gt 12.5", "Big eq 5L", "Big eq -5L", "Rate eq 1.5d", "Rate eq 1.5f", "Rate eq 1e3", "Lead eq time'PT1H'", "Data eq X'0A'", "Data eq binary'0aFF'",
		"Orders/any(o:o/Total gt 5M)", "Orders/any()", "not substringof('x',Name)", "(ID add 1) mod 2 eq 0", "year(Since) eq 2024", "round(Limit) eq 1M", "concat(Name,'x') eq 'y'", "ID eq -1", "Customer/Name eq 'O''Brien'", "Active and not Active",
	},
}

var refused = map[Version][]string{
	V4: {
		"", " ", "ID eq", "eq 1", "ID eq 1 and", "ID eq 1 and and Active", "ID eq 1Active", "ID = 1", "ID eq 'a", "Name eq 'it's'", "Name eq \"a\"", "ID eq 1)", "(ID eq 1", "((ID eq 1)", "ID eq1", "IDeq 1", "ID eq 1 foo 2",
		"contains(Name)", "contains(Name,'a','b')", "length()", "now(1)", "substring(Name)", "contains(Name,'a'", "contains(Name 'a')", "substringof('a',Name)eq", "any()", "all(x:true)", "Orders/all()", "Orders/any(o)", "Orders/any(o:)",
		"Model.Type", "Orders/Model.Type", "ID in (A,B)", "ID in (1,A)", "ID in 1,2", "ID in (1", "ID in (1,)", "Name eq ('a','b')", "ID has 3", "Kind has Name", "Changed lt 2024-13-01T00:00:00Z", "Since eq 2024-02-30",
		"Since eq datetime'2024-01-01'", "Big eq 5L", "Limit eq 12.5M", "UID eq guid'00000000-0000-0000-0000-00000000000a'", "Lead eq duration'1D'", "Lead eq duration'P'", "Lead eq duration'PT'", "Data eq binary'*'",
		"ID eq 1.", "ID eq .5", "ID eq 1e", "Name/", "/Name", "Name//x", "ID eq 1;", "ID, Name", "$foo eq 1", "@", "@ eq 1", "[1,2", "[1 2]", "{a:1}", "{\"a\" 1}", "-", "Orders/$count(x) eq 1", "Name eq 'a' or", "\x00", "Name eq 'a'\n",
		"case(true) eq 1", "ID  eq 1 ", "geography'Point(1 2)'", "Foo'x' eq 1", "ID eq 12:3",
	},
	V3: {
		"contains(Name,'a')x", "ID in (1,2)", "Kind has Shop.Kind'Retail'", "Since eq 2024-01-01T00:00:00Z", "Since eq datetime'x'", "Since eq datetime'2024-01-01T00:00:00Z'", "UID eq guid'x'", "UID eq 00000000-0000-0000-0000-00000000000a",
		"ID EQ 1", "ID eq 1 AND Active", "[1]", "Lead eq duration'PT1H'", "Big eq 5LL", "ID eq 5X", "Data eq X'0'", "ID divby 2 eq 1", "{}",
	},
}

func TestTheFilterGrammarAcceptsAndRefuses(t *testing.T) {
	n := 0
	for v, list := range accepted {
		for _, f := range list {
			n++
			assert.NoError(t, CheckFilter(v, f), "V%d %s", v, f)
		}
	}
	for v, list := range refused {
		for _, f := range list {
			n++
			err := CheckFilter(v, f)
			var se *SyntaxError
			if assert.ErrorAs(t, err, &se, "V%d %q must be refused", v, f) {
				assert.LessOrEqual(t, se.Pos, len(f))
			}
		}
	}
	require.GreaterOrEqual(t, n, 150)
	if dir := os.Getenv("EPICORERP_CORPORA"); dir != "" {
		corpusCases(t, filepath.Join(dir, "odata", "odata-abnf-testcases.json"))
	}
}

// corpusCases runs the filter cases of the OASIS grammar, which is not part of
// this module.
func corpusCases(t *testing.T, file string) {
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	var corpus struct {
		Cases []struct {
			Name, Rule, Input string
			FailAt            *int
		}
	}
	require.NoError(t, json.Unmarshal(b, &corpus))
	agree, all := 0, 0
	for _, c := range corpus.Cases {
		if c.Rule != "boolCommonExpr" && c.Rule != "commonExpr" && c.Rule != "filter" {
			continue
		}
		all++
		text, known := c.Input, true
		if c.Rule == "filter" {
			if text, known = strings.CutPrefix(text, "$filter="); !known {
				text, known = strings.CutPrefix(text, "filter=")
			}
		}
		if u, err := url.PathUnescape(text); err == nil {
			text = u
		}
		err := CheckFilter(V4, text)
		if ok := known && err == nil; ok == (c.FailAt == nil) {
			agree++
		} else {
			assert.Fail(t, "the corpus disagrees", "%s: %s: %v", c.Rule, c.Input, err)
		}
	}
	t.Logf("%d of %d corpus cases agree", agree, all)
	assert.NotZero(t, all)
}

func TestNestingIsBounded(t *testing.T) {
	deep := strings.Repeat("(", 5000) + "true" + strings.Repeat(")", 5000)
	assert.ErrorContains(t, CheckFilter(V4, deep), "nested deeper")
	assert.ErrorContains(t, CheckFilter(V4, strings.Repeat("not ", 5000)+"true"), "nested deeper")
	assert.ErrorContains(t, CheckFilter(V4, strings.Repeat("-", 5000)+"a eq 1"), "nested deeper")
	wide := strings.Repeat("ID eq 1 or ", 3000) + "true"
	assert.NoError(t, CheckFilter(V4, wide), "a long chain is not deep")
}

func FuzzFilter(f *testing.F) {
	for _, lists := range []map[Version][]string{accepted, refused} {
		for _, list := range lists {
			for _, s := range list {
				f.Add(s)
			}
		}
	}
	g := buildConfig(nil)
	d, err := NewData(shop(f), BinaryOrder)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, s string) {
		for _, v := range []Version{V3, V4} {
			err := CheckFilter(v, s)
			h := newHandler(v, d, g)
			_, _, qerr := h.Query("Customers", s, "", 0, -1)
			if err != nil && strings.TrimSpace(s) == s && s != "" {
				require.Error(t, qerr)
			}
		}
	})
}
