package acumatica

import (
	"time"

	"github.com/epicorerp/epicorerp/providers"
)

// SetIdleTime changes how long a provider's idle sessions stay signed in.
func SetIdleTime(p providers.Provider, d time.Duration) { p.(*Provider).sessions.idle = d }
