package odata

import (
	"fmt"
	"io"

	"github.com/epicorerp/epicorerp/internal/httpx"
)

// What follows prints addresses and names alone, whatever the verb: headers and
// parameters of the user's own may hold secrets, and fmt would find them.

// Format implements fmt.Formatter.
func (p *Provider) Format(f fmt.State, _ rune) {
	printed(f, "odata provider of ", httpx.RedactURL(p.root))
}

// Format implements fmt.Formatter.
func (s Service) Format(f fmt.State, _ rune) {
	printed(f, "odata service at ", httpx.RedactURL(s.Root))
}

// String implements fmt.Stringer.
func (t Traits) String() string {
	return "traits of OData " + [...]string{V4: "V4", V3: "V3", V2: "V2"}[t.Version]
}

// GoString implements fmt.GoStringer.
func (t Traits) GoString() string { return t.String() }

// Format implements fmt.Formatter.
func (t *Table) Format(f fmt.State, _ rune) {
	printed(f, "odata table ", t.info.Schema+"."+t.info.Name)
}

// Format implements fmt.Formatter.
func (p *Procedure) Format(f fmt.State, _ rune) {
	printed(f, "odata procedure ", p.info.Schema+"."+p.info.Name)
}

// Format implements fmt.Formatter.
func (v *itemView) Format(f fmt.State, _ rune) {
	printed(f, "odata view ", v.info.Schema+"."+v.info.Name)
}

// A failing fmt.State has nobody to report to.
func printed(f fmt.State, what, name string) { _, _ = io.WriteString(f, what+name) }
