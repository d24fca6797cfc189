package odata

import (
	"fmt"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// maxLinks bounds the distinct empty pages and links of one request, beyond
// what any service has.
const maxLinks = 1_000_000

// maxIdle is how many requests in a row may bring nothing new without an end
// being proven.
const maxIdle = 8

// maxBack is how often the place of the last row is looked for when rows have
// moved.
const maxBack = 32

func joinAnd(parts []string) string { return strings.Join(parts, " AND ") }

// disordered goes by rows that came in another order than was asked for: a scan that
// has just begun goes on by counting them. Where it relies on the order, rows would
// be missing.
func (c *chain) disordered() error {
	s := c.s
	first := c.pages == 0 && c.from == nil && c.prev == nil
	switch {
	case !s.sorted && first:
		s.keyset = false
		return nil
	case !s.sorted && !s.keyset:
		return nil
	}
	return &providers.Error{Kind: providers.KindResponse, Refused: s.sorted, Message: fmt.Sprintf(
		"the rows of %s come in another order than $orderby=%s asks for", s.set.Name, s.orderBy(false))}
}

// took accounts for a page and says whether the stretch is over. An error
// means that the page must not be used.
func (c *chain) took(p *page) (end bool, err error) {
	own := c.rows == 0 && c.next == ""
	if own {
		c.count = p.count
	}
	if p.disorder {
		if err := c.disordered(); err != nil {
			return false, err
		}
	}
	again, err := c.continues(p, own)
	if err != nil || again {
		return false, err
	}
	if err := c.forward(p); err != nil {
		return false, err
	}
	c.pages++
	if !c.byKey {
		c.position = c.req.skip + c.rows + int64(p.end)
	}
	c.rows += int64(p.rows)
	c.received += int64(p.kept)
	for _, b := range p.batches {
		c.bytes += int64(b.Bytes())
	}
	c.most = max(c.most, p.rows)
	if p.rows > 0 {
		c.last, c.hash = p.last, p.hash
		if c.start == nil {
			c.start = p.first
		}
	}
	if c.total < 0 && c.count >= 0 && own {
		c.total = c.count
		if c.byKey {
			c.total += c.received - c.rows
		}
	}
	if c.stop > 0 && c.received >= c.stop {
		return true, nil
	}
	if p.next != "" {
		return false, c.follow(p)
	}
	c.next = ""
	if c.proven(p) {
		c.ended = c.window == ""
		return true, nil
	}
	// With pages of one row, the known row alone says nothing: ask behind it.
	c.bare = c.overlap && c.rows == 1
	if c.idle++; p.kept > 0 {
		c.idle = 0
	} else if c.idle > maxIdle {
		return false, c.cutShort("and gives nothing more although it does not say that this is all")
	}
	return false, nil
}

// continues checks that the page goes on where the last one ended. again means
// that it did not, and that another request will tell more.
func (c *chain) continues(p *page, own bool) (again bool, err error) {
	switch {
	case c.s.set.Singleton:
		return false, nil
	case c.grow && c.rows < c.received:
		return false, c.repeats(p)
	case c.bounds != nil && p.rows > 0 && (c.outside(p.first) || c.outside(p.last)):
		return false, c.strays()
	case c.byKey && own && c.last != nil && p.rows > 0:
		return false, c.behind(p)
	case !c.overlap || !own:
		return false, nil
	case p.overlap >= 0 && (p.overlap == 1 || p.rows > p.overlap):
		c.back, c.backRows = 0, 0
		return false, nil
	case p.rows > 0 && c.received > 1 && c.req.skip > 0 && sameIdentity(p.first, c.start) && c.prev == nil:
		// The set from its beginning: $skip is ignored.
		c.grow = true
		return true, nil
	case p.overlap >= 0:
		c.back, c.backRows = 0, 0
		return false, nil
	}
	// Rows before the last one came or went. Where it went can be found if it
	// can be told from all others.
	if c.back++; c.back > maxBack || !c.s.keyed || c.req.skip == 0 {
		return false, &providers.Error{Kind: providers.KindConflict, Retryable: true, Message: fmt.Sprintf(
			"the rows of %s moved while they were read: after %d rows the last one is no longer in its place; try again", c.s.set.Name, c.received)}
	}
	// Pages may be short, and the next one shorter: each reaches far into the one
	// tried before.
	size := p.rows
	if size == 0 {
		size = c.most
	}
	c.backRows += int64(max(1, size/2-1))
	return true, nil
}

// behind checks that a page asked for by a condition on the key is not one
// that was received before.
func (c *chain) behind(p *page) error {
	k := c.s.order[0]
	a, b := c.last[0], p.first[0]
	back := sameIdentity(p.first, c.last) || c.start != nil && sameIdentity(p.first, c.start)
	if !back && k.property.Type.Kind.IsInteger() && !a.Null && !b.Null {
		d := sqltypes.Compare(a, b)
		back = !k.desc && d > 0 || k.desc && d < 0
	}
	if back {
		return c.strays()
	}
	return nil
}

// outside says that a row does not belong to the window that was asked for.
func (c *chain) outside(id []sqltypes.Value) bool {
	return id[0].Null || id[0].I < c.bounds[0] || id[0].I > c.bounds[1]
}

func (c *chain) strays() error {
	return &providers.Error{Kind: providers.KindResponse, Message: fmt.Sprintf(
		"the server does not keep to the condition that it was asked for, so that %s cannot be read page by page: %s", c.s.set.Name, c.s.svc.Traits.shown(c.s.url(c.req)))}
}

// repeats checks that a server that ignores $skip repeated what was received
// before going on.
func (c *chain) repeats(p *page) error {
	known := min(int64(p.rows), c.received-c.rows)
	if c.rows == 0 && known == c.received && (p.overlap < 0 || c.s.hashed && p.prefix != c.hash) {
		return &providers.Error{Kind: providers.KindConflict, Retryable: true, Message: fmt.Sprintf(
			"the server ignores $skip, and the first %d rows of %s changed while they were read; try again", c.received, c.s.set.Name)}
	}
	if p.next == "" && c.rows+int64(p.rows) <= c.received && !c.countProves(c.rows+int64(p.rows)) &&
		(c.s.svc.Traits.SilentCap && !c.honoured() || int64(p.rows) < c.received) {
		return c.cutShort("ignores $skip and gives no count")
	}
	return nil
}

// honoured says that the $top that was asked for is one that the server is
// known to give in full.
func (c *chain) honoured() bool {
	return c.req.top > 0 && c.req.top <= int64(c.s.svc.Traits.HonouredTop)
}

func (c *chain) cutShort(format string, args ...any) error {
	return &providers.Error{Kind: providers.KindUnsupported, Message: fmt.Sprintf(
		"%s cannot be read to its end: the server cuts its answer at %d rows, ", c.s.set.Name, c.most) +
		fmt.Sprintf(format, args...) + "; narrow the query by a filter, or raise the limit at the server"}
}

func (c *chain) countProves(position int64) bool { return c.count >= 0 && position == c.count }

// proven says that nothing follows the page, which has no next link.
func (c *chain) proven(p *page) bool {
	t := &c.s.svc.Traits
	position := c.rows
	if !c.byKey {
		position += c.req.skip
	}
	switch {
	case c.s.set.Singleton, c.countProves(position):
		return true
	case t.Bare && c.received == c.total && c.rows < c.req.top:
		return true // all that were counted, and not as many as were asked for
	case c.overlap && c.rows == 1:
		return c.most > 1 // only the known row
	case c.rows == 0:
		return true
	case c.grow && c.rows <= c.received && p.kept == 0:
		return true
	case c.count > position:
		return false // the server says itself that there is more
	case c.req.top == 0:
		return !t.SilentCap
	}
	return c.rows < c.req.top && (!t.SilentCap || c.honoured())
}

// follow notes the next link. It may be relative; it may come on an empty
// page; and it must not lead back.
func (c *chain) follow(p *page) error {
	link, err := resolveLink(p.url, p.next)
	if err != nil {
		return &providers.Error{Kind: providers.KindResponse, Message: "the next link is not a URL", Err: err}
	}
	if err := c.s.svc.Client.CheckOrigin(link); err != nil {
		return &providers.Error{Kind: providers.KindOrigin, Message: fmt.Sprintf(
			"the next link of %s leads to another server, %s, and is not followed", c.s.set.Name, c.s.svc.Traits.shown(link)), Err: err}
	}
	if c.seen == nil {
		c.seen = map[string]bool{}
	}
	if c.seen[link] || len(c.seen) >= maxLinks {
		return &providers.Error{Kind: providers.KindResponse, Message: fmt.Sprintf(
			"the next links of %s go round in a circle: %s comes again", c.s.set.Name, c.s.svc.Traits.shown(link))}
	}
	c.seen[link] = true
	c.next = link
	return nil
}

// forward checks that a page holds new rows where there must be some.
func (c *chain) forward(p *page) error {
	if c.byKey && c.next != "" && p.rows > 0 && c.start != nil && sameIdentity(p.first, c.start) {
		return &providers.Error{Kind: providers.KindResponse, Message: fmt.Sprintf(
			"a next link of %s leads back to the first row", c.s.set.Name)}
	}
	return nil
}
