package hub_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/isthmus-mq/isthmus/explain"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
)

// Describe and Would make a receiver an hub.Explained.
func (r *receiver) Describe(c *explain.Client, _ *explain.Subscription) {
	c.ID = fmt.Sprintf("%d.%d", r.lane, r.what.Owner)
}

func (r *receiver) Would(_ *message.Message, _ *hub.Route, _ *hub.Copy, to *explain.Copy) {
	to.Verdict = explain.Delivered
	if r.refuses != reason.None {
		to.Verdict, to.Reason, to.Declines = explain.Dropped, reason.Of(r.refuses).Name, true
	}
}

// explain asks for a publish on a lane.
func (w *lanes) explain(t interface{ Fatal(...any) }, lane int, from *hub.Publisher, subject string, limit int) *explain.Publish {
	of := &hub.Case{
		Lane: lane, Limit: limit,
		From: hub.Sender{Owner: from.Owner, Lane: uint16(lane), NoEcho: from.NoEcho},
		Enter: func(_ *hub.Lane, m *message.Message) reason.ID {
			m.Begin(message.FromNATS, []byte(subject), nil, []byte("x"))
			return reason.None
		},
	}
	var told explain.Publish
	err := w.Explain(context.Background(), func(i int, f func(*hub.Lane)) { w.turn(i, f) }, of, &told)
	if err != nil {
		t.Fatal(err)
	}
	return &told
}

// Whoever may be next according to what is explained is who gets the message, also
// when members of other lanes decline it, with every strategy; when nobody may be
// next, nobody gets it and the same is counted.
func TestExplainedPicksAreThoseThatAreMade(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		strategy := hub.Strategy(rapid.IntRange(0, int(hub.HashPublisher)).Draw(t, "strategy"))
		c := newCrew(strategy, rapid.IntRange(1, 7).Draw(t, "members"))
		for range rapid.IntRange(1, 6).Draw(t, "messages") {
			for _, r := range c.members {
				if r.refuses = reason.None; rapid.IntRange(0, 2).Draw(t, "refuses") == 0 {
					r.refuses = reason.ReceiverClosing
				}
			}
			lane := rapid.IntRange(0, crewLanes-1).Draw(t, "lane")
			subject := rapid.SampledFrom([]string{"t.a", "t.b"}).Draw(t, "subject")
			told := c.explain(t, lane, c.from[lane], subject, 100)
			gone := c.Count(reason.GroupMembersGone)
			matched := c.publish(lane, c.from[lane], subject, "x")
			c.settle()
			var got []string
			for _, r := range c.members {
				for range r.got {
					got = append(got, fmt.Sprintf("%d.%d", r.lane, r.what.Owner))
				}
				r.got = r.got[:0]
			}
			g := told.Groups[0]
			var next []string
			for _, i := range g.Next {
				next = append(next, g.Members[i].Client.ID)
			}
			if len(got) == 0 && len(next) > 0 && g.Reason == "" || len(got) == 1 && !slices.Contains(next, got[0]) || len(got) > 1 {
				t.Fatalf("%v got it, told was %v %q", got, next, g.Reason)
			}
			if told.Outcome.Matched != matched {
				t.Fatalf("matched %d, told was %d", matched, told.Outcome.Matched)
			}
			if lost := c.Count(reason.GroupMembersGone) > gone; lost && g.Reason != "group_members_gone" || !lost && len(next) == 0 && g.Reason != "" {
				t.Fatalf("nobody was left: %v; told was %q", lost, g.Reason)
			}
		}
	})
}

// Receivers beyond the limit are counted, and count for the outcome.
func TestExplainLooksAtNoMoreThanItsLimit(t *testing.T) {
	w := newLanes(2, hub.Options{})
	for i := range 10 {
		w.subscribe(natsSub(i%2, w.owner(i%2), "a", ""), natsSub(i%2, w.owner(i%2), "a", "q"))
	}
	told := w.explain(t, 0, &hub.Publisher{}, "a", 3)
	if len(told.Copies) != 3 || told.MoreCopies != 7 || told.Outcome.Matched != 11 {
		t.Errorf("%d copies and %d more, %d matched", len(told.Copies), told.MoreCopies, told.Outcome.Matched)
	}
	if g := told.Groups[0]; len(g.Members) != 3 || g.MoreMembers != 7 || len(g.Next) != 3 {
		t.Errorf("%d members and %d more, next is one of %v", len(g.Members), g.MoreMembers, g.Next)
	}
}

// A lane that does not answer makes an error when the time is over, not a wait
// without end.
func TestExplainGivesUpOnALaneThatDoesNotAnswer(t *testing.T) {
	w := newLanes(2, hub.Options{})
	w.subscribe(natsSub(1, w.owner(1), "a", ""))
	ctx, cancel := context.WithCancel(context.Background())
	onLane := func(i int, f func(*hub.Lane)) {
		if i == 0 {
			w.turn(i, f)
		} else {
			cancel()
		}
	}
	of := &hub.Case{Limit: 1, Enter: func(_ *hub.Lane, m *message.Message) reason.ID {
		m.Begin(message.FromNATS, []byte("a"), nil, nil)
		return reason.None
	}}
	if err := w.Explain(ctx, onLane, of, new(explain.Publish)); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}
