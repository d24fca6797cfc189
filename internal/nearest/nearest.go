// Package nearest finds the name a user probably meant. It imports nothing of
// this project.
package nearest

import (
	"fmt"
	"strings"
)

// Name returns the candidate closest to name, or "" when none is close enough
// to be worth offering: at most a third of the letters may differ.
func Name(name string, candidates []string) string {
	best, bestDist := "", len([]rune(name))/3+1
	for _, c := range candidates {
		if d := distance(fold(name), fold(c), bestDist); d < bestDist {
			best, bestDist = c, d
		}
	}
	return best
}

// Suffix returns `; did you mean "x"?` for the closest candidate, or "".
func Suffix(name string, candidates []string) string {
	if n := Name(name, candidates); n != "" {
		return fmt.Sprintf("; did you mean `%s`?", n)
	}
	return ""
}

func fold(s string) []rune { return []rune(strings.ToLower(s)) }

// distance counts insertions, deletions, substitutions and swaps of neighbours
// (optimal string alignment), giving up at limit.
func distance(a, b []rune, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	prev2, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}
