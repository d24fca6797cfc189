package odata

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/internal/jsonpage"
)

// atomToJSON turns an Atom feed or entry (AtomPub Format of OData 2.0 and 3.0)
// into the verbose JSON of the same rows, for services that have no JSON. Values
// are kept as text; the columns' types say what they are. The whole document is
// read, so one that ends too early is no page.
func atomToJSON(body []byte, set *Set) ([]byte, error) {
	a := &atomReader{dec: xml.NewDecoder(bytes.NewReader(body)), fed: feedProperties(set)}
	out, err := a.document()
	var syntax *xml.SyntaxError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &syntax) && strings.Contains(syntax.Msg, "unexpected EOF"):
		return nil, fmt.Errorf("atom page: %w", jsonpage.ErrTruncated)
	case err != nil:
		return nil, fmt.Errorf("atom page: %w", err)
	}
	return out, nil
}

// atomReader reads one document. fed are the properties that stand in an element
// of the entry itself (customizable feeds), by the name of that element.
type atomReader struct {
	dec *xml.Decoder
	fed map[string]string
}

func feedProperties(set *Set) map[string]string {
	fed := map[string]string{}
	if set != nil {
		for i := range set.Properties {
			if p := &set.Properties[i]; p.Feed != "" && len(p.Path) == 1 {
				fed[p.Feed] = p.Path[0]
			}
		}
	}
	return fed
}

func (a *atomReader) document() ([]byte, error) {
	for {
		tok, err := a.dec.Token()
		if err == io.EOF {
			return nil, io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		start, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		var inner []byte
		switch start.Name.Local {
		case "feed":
			inner, err = a.feed(start)
		case "entry":
			inner, err = a.entry(start)
		default:
			return nil, fmt.Errorf("<%s> is neither a feed nor an entry", start.Name.Local)
		}
		if err != nil {
			return nil, err
		}
		if err := a.end(); err != nil {
			return nil, err
		}
		return append(append([]byte(`{"d":`), inner...), '}'), nil
	}
}

// end checks that nothing but blanks follows.
func (a *atomReader) end() error {
	for {
		tok, err := a.dec.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if text, ok := tok.(xml.CharData); ok && len(bytes.TrimSpace(text)) > 0 || tokenStarts(tok) {
			return errors.New("something follows the feed")
		}
	}
}

func tokenStarts(tok xml.Token) bool {
	_, ok := tok.(xml.StartElement)
	return ok
}

// children calls visit for each child of the element that was begun.
func (a *atomReader) children(visit func(xml.StartElement) error) error {
	for {
		tok, err := a.dec.Token()
		if err != nil {
			return unexpected(err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if err := visit(t); err != nil {
				return unexpected(err)
			}
		case xml.EndElement:
			return nil
		}
	}
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// text reads an element that holds text alone.
func (a *atomReader) text() (string, error) {
	var b strings.Builder
	for {
		tok, err := a.dec.Token()
		if err != nil {
			return "", unexpected(err)
		}
		switch t := tok.(type) {
		case xml.CharData:
			b.Write(t)
		case xml.StartElement:
			if err := a.dec.Skip(); err != nil {
				return "", err
			}
		case xml.EndElement:
			return b.String(), nil
		}
	}
}

// feed returns {"results":[…],"__count":"3","__next":"…"}.
func (a *atomReader) feed(start xml.StartElement) ([]byte, error) {
	base := attr(start, "base")
	rows, more := []byte(`{"results":[`), []byte(nil)
	first := true
	err := a.children(func(child xml.StartElement) error {
		switch child.Name.Local {
		case "entry":
			row, err := a.entry(child)
			if !first {
				rows = append(rows, ',')
			}
			first, rows = false, append(rows, row...)
			return err
		case "count":
			n, err := a.text()
			more = quoteJSON(append(more, `,"__count":`...), strings.TrimSpace(n))
			return err
		case "link":
			if attr(child, "rel") == "next" {
				more = quoteJSON(append(more, `,"__next":`...), under(base, attr(child, "href")))
			}
		}
		return a.dec.Skip()
	})
	return append(append(append(rows, ']'), more...), '}'), err
}

// under resolves a link by xml:base.
func under(base, link string) string {
	b, err := url.Parse(base)
	if err != nil || base == "" {
		return link
	}
	if l, err := b.Parse(link); err == nil {
		return l.String()
	}
	return link
}

// entry returns an entity with its related ones.
func (a *atomReader) entry(start xml.StartElement) ([]byte, error) {
	row := []byte(`{"__metadata":{`)
	if tag := attr(start, "etag"); tag != "" {
		row = quoteJSON(append(row, `"etag":`...), tag)
	}
	row = append(row, '}')
	err := a.children(func(child xml.StartElement) (err error) {
		switch name := child.Name.Local; {
		case name == "content":
			return a.children(func(inner xml.StartElement) error {
				if inner.Name.Local != "properties" {
					return a.dec.Skip()
				}
				row, err = a.properties(row)
				return err
			})
		case name == "properties": // of a media link entry
			row, err = a.properties(row)
			return err
		case name == "link":
			row, err = a.link(row, child)
			return err
		case a.fed[name] != "":
			text, err := a.text()
			row = quoteJSON(append(quoteJSON(append(row, ','), a.fed[name]), ':'), text)
			return err
		}
		return a.dec.Skip()
	})
	return append(row, '}'), err
}

// link adds what a link to related entities holds inline.
func (a *atomReader) link(row []byte, start xml.StartElement) ([]byte, error) {
	_, name, related := strings.Cut(attr(start, "rel"), "/related/")
	if !related {
		return row, a.dec.Skip()
	}
	err := a.children(func(child xml.StartElement) error {
		if child.Name.Local != "inline" {
			return a.dec.Skip()
		}
		value := []byte("null")
		err := a.children(func(inner xml.StartElement) (err error) {
			// What is fed into the entry is known of the outer type alone.
			nested := &atomReader{dec: a.dec}
			switch inner.Name.Local {
			case "feed":
				value, err = nested.feed(inner)
			case "entry":
				value, err = nested.entry(inner)
			default:
				err = a.dec.Skip()
			}
			return err
		})
		row = append(append(quoteJSON(append(row, ','), name), ':'), value...)
		return err
	})
	return row, err
}

// properties adds the members of m:properties to a row.
func (a *atomReader) properties(row []byte) ([]byte, error) {
	err := a.children(func(child xml.StartElement) (err error) {
		row = append(quoteJSON(append(row, ','), child.Name.Local), ':')
		row, err = a.value(row, child)
		return err
	})
	return row, err
}

// value adds the value of an element: null, text, the members of a complex value
// or the elements of a collection.
func (a *atomReader) value(out []byte, start xml.StartElement) ([]byte, error) {
	if attr(start, "null") == "true" {
		return append(out, "null"...), a.dec.Skip()
	}
	_, many := collectionOf(attr(start, "type"))
	var text strings.Builder
	var members []byte
	nested := 0
	for {
		tok, err := a.dec.Token()
		if err != nil {
			return out, unexpected(err)
		}
		switch t := tok.(type) {
		case xml.CharData:
			text.Write(t)
		case xml.StartElement:
			if nested++; nested > 1 {
				members = append(members, ',')
			}
			if !many {
				members = append(quoteJSON(members, t.Name.Local), ':')
			}
			if members, err = a.value(members, t); err != nil {
				return out, err
			}
		case xml.EndElement:
			switch {
			case many:
				return append(append(append(out, `{"results":[`...), members...), "]}"...), nil
			case nested > 0:
				return append(append(append(out, '{'), members...), '}'), nil
			}
			return quoteJSON(out, text.String()), nil
		}
	}
}

func quoteJSON(dst []byte, s string) []byte {
	text, err := json.Marshal(s)
	if err != nil { // a string always can be
		return strconv.AppendQuote(dst, s)
	}
	return append(dst, text...)
}

// atomError reads the error body of XML: <error><code/><message/></error>.
func atomError(body []byte) (code, message string, ok bool) {
	var e struct {
		XMLName xml.Name
		Code    string `xml:"code"`
		Message string `xml:"message"`
		Inner   string `xml:"innererror>message"`
	}
	if !bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) || xml.Unmarshal(body, &e) != nil || e.XMLName.Local != "error" {
		return "", "", false
	}
	if e.Inner != "" && !strings.Contains(e.Message, e.Inner) {
		e.Message = strings.TrimSpace(e.Message + " " + e.Inner)
	}
	return strings.TrimSpace(e.Code), strings.TrimSpace(e.Message), true
}
