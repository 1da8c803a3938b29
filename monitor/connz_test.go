package monitor

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// few makes connections that often have the same values.
func few(r *rand.Rand, from uint64, stopped bool) (list []Connection) {
	name := func() string { return string("  abc"[r.IntN(5)]) }
	for i := range r.IntN(60) {
		c := Connection{
			CID:      from + uint64(i),
			Protocol: []string{"nats", "mqtt"}[r.IntN(2)],
			Remote:   &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1000 + i},
			Start:    started.Add(time.Duration(i) * time.Second),
			Last:     started.Add(time.Duration(r.IntN(5)) * time.Hour),
			RTT:      time.Duration(r.IntN(4)) * time.Millisecond,
			InMsgs:   r.Uint64N(4), InBytes: r.Uint64N(4), OutMsgs: r.Uint64N(4), OutBytes: r.Uint64N(4),
			Subscriptions: r.IntN(4), Name: name(), User: name(),
		}
		if stopped {
			c.Stop = c.Start.Add(time.Duration(r.IntN(4)) * time.Hour)
			c.Reason = name()
		} else {
			c.Pending = r.IntN(4)
		}
		list = append(list, c)
	}
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// key is what the slow oracle compares: the smaller comes first.
func key(by string, c *Connection) any {
	down := func(n uint64) any { return -int64(n) }
	switch by {
	case "subs":
		return -int64(c.Subscriptions)
	case "pending":
		return -int64(c.Pending)
	case "msgs_to":
		return down(c.OutMsgs)
	case "msgs_from":
		return down(c.InMsgs)
	case "bytes_to":
		return down(c.OutBytes)
	case "bytes_from":
		return down(c.InBytes)
	case "last":
		return -c.Last.UnixNano()
	case "idle":
		return c.Last.UnixNano()
	case "rtt":
		return -int64(c.RTT)
	case "stop":
		return -c.Stop.UnixNano()
	case "reason":
		return c.Reason
	case "uptime":
		end := asOf
		if !c.Stop.IsZero() {
			end = c.Stop
		}
		return int64(end.Sub(c.Start))
	}
	return int64(c.CID)
}

// The pages of any order, one after the other, are all the connections that were
// asked for, in that order, however large a page is.
func TestPagesOneAfterTheOtherAreTheWhole(t *testing.T) {
	sorts := []string{"", "cid", "start", "subs", "pending", "msgs_to", "msgs_from", "bytes_to", "bytes_from", "last", "idle", "uptime", "rtt"}
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		f := &fake{connections: few(r, 1, false), piece: rapid.IntRange(1, 20).Draw(t, "piece")}
		gone := few(r, 1000, true)
		closed := NewClosed(1000)
		for i := range gone {
			closed.Add(&gone[i])
		}
		m := newTold(f, closed)
		o := ConnzOptions{State: ConnState(rapid.IntRange(0, 2).Draw(t, "state")), Limit: rapid.IntRange(1, 25).Draw(t, "limit")}
		if rapid.Bool().Draw(t, "filtered") {
			names := rapid.SampledFrom([]string{"", "a", "b", "c"})
			o.User, o.MQTTClient = names.Draw(t, "user"), names.Draw(t, "client")
		}
		o.Sort = rapid.SampledFrom(sorts).Draw(t, "sort")
		if o.State == ConnClosed {
			o.Sort = rapid.SampledFrom(append(sorts, "stop", "reason")).Draw(t, "sort of closed")
		}

		var all []Connection
		if o.State != ConnClosed {
			all = append(all, f.connections...)
		}
		if o.State != ConnOpen {
			all = append(all, gone...)
		}
		total := len(all)
		all = slices.DeleteFunc(all, func(c Connection) bool {
			return o.User != "" && c.User != o.User || o.MQTTClient != "" && (c.Protocol != "mqtt" || c.Name != o.MQTTClient)
		})
		sort.Slice(all, func(i, j int) bool {
			a, b := key(o.Sort, &all[i]), key(o.Sort, &all[j])
			if a == b {
				return all[i].CID < all[j].CID
			}
			if text, ok := a.(string); ok {
				return text < b.(string)
			}
			return a.(int64) < b.(int64)
		})
		var got []uint64
		for o.Offset = 0; ; o.Offset += o.Limit {
			z, err := m.connz(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			if z.Total != total || z.NumConns != len(z.Conns) || z.Offset != o.Offset || z.Limit != o.Limit {
				t.Fatalf("total %d of %d, %d of %d connections, offset %d, limit %d", z.Total, total, z.NumConns, len(z.Conns), z.Offset, z.Limit)
			}
			for _, c := range z.Conns {
				got = append(got, c.CID)
			}
			if len(z.Conns) < o.Limit {
				break
			}
		}
		if len(got) != len(all) {
			t.Fatalf("%d connections, want %d", len(got), len(all))
		}
		for i := range all {
			if got[i] != all[i].CID {
				t.Fatalf("sort %q: place %d has %d, want %d", o.Sort, i, got[i], all[i].CID)
			}
		}
	})
}

// A page of very many connections is chosen in the memory of a few.
func TestAPageOfVeryMany(t *testing.T) {
	page := newSelection(10, 5, orders["subs"](asOf))
	const n = 100_000
	for i := range n {
		page.add(&Connection{CID: uint64(i), Subscriptions: (i * 7919) % n}) // each number once
	}
	if room := cap(page.kept); room > 8*spare {
		t.Errorf("room for %d connections was taken", room)
	}
	for i, c := range page.done() {
		if want := n - 1 - 10 - i; c.Subscriptions != want {
			t.Errorf("place %d has %d subscriptions, want %d", 10+i, c.Subscriptions, want)
		}
	}
}

// One connection is found by its number, open or closed, with or without what it
// is subscribed to.
func TestOneConnection(t *testing.T) {
	m := newTold(aDay())
	for _, c := range []struct {
		o    ConnzOptions
		want string
	}{
		{ConnzOptions{CID: 3, Subscriptions: true}, "[3 [orders.> jobs]]"},
		{ConnzOptions{CID: 3, State: ConnClosed}, "[]"},
		{ConnzOptions{CID: 1, State: ConnAll}, "[1 []]"},
		{ConnzOptions{CID: 77, State: ConnAll}, "[]"},
		{ConnzOptions{MQTTClient: "dev-2", State: ConnAll}, "[2 []]"},
		{ConnzOptions{User: "ann"}, "[3 []]"},
		{ConnzOptions{Account: "$G", User: "ann"}, "[3 []]"},
		{ConnzOptions{Account: "other"}, "[]"},
	} {
		z, err := m.connz(t.Context(), c.o)
		if err != nil {
			t.Fatal(err)
		}
		got := []any{}
		for _, c := range z.Conns {
			got = append(got, c.CID, c.Subs)
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%+v: %v, want %s", c.o, got, c.want)
		}
	}
}

// Connections can be chosen by what they are subscribed to, in the account only.
func TestConnectionsBySubject(t *testing.T) {
	m := newTold(aDay())
	if _, err := m.connz(t.Context(), ConnzOptions{Subject: "jobs"}); err == nil {
		t.Error("a subject without an account is no error")
	}
	for subject, want := range map[string]int{"jobs": 1, "orders.new": 1, "plant.1.temp": 1, "plant.>": 1, "*": 1, ">": 2, "nothing": 0, "orders": 0} {
		z, err := m.connz(t.Context(), ConnzOptions{Account: "$G", Subject: subject})
		if err != nil || len(z.Conns) != want {
			t.Errorf("%s: %d connections (%v), want %d", subject, len(z.Conns), err, want)
		}
	}
}

// The ring remembers the last ones, all of each.
func TestTheLastThatEndedAreRemembered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most, n := rapid.IntRange(0, 300).Draw(t, "most"), rapid.IntRange(0, 900).Draw(t, "ended")
		r := NewClosed(most)
		for i := range n {
			r.Add(&Connection{CID: uint64(i), Stop: started, Remote: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: i}})
		}
		seen := make(map[uint64]bool)
		r.each(func(list []Connection) {
			for _, c := range list {
				if c.Remote.(*net.TCPAddr).Port != int(c.CID) || !c.Stop.Equal(started) {
					t.Fatalf("%+v", c)
				}
				seen[c.CID] = true
			}
		})
		if len(seen) != min(most, n) {
			t.Fatalf("%d are remembered of %d, want %d", len(seen), n, min(most, n))
		}
		for cid := range seen {
			if int(cid) < n-most {
				t.Fatalf("%d of %d is remembered in a ring of %d", cid, n, most)
			}
		}
	})
}

// Of what a client says of itself the closed ring keeps the beginning.
func TestOfLongNamesTheBeginningIsRemembered(t *testing.T) {
	closed := NewClosed(1)
	closed.Add(&Connection{CID: 1, Protocol: "mqtt", Name: strings.Repeat("x", 65_535), User: "ann"})
	closed.each(func(list []Connection) {
		if name := list[0].Name; name != strings.Repeat("x", 256) || list[0].User != "ann" {
			t.Errorf("%d bytes of the name, user %q", len(name), list[0].User)
		}
	})
}

func TestUptime(t *testing.T) {
	const day = 24 * time.Hour
	for d, want := range map[time.Duration]string{
		-time.Second:                  "0s",
		900 * time.Millisecond:        "0s",
		59 * time.Second:              "59s",
		time.Minute:                   "1m0s",
		3*time.Hour + 25*time.Second:  "3h0m25s",
		day + time.Second:             "1d0h0m1s",
		365*day + 2*day + 3*time.Hour: "1y2d3h0m0s",
		2*365*day - time.Second:       "1y364d23h59m59s",
	} {
		if got := uptime(d); got != want {
			t.Errorf("%v is %s, want %s", d, got, want)
		}
	}
}
