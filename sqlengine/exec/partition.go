package exec

import (
	"context"
	"io"

	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// fanOut is the number of partitions that rows are spilled to at a time.
const (
	fanShift = 4
	fanOut   = 1 << fanShift
	// mostLevels is how often rows can be partitioned again by further bits of
	// their hash. The bits are the high ones: a hash table places by the low ones.
	mostLevels = 8
)

// partitions are rows that did not fit the memory, apart by the hash of their
// keys: rows of one key are together, in the order in which they came.
type partitions struct {
	spill   *spill
	layout  *tuple.Layout
	shift   int
	streams [fanOut]*stream // nil where no row is
}

// partitions makes them for rows whose hashes agree in the bits of the levels
// before.
func (s *spill) partitions(l *tuple.Layout, level int) *partitions {
	return &partitions{spill: s, layout: l, shift: 64 - fanShift*(1+min(level, mostLevels-1))}
}

func (p *partitions) number(hash uint64) int { return int(hash>>p.shift) & (fanOut - 1) }

// add spills a row.
func (p *partitions) add(hash uint64, row tuple.Row) error {
	n := p.number(hash)
	if p.streams[n] == nil {
		p.streams[n] = p.spill.stream(p.layout)
	}
	return p.streams[n].add(row)
}

// has reports whether there are rows where this hash belongs.
func (p *partitions) has(hash uint64) bool { return p.streams[p.number(hash)] != nil }

// finish ends the writing.
func (p *partitions) finish() error {
	for _, s := range p.streams {
		if s != nil {
			if err := s.finish(); err != nil {
				return err
			}
		}
	}
	return nil
}

// bytes is the memory held.
func (p *partitions) bytes() (n int64) {
	if p == nil {
		return 0
	}
	for _, s := range p.streams {
		if s != nil {
			n += s.bytes()
		}
	}
	return n + p.spill.bytes()
}

// spilledPart is what an operator goes on with when it is through with its input: one
// partition of it.
type spilledPart struct {
	level int // of the partitions that it will be divided into
	rows  *stream
	sole  bool // all rows have one key, and what is held of it does not fit the memory
}

// rowSource is where rows come from: an input, or a partition of it.
type rowSource interface {
	next(ctx context.Context, out *tuple.Batch) error
}

// passes is the order in which an operator goes through its input and what it
// spilled of it. At first source is the input.
type passes struct {
	source      rowSource
	spilledPart // that source reads; of the input, no rows
	// full says that the memory takes no more keys: rows of others are spilled.
	full    bool
	spilled *partitions
	alone   *stream // spilled rows of one key that cannot be divided
	todo    []spilledPart
}

// begin starts with the input itself.
func (p *passes) begin(input rowSource) { *p = passes{source: input} }

// fill spills rows of new keys from here on.
func (p *passes) fill(s *spill, l *tuple.Layout) {
	p.full, p.spilled = true, s.partitions(l, p.level)
}

// advance goes on with the next part and reports whether there is one.
func (p *passes) advance() (bool, error) {
	if p.spilled != nil {
		if err := p.spilled.finish(); err != nil {
			return false, err
		}
		for _, s := range p.spilled.streams {
			if s != nil {
				p.todo = append(p.todo, spilledPart{level: p.level + 1, rows: s})
			}
		}
		p.full, p.spilled = false, nil
	}
	if p.alone != nil {
		if err := p.alone.finish(); err != nil {
			return false, err
		}
		p.todo = append(p.todo, spilledPart{rows: p.alone, sole: true})
		p.alone = nil
	}
	last := len(p.todo) - 1
	if last < 0 {
		return false, nil
	}
	p.spilledPart, p.todo = p.todo[last], p.todo[:last]
	p.source = &streamReader{s: p.rows}
	return true, nil
}

// pairedPasses are the passes of an operator that holds one input by its keys,
// the build side, and streams another along it, the probe side.
type pairedPasses struct {
	build, probe rowSource
	pairedPart
	// unmatched says that build rows count which no probe row can match.
	unmatched bool
	// full says that the memory takes no more keys: rows of others are spilled,
	// of both sides.
	full                  bool
	spilled, probeSpilled *partitions
	todo                  []pairedPart
	begun                 bool // a part is being read, and not the inputs
}

// pairedPart is one partition of both sides.
type pairedPart struct {
	level          int
	built, probing *stream // nil where no row is
	stuck          bool    // the partition has nearly all rows of what was divided
}

func (p *pairedPasses) begin(probe, build rowSource) {
	*p = pairedPasses{build: build, probe: probe}
}

// first reports whether the inputs themselves are being read.
func (p *pairedPasses) first() bool { return !p.begun }

func (p *pairedPasses) fill(s *spill, build, probe *tuple.Layout) {
	p.full, p.spilled, p.probeSpilled = true, s.partitions(build, p.level), s.partitions(probe, p.level)
}

func (p *pairedPasses) bytes() int64 { return p.spilled.bytes() + p.probeSpilled.bytes() }

// advance goes on with the next part and reports whether there is one.
func (p *pairedPasses) advance() (bool, error) {
	if p.full {
		if err := p.divide(); err != nil {
			return false, err
		}
	}
	last := len(p.todo) - 1
	if last < 0 {
		return false, nil
	}
	p.pairedPart, p.todo, p.begun = p.todo[last], p.todo[:last], true
	p.build, p.probe = noRows{}, noRows{}
	if p.built != nil {
		p.build = &streamReader{s: p.built}
	}
	if p.probing != nil {
		p.probe = &streamReader{s: p.probing}
	}
	return true, nil
}

// divide makes parts of what was spilled.
func (p *pairedPasses) divide() error {
	if err := p.spilled.finish(); err != nil {
		return err
	}
	if err := p.probeSpilled.finish(); err != nil {
		return err
	}
	total := int64(0)
	for _, s := range p.spilled.streams {
		if s != nil {
			total += s.rows
		}
	}
	for i, built := range p.spilled.streams {
		probing := p.probeSpilled.streams[i]
		if probing != nil || built != nil && p.unmatched {
			p.todo = append(p.todo, pairedPart{p.level + 1, built, probing, built != nil && built.rows > total-total/16})
		}
	}
	p.full, p.spilled, p.probeSpilled = false, nil, nil
	return nil
}

// noRows is a source without rows.
type noRows struct{}

func (noRows) next(context.Context, *tuple.Batch) error { return io.EOF }
