package exec

import (
	"fmt"
	"hash/maphash"
	"math/bits"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// keyer computes the keys of a batch and their hashes. A single key of integer
// storage is its slot, a single text is its bytes, which stay where they lie;
// any other key is the bytes of expr.AppendKey.
type keyer struct {
	exprs []*expr.Compiled
	cols  []int // the column that an expression is; -1 for others
	// nullEqual, where true for an expression, makes NULL a key like others.
	nullEqual []bool
	layout    *tuple.Layout
	frame     *expr.Frame
	seed      maphash.Seed
	mix       uint64
	ints      bool
	text      bool
	computed  bool // an expression is no column

	// Of the batch, by row.
	states []keyState
	hashes []uint64
	words  []uint64 // integer keys
	starts []int    // of the keys in buf, or in the arena of a text column
	ends   []int
	buf    []byte
	arena  []byte
}

// keyState tells what the key of a row is.
type keyState uint8

const (
	keyed     keyState = iota
	nullKey            // NULL, which matches nothing
	nullValue          // NULL, which equals NULL: only of single keys
)

func (r *run) keyer(s *scope, l *tuple.Layout, exprs []expr.Node, nullEqual []bool) (*keyer, error) {
	k := &keyer{layout: l, frame: r.frame(s), seed: r.seed, nullEqual: nullEqual}
	k.mix = maphash.String(r.seed, "integer keys")
	if k.nullEqual == nil {
		k.nullEqual = make([]bool, len(exprs))
	}
	var err error
	if k.exprs, err = compileAll(exprs, l); err != nil {
		return nil, err
	}
	for _, x := range exprs {
		col := -1
		if c, ok := x.(*expr.Column); ok && l.Types[c.Index].Kind == c.T.Kind {
			col = c.Index
		}
		k.cols, k.computed = append(k.cols, col), k.computed || col < 0
	}
	if len(exprs) == 1 {
		kind := exprs[0].Type().Kind
		k.ints = kind.Storage() == sqltypes.StoreInt
		k.text = kind.Storage() == sqltypes.StoreBytes && kind != sqltypes.Interval // equal intervals have several forms
	}
	return k, nil
}

// rowKeyer has all columns of a layout as its key, NULLs equal.
func (r *run) rowKeyer(l *tuple.Layout) (*keyer, error) {
	exprs, equal := make([]expr.Node, l.Columns()), make([]bool, l.Columns())
	for i, t := range l.Types {
		exprs[i], equal[i] = &expr.Column{Index: i, T: t}, true
	}
	return r.keyer(nil, l, exprs, equal)
}

// sameKeys checks that the keys of two sides can be compared.
func sameKeys(a, b *keyer) error {
	if len(a.exprs) != len(b.exprs) || len(a.exprs) != len(b.nullEqual) {
		return fmt.Errorf("exec: %d keys on the left, %d on the right", len(a.exprs), len(b.exprs))
	}
	for i := range a.exprs {
		if x, y := a.exprs[i].Type, b.exprs[i].Type; x.Kind.Storage() != y.Kind.Storage() {
			return fmt.Errorf("exec: key %d is %s on the left, %s on the right", i+1, x, y)
		}
	}
	return nil
}

// read computes the keys of a batch.
func (k *keyer) read(b *tuple.Batch) error {
	n := b.Len()
	if cap(k.hashes) < n {
		k.hashes, k.states = make([]uint64, n), make([]keyState, n)
		if k.ints {
			k.words = make([]uint64, n)
		} else {
			k.starts, k.ends = make([]int, n), make([]int, n)
		}
	}
	k.hashes, k.states = k.hashes[:n], k.states[:n]
	k.frame.Err = nil
	if k.ints {
		k.words = k.words[:n]
		k.readInts(b)
		return k.frame.Err
	}
	k.starts, k.ends = k.starts[:n], k.ends[:n]
	switch {
	case k.text && k.cols[0] >= 0:
		k.readTextColumn(b)
	case k.text:
		k.readTexts(b)
	default:
		k.readBytes(b)
	}
	return k.frame.Err
}

// null is what the key NULL of a single expression is.
func (k *keyer) null() keyState {
	if k.nullEqual[0] {
		return nullValue
	}
	return nullKey
}

// readTextColumn leaves the keys in the batch's arena.
func (k *keyer) readTextColumn(b *tuple.Batch) {
	col, slot, null := k.cols[0], b.Layout.Slot(k.cols[0]), k.null()
	k.arena = b.Arena
	for i := range k.hashes {
		row := b.Row(i)
		if row.Null(col) {
			k.states[i], k.hashes[i], k.starts[i], k.ends[i] = null, k.mix, 0, 0
			continue
		}
		ref := row.Slots[slot]
		from := int(ref >> 32)
		to := from + int(uint32(ref))
		k.states[i], k.starts[i], k.ends[i] = keyed, from, to
		k.hashes[i] = maphash.Bytes(k.seed, b.Arena[from:to])
	}
}

// readTexts gathers the keys of a computed text.
func (k *keyer) readTexts(b *tuple.Batch) {
	buf, get, null := k.buf[:0], k.exprs[0].Bytes, k.null()
	for i := range k.hashes {
		move(k.frame, b.Row(i))
		text, isNull := get(k.frame)
		k.starts[i], k.states[i] = len(buf), keyed
		buf = append(buf, text...)
		k.ends[i] = len(buf)
		k.hashes[i] = maphash.Bytes(k.seed, text)
		if isNull {
			k.states[i], k.hashes[i], k.ends[i] = null, k.mix, k.starts[i]
		}
	}
	k.buf, k.arena = buf, buf
}

func (k *keyer) readInts(b *tuple.Batch) {
	null := k.null()
	col, slot := k.cols[0], 0
	if col >= 0 {
		slot = b.Layout.Slot(col)
	}
	get := k.exprs[0].Int
	for i := range k.hashes {
		row := b.Row(i)
		var v int64
		var isNull bool
		if col >= 0 {
			v, isNull = row.Int(slot), row.Null(col)
		} else {
			move(k.frame, row)
			v, isNull = get(k.frame)
		}
		k.states[i] = keyed
		if isNull {
			k.states[i], v = null, 0
		}
		hi, lo := bits.Mul64(uint64(v)^k.mix, 0x9e3779b97f4a7c15)
		k.words[i], k.hashes[i] = uint64(v), hi^lo
	}
}

func (k *keyer) readBytes(b *tuple.Batch) {
	buf := k.buf[:0]
	for i := range k.hashes {
		row, from, state := b.Row(i), len(buf), keyed
		if k.computed {
			move(k.frame, row)
		}
		for j, x := range k.exprs {
			at := len(buf)
			if col := k.cols[j]; col >= 0 {
				buf = expr.AppendKey(buf, row, b.Layout, col)
			} else {
				buf = x.AppendKey(buf, k.frame)
			}
			if len(buf) == at+1 && !k.nullEqual[j] { // only NULL's key is one byte
				state = nullKey
			}
		}
		k.starts[i], k.ends[i], k.states[i] = from, len(buf), state
		k.hashes[i] = maphash.Bytes(k.seed, buf[from:])
	}
	k.buf, k.arena = buf, buf
}

// bytes returns the key of row i, where keys are bytes.
func (k *keyer) bytes(i int) []byte { return k.arena[k.starts[i]:k.ends[i]] }

// keyTable numbers distinct keys from 0, by open addressing. A slot has the
// high half of the key's hash and its number plus one.
type keyTable struct {
	ints   bool
	slots  []uint64
	hashes []uint64 // by number, for growing
	words  []uint64 // integer keys by number
	chunks []keyChunk
	size   int64  // bytes of chunks
	null   uint32 // the number of NULL among single keys; none if it did not come
	// direct are, where integer keys lie close together, as numbers that a server
	// gives do, one more than the number of each key from least on.
	direct []uint32
	least  uint64
}

// keyChunk holds the bytes of chunkRows keys.
type keyChunk struct {
	buf  []byte
	ends []uint32
}

const (
	tagBits   = 0xffffffff00000000
	firstSize = 64 // slots
)

func newKeyTable(ints bool) *keyTable {
	return &keyTable{ints: ints, slots: make([]uint64, firstSize), null: none}
}

// len returns the number of distinct keys.
func (t *keyTable) len() int { return len(t.hashes) }

// bytes is the memory held.
func (t *keyTable) bytes() int64 {
	n := 8*int64(len(t.slots)+cap(t.hashes)+cap(t.words)) + 4*int64(len(t.direct)) + t.size
	if len(t.chunks) > 0 {
		n += int64(cap(t.chunks[len(t.chunks)-1].buf)) + 4*chunkRows
	}
	return n
}

// growth is the memory that n more keys may take at once.
func (t *keyTable) growth(n int) int64 {
	if 2*(len(t.hashes)+n) > len(t.slots) {
		return 8 * int64(len(t.slots))
	}
	return 0
}

func (t *keyTable) equal(id uint32, k *keyer, i int) bool {
	if t.ints {
		return t.words[id] == k.words[i]
	}
	return string(t.key(id)) == string(k.bytes(i))
}

func (t *keyTable) key(id uint32) []byte {
	c, at := &t.chunks[id>>chunkShift], id&(chunkRows-1)
	from := uint32(0)
	if at > 0 {
		from = c.ends[at-1]
	}
	return c.buf[from:c.ends[at]]
}

// find returns the number of the key of row i; none if it is not there or
// matches nothing.
func (t *keyTable) find(k *keyer, i int) uint32 {
	switch k.states[i] {
	case nullKey:
		return none
	case nullValue:
		return t.null
	}
	h, mask := k.hashes[i], uint64(len(t.slots)-1)
	for s := h & mask; ; s = (s + 1) & mask {
		e := t.slots[s]
		if e == 0 {
			return none
		}
		if (e^h)&tagBits == 0 && t.equal(uint32(e)-1, k, i) {
			return uint32(e) - 1
		}
	}
}

// findAll appends the numbers of a batch's keys: none for one that is not there,
// nullID for one that matches nothing.
func (t *keyTable) findAll(k *keyer, ids []uint32) []uint32 {
	for i, state := range k.states {
		switch {
		case state == nullKey:
			ids = append(ids, nullID)
		case t.ints && state == keyed:
			ids = append(ids, t.findInt(k.hashes[i], k.words[i]))
		default:
			ids = append(ids, t.find(k, i))
		}
	}
	return ids
}

// mostSparse is how many times as many places as keys direct may have.
const mostSparse = 4

// spread returns the number of places that direct needs, 0 if it does not pay.
func (t *keyTable) spread() (places, least uint64) {
	if !t.ints || len(t.words) < firstSize || t.null != none {
		return 0, 0
	}
	low, high := int64(t.words[0]), int64(t.words[0])
	for _, w := range t.words {
		low, high = min(low, int64(w)), max(high, int64(w))
	}
	if places = uint64(high) - uint64(low) + 1; places == 0 || places > mostSparse*uint64(len(t.words)) {
		return 0, 0
	}
	return places, uint64(low)
}

// index makes direct, for a table that is complete.
func (t *keyTable) index(places, least uint64) {
	t.direct, t.least = make([]uint32, places), least
	for id, w := range t.words {
		t.direct[w-least] = uint32(id) + 1
	}
}

func (t *keyTable) findInt(h, word uint64) uint32 {
	if t.direct != nil {
		if at := word - t.least; at < uint64(len(t.direct)) {
			return t.direct[at] - 1 // none where there is no key
		}
		return none
	}
	mask := uint64(len(t.slots) - 1)
	for s := h & mask; ; s = (s + 1) & mask {
		e := t.slots[s]
		if e == 0 {
			return none
		}
		if id := uint32(e) - 1; (e^h)&tagBits == 0 && t.words[id] == word {
			return id
		}
	}
}

// insert is find that adds a key which is not there. The key must not be one
// that matches nothing.
func (t *keyTable) insert(k *keyer, i int) (id uint32, fresh bool, err error) {
	if k.states[i] == nullValue {
		if t.null == none {
			t.null, fresh = uint32(len(t.hashes)), true
			t.hashes = append(t.hashes, k.hashes[i])
			if !t.ints {
				return t.null, fresh, t.addBytes(t.null, nil)
			}
			t.words = append(t.words, 0)
		}
		return t.null, fresh, nil
	}
	if 2*(len(t.hashes)+1) > len(t.slots) {
		t.grow()
	}
	t.direct = nil
	h, mask := k.hashes[i], uint64(len(t.slots)-1)
	s := h & mask
	for ; t.slots[s] != 0; s = (s + 1) & mask {
		if e := t.slots[s]; (e^h)&tagBits == 0 && t.equal(uint32(e)-1, k, i) {
			return uint32(e) - 1, false, nil
		}
	}
	id = uint32(len(t.hashes))
	if id == none-1 {
		return 0, false, tooManyRows("a hash table")
	}
	t.slots[s] = h&tagBits | uint64(id+1)
	t.hashes = append(t.hashes, h)
	if t.ints {
		t.words = append(t.words, k.words[i])
		return id, true, nil
	}
	return id, true, t.addBytes(id, k.bytes(i))
}

func (t *keyTable) addBytes(id uint32, key []byte) error {
	if id&(chunkRows-1) == 0 {
		var next keyChunk
		if n := len(t.chunks); n > 0 { // a first chunk grows; the next will be as large
			last := &t.chunks[n-1]
			t.size += int64(cap(last.buf)) + 4*chunkRows
			next.buf, next.ends = make([]byte, 0, len(last.buf)+len(last.buf)/8), make([]uint32, 0, chunkRows)
		}
		t.chunks = append(t.chunks, next)
	}
	c := &t.chunks[len(t.chunks)-1]
	if uint64(len(c.buf))+uint64(len(key)) > 1<<32-1 {
		return tuple.ErrArenaFull
	}
	c.buf = append(c.buf, key...)
	c.ends = append(c.ends, uint32(len(c.buf)))
	return nil
}

func (t *keyTable) grow() {
	t.slots = make([]uint64, 2*len(t.slots))
	mask := uint64(len(t.slots) - 1)
	for id, h := range t.hashes {
		if uint32(id) == t.null { // it is found without its hash
			continue
		}
		s := h & mask
		for t.slots[s] != 0 {
			s = (s + 1) & mask
		}
		t.slots[s] = h&tagBits | uint64(id+1)
	}
}
