//go:build cgo && unix

package main

import (
	"cmp"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"hash/maphash"
	"math/big"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/integration/enginebench/weight"
)

func main() {
	rounds := flag.Int("rounds", 5, "how often each engine takes its turn")
	orders := flag.Int("orders", 1_000_000, "rows of the larger table")
	customers := flag.Int("customers", 100_000, "rows of the smaller table")
	flag.Parse()
	b := &bench{data: newData(*orders, *customers), out: os.Stdout}
	if err := b.run(*rounds); err != nil {
		fmt.Fprintln(os.Stderr, "enginebench:", err)
		os.Exit(1)
	}
	if b.missed > 0 {
		fmt.Printf("%d goals missed\n", b.missed)
		os.Exit(1)
	}
}

// bench runs the engines in turn and compares what they took.
type bench struct {
	data   *data
	out    *os.File
	missed int
}

func (b *bench) run(rounds int) error {
	ours := &driverOf{spill: true}
	engines := []engine{ours, duck{}, lite{}}
	if err := b.sameAnswers(engines); err != nil {
		return err
	}
	taken := map[string][]time.Duration{} // by engine and question; "" is the load
	for range rounds {
		for _, e := range engines {
			if err := b.round(e, taken); err != nil {
				return fmt.Errorf("%s: %w", e.name(), err)
			}
		}
	}
	b.table(engines, taken)
	b.goals(taken, rounds)
	b.goal("stored bytes a row", float64(ours.stored())/float64(len(b.data.orders)),
		1.3*(8*8+float64(b.data.text)/float64(len(b.data.orders))), "B")
	if err := b.quarter(rounds); err != nil {
		return err
	}
	return b.weight()
}

// round loads one engine and asks it everything once.
func (b *bench) round(e engine, taken map[string][]time.Duration) error {
	note := func(what string, f func() error) error {
		spent, err := cpu(f)
		key := e.name() + " " + what
		taken[key] = append(taken[key], spent)
		return err
	}
	var db *sql.DB
	err := note("", func() (err error) {
		db, err = e.load(b.data)
		return err
	})
	if err != nil {
		return err
	}
	defer db.Close()
	for _, q := range questions {
		if err := note(q.name, func() error { return consume(db, q.sql) }); err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
	}
	return nil
}

// cpu runs f and returns the CPU time of the process for it.
func cpu(f func() error) (time.Duration, error) {
	runtime.GC()
	before := used()
	err := f()
	return used() - before, err
}

func used() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// consume reads all rows of a query.
func consume(db *sql.DB, query string) error {
	return each(db, query, func([]any) {})
}

func each(db *sql.DB, query string, row func([]any)) error {
	rows, err := db.Query(query)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		row(values)
	}
	return rows.Err()
}

// sameAnswers makes sure that the engines agree before any is measured.
func (b *bench) sameAnswers(engines []engine) error {
	seed := maphash.MakeSeed()
	var first []uint64
	for _, e := range engines {
		db, err := e.load(b.data)
		if err != nil {
			return fmt.Errorf("%s: %w", e.name(), err)
		}
		var answers []uint64
		for _, q := range questions {
			sum, err := answer(seed, db, q)
			if err != nil {
				return fmt.Errorf("%s: %s: %w", e.name(), q.name, err)
			}
			answers = append(answers, sum)
		}
		db.Close()
		if first == nil {
			first = answers
		}
		for i, q := range questions {
			if answers[i] != first[i] {
				return fmt.Errorf("%s: %s: the answer is not the one of %s", e.name(), q.name, engines[0].name())
			}
		}
	}
	return nil
}

// answer is a sum over the rows of a query, written in one form for all engines.
func answer(seed maphash.Seed, db *sql.DB, q question) (sum uint64, err error) {
	err = each(db, q.sql, func(values []any) {
		h := maphash.String(seed, canonical(values))
		if q.ordered {
			sum *= 31
		}
		sum += h
	})
	return sum, err
}

// canonical writes numbers without scale, money in hundred-thousandths and
// dates as days.
func canonical(values []any) string {
	var s strings.Builder
	for _, v := range values {
		switch v := v.(type) {
		case time.Time:
			fmt.Fprint(&s, v.Unix()/86400)
		case duckdb.Decimal:
			fmt.Fprint(&s, v.Value)
		case *big.Int:
			fmt.Fprint(&s, v)
		case string:
			if whole, part, ok := strings.Cut(v, "."); ok && len(part) == moneyScale {
				s.WriteString(cmp.Or(strings.TrimLeft(whole+part, "0"), "0"))
			} else {
				s.WriteString(v)
			}
		default:
			fmt.Fprint(&s, v)
		}
		s.WriteByte('|')
	}
	return s.String()
}

func median(of []time.Duration) time.Duration {
	of = slices.Clone(of)
	slices.Sort(of)
	return of[len(of)/2]
}

// table prints the medians.
func (b *bench) table(engines []engine, taken map[string][]time.Duration) {
	fmt.Fprintf(b.out, "%d orders, %d customers; CPU ms, medians\n%-10s%10s", len(b.data.orders), len(b.data.customers), "", "load")
	for _, q := range questions {
		fmt.Fprintf(b.out, "%10s", q.name)
	}
	fmt.Fprintln(b.out)
	for _, e := range engines {
		fmt.Fprintf(b.out, "%-10s%10d", e.name(), median(taken[e.name()+" "]).Milliseconds())
		for _, q := range questions {
			fmt.Fprintf(b.out, "%10d", median(taken[e.name()+" "+q.name]).Milliseconds())
		}
		fmt.Fprintln(b.out)
	}
}

// goals compares load and query together, round by round.
func (b *bench) goals(taken map[string][]time.Duration, rounds int) {
	ratio := func(q, other string) float64 {
		var of []float64
		for i := range rounds {
			of = append(of, float64(taken["epicorerp "][i]+taken["epicorerp "+q][i])/float64(taken[other+" "][i]+taken[other+" "+q][i]))
		}
		slices.Sort(of)
		return of[len(of)/2]
	}
	for _, q := range questions {
		b.goal(q.name+" of DuckDB's CPU, load included", ratio(q.name, "DuckDB"), q.most, "x")
		b.goal(q.name+" of SQLite's CPU, load included", ratio(q.name, "SQLite"), sqliteMost, "x")
	}
}

func (b *bench) goal(name string, got, most float64, unit string) {
	word := "ok"
	if got > most {
		word = "MISSED"
		b.missed++
	}
	fmt.Fprintf(b.out, "%-45s %8.2f %-2s at most %8.2f  %s\n", name, got, unit, most, word)
}

// quarter runs each question in a quarter of the memory that it needs.
func (b *bench) quarter(rounds int) error {
	whole := &driverOf{}
	for _, q := range questions {
		need, err := b.need(q)
		if err != nil {
			return err
		}
		part := &driverOf{memory: max(1<<20, need/4), spill: true}
		whole.memory = need
		var ratios []float64
		for range rounds {
			var took [2]time.Duration
			var sums [2]uint64
			for i, o := range []*driverOf{whole, part} {
				db, err := o.load(b.data)
				if err != nil {
					return err
				}
				if took[i], err = cpu(func() error { return consume(db, q.sql) }); err != nil {
					return fmt.Errorf("%s in %d bytes: %w", q.name, o.memory, err)
				}
				if len(ratios) == 0 {
					if sums[i], err = answer(answerSeed, db, q); err != nil {
						return err
					}
				}
				db.Close()
			}
			if sums[0] != sums[1] {
				return fmt.Errorf("%s: the answer in %d bytes is another one", q.name, part.memory)
			}
			ratios = append(ratios, float64(took[1])/float64(took[0]))
		}
		slices.Sort(ratios)
		b.goal(fmt.Sprintf("%s in %.1f of %.1f MiB", q.name, float64(part.memory)/(1<<20), float64(need)/(1<<20)), ratios[len(ratios)/2], 3, "x")
	}
	return nil
}

var answerSeed = maphash.MakeSeed()

// need finds about the least MaxMemory in which a question needs no file.
func (b *bench) need(q question) (int64, error) {
	o := &driverOf{}
	p, err := pack(b.data)
	if err != nil {
		return 0, err
	}
	for memory := int64(1 << 20); ; memory += memory / 4 {
		o.memory = memory
		db, err := o.open(p)
		if err != nil {
			return 0, err
		}
		err = consume(db, q.sql)
		db.Close()
		if err == nil || !errors.Is(err, epicorerp.ErrMemory) {
			return memory, err
		}
	}
}

// weight compares a program with the driver to one without it.
func (b *bench) weight() error {
	added, err := weight.Added()
	if err != nil {
		return err
	}
	b.goal("MB that the driver adds to a program", float64(added)/1e6, weight.Goal/1e6, "MB")
	return nil
}
