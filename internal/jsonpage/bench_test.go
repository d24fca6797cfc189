package jsonpage

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"sort"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

var ratios = flag.Bool("ratios", false, "measure the token pass against its limits, print a table, and hold it to the goals")

type benchShape struct {
	name string
	cols []testColumn
	page func(r *rand.Rand, cols []testColumn, rows int) []byte
}

func benchShapes() []benchShape {
	return []benchShape{
		{"erp", erpColumns, makePage}, {"narrow", narrowColumns, makePage}, {"wide", wideColumns(), makePage},
		{"sparse", erpColumns, sparsePage}, {"pretty", erpColumns, prettyPage},
	}
}

// sparsePage leaves three of ten members out, as servers do that send no nulls.
func sparsePage(r *rand.Rand, cols []testColumn, rows int) []byte {
	return renderPage(r, cols, rows, 3)
}

func prettyPage(r *rand.Rand, cols []testColumn, rows int) []byte {
	var b bytes.Buffer
	if err := json.Indent(&b, makePage(r, cols, rows), "", "  "); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// benchPages returns enough different pages that the branch predictor cannot
// learn them by heart, as far as they fit 16 MiB.
func benchPages(shape benchShape, rows int) [][]byte {
	r := rand.New(rand.NewPCG(1, uint64(rows)))
	pages := [][]byte{shape.page(r, shape.cols, rows)}
	for len(pages) < 20 && len(pages)*len(pages[0]) < 16<<20 {
		pages = append(pages, shape.page(r, shape.cols, rows))
	}
	return pages
}

// hop goes from quote to quote: what a scanner pays that only finds strings.
func hop(page []byte) (n int) {
	for {
		i := bytes.IndexByte(page, '"')
		if i < 0 {
			return n
		}
		n++
		page = page[i+1:]
	}
}

func tokens(b testing.TB, s *Scanner, page []byte) (n int) {
	s.Reset(page)
	for s.Next() {
		n++
	}
	require.NoError(b, s.Err())
	return n
}

// measured are the candidates of the ratio table; the first is the unit.
func measured(t testing.TB, cols []testColumn) []candidate {
	s := mustScanner(t, columnNames(cols), Options{Shape: ShapeValue, Capture: []string{"@odata.nextLink"}})
	layout := tuple.NewLayout(columnTypes(cols))
	d, err := NewDecoder(s, layout, DecoderOptions{})
	require.NoError(t, err)
	b := tuple.NewBatch(layout)
	return []candidate{
		{"hop", func(p []byte) int { return hop(p) }},
		{"tokens", func(p []byte) int { return tokens(t, s, p) }},
		{"batch", func(p []byte) int {
			s.Reset(p)
			for n := 0; ; {
				b.Reset()
				done, err := d.AppendPage(b, tuple.TargetRows)
				require.NoError(t, err)
				n += b.Len()
				if done {
					return n
				}
			}
		}},
	}
}

type candidate struct {
	name string
	run  func(page []byte) int
}

func BenchmarkPage(b *testing.B) {
	for _, shape := range benchShapes() {
		pages := benchPages(shape, 100)
		for _, c := range measured(b, shape.cols) {
			b.Run(shape.name+"/"+c.name, func(b *testing.B) {
				b.SetBytes(int64(len(pages[0])))
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					c.run(pages[i%len(pages)])
					i++
				}
			})
		}
	}
}

// TestRatiosMeetTheGoals is a measurement, so it only asserts when asked for.
func TestRatiosMeetTheGoals(t *testing.T) {
	if !*ratios {
		return
	}
	const rounds, slice = 9, 40 * time.Millisecond
	for _, shape := range benchShapes() {
		for _, rows := range []int{100, 1000, 10000} {
			pages := benchPages(shape, rows)
			bytes := 0
			for _, p := range pages {
				bytes += len(p)
			}
			cands := measured(t, shape.cols)
			perRound := make([][]float64, len(cands)) // ns per page set
			for range rounds {
				for i, c := range cands {
					start, wall, n := cpuTime(), time.Now(), 0
					for time.Since(wall) < slice || n == 0 {
						for _, p := range pages {
							c.run(p)
						}
						n++
					}
					perRound[i] = append(perRound[i], float64(cpuTime()-start)/float64(n))
				}
			}
			line := fmt.Sprintf("%-7s %5d rows/page %5d B/row", shape.name, rows, bytes/len(pages)/rows)
			for i, c := range cands {
				var vs []float64
				for r, v := range perRound[i] {
					vs = append(vs, v/perRound[0][r])
				}
				ratio := median(vs)
				line += fmt.Sprintf("  %s %.2fx %.0f ns/row", c.name, ratio, median(perRound[i])/float64(rows*len(pages)))
				if c.name == "tokens" && ratio > 1.2 {
					t.Errorf("%s, %d rows: the token pass costs %.2f of the hop, want at most 1.2", shape.name, rows, ratio)
				}
			}
			fmt.Println(line)
		}
	}
}

func median(v []float64) float64 {
	v = append([]float64(nil), v...)
	sort.Float64s(v)
	return v[len(v)/2]
}
