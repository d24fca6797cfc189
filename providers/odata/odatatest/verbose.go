package odatatest

import (
	"net/http"
	"strconv"
	"strings"
)

// form is how a service writes what it answers.
type form uint8

const (
	formLight   form = iota // V4, and V3's JSON light
	formVerbose             // the JSON of V2, and of V3 services of before 5.0
	formAtom                // Atom feeds
)

// verbose says that the service wraps its answers in "d".
func (h *Handler) verbose() bool { return h.cfg.form == formVerbose }

// page is one answer with the rows of a set.
type page struct {
	rows  []int
	count int // -1: not asked for
	next  string
}

// appendVerbosePage prints rows as {"d":{"results":[…],"__count":"3","__next":"…"}},
// or as {"d":[…]} where nothing else is to be told and the service is of the kind.
func (s *shape) appendVerbosePage(b []byte, r *http.Request, v *view, p page) ([]byte, error) {
	short := s.h.cfg.shortResults && p.count < 0 && p.next == ""
	if !s.h.cfg.noWrapper {
		b = append(b, `{"d":`...)
	}
	if !short {
		b = append(b, `{"results":`...)
	}
	b, err := s.appendVerboseRows(b, r, v, p.rows)
	if err != nil {
		return b, err
	}
	closing := "}"
	if s.h.cfg.noWrapper {
		closing = ""
	}
	if short {
		return append(b, closing...), nil
	}
	if p.count >= 0 {
		b = strconv.AppendInt(append(b, `,"__count":"`...), int64(p.count), 10)
		b = append(b, '"')
	}
	if p.next != "" {
		b = appendString(append(b, `,"__next":`...), p.next)
	}
	return append(b, "}"+closing...), nil
}

func (s *shape) appendVerboseRows(b []byte, r *http.Request, v *view, rows []int) ([]byte, error) {
	b = append(b, '[')
	var err error
	for i, j := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = s.appendVerboseRow(b, r, v, j); err != nil {
			return b, err
		}
	}
	return append(b, ']'), nil
}

// appendVerboseRow prints an entity with its __metadata, and a __deferred link
// for each navigation property that is not expanded.
func (s *shape) appendVerboseRow(b []byte, r *http.Request, v *view, j int) ([]byte, error) {
	uri := s.h.address(r, v, j)
	b = appendString(append(b, `{"__metadata":{"uri":`...), uri)
	b = appendString(append(b, `,"type":`...), s.h.qualifiedType(v.t.set))
	if s.etag >= 0 {
		b = appendString(append(b, `,"etag":`...), etagOf(v, j, s.etag))
	}
	b = append(b, '}')
	for i, c := range s.columns {
		b = append(append(b, ','), s.names[i]...)
		b = s.h.appendVerboseValue(b, v.at(j, c), s.types[i])
	}
	expanded := map[string]bool{}
	for i, x := range s.q.expand {
		expanded[x.nav.Name] = true
		b = append(appendString(append(b, ','), x.nav.Name), ':')
		in, err := s.related(rowRef{v, j}, x, s.expand[i])
		switch {
		case err != nil:
			return b, err
		case !x.nav.Many && len(in.rows) == 0:
			b = append(b, "null"...)
		case !x.nav.Many:
			b, err = s.expand[i].appendVerboseRow(b, r, in.view, in.rows[0])
		default:
			b = append(b, `{"results":`...)
			b, err = s.expand[i].appendVerboseRows(b, r, in.view, in.rows)
			if in.next != "" {
				b = appendString(append(b, `,"__next":`...), in.next)
			}
			b = append(b, '}')
		}
		if err != nil {
			return b, err
		}
	}
	for _, n := range v.t.set.Navigations {
		if !expanded[n.Name] {
			b = append(appendString(append(b, ','), n.Name), `:{"__deferred":{"uri":`...)
			b = append(appendString(b, uri+"/"+n.Name), "}}"...)
		}
	}
	return append(b, '}'), nil
}

// appendVerboseValue writes instants of V2 as milliseconds since 1970.
func (h *Handler) appendVerboseValue(b []byte, v Value, t Type) []byte {
	if v.kind != kindDateTime && v.kind != kindDate || !h.cfg.two {
		return appendJSON(b, v, t, V3, nil)
	}
	ticks := v.i
	if v.kind == kindDate {
		ticks *= 86400 * ticksPerSecond
	}
	b = append(b, `"\/Date(`...)
	b = strconv.AppendInt(b, floorDiv(ticks, ticksPerSecond/1000), 10)
	if t == EdmDateTimeOffset && v.kind == kindDateTime {
		offset := int64(v.scale)
		sign := byte('+')
		if offset < 0 {
			sign, offset = '-', -offset
		}
		b = append(b, sign, byte('0'+offset/1000), byte('0'+offset/100%10), byte('0'+offset/10%10), byte('0'+offset%10))
	}
	return append(b, `)\/"`...)
}

// address is where an entity is to be found.
func (h *Handler) address(r *http.Request, v *view, j int) string {
	return h.root(r) + "/" + v.t.set.address() + "(" + h.predicate(v, j) + ")"
}

// predicate is the key of an entity as addresses have it, by the names.
func (h *Handler) predicate(v *view, j int) string {
	var parts []string
	for _, c := range v.t.key {
		col := v.t.set.Columns[c]
		text := string(appendJSON(nil, v.at(j, c), col.Type, V3, nil))
		if text[0] == '"' {
			text = "'" + strings.Trim(text, `"`) + "'"
		}
		parts = append(parts, col.Name+"="+text)
	}
	return strings.Join(parts, ",")
}
