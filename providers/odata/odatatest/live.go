package odatatest

// Live is a Source that shows columns of a set of a Data as they are now: the
// same rows under another name, as ERP services show one table in several.
type Live struct {
	Data    func() *Data // asked at each request, so that it may be made later
	Set     string
	Columns []string // in the order of the showing set
}

// Snapshot pins the rows for one request.
func (l Live) Snapshot() Source {
	t := l.Data().tables[l.Set]
	p := projection{v: t.view(), cols: make([]int, len(l.Columns))}
	for i, name := range l.Columns {
		c, ok := t.columns[name]
		if !ok {
			c = -1
		}
		p.cols[i] = c
	}
	return p
}

// Len is the number of rows now.
func (l Live) Len() int { return l.Snapshot().Len() }

// At reads one value of the rows as they are now.
func (l Live) At(row, col int) Value { return l.Snapshot().At(row, col) }

type projection struct {
	v    *view
	cols []int
}

func (p projection) Len() int { return p.v.len() }

func (p projection) At(row, col int) Value {
	if p.cols[col] < 0 {
		return Value{}
	}
	return p.v.at(row, p.cols[col])
}

// Rows gives the rows of a set as they are now.
func (d *Data) Rows(set string) Source {
	t := d.tables[set]
	if t == nil {
		return rowSource{}
	}
	v := t.view()
	cols := make([]int, len(t.set.Columns))
	for i := range cols {
		cols[i] = i
	}
	return projection{v: v, cols: cols}
}

// Set returns the definition of a set, nil if there is none. It must not be changed.
func (d *Data) Set(name string) *Set {
	if t := d.tables[name]; t != nil {
		return t.set
	}
	return nil
}

// Query reads a set by $filter and $orderby (either may be ""), skipping and
// taking rows as told (take < 0: all), and prints each row as a JSON object of
// the version. It serves methods that are no set reads.
func (h *Handler) Query(set, filter, orderBy string, skip, take int) (rows [][]byte, more bool, err error) {
	t := h.tables[set]
	if t == nil {
		return nil, false, badRequest("no entity set %q", set)
	}
	c := &compiler{h: h, views: map[*table]*view{}}
	o := options{"filter": filter, "orderby": orderBy}.present()
	q, err := c.query(t, o)
	if err != nil {
		return nil, false, err
	}
	q.skip = skip
	v := c.view(t)
	r, err := q.run(v, take)
	if err != nil {
		return nil, false, err
	}
	s := h.shape(q)
	for _, j := range r.rows {
		b, err := s.appendRow(nil, v, j, "")
		if err != nil {
			return nil, false, err
		}
		rows = append(rows, b)
	}
	return rows, r.more, nil
}

// Sets returns the definitions of all sets, which must not be changed.
func (d *Data) Sets() []*Set { return d.schema.Sets }
