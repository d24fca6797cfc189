package httpx

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
)

// A page as ERP services send it: a megabyte of JSON that compresses well.
func BenchmarkDoPage(b *testing.B) {
	page := []byte(strings.Repeat(`{"Company":"EPIC06","CustNum":12345,"Name":"Addison, Inc.","CreditHold":false},`, 13_000))
	for name, body := range map[string][]byte{"plain": page, "gzip": zipped(string(page))} {
		b.Run(name, func(b *testing.B) {
			header := http.Header{}
			if name == "gzip" {
				header.Set("Content-Encoding", "gzip")
			}
			c, err := New(Config{Origins: []string{"http://erp.test"}, Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 200, Header: header, ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body))}, nil
			})})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(page)))
			b.ReportAllocs()
			for b.Loop() {
				resp, err := c.Do(context.Background(), &Request{URL: "http://erp.test/api"})
				if err != nil {
					b.Fatal(err)
				}
				resp.Release()
			}
		})
	}
}
