package httpx

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// requestIDHeaders in order of preference.
var requestIDHeaders = []string{
	"X-Request-Id", "Request-Id", "X-Ms-Request-Id", "X-Correlation-Id", "Correlation-Id",
	"X-Correlationid", "X-Vcap-Request-Id", "X-Amzn-Requestid", "Apim-Request-Id",
}

func requestID(h http.Header) string {
	for _, name := range requestIDHeaders {
		id := h.Get(name)
		if id != "" && len(id) <= 128 && strings.IndexFunc(id, func(r rune) bool { return r < '!' || r > '~' }) < 0 {
			return id
		}
	}
	return ""
}

// log writes the attempt's one record. Headers appear at debug level only, as
// names.
func (c *Client) log(ctx context.Context, a Attempt, sent http.Header) {
	level, text := slog.LevelInfo, "http request"
	if a.Err != nil || a.Status >= 400 {
		level = slog.LevelWarn
	}
	if !c.cfg.Logger.Enabled(ctx, level) {
		return
	}
	args := []any{
		"method", a.Method, "url", a.URL, "attempt", a.Number, "status", a.Status,
		"bytes", a.Bytes, "wire_bytes", a.WireBytes, "duration", a.Duration.Round(time.Microsecond),
	}
	if a.RequestID != "" {
		args = append(args, "request_id", a.RequestID)
	}
	if a.Err != nil {
		args = append(args, "error", a.Err.Error())
	}
	if c.cfg.Logger.Enabled(ctx, slog.LevelDebug) {
		names := slices.Sorted(maps.Keys(sent))
		for i, name := range names {
			names[i] = name + "=" + masked
		}
		args = append(args, "headers", strings.Join(names, " "), "body_length", a.BodyBytes)
	}
	c.cfg.Logger.Log(ctx, level, text, args...)
}
