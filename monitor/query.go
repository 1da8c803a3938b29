package monitor

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// query is the parameters of a request. The first that cannot be read is
// remembered, in nats-server's words.
type query struct {
	url.Values
	err error
}

func newQuery(u *url.URL) *query { return &query{Values: u.Query()} }

func (q *query) fail(kind, name string, err error) {
	if q.err == nil {
		//lint:ignore ST1005 nats-server's words
		q.err = fmt.Errorf("Error decoding %s for '%s': %v", kind, name, err)
	}
}

func (q *query) bool(name string) bool {
	text := q.Get(name)
	if text == "" {
		return false
	}
	v, err := strconv.ParseBool(text)
	if err != nil {
		q.fail("boolean", name, err)
	}
	return v
}

func (q *query) int(name string) int {
	text := q.Get(name)
	if text == "" {
		return 0
	}
	v, err := strconv.Atoi(text)
	if err != nil {
		q.fail("int", name, err)
	}
	return v
}

func (q *query) uint64(name string) uint64 {
	text := q.Get(name)
	if text == "" {
		return 0
	}
	v, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		q.fail("uint64", name, err)
	}
	return v
}

// subs is 1 or detail.
func (q *query) subs() (plain, detail bool) {
	if strings.EqualFold(q.Get("subs"), "detail") {
		return false, true
	}
	return q.bool("subs"), false
}

func (q *query) state() ConnState {
	text := q.Get("state")
	switch strings.ToLower(text) {
	case "", "open":
		return ConnOpen
	case "closed":
		return ConnClosed
	case "any", "all":
		return ConnAll
	}
	if q.err == nil {
		//lint:ignore ST1005 nats-server's words
		q.err = fmt.Errorf("Error decoding state for %s", text)
	}
	return ConnOpen
}
