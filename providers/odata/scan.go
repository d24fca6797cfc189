package odata

import (
	"context"
	"hash/maphash"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/epicorerp/epicorerp/internal/fetch"
	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/internal/jsonpage"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// scan is one planned read of a set: everything that its requests have in
// common.
type scan struct {
	svc *Service
	set *Set
	// table and trials are what is tried of the service before the scan, if it
	// is not relied on.
	table   *Table
	trials  []trial
	lambdas []lambdaTrial
	// keyTrials are those of the keys of a join, without which the filter is unkeyed.
	keyTrials []trial
	unkeyed   string
	path      string
	// filters are read one after the other: more than one only when a list was
	// too long for a URL.
	filters []string
	pushed  []string // the pushed predicates as SQL, for errors
	// conjuncts are the pushed conditions that hold for every row of the scan.
	conjuncts []string
	options   []option // $select, $expand and inputs
	order     []sortKey
	sorted    bool // the query's own order is among it
	// keyset says that every sort key can be compared at the server; keyed that
	// the sort keys identify a row.
	keyset, keyed bool
	limit, offset int64
	hint          int64

	members  []string // of the entity that are read
	result   jsonpage.Projection
	identity jsonpage.Projection
	expand   *expansion
	hashed   bool // rows are hashed, to recognise them when a server repeats itself
	seed     maphash.Seed

	header http.Header
	stats  *httpx.Stats
	wg     *sync.WaitGroup // what runs beside the fetcher

	mu   sync.Mutex
	free []*pageReader
}

// sortKey is one key of $orderby.
type sortKey struct {
	property *Property
	desc     bool
}

func (s *scan) reader() (*pageReader, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > 0 {
		r := s.free[n-1]
		s.free = s.free[:n-1]
		return r, nil
	}
	return newPageReader(s)
}

func (s *scan) release(r *pageReader) {
	if r != nil {
		s.mu.Lock()
		s.free = append(s.free, r)
		s.mu.Unlock()
	}
}

// request is what varies between the requests of a scan.
type request struct {
	filters []string // conditions, joined by "and"
	top     int64    // 0 for none
	skip    int64
	count   bool
	reverse bool // order backward
}

func (s *scan) url(r request) string {
	var o []option
	if f := joinFilters(r.filters); f != "" {
		o = append(o, option{"$filter", f})
	}
	if by := s.orderBy(r.reverse); by != "" {
		o = append(o, option{"$orderby", by})
	}
	o = append(o, s.options...)
	if r.top > 0 {
		o = append(o, option{"$top", strconv.FormatInt(r.top, 10)})
	}
	if r.skip > 0 {
		o = append(o, option{"$skip", strconv.FormatInt(r.skip, 10)})
	}
	if r.count {
		o = append(o, s.svc.countOption())
	}
	return s.svc.requestURL(s.path, o)
}

func (s *Service) countOption() option {
	if s.Traits.Version == V4 {
		return option{"$count", "true"}
	}
	return option{"$inlinecount", "allpages"}
}

func joinFilters(parts []string) string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, " and ")
}

func (s *scan) orderBy(reverse bool) string {
	parts := make([]string, len(s.order))
	for i, k := range s.order {
		parts[i] = k.property.Wire()
		if k.desc != reverse {
			parts[i] += " desc"
		}
	}
	return strings.Join(parts, ",")
}

// after is the condition for rows behind a row, in the order of the scan. Null
// is the smallest value.
func (s *scan) after(id []sqltypes.Value) (string, error) {
	var alternatives []string
	equal := ""
	for i, k := range s.order {
		p, v := k.property, id[i]
		w, text := p.Wire(), "null"
		if !v.Null {
			var err error
			if text, err = s.svc.Traits.literal(p, v); err != nil {
				return "", err
			}
		}
		beyond := ""
		switch {
		case k.desc && v.Null: // nothing is smaller
		case k.desc && p.Nullable:
			beyond = "(" + w + " lt " + text + " or " + w + " eq null)"
		case k.desc:
			beyond = w + " lt " + text
		case v.Null:
			beyond = w + " ne null"
		default:
			beyond = w + " gt " + text
		}
		if beyond != "" {
			if equal != "" {
				beyond = "(" + equal + " and " + beyond + ")"
			}
			alternatives = append(alternatives, beyond)
		}
		if equal != "" {
			equal += " and "
		}
		equal += w + " eq " + text
	}
	if len(alternatives) == 1 {
		return alternatives[0], nil
	}
	return "(" + strings.Join(alternatives, " or ") + ")", nil
}

// open starts the scan.
func (s *scan) open(ctx context.Context) (providers.BatchReader, error) {
	if err := s.try(ctx, s.trials); err != nil {
		return nil, err
	}
	if err := s.tryKeys(ctx); err != nil {
		return nil, err
	}
	s.header = s.svc.header()
	if s.hashed {
		s.seed = maphash.MakeSeed()
	}
	r, err := s.reader() // whatever is wrong with the projection is wrong now
	if err != nil {
		return nil, err
	}
	s.release(r)
	ctx, cancel := context.WithCancel(ctx)
	return &scanReader{scan: s, cancel: cancel, Reader: fetch.NewReader(ctx, newSource(s), fetch.Options{
		Layout: s.result.Layout, Concurrency: s.svc.concurrency(),
	})}, nil
}

func (s *Service) concurrency() int {
	if s.Traits.Concurrency > 0 {
		return s.Traits.Concurrency
	}
	return httpx.DefaultMaxConnections
}

// scanReader is a scan's BatchReader.
type scanReader struct {
	*fetch.Reader
	scan   *scan
	cancel context.CancelFunc
}

// Close ends the scan and waits for what runs for it.
func (r *scanReader) Close() error {
	r.cancel()
	err := r.Reader.Close()
	r.scan.wg.Wait()
	return err
}

// Stats tells what the scan cost so far.
func (r *scanReader) Stats() providers.ScanStats {
	st := r.scan.stats
	return providers.ScanStats{Requests: st.Requests.Load(), Retries: st.Retries.Load(), Bytes: st.Bytes.Load()}
}
