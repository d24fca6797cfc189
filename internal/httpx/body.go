package httpx

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
)

const (
	// maxPresize bounds what a Content-Length alone can make us reserve.
	maxPresize = 4 << 20
	// maxPooled keeps one huge answer from being held on to.
	maxPooled = 32 << 20
)

// bodyPool keeps body buffers and inflaters for the next answer.
type bodyPool struct{ buffers, inflaters sync.Pool }

func (p *bodyPool) get() *[]byte {
	if buf, ok := p.buffers.Get().(*[]byte); ok {
		*buf = (*buf)[:0]
		return buf
	}
	return new([]byte)
}

func (p *bodyPool) put(buf *[]byte) {
	if cap(*buf) <= maxPooled {
		p.buffers.Put(buf)
	}
}

// inflater is a gzip reader with its input buffer.
type inflater struct {
	in *bufio.Reader
	gz gzip.Reader
}

func (p *bodyPool) inflater(r io.Reader) (*inflater, error) {
	z, ok := p.inflaters.Get().(*inflater)
	if !ok {
		z = &inflater{in: bufio.NewReaderSize(nil, 32<<10)}
	}
	z.in.Reset(r)
	if err := z.gz.Reset(z.in); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF // an empty body is no gzip stream
		}
		return nil, err
	}
	return z, nil
}

// wireReader counts what came over the wire and holds it to the limit: a gzip
// stream of empty members would inflate to nothing forever.
type wireReader struct {
	r        io.Reader
	n, limit int64
}

func (w *wireReader) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if w.n += int64(n); w.n > w.limit {
		return n, errTooLarge
	}
	return n, err
}

var errTooLarge = errors.New("body limit reached")

// readBody reads, inflates and checks a whole body. It returns the bytes seen
// on the wire even when it fails.
func (c *Client) readBody(ctx context.Context, method string, res *http.Response) (*[]byte, int64, error) {
	defer res.Body.Close()
	limit := c.cfg.MaxBodyBytes
	if res.ContentLength > limit && method != http.MethodHead {
		return nil, 0, c.tooLarge()
	}
	wire := &wireReader{r: res.Body, limit: limit}
	buf := c.bodies.get()
	err := c.inflateInto(ctx, buf, wire, method, res)
	if err == nil && res.ContentLength >= 0 && !res.Uncompressed && method != http.MethodHead && wire.n != res.ContentLength {
		err = fmt.Errorf("%d bytes instead of %d: %w", wire.n, res.ContentLength, io.ErrUnexpectedEOF)
	}
	if err == nil {
		return buf, wire.n, nil
	}
	c.bodies.put(buf)
	var own *Error
	switch {
	case errors.As(err, &own):
	case errors.Is(err, errTooLarge):
		err = c.tooLarge()
	default:
		err = &Error{Kind: KindTruncated, Err: err}
	}
	return nil, wire.n, err
}

func (c *Client) tooLarge() *Error {
	return &Error{Kind: KindBodyTooLarge, Err: fmt.Errorf("more than %d bytes", c.cfg.MaxBodyBytes)}
}

func (c *Client) inflateInto(ctx context.Context, buf *[]byte, wire *wireReader, method string, res *http.Response) error {
	size := min(max(res.ContentLength, 0), maxPresize)
	encoding := strings.ToLower(strings.TrimSpace(res.Header.Get("Content-Encoding")))
	switch encoding {
	case "", "identity":
		*buf = slices.Grow(*buf, int(size)+512)
		return readInto(ctx, buf, wire, c.cfg.MaxBodyBytes)
	case "gzip", "x-gzip":
	default:
		if method == http.MethodHead || res.ContentLength == 0 {
			return nil
		}
		return &Error{Kind: KindProtocol, Err: fmt.Errorf("content encoding %q was not asked for", encoding)}
	}
	if method == http.MethodHead || res.ContentLength == 0 || res.StatusCode == http.StatusNoContent {
		return nil
	}
	z, err := c.bodies.inflater(wire)
	if err != nil {
		return err
	}
	defer c.bodies.inflaters.Put(z)
	*buf = slices.Grow(*buf, int(min(4*size, maxPresize))+512)
	return readInto(ctx, buf, &z.gz, c.cfg.MaxBodyBytes)
}

// readInto reads r to its end. The context is looked at between reads because
// inflating what has arrived already does not touch the connection.
func readInto(ctx context.Context, dst *[]byte, r io.Reader, limit int64) error {
	buf := *dst
	defer func() { *dst = buf }()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(buf) == cap(buf) {
			buf = slices.Grow(buf, max(512, len(buf)))
		}
		n, err := r.Read(buf[len(buf):min(cap(buf), len(buf)+256<<10)])
		buf = buf[:len(buf)+n]
		if int64(len(buf)) > limit {
			return errTooLarge
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
