package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// ChromiumVariable names the Chromium to use, where it is not found by itself.
const ChromiumVariable = "EPICORERP_CHROMIUM"

// Browser is a person at a Chromium without a window. Its Env makes it the default browser of this process and its
// children.
type Browser struct {
	Person
	RefuseAt string // "sign in" or "consent": the page on which the person presses Cancel; "" for none
	Work     string // as in Options
	Report   string // file that does not exist yet, for what the person saw
}

// Sight is what the person saw.
type Sight struct {
	Pages []string // what the provider's pages asked for: "sign in", "consent"
	Last  struct {
		URL     string // without the query
		Status  int
		Headers map[string]string // by name in lower case
		Title   string
		Text    string
	}
	Error string
}

// FindChromium returns the path of a Chromium, or fs.ErrNotExist.
func FindChromium() (string, error) {
	if path := os.Getenv(ChromiumVariable); path != "" {
		return path, nil
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no Chromium: %w", fs.ErrNotExist)
}

// Env returns the environment variables, as NAME=value, of a desktop where this is the default browser.
func (b Browser) Env() ([]string, error) {
	chromium, err := FindChromium()
	if err != nil {
		return nil, err
	}
	if err := install(b.Work); err != nil {
		return nil, err
	}
	script, err := filepath.Abs(filepath.Join(b.Work, "browser.mjs"))
	if err != nil {
		return nil, err
	}
	person, err := json.Marshal(map[string]string{
		"name": b.Name, "password": b.Password, "refuseAt": b.RefuseAt, "report": b.Report, "chromium": chromium,
	})
	return []string{"BROWSER=" + script, "PERSON=" + string(person)}, err
}

// Saw waits until the person is done and returns what they saw.
func (b Browser) Saw(ctx context.Context) (Sight, error) {
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		var s Sight
		text, err := os.ReadFile(b.Report)
		if err == nil {
			if err = json.Unmarshal(text, &s); err == nil && s.Error != "" {
				err = errors.New(s.Error)
			}
			return s, err
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return Sight{}, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return Sight{}, fmt.Errorf("the browser has not reported: %w", ctx.Err())
		}
	}
}
