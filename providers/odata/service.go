package odata

import (
	"github.com/epicorerp/epicorerp/internal/httpx"
)

// Service is one OData service: where it is, how it is spoken to and how it
// behaves. It is immutable once tables are made from it.
type Service struct {
	Client *httpx.Client
	Root   string // absolute URL of the service root
	Traits Traits
}
