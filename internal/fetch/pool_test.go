package fetch

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

func filled(p *Pool, rows int) *tuple.Batch {
	b := p.Get()
	for range rows {
		b.AddRow()
	}
	return b
}

func TestPoolHoldsNoMoreThanItMay(t *testing.T) {
	p := NewPool(tuple.NewLayout([]sqltypes.Type{sqltypes.Of(sqltypes.Integer)}))
	a, b, c := filled(p, 100), filled(p, 100), filled(p, 100)
	p.learn(a, a.Bytes()+b.Bytes())
	for _, batch := range []*tuple.Batch{a, b, c} {
		p.Put(batch)
	}
	assert.Same(t, b, p.Get())
	assert.Same(t, a, p.Get())
	assert.NotSame(t, c, p.Get(), "there was no room for a third")
	p.Put(c)
	assert.Same(t, c, p.Get(), "what was taken makes room")
}

func TestPoolMakesBatchesThatNeedNotGrow(t *testing.T) {
	p := NewPool(tuple.NewLayout([]sqltypes.Type{sqltypes.Of(sqltypes.Integer)}))
	assert.Zero(t, p.Get().Bytes(), "nothing is reserved before there were rows")
	p.learn(filled(p, 1000), 0)
	p.learn(filled(p, 10), 0)
	b := p.Get()
	size := b.Bytes()
	for range 1000 {
		b.AddRow()
	}
	assert.Equal(t, size, b.Bytes())
}
