package main

import (
	"net/url"
	"strings"

	"github.com/epicorerp/epicorerp/cmd/epicorsql/internal/render"
)

// wrapped breaks a line at blanks so that no part is wider than most, if it has
// a blank to break at. Each part but the first begins with margin.
func wrapped(line, margin string, most int) []string {
	indent := len(line) - len(strings.TrimLeft(line, " │├└─"))
	current, rest := line[:indent], line[indent:]
	var lines []string
	empty := true
	for word := range strings.SplitAfterSeq(rest, " ") {
		if !empty && render.DisplayWidth(current+strings.TrimRight(word, " ")) > most {
			lines = append(lines, strings.TrimRight(current, " "))
			current = margin
		}
		current += word
		empty = false
	}
	return append(lines, strings.TrimRight(current, " "))
}

// treeMargin is what stands under the branches at the beginning of a line.
func treeMargin(line string) string {
	tree := line[:len(line)-len(strings.TrimLeft(line, " │├└─"))]
	return strings.NewReplacer("├", "│", "└", " ", "─", " ").Replace(tree)
}

// readable is a line of EXPLAIN as the tour shows it: of a request line the
// server's address is left out and %20 and the like are decoded, and a line
// wider than most is broken, a request before its options.
func readable(line, address string, most int) []string {
	margin := treeMargin(line)
	before, request, found := strings.Cut(line, "GET "+address)
	if !found {
		return wrapped(line, margin+"     ", most)
	}
	path, query, _ := strings.Cut(request, "?")
	current := before + "GET " + path + "?"
	options := margin + strings.Repeat(" ", len("sends: GET "))
	var lines []string
	if render.DisplayWidth(current) > most && len(before) > len(margin+"sends: ") {
		lines = append(lines, strings.TrimRight(before, " "))
		current = margin + "       GET " + path + "?"
	}
	for _, part := range strings.SplitAfter(query, "&") {
		if decoded, err := url.PathUnescape(part); err == nil {
			part = decoded
		}
		if render.DisplayWidth(current+part) > most {
			lines = append(lines, wrapped(current, options+"  ", most)...)
			current = options
		}
		current += part
	}
	return append(lines, wrapped(current, options+"  ", most)...)
}
