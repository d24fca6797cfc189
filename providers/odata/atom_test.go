package odata

import (
	"encoding/json"

	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/internal/jsonpage"
)

const atomFeed = `<?xml version="1.0" encoding="utf-8"?>
<feed xml:base="http://host/a/b.svc/" xmlns="http://www.w3.org/2005/Atom" xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">
 <title type="text">Products</title><m:count>2</m:count>
 <entry m:etag="W/&quot;3&quot;"><id>http://host/a/b.svc/Products(1)</id><title type="text">Bread &amp; "butter" </title><summary/>
  <link rel="edit" href="Products(1)"/>
  <link rel="http://schemas.microsoft.com/ado/2007/08/dataservices/related/Supplier" type="application/atom+xml;type=entry" href="x"><m:inline>
   <entry><title>not theirs</title><content type="application/xml"><m:properties><d:ID m:type="Edm.Int32">7</d:ID></m:properties></content></entry></m:inline></link>
  <link rel="http://schemas.microsoft.com/ado/2007/08/dataservices/related/Parts" type="application/atom+xml;type=feed" href="x"><m:inline>
   <feed><entry><content type="application/xml"><m:properties><d:ID m:type="Edm.Int32">8</d:ID></m:properties></content></entry><link rel="next" href="more"/></feed></m:inline></link>
  <link rel="http://schemas.microsoft.com/ado/2007/08/dataservices/related/None" type="application/atom+xml;type=entry" href="x"><m:inline/></link>
  <link rel="http://schemas.microsoft.com/ado/2007/08/dataservices/related/Later" type="application/atom+xml;type=feed" href="x"/>
  <content type="application/xml"><m:properties><d:ID m:type="Edm.Int32">1</d:ID><d:Text xml:space="preserve">  a<![CDATA[<b>]]>&#10;c </d:Text><d:Gone m:null="true"/><d:Empty></d:Empty>
   <d:Address m:type="NS.Address"><d:City>Köln</d:City><d:Zip m:type="Edm.Int32" m:null="true"/></d:Address>
   <d:Tags m:type="Collection(Edm.String)"><d:element>x</d:element><d:element>y</d:element></d:Tags></m:properties></content></entry>
 <entry><content type="image/png" src="x"/><m:properties><d:ID m:type="Edm.Int32">2</d:ID></m:properties></entry>
 <link rel="next" href="Products?$skiptoken=2"/>
</feed>`

const atomRows = `{"d":{"results":[
 {"__metadata":{"etag":"W/\"3\""},"Name":"Bread & \"butter\" ","Supplier":{"__metadata":{},"ID":"7"},"Parts":{"results":[{"__metadata":{},"ID":"8"}],"__next":"more"},"None":null,
  "ID":"1","Text":"  a<b>\nc ","Gone":null,"Empty":"","Address":{"City":"Köln","Zip":null},"Tags":{"results":["x","y"]}},
 {"__metadata":{},"ID":"2"}],
 "__count":"2","__next":"http://host/a/b.svc/Products?$skiptoken=2"}}`

func TestAtomIsReadAsVerboseJSON(t *testing.T) {
	set := &Set{Properties: []Property{{Path: []string{"Name"}, Feed: "title"}}}
	got, err := atomToJSON([]byte(atomFeed), set)
	require.NoError(t, err)
	assert.JSONEq(t, atomRows, string(got))

	got, err = atomToJSON([]byte(`<entry xmlns:m="m"><m:properties><ID>5</ID></m:properties></entry>`), nil)
	require.NoError(t, err)
	assert.JSONEq(t, `{"d":{"__metadata":{},"ID":"5"}}`, string(got))
}

func TestAtomThatIsNoPageIsRefused(t *testing.T) {
	for i := 1; i < len(atomFeed); i += 7 {
		_, err := atomToJSON([]byte(atomFeed[:i]), nil)
		require.ErrorIs(t, err, jsonpage.ErrTruncated, "cut after %d bytes", i)
	}
	for name, body := range map[string]string{
		"HTML":            `<html><body>log in</body></html>`,
		"a trailing feed": atomFeed + `<feed/>`,
		"trailing text":   atomFeed + `oops`,
		"broken XML":      `<feed><entry></feed>`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := atomToJSON([]byte(body), nil)
			require.Error(t, err)
			assert.NotErrorIs(t, err, jsonpage.ErrTruncated)
		})
	}
}

func TestErrorsOfAtomServicesAreRead(t *testing.T) {
	code, message, ok := errorBody([]byte(`<?xml version="1.0"?><m:error xmlns:m="x"><m:code>5</m:code><m:message xml:lang="en">Bad thing</m:message><m:innererror><m:message>because</m:message></m:innererror></m:error>`))
	assert.Equal(t, []any{"5", "Bad thing because", true}, []any{code, message, ok})
	_, _, ok = errorBody([]byte(`<html><body/></html>`))
	assert.False(t, ok)
}

func FuzzAtom(f *testing.F) {
	f.Add([]byte(atomFeed))
	f.Add([]byte(`<entry><link rel="/related/A"><inline><feed/></inline></link></entry>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := atomToJSON(body, nil)
		if err == nil && !json.Valid(got) {
			t.Fatalf("not JSON: %s", got)
		}
	})
}
