package hub_test

import (
	"testing"

	"github.com/isthmus-mq/isthmus/hub"
)

// Own finds a plain subscription of the asking session only.
func TestOwn(t *testing.T) {
	w := newLanes(2, hub.Options{})
	me, other := w.owner(0), w.owner(0)
	own := natsSub(0, me, "_INBOX.x.*", "")
	w.subscribe(
		natsSub(0, other, "_INBOX.>", ""),
		natsSub(1, me, "_INBOX.>", ""), // the same number on another lane is somebody else
		natsSub(0, me, "_INBOX.>", "q"),
		own,
	)
	ask := func(subject string) (got hub.Subscriber) {
		w.turn(0, func(l *hub.Lane) { got = l.Own(me, []byte(subject)) })
		return got
	}
	if got := ask("_INBOX.x.1"); got != own {
		t.Errorf("got %v", got)
	}
	for _, subject := range []string{"_INBOX.y.1", "a", "_INBOX..1", "", "_INBOX.x."} {
		if got := ask(subject); got != nil {
			t.Errorf("%q: got %v", subject, got)
		}
	}
	w.unsubscribe(own)
	if got := ask("_INBOX.x.1"); got != nil {
		t.Errorf("after unsubscribing: got %v", got)
	}
}

// Heard counts everybody, except the publisher itself if it does not hear itself.
func TestHeard(t *testing.T) {
	w := newLanes(2, hub.Options{})
	me := w.owner(0)
	ask := func(noEcho bool, subject string) (heard bool) {
		from := hub.Publisher{Owner: me, NoEcho: noEcho}
		w.turn(0, func(l *hub.Lane) { heard = l.Heard(&from, []byte(subject)) })
		return heard
	}
	if ask(false, "a") {
		t.Error("nobody is there")
	}
	w.subscribe(natsSub(0, me, "a", ""), natsSub(0, me, "g", "q"))
	for _, subject := range []string{"a", "g"} {
		if !ask(false, subject) || ask(true, subject) {
			t.Errorf("%s: the publisher alone is there", subject)
		}
	}
	w.subscribe(natsSub(1, me, "a", ""), natsSub(0, w.owner(0), "*", "q"))
	for _, subject := range []string{"a", "g"} {
		if !ask(true, subject) {
			t.Errorf("%s: somebody else is there", subject)
		}
	}
	if ask(false, "a..b") || ask(false, "") {
		t.Error("an empty token matches nobody")
	}
}
