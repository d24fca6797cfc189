package odata

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/epicorerp/epicorerp/internal/jsonpage"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// maxGroups is how many groups are read: where there are more, the driver groups
// the rows, which it can do in little memory.
const maxGroups = 100_000

// groupScan reads and proves an answer of $apply. It is a BatchReader.
type groupScan struct {
	g      *grouping
	scan   *scan
	budget *providers.Budget
	held   atomic.Int64
	rows   providers.BatchReader // nil until the answer is proven
}

// group is a group of a part: its values of the grouping columns, the number of its
// rows, and what the methods gave.
type group struct {
	key    []sqltypes.Value
	n      int64
	values []sqltypes.Value
}

// gathered is what the requests of one answer gave.
type gathered struct {
	groups [][]group // of each part
	counts []int64   // see grouping.counted
}

// Next gives the groups.
func (s *groupScan) Next(ctx context.Context, out *tuple.Batch) error {
	if s.rows == nil {
		rows, err := s.run(ctx)
		if err != nil {
			return err
		}
		s.rows = providers.NewResultSet(nil, rows...).Rows
	}
	return s.rows.Next(ctx, out)
}

// run asks, and once more where the numbers of rows differ: they may have changed in
// between. If they did not, the service is wrong.
func (s *groupScan) run(ctx context.Context) ([][]sqltypes.Value, error) {
	if err := s.scan.try(ctx, s.scan.trials); err != nil {
		return nil, err
	}
	if err := s.tryNulls(ctx); err != nil {
		return nil, err
	}
	if err := s.tryMethods(ctx); err != nil {
		return nil, err
	}
	first, err := s.gather(ctx)
	if err != nil {
		return nil, err
	}
	why := s.g.differs(first)
	if why == "" {
		return s.g.combine(first)
	}
	again, err := s.gather(ctx)
	if err != nil {
		return nil, err
	}
	if why = s.g.differs(again); why == "" {
		return s.g.combine(again)
	}
	if !slices.Equal(first.counts, again.counts) {
		return nil, &providers.Error{Kind: providers.KindConflict, Refused: true, Message: "the rows of " + s.g.t.info.Name + " change while $apply groups them"}
	}
	return nil, s.g.refuse("", why)
}

// gather makes the requests of an answer at once.
func (s *groupScan) gather(ctx context.Context) (*gathered, error) {
	g := s.g
	counted := g.counted()
	out := &gathered{groups: make([][]group, len(g.parts)), counts: make([]int64, len(counted))}
	var tasks []func(context.Context) error
	for i, part := range g.parts {
		if g.asked(part) {
			tasks = append(tasks, func(ctx context.Context) (err error) {
				out.groups[i], err = s.read(ctx, part, g.groupURL(part))
				return g.refused(part, err)
			})
		}
	}
	for i, condition := range counted {
		// A column may be grouped by and aggregated: its nulls are counted once.
		if condition != noCount && slices.Index(counted, condition) == i {
			tasks = append(tasks, func(ctx context.Context) (err error) {
				out.counts[i], err = s.count(ctx, condition)
				return err
			})
		}
	}
	err := atOnce(ctx, g.t.svc.concurrency(), tasks)
	for i, condition := range counted {
		out.counts[i] = out.counts[slices.Index(counted, condition)]
	}
	return out, err
}

// atOnce runs tasks, at most so many at a time, and ends them all with the first
// error.
func atOnce(ctx context.Context, most int, tasks []func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	turns := make(chan struct{}, most)
	var wg sync.WaitGroup
	for _, task := range tasks {
		wg.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			if err := task(ctx); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// count asks the set for its number of rows under the query's conditions and one more.
func (s *groupScan) count(ctx context.Context, condition string) (int64, error) {
	f := s.scan.fresh()
	f.header, f.hashed, f.stats = f.svc.header(), false, s.scan.stats
	req := s.g.counting(condition)
	f.filters = []string{joinFilters(req.filters)}
	return (&countReader{scan: f, req: req}).count(ctx)
}

// read reads the groups of a part, page by page.
func (s *groupScan) read(ctx context.Context, part *groupPart, url string) ([]group, error) {
	header := s.g.t.svc.header()
	header.Del("Prefer") // a page of groups is as good as the server likes it
	seen := map[string]bool{}
	var out []group
	for {
		seen[url] = true
		groups, next, err := s.page(ctx, part, url, header)
		if errors.Is(err, jsonpage.ErrTruncated) {
			groups, next, err = s.page(ctx, part, url, header)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, groups...)
		if err := s.reserve(part, len(groups)); err != nil || len(out) > maxGroups {
			return nil, &unusable{why: "there are too many groups to hold at once", now: true}
		}
		if next == "" {
			return out, nil
		}
		if url, err = resolveLink(url, next); err != nil || seen[url] {
			return nil, &unusable{why: "the next links of groups lead nowhere"}
		}
	}
}

// page reads one page of groups.
func (s *groupScan) page(ctx context.Context, part *groupPart, url string, header http.Header) (groups []group, next string, err error) {
	t := &s.g.t.svc.Traits
	resp, err := s.g.t.svc.get(ctx, url, header, s.scan.stats)
	var e *providers.Error
	if errors.As(err, &e) && refusing[e.Status] {
		return nil, "", &unusable{why: "the service answers by an error: " + e.Message}
	}
	if err != nil {
		return nil, "", err
	}
	defer resp.Release()
	if resp.Status == http.StatusNoContent {
		return nil, "", nil
	}
	groups, next, err = s.g.decode(resp.Body, part)
	var syntax *jsonpage.SyntaxError
	var noJSON *jsonpage.NotJSONError
	switch {
	case errors.As(err, &syntax), errors.As(err, &noJSON):
		return nil, "", t.pageError(resp, err)
	case err != nil:
		return nil, "", &unusable{why: fmt.Sprintf("the answer is not the one that was asked for: %v", err)}
	}
	return groups, next, nil
}

// reserve takes the memory of groups.
func (s *groupScan) reserve(part *groupPart, groups int) error {
	const perValue = 80
	n := int64(groups * (len(s.g.by) + len(part.methods) + 1) * perValue)
	err := s.budget.Reserve("$apply", n)
	if err == nil {
		s.held.Add(n)
	}
	return err
}

// decode reads one page of groups. ASP.NET Core sends the bare array where it finds
// no type for its rows.
func (g *grouping) decode(page []byte, part *groupPart) (groups []group, next string, err error) {
	projection := g.projection(part)
	shape := jsonpage.ShapeValue
	if body := bytes.TrimSpace(bytes.TrimPrefix(page, []byte("\uFEFF"))); len(body) > 0 && body[0] == '[' {
		shape = jsonpage.ShapeArray
	}
	names := captures[V4]
	scanner, err := jsonpage.NewScanner(projection.Members(nil), jsonpage.Options{Shape: shape, Capture: names})
	if err != nil {
		return nil, "", err
	}
	rows, err := jsonpage.NewRowDecoder(scanner, projection, nil)
	if err != nil {
		return nil, "", err
	}
	b := tuple.NewBatch(projection.Layout)
	scanner.Reset(page)
	for scanner.Next() {
		b.Reset()
		if err := rows.Append(b); err != nil {
			return nil, "", err
		}
		x, err := g.group(projection.Layout, b.Row(0))
		if err != nil {
			return nil, "", err
		}
		groups = append(groups, x)
	}
	for i := range names {
		if link, ok := scanner.CapturedText(i); ok && strings.HasSuffix(names[i], "nextLink") && next == "" {
			next = link
		}
	}
	return groups, next, scanner.Err()
}

// projection says where the values of a group stand in its row.
func (g *grouping) projection(part *groupPart) *jsonpage.Projection {
	number := sqltypes.DecimalType(sqltypes.Unlimited, sqltypes.Unlimited)
	var types []sqltypes.Type
	out := &jsonpage.Projection{}
	for _, c := range g.by {
		p := &g.t.set.Properties[c.column]
		out.Paths, types = append(out.Paths, p.Path), append(types, p.Type)
	}
	out.Paths, types = append(out.Paths, []string{g.alias + "0"}), append(types, number)
	for i, m := range part.methods {
		t := g.t.set.Properties[m.column].Type
		switch {
		case m.name == methodDistinct || t.Kind.IsInteger():
			t = number
		case t.Kind == sqltypes.Decimal: // a sum of more digits than the column's values, and of as many places
			t = sqltypes.DecimalType(sqltypes.Unlimited, t.Scale)
		}
		out.Paths, types = append(out.Paths, []string{fmt.Sprintf("%s%d", g.alias, i+1)}), append(types, t)
	}
	out.Layout = tuple.NewLayout(types)
	return out
}

func (g *grouping) group(l *tuple.Layout, row tuple.Row) (group, error) {
	values := make([]sqltypes.Value, l.Columns())
	for i := range values {
		values[i] = l.Value(row, i)
		values[i].S = strings.Clone(values[i].S)
	}
	x := group{key: values[:len(g.by)], values: values[len(g.by)+1:]}
	if rows := values[len(g.by)]; !rows.Null {
		n, ok := rows.D.Int64()
		if !ok || n < 0 || !rows.D.IsInt() {
			return x, fmt.Errorf("a group has %s rows", rows.D)
		}
		x.n = n
	}
	if len(g.by) > 0 && x.n == 0 {
		return x, errors.New("a group has no number of rows")
	}
	return x, nil
}

// differs says where the rows of the groups do not add up to what the set counts.
func (g *grouping) differs(a *gathered) string {
	for i, part := range g.parts {
		if !g.asked(part) {
			continue
		}
		n := int64(0)
		for _, x := range a.groups[i] {
			n += x.n
		}
		if n != a.counts[i] {
			return fmt.Sprintf("$apply groups %d rows of %s where $count says %d", n, g.t.info.Name, a.counts[i])
		}
	}
	for i, part := range g.parts {
		if values, nulls := a.counts[i], a.counts[len(g.parts)+i]; part.column >= 0 && values+nulls != a.counts[0] {
			return fmt.Sprintf("$count says %d rows with %s, %d without and %d in all", values, g.t.info.Columns[part.column].Name, nulls, a.counts[0])
		}
	}
	for i, c := range g.by {
		if c.isNull == "" {
			continue
		}
		n := int64(0)
		for _, x := range a.groups[0] {
			if x.key[i].Null {
				n += x.n
			}
		}
		if nulls := a.counts[2*len(g.parts)+i]; n != nulls {
			return fmt.Sprintf("$apply groups %d rows without %s where $count says %d", n, g.t.info.Columns[c.column].Name, nulls)
		}
	}
	return ""
}

// combine makes the rows of the answer, whose numbers of rows are proven.
func (g *grouping) combine(a *gathered) ([][]sqltypes.Value, error) {
	found := make([]map[string]*group, len(g.parts))
	for i, part := range g.parts {
		found[i] = make(map[string]*group, len(a.groups[i]))
		for k := range a.groups[i] {
			x := &a.groups[i][k]
			if x.n == 0 {
				continue // the row that says that there is none
			}
			key := keyText(x.key)
			if found[i][key] != nil {
				return nil, g.refuse(g.text(part), "two groups have the same values")
			}
			if found[i][key] = x; i > 0 && len(g.by) > 0 && found[0][key] == nil {
				return nil, g.refuse(g.text(part), "a group is not among those of all rows")
			}
			if why := g.believedKey(x); why != "" {
				return nil, g.refuse(g.groupURL(part), why)
			}
			if why := g.believed(part, x); why != "" {
				return nil, g.refuse(g.groupURL(part), why)
			}
		}
		if len(g.by) == 0 {
			if x := found[i][""]; x == nil || !g.asked(part) {
				found[i][""] = &group{n: a.counts[i]}
			}
		}
	}
	rows := make([][]sqltypes.Value, 0, len(found[0]))
	if len(g.by) == 0 {
		return append(rows, g.row(found, found[0][""])), nil
	}
	for i := range a.groups[0] {
		rows = append(rows, g.row(found, &a.groups[0][i]))
	}
	return rows, nil
}

// row is a row of the answer: the grouping columns, then the calls.
func (g *grouping) row(found []map[string]*group, x *group) []sqltypes.Value {
	row := slices.Clone(x.key)
	key := keyText(x.key)
	for _, call := range g.calls {
		row = append(row, call.value(found[slices.Index(g.parts, call.part)][key]))
	}
	return row
}

// value is a call's outcome for a group, nil if no row of it has a value.
func (c *groupCall) value(x *group) sqltypes.Value {
	n := int64(0)
	if x != nil {
		n = x.n
	}
	asked := func(name string) sqltypes.Value {
		return x.values[slices.Index(c.part.methods, method{c.Column, name})]
	}
	switch {
	case c.Func == "COUNT" && !c.Distinct:
		return sqltypes.Value{Kind: c.Type.Kind, I: n}
	case c.Func == "COUNT" && n == 0:
		return sqltypes.Value{Kind: c.Type.Kind}
	case n == 0:
		return sqltypes.NullOf(c.Type.Kind)
	case c.Func == "COUNT":
		return numberOf(asked(methodDistinct).D, c.Type.Kind)
	case c.Func == "SUM":
		return numberOf(asked(methodSum).D, c.Type.Kind)
	case c.Func == "AVG":
		mean, err := asked(methodSum).D.Quo(sqltypes.NumFromInt(n))
		if err != nil { // n is not 0, and a mean has no more digits than are certain
			return sqltypes.NullOf(c.Type.Kind)
		}
		return sqltypes.NumValue(mean)
	}
	v := asked(strings.ToLower(c.Func))
	if v.Kind == sqltypes.Decimal {
		return numberOf(v.D, c.Type.Kind)
	}
	return v
}

// numberOf is a number as a value of a kind, which is whole where the number is.
func numberOf(v sqltypes.Num, k sqltypes.Kind) sqltypes.Value {
	if !k.IsInteger() {
		return sqltypes.NumValue(v)
	}
	n, _ := v.Int64() // proven to have no more digits than are certain
	return sqltypes.Value{Kind: k, I: n}
}

// keyText is the same for groups that are equal as SQL sees them.
func keyText(key []sqltypes.Value) string {
	var b strings.Builder
	for _, v := range key {
		if v.Kind == sqltypes.Decimal {
			v.D = v.D.TrimZeros()
		}
		if v.Null {
			b.WriteByte(1)
		}
		b.WriteString(v.Text())
		b.WriteByte(0)
	}
	return b.String()
}

// Close ends the scan.
func (s *groupScan) Close() error {
	s.budget.Release(s.held.Swap(0))
	if s.rows == nil {
		s.rows = providers.NewResultSet(nil).Rows
	}
	return s.rows.Close()
}

// Stats tells what the scan cost.
func (s *groupScan) Stats() providers.ScanStats {
	st := s.scan.stats
	return providers.ScanStats{Requests: st.Requests.Load(), Retries: st.Retries.Load(), Bytes: st.Bytes.Load()}
}
