package loadtest

import (
	"fmt"
	"strings"
	"time"
)

// progress prints a line each second, or as often as the user wants.
type progress struct {
	stage *stage
	name  string // in front of each line; empty: none
	timed kind   // whose times are shown
	label string // what they are
	first time.Time
	last  time.Time
	seen  Counts
}

// begin starts the lines of one part of a run.
func (p *progress) begin(name string, timed kind, label string) {
	p.name, p.timed, p.label = name, timed, label
	p.first = time.Now()
	p.last = p.first
	p.seen, _ = p.stage.totals()
	p.stage.recent(timed)
}

// tick prints a line if its time has come.
func (p *progress) tick() {
	o := p.stage.o
	since := time.Since(p.last)
	if o.Progress <= 0 || p.first.IsZero() || since < o.Progress {
		return
	}
	p.last = time.Now()
	now, _ := p.stage.totals()
	times := p.stage.recent(p.timed)
	use := p.stage.meter.step()

	var b strings.Builder
	fmt.Fprintf(&b, "%6.1fs", p.last.Sub(p.first).Seconds())
	if p.name != "" {
		fmt.Fprintf(&b, "  %s", p.name)
	}
	rate := func(what string, now, before uint64) {
		if now > 0 && (now != before || what != "connected") {
			fmt.Fprintf(&b, "  %s %s/s", what, count(float64(now-before)/since.Seconds()))
		}
	}
	rate("connected", now.Opened, p.seen.Opened)
	rate("sent", now.Published, p.seen.Published)
	rate("received", now.Received, p.seen.Received)
	rate("acknowledged", now.Acked, p.seen.Acked)
	rate("changes", now.Changes, p.seen.Changes)
	if times.Count() > 0 {
		fmt.Fprintf(&b, "  %s p50 %s p99 %s max %s", p.label, span(times.At(50)), span(times.At(99)), span(times.At(100)))
	}
	if bad := now.missing(); bad > 0 {
		fmt.Fprintf(&b, "  MISSING %d", bad)
	}
	for _, bad := range []struct {
		what string
		n    uint64
	}{{"DUPLICATED", now.Duplicated}, {"REORDERED", now.Reordered}, {"DAMAGED", now.Damaged}, {"FAILED", now.Failed}, {"DROPPED", now.Dropped}, {"REFUSED", now.Refused}} {
		if bad.n > 0 {
			fmt.Fprintf(&b, "  %s %d", bad.what, bad.n)
		}
	}
	fmt.Fprintf(&b, "  cpu self %.0f%%", 100*use.Self)
	if use.Server != nil {
		fmt.Fprintf(&b, " server %.0f%% %s", 100*use.Server.Cores, size(use.Server.MemoryLast))
	}
	fmt.Fprintln(o.ProgressTo, b.String())
	p.seen = now
}
