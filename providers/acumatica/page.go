package acumatica

import (
	"bytes"
	"hash/maphash"
	"slices"

	"github.com/epicorerp/epicorerp/internal/fetch"
	"github.com/epicorerp/epicorerp/internal/jsonpage"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// identity tells records apart: by their id, or, where the system makes one up
// for each answer, by the fields that tell.
type identity struct {
	id      []byte
	content uint64
}

func (a *identity) same(b *identity) bool {
	return a.id != nil && string(a.id) == string(b.id)
}

// cut says which records of a page are known already, and how many to take.
type cut struct {
	after  *identity // records up to this one, unless nil
	madeUp bool      // ids are new in each answer: the first record is known by its content
	most   int64     // records to take, -1 for all
}

// knows reports the record that was looked for.
func (c *cut) knows(id *identity, place int) bool {
	if c.madeUp {
		return place == 1 && id.content == c.after.content
	}
	return id.same(c.after)
}

// pageRead is one page as it was read.
type pageRead struct {
	batches []*tuple.Batch
	rows    int // records on the page
	kept    int // records that were taken
	end     int // place of the last one taken, or passed over, from 1
	found   int // place of the known record, -1 if it is not there
	first   identity
	last    identity // of the one at end
}

// rowReader reads pages of one scan. It learns the order of members, so that it
// is kept for the next page.
type rowReader struct {
	s      *scan
	levels []*levelReader
	seed   maphash.Seed
	// id and telling are columns of the first level's scanner.
	id      int
	telling []int
}

// levelReader reads the rows of one level.
type levelReader struct {
	scanner *jsonpage.Scanner
	rows    *jsonpage.RowDecoder
	batch   *tuple.Batch // the current row
	to      []int
	// down leads from a row to the array of the next level.
	down []*jsonpage.Scanner
	at   int // the column of the scanner where it begins
}

func newRowReader(s *scan) (*rowReader, error) {
	r := &rowReader{s: s, seed: maphash.MakeSeed()}
	for i, p := range s.parts {
		proj := &jsonpage.Projection{Layout: tuple.NewLayout(p.types), Paths: p.paths}
		members := proj.Members(nil)
		l := &levelReader{to: p.to, batch: tuple.NewBatch(proj.Layout), at: -1}
		var path []string
		if i+1 < len(s.parts) {
			path = s.t.levels[i+1].path
			l.at, members = place(members, path[0])
		}
		shape := jsonpage.ShapeArray
		if i == 0 && s.entity || s.t.levels[i].linked {
			shape = jsonpage.ShapeEntity
		}
		if i == 0 {
			r.id, members = place(members, idPath[0])
			for _, name := range s.telling {
				var at int
				at, members = place(members, name)
				r.telling = append(r.telling, at)
			}
		}
		var err error
		if l.scanner, err = jsonpage.NewScanner(members, jsonpage.Options{Shape: shape}); err != nil {
			return nil, err
		}
		if l.rows, err = jsonpage.NewRowDecoder(l.scanner, proj, s.t.on.set.traits.Zone); err != nil {
			return nil, err
		}
		for _, name := range path[min(1, len(path)):] {
			down, err := jsonpage.NewScanner([]string{name}, jsonpage.Options{Shape: jsonpage.ShapeEntity})
			if err != nil {
				return nil, err
			}
			l.down = append(l.down, down)
		}
		r.levels = append(r.levels, l)
	}
	return r, nil
}

// place finds a member among those that are read, or adds it.
func place(members []string, name string) (int, []string) {
	if i := slices.Index(members, name); i >= 0 {
		return i, members
	}
	return len(members), append(members, name)
}

// read decodes an answer. A page that turns out to be broken gives no rows.
func (r *rowReader) read(body []byte, pool *fetch.Pool, c cut) (*pageRead, error) {
	p := &pageRead{found: -1}
	r.levels[0].scanner.Reset(body)
	if err := r.decode(p, pool, c); err != nil {
		for _, b := range p.batches {
			pool.Put(b)
		}
		return nil, err
	}
	return p, nil
}

func (r *rowReader) decode(p *pageRead, pool *fetch.Pool, c cut) error {
	s := r.levels[0].scanner
	out := pool.Get()
	p.batches = append(p.batches, out)
	for s.Next() {
		p.rows++
		full := c.most >= 0 && int64(p.kept) >= c.most
		if p.rows > 1 && full && c.after == nil {
			continue
		}
		id := r.identity()
		if p.rows == 1 {
			p.first = id
		}
		if c.after != nil && p.found < 0 {
			if c.knows(&id, p.rows) {
				p.found, p.end, p.last = p.rows, p.rows, id
			}
			continue
		}
		if full {
			continue
		}
		if out.Len() >= tuple.TargetRows {
			out = pool.Get()
			p.batches = append(p.batches, out)
		}
		if err := r.row(0, s, out); err != nil {
			return err
		}
		p.kept++
		p.end, p.last = p.rows, id
	}
	return s.Err()
}

// identity is that of the current record.
func (r *rowReader) identity() identity {
	s := r.levels[0].scanner
	row, page := s.Row(), s.Page()
	id := identity{}
	if t := row[r.id]; t.IsString() {
		id.id = jsonpage.AppendString(nil, page, t)
	}
	var h maphash.Hash
	h.SetSeed(r.seed)
	for _, m := range r.telling {
		_, _ = h.Write(page[row[m].Off:row[m].End]) // a Hash does not fail
		_ = h.WriteByte(0)
	}
	id.content = h.Sum64()
	return id
}

// row adds what a row of a level comes to: itself, or the rows of the next level
// inside of it, beside what is wanted of those above.
func (r *rowReader) row(level int, s *jsonpage.Scanner, out *tuple.Batch) error {
	l := r.levels[level]
	l.batch.Reset()
	if err := l.rows.Append(l.batch); err != nil {
		return err
	}
	if level == len(r.levels)-1 {
		return r.emit(out)
	}
	t, page := s.Row()[l.at], s.Page()
	for _, down := range l.down {
		if t.Kind != jsonpage.Object {
			return nil
		}
		down.ResetRange(page, int(t.Off), int(t.End))
		if !down.Next() {
			return down.Err()
		}
		t = down.Row()[0]
	}
	wanted := jsonpage.Array
	if r.s.t.levels[level+1].linked {
		wanted = jsonpage.Object
	}
	if t.Kind != wanted || isEmptyObject(page[t.Off:t.End]) {
		return nil
	}
	next := r.levels[level+1].scanner
	next.ResetRange(page, int(t.Off), int(t.End))
	for next.Next() {
		if err := r.row(level+1, next, out); err != nil {
			return err
		}
	}
	return next.Err()
}

// isEmptyObject recognises {}, which stands for what is not there.
func isEmptyObject(text []byte) bool {
	return text[0] == '{' && len(bytes.TrimSpace(text[1:len(text)-1])) == 0
}

// emit adds one row of the result.
func (r *rowReader) emit(out *tuple.Batch) error {
	row := out.AddRow()
	for _, l := range r.levels {
		from := l.batch.Row(0)
		for i, to := range l.to {
			if err := out.CopyColumn(row, to, from, l.rows.Layout, i); err != nil {
				out.DropLast()
				return err
			}
		}
	}
	for _, c := range r.s.consts {
		if err := out.SetValue(row, c.Column, c.Value); err != nil {
			out.DropLast()
			return err
		}
	}
	return nil
}
