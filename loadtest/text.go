package loadtest

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/isthmus-mq/isthmus/loadtest/latency"
)

// WriteText writes the report for people.
func (r *Report) WriteText(to io.Writer) error {
	t := &table{w: tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)}
	t.line("%s %s, %s", r.Tool, r.Scenario, r.Machine)
	for _, run := range r.Runs {
		t.line("")
		run.writeText(t)
	}
	if r.Interrupted {
		t.line("\ninterrupted: this is what was measured until then")
	}
	if t.err != nil {
		return t.err
	}
	return t.w.Flush()
}

// table writes aligned rows and keeps the first error.
type table struct {
	w   *tabwriter.Writer
	err error
}

func (t *table) line(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.w, format+"\n", args...)
	}
}

func (t *table) row(name, format string, args ...any) {
	t.line("  "+name+"\t"+format, args...)
}

func (r *Run) writeText(t *table) {
	t.line("%s", r.Load)
	if r.Connections != nil {
		r.Connections.writeText(t)
	} else {
		r.writeMessages(t)
	}
	for _, name := range kindNames {
		if d := r.Times[name]; d.Count() > 0 {
			writeTimes(t, name, d.Summary())
		}
	}
	if c := r.Churn; c != nil {
		t.row("churn", "%s subscriptions made or ended, %s/s", whole(c.Changes), count(c.Rate))
	}
	if s := r.Slow; s != nil {
		s.writeText(t)
	}
	r.Usage.writeText(t, r.Connections == nil)
	for _, event := range slices.Sorted(maps.Keys(r.Events)) {
		t.row("event", "%d× %s", r.Events[event], event)
	}
	for _, note := range r.Notes {
		t.row("note", "%s", note)
	}
	for _, failure := range r.Failures {
		t.row("FAILED", "%s", failure)
	}
	if len(r.Failures) == 0 {
		t.row("ok", "%s", r.fine())
	}
}

// fine says what a run without failures has shown.
func (r *Run) fine() string {
	switch {
	case r.Connections != nil:
		return "every connection was opened and kept"
	case r.Reordered > 0:
		return "every message came, once"
	case r.Expected > 0:
		return "every message came, once and in order"
	case r.Acked > 0:
		return "every message was acknowledged"
	case r.Received > 0:
		return "no gaps, no duplicates, in order"
	}
	return "the server has read every message"
}

func (r *Run) writeMessages(t *table) {
	if r.Published > 0 {
		target := ""
		if r.TargetRate > 0 {
			target = fmt.Sprintf(" of %s/s wanted", count(r.TargetRate))
		}
		t.row("published", "%s in %.2f s, %s/s%s", whole(r.Published), r.Publishing, count(r.PublishedRate), target)
	}
	if r.Acked > 0 || r.Unacked > 0 {
		t.row("acknowledged", "%s", whole(r.Acked))
	}
	if r.Expected > 0 || r.Received > 0 {
		t.row("received", "%s, %s/s", whole(r.Received), count(r.ReceivedRate))
		t.row("", "lost %s, duplicated %s, reordered %s, damaged %s", whole(r.Lost), whole(r.Duplicated), whole(r.Reordered), whole(r.Damaged))
	}
}

// titles are what the kinds of times are called for people.
var titles = map[string]string{"latency": "latency", "ack": "until acknowledged", "send_delay": "sent late by", "connect": "until accepted", "subscribe": "until subscribed"}

func writeTimes(t *table, name string, s latency.Summary) {
	d := func(ns int64) string { return span(time.Duration(ns)) }
	t.row(titles[name], "min %s  p50 %s  p90 %s  p99 %s  p99.9 %s  p99.99 %s  max %s",
		d(s.Min), d(s.P50), d(s.P90), d(s.P99), d(s.P999), d(s.P9999), d(s.Max))
}

func (u *Usage) writeText(t *table, messages bool) {
	workers := ""
	for i, cores := range u.Workers {
		if i > 0 {
			workers += ", "
		}
		workers += fmt.Sprintf("%.0f %%", 100*cores)
	}
	t.row("this tool", "%.0f %% of a core (event loops: %s), machine %.0f %% idle", 100*u.Self, workers, 100*u.Idle)
	if s := u.Server; s != nil {
		each := ""
		if messages && s.CPUEach > 0 {
			each = fmt.Sprintf(", %s per message", nanoseconds(s.CPUEach))
		} else if s.CPUEach > 0 {
			each = fmt.Sprintf(", %s per connection", nanoseconds(s.CPUEach))
		}
		t.row("server", "%.0f %% of a core%s; memory %s before, %s after, %s at most (pid %d)",
			100*s.Cores, each, size(s.MemoryFirst), size(s.MemoryLast), size(s.MemoryPeak), s.PID)
	}
}

// nanoseconds writes CPU time, of which parts of a ns matter.
func nanoseconds(ns float64) string {
	if ns < 1e3 {
		return threeDigits(ns) + " ns"
	}
	return span(time.Duration(ns))
}

func (c *Connections) writeText(t *table) {
	t.row("connections", "%d of %d opened, %s/s; %d failed, %d dropped; held %.1f s", c.Opened, c.Wanted, count(c.Rate), c.Failed, c.Dropped, c.Held)
	t.row("memory each", "this tool %s", size(int64(c.OwnBytes)))
	if c.Bytes != 0 || c.BytesHeld != 0 {
		t.row("", "server %s when all were there, %s in the end; %.2f %% of a core while held", size(int64(c.Bytes)), size(int64(c.BytesHeld)), 100*c.HeldCores)
	}
}
