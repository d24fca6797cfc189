package odata

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/internal/fetch"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// maxSample is how many rows are looked at to find ones to try with.
const maxSample = 100

// tester tries some features of one table.
type tester struct {
	t       *Table
	names   []string
	wanted  map[string]trial
	columns []int // that are read: the key's first
	rows    [][]sqltypes.Value
}

func (t *tester) run(ctx context.Context) error {
	known := t.t.svc.trials
	t.names = slices.DeleteFunc(t.names, func(name string) bool { _, tried := known.verdict(name); return tried })
	var conditions []string
	for _, name := range t.names {
		if x := t.wanted[name]; x.order == nil {
			conditions = append(conditions, name)
		} else if err := t.sorts(ctx, name, x); err != nil {
			return err
		}
	}
	if conditions == nil {
		return nil
	}
	if err := t.sample(ctx); err != nil || len(t.rows) == 0 { // of a set without rows none is lost
		return err
	}
	var list []attempt
	for _, name := range conditions {
		if a, ok := t.attempt(name, t.wanted[name]); ok {
			for !t.fits([]attempt{a}) && a.shorten() {
			}
			list = append(list, a)
		} else {
			known.note(name, fmt.Sprintf("whether the service knows %s could not be tried: none of the first %d rows is of use", name, len(t.rows)))
		}
	}
	return t.conditions(ctx, list)
}

// conditions tries as many conditions together as a URL holds, and each by itself
// where that fails.
func (t *tester) conditions(ctx context.Context, list []attempt) error {
	for len(list) > 0 {
		n := 1
		for n < len(list) && t.fits(list[:n+1]) {
			n++
		}
		wrong, err := t.check(ctx, list[:n])
		if err != nil {
			return err
		}
		for i := range n {
			why := wrong
			if wrong != "" && n > 1 {
				if why, err = t.check(ctx, list[i:i+1]); err != nil {
					return err
				}
			}
			if why != "" {
				why = fmt.Sprintf("the service cannot be relied on for %s: %s", list[i].feature, why)
			}
			t.t.svc.trials.note(list[i].feature, why)
		}
		list = list[n:]
	}
	return nil
}

// sample reads some rows with what is to be tried.
func (t *tester) sample(ctx context.Context) error {
	var others []int
	for _, name := range t.names {
		others = append(others, t.wanted[name].columns()...)
	}
	t.columns = t.t.set.keyAnd(others)
	return t.read(ctx)
}

// keyAnd are the columns of the key and behind them others, each once.
func (s *Set) keyAnd(others []int) []int {
	var columns []int
	for _, k := range s.Key {
		columns = append(columns, k.Property)
	}
	for _, c := range others {
		if !slices.Contains(columns, c) {
			columns = append(columns, c)
		}
	}
	return columns
}

// read reads the columns of some rows.
func (t *tester) read(ctx context.Context) error {
	plan, err := t.t.Plan(ctx, &providers.ScanRequest{Columns: t.columns, RowHint: maxSample})
	if err != nil {
		return err
	}
	r, err := plan.Open(ctx, nil)
	if err != nil {
		return err
	}
	b := tuple.NewBatch(plan.Layout)
	err = r.Next(ctx, b)
	if err == nil {
		for i := range min(b.Len(), maxSample) {
			row := make([]sqltypes.Value, len(t.columns))
			for c := range row {
				row[c] = plan.Layout.Value(b.Row(i), c)
				row[c].S = strings.Clone(row[c].S)
			}
			t.rows = append(t.rows, row)
		}
	}
	if err == io.EOF {
		err = nil
	}
	return errors.Join(err, r.Close())
}

// key is the condition for one row of the sample, "" if there is none.
func (t *tester) key(row int) string {
	var parts []string
	for i, k := range t.t.set.Key {
		p := &t.t.set.Properties[k.Property]
		if t.t.svc.Traits.fixed(p.Name) {
			continue
		}
		text, err := t.t.svc.Traits.literal(p, t.rows[row][i])
		if err != nil {
			return ""
		}
		parts = append(parts, p.Wire()+" eq "+text)
	}
	return strings.Join(parts, " and ")
}

// inside asks for the rows that conditions hold for, by their keys and all that
// holds for each.
func (t *tester) inside(list []attempt) (filter string, rows []int) {
	claims := byRow(list, func(a attempt) []claim { return a.yes })
	rows = slices.Sorted(maps.Keys(claims))
	parts := make([]string, len(rows))
	for i, row := range rows {
		parts[i] = t.key(row) + " and " + strings.Join(claims[row], " and ")
	}
	return alternatives(parts), rows
}

// outside asks for rows by their keys and what does not hold for them, and, where
// that takes an "or", for another row at the end: it must come, or the service has
// not come to the end of the list.
func (t *tester) outside(list []attempt) (filter string, rows []int) {
	claims := byRow(list, func(a attempt) []claim { return a.not })
	var parts []string
	for _, row := range slices.Sorted(maps.Keys(claims)) {
		parts = append(parts, t.key(row)+" and ("+alternatives(claims[row])+")")
	}
	for row := len(t.rows) - 1; row >= 0 && len(parts) > 1; row-- {
		if key := t.key(row); key != "" && claims[row] == nil {
			return alternatives(append(parts, key)), []int{row}
		}
	}
	return alternatives(parts), nil
}

// byRow gathers what is claimed of each row.
func byRow(list []attempt, claims func(attempt) []claim) map[int][]string {
	rows := map[int][]string{}
	for _, a := range list {
		for _, c := range claims(a) {
			rows[c.row] = append(rows[c.row], c.text)
		}
	}
	return rows
}

// alternatives joins conditions by "or".
func alternatives(parts []string) string {
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, ") or (") + ")"
}

// fits says whether conditions can be tried together.
func (t *tester) fits(list []attempt) bool {
	inside, rows := t.inside(list)
	outside, _ := t.outside(list)
	limit := t.t.svc.Traits.urlLimit()
	s := t.asking()
	return len(s.url(t.request(inside, len(rows)))) <= limit && len(s.url(t.request(outside, len(rows)))) <= limit
}

// asking is a scan of the keys.
func (t *tester) asking() *scan {
	p := newPlanner(t.t, &providers.ScanRequest{Columns: t.columns[:len(t.t.set.Key)]})
	p.order()
	p.project()
	return p.scan
}

func (t *tester) request(filter string, rows int) request {
	return request{filters: []string{filter}, top: int64(rows) + 2, count: t.t.svc.Traits.Count}
}

// check asks for the rows that conditions hold for, then for those that they do not
// hold for. It returns what was wrong.
func (t *tester) check(ctx context.Context, list []attempt) (wrong string, err error) {
	filter, rows := t.inside(list)
	if wrong, err = t.expect(ctx, filter, rows); err != nil || wrong != "" {
		return wrong, err
	}
	filter, rows = t.outside(list)
	return t.expect(ctx, filter, rows)
}

// expect asks for rows of the sample. A refusal is no error: it tells what the
// service cannot do.
func (t *tester) expect(ctx context.Context, filter string, rows []int) (wrong string, err error) {
	page, keys, err := t.asking().peek(ctx, t.request(filter, len(rows)), len(rows)+1)
	var e *providers.Error
	switch {
	case errors.As(err, &e) && (e.Status == 400 || e.Status == 500 || e.Status == 501 || e.Kind == providers.KindResponse):
		return "it answers a request with it by an error: " + e.Message, nil
	case err != nil:
		return "", err
	}
	for _, key := range keys {
		if !slices.ContainsFunc(rows, func(row int) bool { return sameIdentity(key, t.rows[row][:len(key)]) }) {
			return "it gave rows for which the condition does not hold", nil
		}
	}
	if page.count >= 0 && page.next == "" && page.count != int64(len(keys)) {
		t.t.svc.trials.note(countTrial, "the service's $count does not go by $filter")
	}
	if len(keys) != len(rows) {
		wrong = fmt.Sprintf("it gave %d rows where the condition holds for %d", len(keys), len(rows))
	}
	return wrong, nil
}

// sorts tries an $orderby as a scan sends it, with the key at its end, up and down.
// It must begin with another value each way: rows that are all alike are in any order.
func (t *tester) sorts(ctx context.Context, feature string, x trial) error {
	wrong := ""
	p := newPlanner(t.t, &providers.ScanRequest{Order: x.order})
	p.order()
	if !p.scan.sorted { // one of its columns was found out just now
		t.t.svc.trials.note(feature, p.plan.OrderReason)
		return nil
	}
	for _, k := range p.scan.order {
		p.r.Columns = append(p.r.Columns, t.t.set.Column(k.property.Name))
	}
	p.project()
	var begin []sqltypes.Value
	for _, reverse := range [...]bool{false, true} {
		_, rows, err := p.scan.peek(ctx, request{top: maxSample, reverse: reverse}, 1)
		var e *providers.Error
		switch {
		case errors.As(err, &e) && (e.Status == 400 || e.Status == 500 || e.Status == 501):
			wrong = "it answers a request with it by an error: " + e.Message
		case err != nil:
			return err
		case len(rows) < 2: // are in any order
			return nil
		default:
			begin = append(begin, rows[0][0])
		}
		if reverse {
			slices.Reverse(rows)
		}
		for i := 1; i < len(rows); i++ {
			if !t.t.svc.Traits.follows(p.scan.order, rows[i-1], rows[i]) {
				wrong = "rows come in another order"
			}
		}
	}
	switch {
	case wrong != "":
		wrong = fmt.Sprintf("the service cannot be relied on for %s: %s", feature, wrong)
	case compareNullable(begin[0], begin[1]) == 0:
		wrong = fmt.Sprintf("whether the service knows %s could not be tried: the rows are alike", feature)
	}
	t.t.svc.trials.note(feature, wrong)
	return nil
}

// follows says whether a row may come behind another. What the server makes of
// texts and the like is not known, nor what it keeps of floats and clipped instants
// beyond what it sends, so no key behind those tells anything.
func (t *Traits) follows(order []sortKey, before, row []sqltypes.Value) bool {
	for i, k := range order {
		c := compareNullable(before[i], row[i])
		switch k.property.Edm {
		case "Edm.Byte", "Edm.SByte", "Edm.Int16", "Edm.Int32", "Edm.Int64", "Edm.Decimal", "Edm.Boolean",
			"Edm.Date", "Edm.DateTime", "Edm.DateTimeOffset", "Edm.Time", "Edm.TimeOfDay", "Edm.Double":
		default:
			return true
		}
		if c != 0 {
			return c < 0 != k.desc
		}
		if t.clipped(k.property) || k.property.Edm == "Edm.Double" {
			return true
		}
	}
	return true
}

func compareNullable(a, b sqltypes.Value) int {
	switch {
	case a.Null && b.Null:
		return 0
	case a.Null:
		return -1
	case b.Null:
		return 1
	}
	return sqltypes.Compare(a, b)
}

// peek reads the rows of a request, over a few pages at most. It returns the last page.
func (s *scan) peek(ctx context.Context, q request, pages int) (p *page, rows [][]sqltypes.Value, err error) {
	f := s.fresh()
	f.header, f.hashed = f.svc.header(), false
	r, err := f.reader()
	if err != nil {
		return nil, nil, err
	}
	for url := f.url(q); pages > 0; pages-- {
		resp, err := f.svc.get(ctx, url, f.header, f.stats)
		if err != nil {
			return nil, nil, err
		}
		p, err = r.read(ctx, resp, fetch.NewPool(f.result.Layout), cut{most: -1})
		resp.Release()
		if err != nil {
			return nil, nil, err
		}
		for _, b := range p.batches {
			for i := range b.Len() {
				row := make([]sqltypes.Value, f.result.Layout.Columns())
				for c := range row {
					row[c] = f.result.Layout.Value(b.Row(i), c)
				}
				rows = append(rows, row)
			}
		}
		if p.next == "" || int64(len(rows)) >= q.top {
			break
		}
		if url, err = resolveLink(p.url, p.next); err != nil {
			return nil, nil, err
		}
	}
	return p, rows, nil
}
