package plan

import (
	"sync"
)

// fewTables is how many tables a statement must read before it is worth asking
// how many rows they hold: with fewer there is no order of joins to choose.
const fewTables = 3

// learnSizes asks for the sizes of tables that do not tell them, all at once.
func (b *binder) learnSizes(roots []lnode) {
	if b.opt.Count == nil || !b.opt.Pushdown || b.opt.Narrow > Everything {
		return
	}
	var scans []*lScan
	for _, n := range roots {
		scans = scansBeneath(n, scans)
	}
	if len(scans) < fewTables {
		return
	}
	sizes := map[[2]string]*int64{}
	var wait sync.WaitGroup
	for _, s := range scans {
		info := s.table.Info()
		if info.Rows >= 0 {
			continue
		}
		name := [2]string{info.Schema, info.Name}
		if sizes[name] == nil {
			size := new(int64)
			sizes[name] = size
			wait.Go(func() { *size = b.opt.Count(b.ctx, s.table) })
		}
		s.size = sizes[name]
	}
	wait.Wait()
}

func scansBeneath(n lnode, out []*lScan) []*lScan {
	if s, ok := n.(*lScan); ok {
		return append(out, s)
	}
	for _, in := range inputs(n) {
		out = scansBeneath(in, out)
	}
	return out
}

// tableRows is the number of rows that a table is taken to hold.
func (n *lScan) tableRows() float64 {
	if rows := n.table.Info().Rows; rows >= 0 {
		return float64(rows)
	}
	if n.size != nil && *n.size >= 0 {
		return float64(*n.size)
	}
	return unknownRows
}
