package expr

import (
	"math"
	"math/bits"
	"slices"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

func bindApproxCount(a *Aggregate) error {
	if err := oneArg(a); err != nil {
		return err
	}
	a.T = sqltypes.Of(sqltypes.BigInt)
	return nil
}

// A sketch of 2^sketchBits registers estimates with a standard error of
// 1.04/√registers. Up to exactHashes, the hashes themselves are kept.
const (
	sketchBits  = 12
	registers   = 1 << sketchBits
	exactHashes = 256
)

// sketch is the HyperLogLog of Flajolet and others over 64-bit hashes.
type sketch struct {
	hashes []uint64 // sorted, while there are few
	ranks  []uint8  // by register
}

// sketchStates estimates the number of distinct values of each group. Its hash
// has no random seed: the same rows give the same estimate.
type sketchStates struct {
	arg  *Compiled
	of   []sketch
	key  []byte
	held int
}

func (s *sketchStates) Grow(n int) { s.of = grow(s.of, n) }

func (s *sketchStates) Add(g int, f *Frame) {
	d := s.arg.eval(f)
	if d.Null {
		return
	}
	s.key = appendDatumKey(s.key[:0], s.arg.Type.Kind, d)
	s.take(&s.of[g], mixedHash(s.key))
}

// mixedHash is FNV-1a with the finish of MurmurHash3, so that all bits count.
func mixedHash(b []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

func (s *sketchStates) take(k *sketch, h uint64) {
	if k.ranks != nil {
		k.rank(h)
		return
	}
	at, found := slices.BinarySearch(k.hashes, h)
	if found {
		return
	}
	if len(k.hashes) < exactHashes {
		was := cap(k.hashes)
		k.hashes = slices.Insert(k.hashes, at, h)
		s.held += 8 * (cap(k.hashes) - was)
		return
	}
	s.held += registers - 8*cap(k.hashes)
	few := k.hashes
	k.hashes, k.ranks = nil, make([]uint8, registers)
	for _, x := range few {
		k.rank(x)
	}
	k.rank(h)
}

func (k *sketch) rank(h uint64) {
	rank := uint8(bits.LeadingZeros64(h<<sketchBits|1<<(sketchBits-1))) + 1
	if r := &k.ranks[h>>(64-sketchBits)]; rank > *r {
		*r = rank
	}
}

func (s *sketchStates) Merge(g int, other States, from int) error {
	o := &other.(*sketchStates).of[from]
	for _, h := range o.hashes {
		s.take(&s.of[g], h)
	}
	if o.ranks == nil {
		return nil
	}
	k := &s.of[g]
	if k.ranks == nil {
		few := k.hashes
		s.held += registers - 8*cap(few)
		k.hashes, k.ranks = nil, make([]uint8, registers)
		for _, h := range few {
			k.rank(h)
		}
	}
	for i, r := range o.ranks {
		k.ranks[i] = max(k.ranks[i], r)
	}
	return nil
}

func (s *sketchStates) Store(g int, b *tuple.Batch, row []uint64, col int) error {
	b.Layout.SetInt(row, col, s.of[g].estimate())
	return nil
}

func (k *sketch) estimate() int64 {
	if k.ranks == nil {
		return int64(len(k.hashes))
	}
	sum, empty := 0.0, 0
	for _, r := range k.ranks {
		sum += math.Ldexp(1, -int(r))
		if r == 0 {
			empty++
		}
	}
	const m = float64(registers)
	e := 0.7213 / (1 + 1.079/m) * m * m / sum
	if e <= 2.5*m && empty > 0 { // few values: how many registers are empty tells more
		e = m * math.Log(m/float64(empty))
	}
	return int64(math.Round(e))
}

func (s *sketchStates) Bytes() int { return 48*cap(s.of) + s.held }
func (s *sketchStates) Reset()     { s.of, s.held = s.of[:0], 0 }
