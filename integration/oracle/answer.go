package oracle

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Answer is what a query gave: the types of its columns and its rows. Names are set where a whole set was read.
type Answer struct {
	Names []string
	Types []Type
	Rows  [][]Cell
}

// Diff says in words how got differs from want, and is empty when it does not. Rows are compared in sequence when
// ordered, else as multisets.
func Diff(want, got Answer, ordered bool) string {
	a, b := want.Rows, got.Rows
	if !ordered {
		a, b = sorted(a), sorted(b)
	}
	var out []string
	if len(a) != len(b) {
		out = append(out, fmt.Sprintf("%d rows are wanted, %d came", len(a), len(b)))
	}
	for i := 0; i < max(len(a), len(b)) && len(out) < 6; i++ {
		switch {
		case i >= len(a):
			out = append(out, fmt.Sprintf("row %d is too much: %s", i+1, rowText(b[i])))
		case i >= len(b):
			out = append(out, fmt.Sprintf("row %d is missing: %s", i+1, rowText(a[i])))
		case !slices.EqualFunc(a[i], b[i], Cell.Equal):
			out = append(out, fmt.Sprintf("row %d\n  want %s\n  got  %s", i+1, rowText(a[i]), rowText(b[i])))
		}
	}
	return strings.Join(out, "\n")
}

func sorted(rows [][]Cell) [][]Cell {
	out := slices.Clone(rows)
	slices.SortFunc(out, func(a, b []Cell) int {
		return slices.CompareFunc(a, b, func(c, d Cell) int {
			if c.Null != d.Null {
				if c.Null {
					return -1
				}
				return 1
			}
			return cmp.Compare(c.Text, d.Text)
		})
	})
	return out
}

func rowText(row []Cell) string {
	cells := make([]string, len(row))
	for i, c := range row {
		cells[i] = c.String()
	}
	return "(" + strings.Join(cells, ", ") + ")"
}
