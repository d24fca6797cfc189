package acumatica

import (
	"slices"
	"strings"
	"sync"
)

// habits is what has been learnt of how an entity answers. Some entities, whose
// fields are computed, refuse $select, or take a filter and answer that there is
// nothing.
type habits struct {
	mu       sync.Mutex
	whole    bool            // $select is refused
	madeUp   bool            // ids are new in each answer
	honoured map[string]bool // sets of fields in a filter: whether it is kept to
}

// fieldSet is the key of a set of fields.
func fieldSet(fields []string) string {
	fields = slices.Clone(fields)
	slices.Sort(fields)
	return strings.Join(slices.Compact(fields), ",")
}

// known tells what was learnt of filters by the fields, if anything was.
func (h *habits) known(fields []string) (honoured, known bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	honoured, known = h.honoured[fieldSet(fields)]
	return honoured, known
}

func (h *habits) learn(fields []string, honoured bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.honoured == nil {
		h.honoured = map[string]bool{}
	}
	h.honoured[fieldSet(fields)] = honoured
}

func (h *habits) idsAreMadeUp() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.madeUp
}

func (h *habits) learnMadeUp() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.madeUp = true
}

func (h *habits) onlyWhole() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.whole
}

func (h *habits) learnWhole() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.whole = true
}
