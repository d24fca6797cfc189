//go:build unix && !darwin

package oauth

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const browsable = "https://login.example/authorize?client_id=a&state=b%20c&x='$(exit);%s"

// fakeCommands makes commands the whole PATH. Each writes down how it was
// called and does then what its script says.
func fakeCommands(t *testing.T, scripts map[string]string) (calls func() []string) {
	t.Helper()
	dir := t.TempDir()
	record := filepath.Join(dir, "calls")
	for name, script := range scripts {
		text := "#!/bin/sh\nprintf '%s' " + name + " >>" + record + "\nfor a in \"$@\"; do printf '|%s' \"$a\" >>" + record +
			"; done\necho >>" + record + "\n" + script + "\n"
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700))
	}
	t.Setenv("PATH", dir)
	return func() []string {
		text, err := os.ReadFile(record)
		if os.IsNotExist(err) {
			return nil
		}
		require.NoError(t, err)
		return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	}
}

func TestTheBrowserIsOpenedByWhatTheSystemHas(t *testing.T) {
	const fine, fails = "exit 0", "exit 3"
	display := map[string]string{"DISPLAY": ":0"}
	for name, tc := range map[string]struct {
		env     map[string]string
		scripts map[string]string
		calls   []string
		failed  []string // words of the error
	}{
		"the desktop's default": {env: display, scripts: map[string]string{"xdg-open": fine, "gio": fine},
			calls: []string{"xdg-open|" + browsable}},
		"Wayland":                        {env: map[string]string{"WAYLAND_DISPLAY": "w"}, scripts: map[string]string{"xdg-open": fine}, calls: []string{"xdg-open|" + browsable}},
		"gio where xdg-open is missing":  {env: display, scripts: map[string]string{"gio": fine}, calls: []string{"gio|open|" + browsable}},
		"gio where xdg-open fails":       {env: display, scripts: map[string]string{"xdg-open": fails, "gio": fine}, calls: []string{"xdg-open|" + browsable, "gio|open|" + browsable}},
		"Windows' browser under WSL":     {env: map[string]string{"WSL_DISTRO_NAME": "Debian"}, scripts: map[string]string{"wslview": fine, "xdg-open": fine}, calls: []string{"wslview|" + browsable}},
		"no display":                     {scripts: map[string]string{"xdg-open": fine}, failed: []string{"DISPLAY", "OAuthGrantType=DEVICE", "OAuthVerifier", "WithPrompter"}},
		"nothing that opens one":         {env: display, failed: []string{"xdg-open", "gio", "OAuthGrantType=DEVICE"}},
		"all that open one fail":         {env: display, scripts: map[string]string{"xdg-open": fails, "gio": fails}, calls: []string{"xdg-open|" + browsable, "gio|open|" + browsable}, failed: []string{"xdg-open: exit status 3"}},
		"BROWSER before the desktop":     {env: map[string]string{"BROWSER": "mine", "DISPLAY": ":0"}, scripts: map[string]string{"mine": fine, "xdg-open": fine}, calls: []string{"mine|" + browsable}},
		"BROWSER without a display":      {env: map[string]string{"BROWSER": "mine"}, scripts: map[string]string{"mine": fine}, calls: []string{"mine|" + browsable}},
		"BROWSER with arguments":         {env: map[string]string{"BROWSER": "mine --new-tab"}, scripts: map[string]string{"mine": fine}, calls: []string{"mine|--new-tab|" + browsable}},
		"BROWSER with %s":                {env: map[string]string{"BROWSER": "mine --app=%s --x"}, scripts: map[string]string{"mine": fine}, calls: []string{"mine|--app=" + browsable + "|--x"}},
		"the second of BROWSER":          {env: map[string]string{"BROWSER": "gone::mine"}, scripts: map[string]string{"mine": fine}, calls: []string{"mine|" + browsable}},
		"BROWSER that fails is the last": {env: map[string]string{"BROWSER": "mine", "DISPLAY": ":0"}, scripts: map[string]string{"mine": fails, "xdg-open": fine}, calls: []string{"mine|" + browsable}, failed: []string{"mine: exit status 3", "BROWSER"}},
	} {
		t.Run(name, func(t *testing.T) {
			leavesNothing(t)
			calls := fakeCommands(t, tc.scripts)
			err := opener{getenv: func(n string) string { return tc.env[n] }, moment: time.Minute}.open(t.Context(), browsable)
			assert.Equal(t, tc.calls, calls())
			if tc.failed == nil {
				require.NoError(t, err)
				return
			}
			var e *Error
			require.ErrorAs(t, err, &e)
			for _, word := range tc.failed {
				assert.Contains(t, e.Error(), word)
			}
		})
	}
}

func TestABrowserThatStaysIsNotWaitedFor(t *testing.T) {
	leavesNothing(t)
	gate := filepath.Join(t.TempDir(), "gate")
	calls := fakeCommands(t, map[string]string{"mine": "while [ ! -e " + gate + " ]; do /bin/sleep 0.01; done"})
	o := opener{getenv: func(string) string { return "mine" }, moment: 10 * time.Millisecond}
	require.NoError(t, o.open(t.Context(), browsable))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o.moment = time.Minute
	require.ErrorIs(t, o.open(ctx, browsable), context.Canceled)
	require.NoError(t, os.WriteFile(gate, nil, 0o600)) // the user closes them
	assert.Eventually(t, func() bool { return len(calls()) == 2 }, 10*time.Second, time.Millisecond)
	assert.Eventually(t, func() bool { return len(childrenOf(t)) == 0 }, 10*time.Second, time.Millisecond, "zombies")
}

// childrenOf lists this process's children, the dead ones included.
func childrenOf(t *testing.T) []string {
	t.Helper()
	tasks, err := filepath.Glob("/proc/self/task/*/children")
	require.NoError(t, err)
	var pids []string
	for _, f := range tasks {
		text, _ := os.ReadFile(f) // the thread may be gone
		pids = append(pids, strings.Fields(string(text))...)
	}
	return pids
}

func TestABrowserIsOnlyGivenPages(t *testing.T) {
	calls := fakeCommands(t, map[string]string{"mine": "exit 0"})
	o := opener{getenv: func(string) string { return "mine" }, moment: time.Minute}
	for _, address := range []string{"", "file:///etc/passwd", "javascript:alert(1)", "-a", "calc.exe", "ms-settings:", "//host/share", `\\host\share`,
		"https:///nowhere", "https://h/ --flag", "https://h/\"&calc", "https://h/\n", "HTTPS", "ftp://h/"} {
		var e *Error
		require.ErrorAs(t, o.open(t.Context(), address), &e, address)
		assert.Equal(t, ReasonProperty, e.Reason)
	}
	assert.Empty(t, calls())
}
