package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/loadtest/client"
)

// crowd is real connections with a subscription each, on one event loop.
type crowd struct {
	client.Deaf
	server   *process
	loop     *client.Loop
	speaks   protocol
	opts     client.Options
	clients  []*client.Client
	opened   int // their subscription is confirmed
	received int
	fault    error
	random   *rand.Rand
	sent     int
}

// patience is how long nothing may happen before a run is given up.
const patience = 20 * time.Second

func (c *crowd) Opened(k *client.Client) {
	k.Subscribe(filter(c.speaks, exact, k.Number), "", 0)
}
func (c *crowd) Granted(_ *client.Client, _ uint16, code mqtt.ReasonCode) {
	if code.Failed() {
		c.fault = fmt.Errorf("a subscription was refused: %v", code)
	}
	c.opened++
}
func (c *crowd) Message(*client.Client, *client.Message) { c.received++ }
func (c *crowd) Closed(_ *client.Client, err error)      { c.fault = err }

// until runs the loop until done.
func (c *crowd) until(what string, done func() bool) error {
	for since, seen := time.Now(), -1; !done(); {
		if err := c.loop.Turn(time.Millisecond); err != nil {
			return err
		}
		if c.fault != nil {
			return c.fault
		}
		if now := c.opened + c.received; now != seen {
			since, seen = time.Now(), now
		}
		if time.Since(since) > patience {
			return fmt.Errorf("waited %v for %s", patience, what)
		}
	}
	return nil
}

// grow opens connections until there are n.
func (c *crowd) grow(n int, tell *progress) error {
	const atOnce = 32
	return c.until("connections", func() bool {
		for len(c.clients) < n && len(c.clients)-c.opened < atOnce {
			i := len(c.clients)
			c.clients = append(c.clients, c.loop.Dial(&c.opts, fmt.Sprintf("device-%07d", i), i, c))
			tell.at(i, n)
		}
		return c.opened == n
	})
}

// batch sends messages from the first connection, one to each of batchSize
// receivers, and waits for all.
func (c *crowd) batch(receiver func() int) error {
	from := c.clients[0]
	for range batchSize {
		from.SetOutput(appendPublish(from.Output(), c.speaks, subject(receiver()), make([]byte, 16)))
	}
	from.Flush()
	c.sent += batchSize
	return c.until("messages", func() bool { return c.received >= c.sent })
}

// cost is the server's CPU time of a message.
func (c *crowd) cost(s *settings, x int, receiver func() int) (point, error) {
	var samples []float64
	for round := range s.rounds + 1 {
		begin, err := c.server.cpu()
		if err != nil {
			return point{}, err
		}
		n := 0
		for took := time.Duration(0); took < s.time; n += batchSize {
			if err := c.batch(receiver); err != nil {
				return point{}, err
			}
			now, err := c.server.cpu()
			if err != nil {
				return point{}, err
			}
			took = now - begin
			if took >= s.time && round > 0 {
				samples = append(samples, float64(took)/float64(n+batchSize))
			}
		}
	}
	return median(x, samples), nil
}

// idle is the server's use of a core in percent while nobody says anything.
func (c *crowd) idle(d time.Duration) (float64, error) {
	begin, err := c.server.cpu()
	if err != nil {
		return 0, err
	}
	at := time.Now()
	for time.Since(at) < d {
		if err := c.loop.Turn(100 * time.Millisecond); err != nil {
			return 0, err
		}
	}
	end, err := c.server.cpu()
	return 100 * float64(end-begin) / float64(time.Since(at)), err
}

// live measures a started isthmus with real connections of each protocol: one
// for memory and rest, and another for messages, whose routes and buffers are not
// the connections'.
func live(s *settings, r *report, tell *progress) error {
	memory := curve{Name: "live-bytes", Load: load(), X: "connections with a subscription each", Y: "resident bytes per connection"}
	idle := curve{Name: "live-idle", Load: load(), X: "connections with a subscription each", Y: "% of a core while nothing is sent"}
	costs := curve{Name: "live-cost", Load: load(), X: "connections with a subscription each", Y: "server CPU µs per message of 16 B"}
	for _, p := range []protocol{speaksNATS, speaksMQTT} {
		var before float64
		err := liveOf(p, "at rest", s, tell, func(c *crowd, n int) error {
			quiet, err := c.idle(3 * time.Second)
			if err != nil {
				return err
			}
			now, err := c.server.resident()
			if n == first {
				before = now
				return err
			}
			memory.add(p.String(), median(n, []float64{(now - before) / float64(n-first)}))
			idle.add(p.String(), median(n, []float64{quiet}))
			return err
		})
		if err != nil {
			return err
		}
		if err := liveOf(p, "with messages", s, tell, func(c *crowd, n int) error {
			return c.costs(s, n, &costs)
		}); err != nil {
			return err
		}
	}
	r.Curves = append(r.Curves, memory, idle, costs)
	return nil
}

// first is how many connections are there before the ones that are measured:
// what they and their messages make, the others share.
const first = 10

// costs adds what a message to a random connection costs, and one to either of
// two.
func (c *crowd) costs(s *settings, n int, to *curve) error {
	random := func() int { return c.random.IntN(len(c.clients)) }
	turns := 0
	pair := func() int { turns++; return 1 + turns%2 }
	for _, m := range []struct {
		name     string
		receiver func() int
	}{{"random receivers", random}, {"the same two receivers", pair}} {
		y, err := c.cost(s, n, m.receiver)
		if err != nil {
			return err
		}
		if n > first {
			y.Y, y.Least, y.Most = y.Y/1000, y.Least/1000, y.Most/1000
			to.add(fmt.Sprintf("%v→%v, %s", c.speaks, c.speaks, m.name), y)
		}
	}
	return nil
}

// liveOf starts isthmus and a crowd, and has it measured with the first ones and
// at each step of its growth.
func liveOf(p protocol, what string, s *settings, tell *progress, measure func(c *crowd, n int) error) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	tell.say("live: starting isthmus")
	server, err := startProcess(ctx, s.isthmus)
	if err != nil {
		return err
	}
	defer server.stop()
	began := time.Now()
	loop, err := client.NewLoop(func() int64 { return int64(time.Since(began)) })
	if err != nil {
		return err
	}
	defer loop.Close()
	c := &crowd{server: server, loop: loop, speaks: p, random: newRandom(), opts: client.Options{
		To: server.addr[p], Patience: patience, Version: mqtt.V311, KeepAlive: 5 * time.Minute,
	}}
	if p == speaksMQTT {
		c.opts.Protocol = client.MQTT
	}
	for _, n := range append([]int{first}, liveSteps(s.live)...) {
		tell.say("live: %d connections, %v, %s", n, p, what)
		if err := c.grow(n, tell); err != nil {
			return err
		}
		if err := measure(c, n); err != nil {
			return err
		}
	}
	return nil
}

// liveSteps are the numbers of connections, to at most n.
func liveSteps(n int) (list []int) {
	for _, step := range []int{100, 300, 1000, 5000} {
		if step < n {
			list = append(list, step)
		}
	}
	return append(list, n)
}
