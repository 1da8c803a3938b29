package system

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/trie"
)

// listing is what LIST is asked for: a pattern, or all of this as JSON.
type listing struct {
	Pattern string `json:"pattern"` // of the asker; empty: ">"
	Limit   int    `json:"limit"`   // messages of this page; 0: usualPage
	Names   bool   `json:"names"`   // names only
	Cursor  string `json:"cursor"`  // of the page before; Pattern is the same
}

const (
	usualPage, largestPage = 256, 1024 // messages
	// pageBytes is the size of a page in bytes beyond which it ends: an asker that
	// reads slowly must not be cut for what it has asked for.
	pageBytes = 1 << 20
	// maxCursors of all askers are remembered, for cursorTime; the oldest make room.
	maxCursors = 64
	cursorTime = time.Minute
)

// cursor is a list between two pages. It belongs to one request at a time.
type cursor struct {
	filter trie.Filter
	scan   hub.RetainedScan // nil: not begun
	lane   int              // that scan belongs to
	prefix string
	names  bool
	unread bool // scan may have found what has not been read
	done   bool // and will find no more
	until  time.Time
}

// list sends a page, a message for each that is retained, and then a status that
// says how many they were and how to go on.
func (r *Retained) list(ctx context.Context, q *Request, answer func(Answer)) {
	var what listing
	if len(q.Payload) > 0 && q.Payload[0] == '{' {
		if json.Unmarshal(q.Payload, &what) != nil {
			answer(status(400, "Bad Request"))
			return
		}
	} else {
		what.Pattern = string(q.Payload)
	}
	if what.Limit == 0 {
		what.Limit = usualPage
	}
	what.Limit = max(1, min(what.Limit, largestPage))
	c, refusal := r.begin(q, &what)
	if c == nil {
		answer(refusal)
		return
	}
	sent, size := 0, 0
	for more := true; more; {
		var page []Answer
		if !r.turn(ctx, c.lane, func(l *hub.Lane) {
			page, more = c.next(l, what.Limit-sent, pageBytes-size)
		}) {
			answer(status(408, "Request Timeout"))
			return
		}
		for _, a := range page {
			sent++
			size += len(a.Headers) + len(a.Payload)
			answer(a)
		}
		more = more && sent < what.Limit && size < pageBytes
	}
	lines := []string{"Mqtt-Count: " + strconv.Itoa(sent)}
	if !c.finished() {
		lines = append(lines, "Mqtt-Cursor: "+r.cursors.put(c))
	}
	answer(status(204, "EOB", lines...))
}

// begin returns where the list is to go on.
func (r *Retained) begin(q *Request, what *listing) (*cursor, Answer) {
	if what.Cursor != "" {
		c := r.cursors.take(what.Cursor)
		if c == nil || c.prefix != q.Prefix {
			return nil, status(404, "Cursor Not Found")
		}
		return c, Answer{}
	}
	if what.Pattern == "" {
		what.Pattern = ">"
	}
	f, ok := pattern(q, what.Pattern)
	if !ok {
		return nil, status(400, "Invalid Subject")
	}
	return &cursor{filter: f, lane: q.Lane, prefix: q.Prefix, names: what.Names}, Answer{}
}

// next reads at most n messages, and no more once they have this many bytes. more:
// there may be others behind.
func (c *cursor) next(l *hub.Lane, n, size int) (page []Answer, more bool) {
	if c.scan == nil {
		c.scan = l.Hub().Retained().Scan(l, c.filter, 0)
	}
	if !c.unread {
		_, c.done = c.scan.Find(l, step)
		c.unread = true
	}
	var kept hub.RetainedMessage
	for len(page) < n && size > 0 {
		if !c.scan.Read(l, &kept) {
			c.unread = false
			break
		}
		if withheld, _ := l.Hub().Withheld(kept.Subject); withheld {
			continue
		}
		a := retained(l, &kept, len(c.prefix), c.names)
		size -= len(a.Headers) + len(a.Payload)
		page = append(page, a)
	}
	return page, !c.finished()
}

func (c *cursor) finished() bool { return c.done && !c.unread }

// cursors are those that wait to be gone on with, the oldest first.
type cursors struct {
	sync.Mutex
	list []namedCursor
}

type namedCursor struct {
	name string
	*cursor
}

// put remembers a cursor and returns the name to ask for it.
func (t *cursors) put(c *cursor) string {
	name, now := rand.Text(), time.Now()
	c.until = now.Add(cursorTime)
	t.Lock()
	defer t.Unlock()
	gone := 0
	for gone < len(t.list) && (len(t.list)-gone >= maxCursors || t.list[gone].until.Before(now)) {
		t.list[gone] = namedCursor{}
		gone++
	}
	t.list = append(t.list[gone:], namedCursor{name, c})
	return name
}

// take returns a cursor and forgets it; nil when it is not there any more.
func (t *cursors) take(name string) *cursor {
	t.Lock()
	defer t.Unlock()
	at := slices.IndexFunc(t.list, func(c namedCursor) bool { return c.name == name })
	if at < 0 {
		return nil
	}
	c := t.list[at].cursor
	t.list = slices.Delete(t.list, at, at+1)
	if c.until.Before(time.Now()) {
		return nil
	}
	return c
}
