package odata

import (
	"context"
	"errors"
	"hash/maphash"
	"net/http"

	"github.com/epicorerp/epicorerp/internal/fetch"
	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/internal/jsonpage"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// The members of the envelope that are read, by their place in Captured.
const (
	nextLink = iota
	rowCount
	otherLink
	otherCount
)

var captures = [...][]string{
	// Services of V4.01 may leave the prefix out; some of V4 write V3's.
	V4: {"@odata.nextLink", "@odata.count", "@nextLink", "@count", "odata.nextLink"},
	V3: {"odata.nextLink", "odata.count"},
	V2: {"__next", "__count"},
}

// controls401 are the members beside the properties of a row as V4.01 may name
// them, without the "odata." of V4.
var controls401 = map[string]string{"@etag": "@odata.etag"}

// page is one page as it was read.
type page struct {
	batches []*tuple.Batch
	rows    int   // on the page, those that were dropped included
	kept    int   // rows that were handed on
	count   int64 // of all rows, -1 if the server does not say
	next    string
	url     string           // where it came from
	first   []sqltypes.Value // identity of the first row
	last    []sqltypes.Value // and of the last that is not beyond what was wanted
	end     int              // its place on the page, from 1
	overlap int              // rows dropped up to the one that was looked for, -1 if it is not there
	prefix  uint64           // hash of the rows that were dropped as known
	hash    uint64           // hash of all rows so far
	// disorder says that rows of a service that is not relied on came in another
	// order than was asked for.
	disorder bool
}

// cut says which rows of a page are known already.
type cut struct {
	after  []sqltypes.Value // rows up to the one of this identity, unless nil
	search bool             // the row may stand anywhere, not only first
	prefix int              // so many rows
	until  []sqltypes.Value // the identity of the last of them
	hash   uint64           // of the rows before the page
	most   int64            // rows to keep, -1 for all
}

// pageReader reads pages of one scan, one at a time. It learns the order of
// members, so that it is kept for the next page.
type pageReader struct {
	scan     *scan
	scanner  *jsonpage.Scanner
	rows     *jsonpage.RowDecoder
	identity *jsonpage.RowDecoder
	idBatch  *tuple.Batch
	expand   *expander
}

func newPageReader(s *scan) (*pageReader, error) {
	r := &pageReader{scan: s}
	shape := jsonpage.ShapeValue
	switch {
	case s.set.Singleton && s.svc.Traits.wrapped():
		shape = jsonpage.ShapeD
	case s.set.Singleton:
		shape = jsonpage.ShapeEntity
	case s.svc.Traits.Bare:
		shape = jsonpage.ShapeArray
	case s.svc.Traits.wrapped():
		shape = jsonpage.ShapeResults
	}
	var err error
	r.scanner, err = jsonpage.NewScanner(s.members, jsonpage.Options{Shape: shape, Capture: captures[s.svc.Traits.envelope()], Aliases: controls401})
	if err != nil {
		return nil, err
	}
	zone := s.svc.Traits.Zone
	if r.rows, err = jsonpage.NewRowDecoder(r.scanner, &s.result, zone); err != nil {
		return nil, err
	}
	if r.identity, err = jsonpage.NewRowDecoder(r.scanner, &s.identity, zone); err != nil {
		return nil, err
	}
	r.idBatch = tuple.NewBatch(s.identity.Layout)
	if s.expand != nil {
		r.expand, err = newExpander(s, s.expand, s.members)
	}
	return r, err
}

// read decodes an answer. A page that turns out to be broken gives no rows.
func (r *pageReader) read(ctx context.Context, resp *httpx.Response, pool *fetch.Pool, c cut) (*page, error) {
	p := &page{count: -1, overlap: -1, url: resp.URL, hash: c.hash}
	if resp.Status == http.StatusNoContent && r.scan.set.Singleton {
		return p, nil
	}
	body, err := r.scan.svc.Traits.rows(resp.Body, r.scan.set)
	if err == nil {
		r.scanner.Reset(body)
		err = r.decode(ctx, p, pool, c)
	}
	if err == nil {
		return p, nil
	}
	for _, b := range p.batches {
		pool.Put(b)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, r.scan.svc.Traits.pageError(resp, err)
}

// errNotAKey says that two rows have what the metadata call a key in common.
var errNotAKey = errors.New("two rows have the same key")

func (r *pageReader) decode(ctx context.Context, p *page, pool *fetch.Pool, c cut) error {
	s := r.scanner
	b := pool.Get()
	p.batches = append(p.batches, b)
	looking := c.after != nil
	// Of a service that is not relied on, the key is looked at too: rows come in
	// its order.
	doubted := r.scan.keyed && r.scan.svc.trials != nil
	var before []sqltypes.Value
	for s.Next() {
		p.rows++
		if doubted || p.rows == 1 || looking || r.scan.hashed || p.rows == c.prefix {
			id, err := r.id()
			if err != nil {
				return err
			}
			if p.rows == 1 {
				p.first = id
			}
			if doubted && before != nil && sameIdentity(id, before) {
				return errNotAKey
			}
			p.disorder = p.disorder || doubted && before != nil && !r.scan.svc.Traits.follows(r.scan.order, before, id)
			before = id
			if p.rows == c.prefix && sameIdentity(id, c.until) {
				p.overlap = p.rows
			}
			if r.scan.hashed && p.rows > c.prefix {
				p.hash = r.scan.addHash(p.hash, id)
			} else if r.scan.hashed {
				p.prefix = r.scan.addHash(p.prefix, id)
			}
			if looking {
				if same := sameIdentity(id, c.after); same {
					p.overlap, looking = p.rows, false
				} else if !c.search {
					looking = false // the row was to be the first
				}
				if p.overlap < 0 || p.overlap == p.rows {
					if p.overlap == p.rows {
						p.hash = c.hash // what follows is new
					}
					continue
				}
			}
		}
		if p.rows <= c.prefix || c.after != nil && p.overlap < 0 || c.most >= 0 && int64(p.kept) >= c.most {
			continue
		}
		if b.Len() >= tuple.TargetRows {
			b = pool.Get()
			p.batches = append(p.batches, b)
		}
		if err := r.rows.Append(b); err != nil {
			return err
		}
		if r.expand != nil {
			if err := r.expand.multiply(ctx, s, b); err != nil {
				return err
			}
		}
		if p.kept++; int64(p.kept) == c.most {
			// The next stretch starts behind this row, whatever else the page holds.
			var err error
			if p.last, err = r.id(); err != nil {
				return err
			}
			p.end = p.rows
		}
	}
	if err := s.Err(); err != nil {
		return err
	}
	if p.rows > 0 && p.last == nil { // the scanner still holds the last row
		var err error
		p.end = p.rows
		if p.last, err = r.id(); err != nil {
			return err
		}
	}
	return r.envelope(p)
}

// id returns the identity of the scanner's current row.
func (r *pageReader) id() ([]sqltypes.Value, error) {
	r.idBatch.Reset()
	if err := r.identity.Append(r.idBatch); err != nil {
		return nil, err
	}
	l, row := r.identity.Layout, r.idBatch.Row(0)
	id := make([]sqltypes.Value, l.Columns())
	for i := range id {
		id[i] = l.Value(row, i)
	}
	return id, nil
}

// nextOf returns the next link of a page whose members have the names of a
// version, "" if there is none.
func nextOf(s *jsonpage.Scanner, v Version) (string, error) {
	link := s.Captured(nextLink)
	if v == V4 {
		for _, i := range [...]int{otherLink, otherLink + 2} {
			if link.IsNull() {
				link = s.Captured(i)
			}
		}
	}
	switch {
	case link.IsString():
		return string(jsonpage.AppendString(nil, s.Page(), link)), nil
	case !link.IsNull():
		return "", errors.New("the next link is not a string")
	}
	return "", nil
}

func (r *pageReader) envelope(p *page) error {
	s, page := r.scanner, r.scanner.Page()
	v := r.scan.svc.Traits.envelope()
	var err error
	if p.next, err = nextOf(s, v); err != nil {
		return err
	}
	count := s.Captured(rowCount)
	if v == V4 && count.IsNull() {
		count = s.Captured(otherCount)
	}
	if !count.IsNull() {
		n, err := jsonpage.ParseInt64(count.Text(page, nil))
		if err == nil && n >= 0 {
			p.count = n
		}
	}
	return nil
}

func sameIdentity(a, b []sqltypes.Value) bool {
	for i := range a {
		if a[i].Null != b[i].Null || !a[i].Null && sqltypes.Compare(a[i], b[i]) != 0 {
			return false
		}
	}
	return true
}

// addHash goes on with the hash of a run of rows.
func (s *scan) addHash(h uint64, id []sqltypes.Value) uint64 {
	var m maphash.Hash
	m.SetSeed(s.seed)
	maphash.WriteComparable(&m, h)
	for _, v := range id {
		_ = m.WriteByte(byte(v.Kind))
		if !v.Null {
			_, _ = m.WriteString(v.Text())
		}
		_ = m.WriteByte(0)
	}
	return m.Sum64()
}
