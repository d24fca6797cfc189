package odatatest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

const (
	atomHead = `<?xml version="1.0" encoding="utf-8"?>` + "\n"
	atomNS   = ` xmlns="http://www.w3.org/2005/Atom" xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"`
)

// appendAtomPage prints rows as a feed.
func (s *shape) appendAtomPage(b []byte, r *http.Request, v *view, p page) ([]byte, error) {
	b = append(b, atomHead...)
	b = fmt.Appendf(b, `<feed xml:base="%s/"%s><title type="text">%s</title>`, escape(s.h.root(r)), atomNS, escape(v.t.set.Name))
	if p.count >= 0 {
		b = fmt.Appendf(b, "<m:count>%d</m:count>", p.count)
	}
	b, err := s.appendAtomRows(b, r, v, p.rows)
	if err != nil {
		return b, err
	}
	if p.next != "" {
		b = fmt.Appendf(b, `<link rel="next" href="%s"/>`, escape(p.next))
	}
	return append(b, "</feed>"...), nil
}

func (s *shape) appendAtomRows(b []byte, r *http.Request, v *view, rows []int) ([]byte, error) {
	var err error
	for _, j := range rows {
		if b, err = s.appendAtomRow(b, r, v, j, ""); err != nil {
			return b, err
		}
	}
	return b, nil
}

func (s *shape) appendAtomRow(b []byte, r *http.Request, v *view, j int, namespaces string) ([]byte, error) {
	uri := s.h.address(r, v, j)
	b = append(b, "<entry"...)
	b = append(b, namespaces...)
	if s.etag >= 0 {
		b = fmt.Appendf(b, ` m:etag="%s"`, escape(etagOf(v, j, s.etag)))
	}
	b = fmt.Appendf(b, `><id>%s</id><title/><updated>2024-06-15T12:00:00Z</updated><author><name/></author>`, escape(uri))
	for i, x := range s.q.expand {
		kind := "entry"
		if x.nav.Many {
			kind = "feed"
		}
		b = fmt.Appendf(b, `<link rel="http://schemas.microsoft.com/ado/2007/08/dataservices/related/%s" type="application/atom+xml;type=%s" href="%s"><m:inline>`,
			escape(x.nav.Name), kind, escape(uri+"/"+x.nav.Name))
		in, err := s.related(rowRef{v, j}, x, s.expand[i])
		if err != nil {
			return b, err
		}
		if x.nav.Many {
			b = append(b, "<feed>"...)
		}
		if b, err = s.expand[i].appendAtomRows(b, r, in.view, in.rows); err != nil {
			return b, err
		}
		if x.nav.Many {
			if in.next != "" {
				b = fmt.Appendf(b, `<link rel="next" href="%s"/>`, escape(in.next))
			}
			b = append(b, "</feed>"...)
		}
		b = append(b, "</m:inline></link>"...)
	}
	b = append(b, `<content type="application/xml"><m:properties>`...)
	for i, c := range s.columns {
		name := v.t.set.Columns[c].Name
		value := v.at(j, c)
		if value.IsNull() {
			b = fmt.Appendf(b, `<d:%s m:null="true"/>`, escape(name))
			continue
		}
		b = fmt.Appendf(b, `<d:%s m:type="%s">%s</d:%s>`, escape(name), s.types[i].name(V3), escape(atomText(value, s.types[i])), escape(name))
	}
	return append(b, "</m:properties></content></entry>"...), nil
}

// atomText is a value as text: V3's JSON without its quotes.
func atomText(v Value, t Type) string {
	text := string(appendJSON(nil, v, t, V3, nil))
	var plain string
	if json.Unmarshal([]byte(text), &plain) == nil {
		return plain
	}
	return text
}

// sendPage answers in the service's form.
func (h *Handler) sendPage(w http.ResponseWriter, r *http.Request, s *shape, v *view, p page) error {
	write := s.appendVerbosePage
	if h.cfg.form == formAtom {
		write = s.appendAtomPage
	}
	b, err := write(nil, r, v, p)
	if err != nil {
		return err
	}
	return h.sendJSON(w, r, http.StatusOK, b)
}

// sendEntity answers with one row.
func (h *Handler) sendEntity(w http.ResponseWriter, r *http.Request, s *shape, v *view, j int) error {
	var b []byte
	var err error
	if h.cfg.form == formAtom {
		b, err = s.appendAtomRow([]byte(atomHead), r, v, j, atomNS)
	} else if b, err = s.appendVerboseRow([]byte(`{"d":`), r, v, j); err == nil {
		b = append(b, '}')
	}
	if err != nil {
		return err
	}
	return h.sendJSON(w, r, http.StatusOK, b)
}

// atomError writes an error as XML.
func (h *Handler) atomError(w http.ResponseWriter, e *Error) {
	body := fmt.Appendf([]byte(atomHead), `<m:error xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"><m:code>%s</m:code><m:message xml:lang="en-US">%s</m:message></m:error>`,
		escape(e.Code), escape(e.Message))
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(e.Status)
	_, _ = w.Write(body) // the client may have gone; there is nobody left to tell
}
