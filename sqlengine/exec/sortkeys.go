package exec

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"

	"github.com/epicorerp/epicorerp/providers"
)

// keySorter orders rows by keys whose bytes compare as the rows do. Keys lie
// as big-endian words of 8 bytes, the last padded with zeros: no key is the
// beginning of another, so padding decides nothing. Sorting compares one word
// a level, which lies in the item itself, and goes to the key only for the next
// level of those that are still equal.
type keySorter struct {
	items  []sortItem
	spare  []sortItem
	blocks [][]uint64
	held   int64 // bytes of blocks
	done   int   // items handled since the context was looked at
}

// sortItem is a row with the word of its key that is being sorted by.
type sortItem struct {
	word uint64
	key  uint32 // block and place in it
	row  uint32
}

// A block has room for blockWords; a longer key has a block of its own.
const (
	blockShift = 16
	blockWords = 1 << blockShift
	maxBlocks  = 1 << (32 - blockShift)
)

// add takes a row with its key.
func (s *keySorter) add(key []byte, row uint32) error {
	n := (len(key) + 7) / 8
	words, at, err := s.room(n)
	if err != nil {
		return err
	}
	whole := len(key) / 8
	for i := range whole {
		words[i] = binary.BigEndian.Uint64(key[8*i:])
	}
	if whole < n {
		words[whole] = lastWord(key[8*whole:])
	}
	s.append(words, at, row)
	return nil
}

// addWords is add for a key that is words already, and of which there was room.
func (s *keySorter) addWords(key []uint64, row uint32) {
	words, at, _ := s.room(len(key))
	copy(words, key)
	s.append(words, at, row)
}

func (s *keySorter) append(words []uint64, at, row uint32) {
	it := sortItem{key: at, row: row}
	if len(words) > 0 {
		it.word = words[0]
	}
	s.items = append(s.items, it)
}

// room returns the place of a key of n words. The word before it is its length.
func (s *keySorter) room(n int) ([]uint64, uint32, error) {
	last := len(s.blocks) - 1
	if last < 0 || len(s.blocks[last])+n+1 > cap(s.blocks[last]) {
		if last+1 == maxBlocks {
			return nil, 0, tooManyRows("sort")
		}
		size := blockWords
		if last < 0 {
			size = 512 // few rows, a small block
		} else if last < 7 {
			size = 512 << last
		}
		s.blocks = append(s.blocks, make([]uint64, 0, max(size, n+1)))
		last++
		s.held += 8 * int64(cap(s.blocks[last]))
	}
	b := s.blocks[last]
	at := len(b)
	b = b[:at+n+1]
	b[at] = uint64(n)
	s.blocks[last] = b
	return b[at+1:], uint32(last)<<blockShift | uint32(at), nil
}

// words returns an item's key.
func (s *keySorter) words(it sortItem) []uint64 {
	b, at := s.blocks[it.key>>blockShift], it.key&(blockWords-1)
	n := uint32(b[at])
	return b[at+1 : at+1+n : at+1+n]
}

func (s *keySorter) bytes() int64 { return s.held + 16*int64(cap(s.items)) }

// reset forgets the rows.
func (s *keySorter) reset() { *s = keySorter{} }

// scratchBytes is what sort needs besides.
func (s *keySorter) scratchBytes() int64 { return 16 * int64(len(s.items)) }

// sort orders the items; equal ones keep their order.
func (s *keySorter) sort(ctx context.Context) error {
	s.spare = make([]sortItem, len(s.items))
	err := s.level(ctx, s.items, s.spare, 0)
	s.spare = nil
	return err
}

// Below radixFrom items, comparing is cheaper than counting; below
// insertionFrom, whole keys are compared at once.
const (
	insertionFrom = 12
	radixFrom     = 192
)

// level sorts items whose keys are equal in their first depth words and which
// carry the word that follows.
func (s *keySorter) level(ctx context.Context, items, spare []sortItem, depth int) error {
	if err := s.pause(ctx, len(items)); err != nil {
		return err
	}
	for same(items) {
		if depth++; depth >= len(s.words(items[0])) {
			return nil
		}
		s.load(items, depth)
		if err := s.pause(ctx, len(items)); err != nil {
			return err
		}
	}
	switch {
	case len(items) < insertionFrom:
		s.insertion(items, depth)
		return nil
	case len(items) < radixFrom:
		slices.SortFunc(items, func(a, b sortItem) int {
			if c := cmp.Compare(a.word, b.word); c != 0 {
				return c
			}
			return cmp.Compare(a.row, b.row) // rows are numbered in their order
		})
	default:
		radix(items, spare)
	}
	for from := 0; from < len(items); {
		to := from + 1
		for to < len(items) && items[to].word == items[from].word {
			to++
		}
		if run := items[from:to]; len(run) > 1 && depth+1 < len(s.words(run[0])) {
			s.load(run, depth+1)
			if err := s.level(ctx, run, spare[from:to], depth+1); err != nil {
				return err
			}
		}
		from = to
	}
	return nil
}

// pause counts the work done and looks at the context now and then.
func (s *keySorter) pause(ctx context.Context, n int) error {
	if s.done += n; s.done < cancelEvery {
		return nil
	}
	s.done = 0
	return ctx.Err()
}

// same reports whether all items carry the same word.
func same(items []sortItem) bool {
	for i := 1; i < len(items); i++ {
		if items[i].word != items[0].word {
			return false
		}
	}
	return len(items) > 1
}

// load makes the items carry the word at depth of their keys.
func (s *keySorter) load(items []sortItem, depth int) {
	for i := range items {
		items[i].word = s.words(items[i])[depth]
	}
}

// insertion sorts few items by all of their keys from depth on.
func (s *keySorter) insertion(items []sortItem, depth int) {
	for i := 1; i < len(items); i++ {
		it := items[i]
		j := i
		for j > 0 && s.less(it, items[j-1], depth) {
			items[j] = items[j-1]
			j--
		}
		items[j] = it
	}
}

func (s *keySorter) less(a, b sortItem, depth int) bool {
	if a.word != b.word {
		return a.word < b.word
	}
	x, y := s.words(a), s.words(b)
	for i := depth + 1; i < len(x) && i < len(y); i++ {
		if x[i] != y[i] {
			return x[i] < y[i]
		}
	}
	return false
}

// radix sorts items by their words, byte by byte from the last one, and passes
// over bytes in which all agree.
func radix(items, spare []sortItem) {
	var counts [8][256]uint32
	for _, it := range items {
		w := it.word
		for b := range 8 {
			counts[b][byte(w>>(8*b))]++
		}
	}
	from, to := items, spare
	for b := range 8 {
		c := &counts[b]
		if c[byte(items[0].word>>(8*b))] == uint32(len(items)) {
			continue
		}
		sum := uint32(0)
		for i, n := range c {
			c[i] = sum
			sum += n
		}
		for _, it := range from {
			d := byte(it.word >> (8 * b))
			to[c[d]] = it
			c[d]++
		}
		from, to = to, from
	}
	if &from[0] != &items[0] {
		copy(items, from)
	}
}

// below reports whether a key comes before another one that is words already.
func below(key []byte, bound []uint64) bool {
	for _, w := range bound {
		k := uint64(0)
		if len(key) >= 8 {
			k, key = binary.BigEndian.Uint64(key), key[8:]
		} else {
			k, key = lastWord(key), nil
		}
		if k != w {
			return k < w
		}
	}
	return false
}

func lastWord(b []byte) (w uint64) {
	for i, c := range b {
		w |= uint64(c) << (56 - 8*i)
	}
	return w
}

func tooManyRows(operator string) error {
	return &providers.Error{Kind: providers.KindMemory, Message: operator + " cannot hold more than 4294967295 rows"}
}
