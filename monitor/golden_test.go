package monitor

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write the documents in testdata anew")

// get asks for a path, and returns the status and the body.
func get(m *Monitor, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
	return w
}

// The documents, to the byte.
func TestDocuments(t *testing.T) {
	for name, target := range map[string]string{
		"connz":         "/connz",
		"connz-detail":  "/connz?subs=detail&auth=1&sort=bytes_from",
		"connz-subs":    "/connz?subs=1&state=any&limit=2&offset=1",
		"connz-closed":  "/connz?state=closed&sort=stop",
		"connz-nobody":  "/connz?user=nobody",
		"subsz":         "/subsz",
		"subsz-list":    "/subscriptionsz?subs=1&offset=1&limit=2",
		"subsz-test":    "/subsz?subs=1&test=orders.1",
		"routez":        "/routez",
		"gatewayz":      "/gatewayz",
		"leafz":         "/leafz",
		"accountz":      "/accountz",
		"accountz-one":  "/accountz?acc=$G",
		"accstatz":      "/accstatz",
		"jsz":           "/jsz?accounts=1&streams=true",
		"healthz":       "/healthz",
		"healthz-wrong": "/healthz?stream=s&details=1",
		"root":          "/",
	} {
		m := newTold(aDay())
		w := get(m, target)
		path := filepath.Join("testdata", name+".txt")
		got := w.Result().Status + "\n" + w.Header().Get("Content-Type") + "\n\n" + w.Body.String() + "\n"
		if *rewrite {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s is not as in %s:\n%s", target, path, got)
		}
		if origin := w.Header().Get("Access-Control-Allow-Origin"); origin != "*" {
			t.Errorf("%s is for the origin %q", target, origin)
		}
	}
}

// What cannot be answered is said in nats-server's words.
func TestWrongParameters(t *testing.T) {
	for target, want := range map[string]string{
		"/connz?sort=x":            "invalid sorting option: x",
		"/connz?sort=stop":         "sort by stop only valid on closed connections",
		"/connz?sort=reason":       "sort by reason only valid on closed connections",
		"/connz?state=half":        "Error decoding state for half",
		"/connz?auth=maybe":        `Error decoding boolean for 'auth': strconv.ParseBool: parsing "maybe": invalid syntax`,
		"/connz?limit=ten":         `Error decoding int for 'limit': strconv.Atoi: parsing "ten": invalid syntax`,
		"/connz?cid=-1":            `Error decoding uint64 for 'cid': strconv.ParseUint: parsing "-1": invalid syntax`,
		"/connz?offset=x&limit=y":  `Error decoding int for 'offset': strconv.Atoi: parsing "x": invalid syntax`,
		"/subsz?subs=2x":           `Error decoding boolean for 'subs': strconv.ParseBool: parsing "2x": invalid syntax`,
		"/subsz?subs=1&test=a..b":  "invalid test subject, must be valid publish subject: a..b",
		"/subsz?subs=1&test=a.*":   "invalid test subject, must be valid publish subject: a.*",
		"/accountz?acc=other":      "Account other does not exist",
		"/jsz?leader-only=true":    "filtered response: not leader",
		"/healthz?details=perhaps": `Error decoding boolean for 'details': strconv.ParseBool: parsing "perhaps": invalid syntax`,
	} {
		w := get(newTold(aDay()), target)
		if w.Code != http.StatusBadRequest || w.Body.String() != want {
			t.Errorf("%s: %d %q, want 400 %q", target, w.Code, w.Body, want)
		}
	}
}

// What is not there is not found, and what cannot be done is not allowed.
func TestPathsAndMethods(t *testing.T) {
	m := newTold(aDay())
	for _, path := range []string{"/stacksz", "/varz/", "/x", "/debug/vars"} {
		if w := get(m, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/varz", strings.NewReader("{}")))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
	if v := m.varz(); v.HTTPReqStats["/varz"] != 0 || v.HTTPReqStats["/"] != 0 {
		t.Errorf("counted: %v", v.HTTPReqStats)
	}
	get(m, "/subscriptionsz")
	get(m, "/subsz")
	if n := m.varz().HTTPReqStats["/subsz"]; n != 2 {
		t.Errorf("/subsz was asked for %d times, want 2", n)
	}
}
