package loadtest

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/isthmus-mq/isthmus/loadtest/latency"
)

// Report is the result of a scenario.
type Report struct {
	Tool        string    `json:"tool"`
	Scenario    string    `json:"scenario"`
	Started     time.Time `json:"started"`
	Machine     string    `json:"machine"`
	Runs        []*Run    `json:"runs"`
	Interrupted bool      `json:"interrupted,omitempty"`
}

// Run is one part of it: a stream in one direction, or a storm of connections.
type Run struct {
	Name    string  `json:"name"`
	Load    string  `json:"load"`    // what was done, in words
	Seconds float64 `json:"seconds"` // from the first message to the last
	// Publishing is how long messages were sent, in seconds.
	Publishing float64 `json:"publishing_seconds,omitempty"`

	TargetRate    float64 `json:"target_rate,omitempty"` // messages per second; 0: flat out
	Published     uint64  `json:"published"`
	PublishedRate float64 `json:"published_rate"`
	Unsent        uint64  `json:"unsent,omitempty"` // due, but not sent before the end
	Expected      uint64  `json:"expected"`         // deliveries
	Received      uint64  `json:"received"`         // each once
	ReceivedRate  float64 `json:"received_rate"`
	Lost          uint64  `json:"lost"`
	Duplicated    uint64  `json:"duplicated"`
	Reordered     uint64  `json:"reordered"`
	Damaged       uint64  `json:"damaged"`
	TooOld        uint64  `json:"too_old_to_tell,omitempty"`
	Foreign       uint64  `json:"foreign,omitempty"`
	NoResponders  uint64  `json:"no_responders,omitempty"`
	Acked         uint64  `json:"acknowledged,omitempty"`
	Unacked       uint64  `json:"unacknowledged,omitempty"`
	Refused       uint64  `json:"refused,omitempty"`
	Unheard       uint64  `json:"unheard,omitempty"`
	SentLate      uint64  `json:"sent_late,omitempty"`
	HeldBack      uint64  `json:"held_back,omitempty"`

	Connections *Connections `json:"connections,omitempty"`
	Churn       *ChurnResult `json:"churn,omitempty"`
	Slow        *SlowReaders `json:"slow_readers,omitempty"`

	// Times by name: latency, ack, send_delay, connect, subscribe.
	Times map[string]*latency.Distribution `json:"times"`

	Usage    Usage          `json:"usage"`
	Events   map[string]int `json:"events,omitempty"`   // what happened to connections
	Notes    []string       `json:"notes,omitempty"`    // what to think of when reading the figures
	Failures []string       `json:"failures,omitempty"` // why the run did not do what it should
}

// newReport begins a report.
func newReport(scenario string, o *Options) *Report {
	host, _ := os.Hostname()
	var u unix.Utsname
	_ = unix.Uname(&u)
	return &Report{
		Tool: "isthmus-load " + o.Version, Scenario: scenario, Started: began.Round(time.Second),
		Machine: fmt.Sprintf("%s, %s, Linux %s, %s", host, plural(runtime.NumCPU(), "usable CPU"), unix.ByteSliceToString(u.Release[:]), runtime.Version()),
	}
}

// Failed reports whether something went wrong in any run.
func (r *Report) Failed() bool {
	for _, run := range r.Runs {
		if len(run.Failures) > 0 {
			return true
		}
	}
	return false
}

func (r *Run) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

func (r *Run) fail(format string, args ...any) {
	r.Failures = append(r.Failures, fmt.Sprintf(format, args...))
}

// times adds the distributions that hold anything.
func (r *Run) times(s *stage) {
	r.Times = make(map[string]*latency.Distribution)
	for k, name := range kindNames {
		if d := s.distribution(kind(k)); d.Count() > 0 {
			r.Times[name] = d
		}
	}
}

// kindNames are the kinds' names in reports.
var kindNames = [kinds]string{"latency", "ack", "send_delay", "connect", "subscribe"}

// report collects the results of a flow.
func (f *flow) report() (*Run, error) {
	all, slow := f.stage.totals()
	if all.LastSent > 0 && f.confirmed == 0 {
		// A message stands for the period behind it.
		f.publishing = min(f.publishing, time.Duration(all.LastSent-f.begun.UnixNano()+period(f.Rate)))
	}
	r := &Run{
		Name: f.name, Load: f.describe(), Seconds: f.timed.Seconds(), Publishing: f.publishing.Seconds(),
		TargetRate: f.Rate, Published: all.Published - f.base.Published,
		Received: all.Received - f.base.Received, Duplicated: all.Duplicated, Reordered: all.Reordered,
		Damaged: all.Damaged, TooOld: all.Old, Foreign: all.Foreign, NoResponders: all.NoReply,
		Acked: all.Acked, Refused: all.Refused, Unheard: all.Unheard, SentLate: all.Late, HeldBack: all.Held,
		Usage: f.usage,
	}
	if len(f.publishers) > 0 {
		f.account(r)
	}
	if f.QoS > 0 {
		r.Unacked = uint64(max(f.unacked.Load(), 0))
	}
	r.PublishedRate = rate(r.Published, f.publishing.Seconds())
	receiving := f.timed
	if all.LastCame > 0 {
		receiving = min(receiving, time.Duration(all.LastCame-f.begun.UnixNano()))
	}
	r.ReceivedRate = rate(r.Received, receiving.Seconds())
	if f.Rate > 0 {
		f.unsent(r, &all)
	}
	r.times(f.stage)
	if u := r.Usage.Server; u != nil {
		u.CPUEach = float64(u.CPU) / float64(max(r.Received, r.Published, 1))
		if r.Received > 0 {
			u.CPUEach = float64(u.CPU) / float64(r.Received)
		}
	}
	if f.beside != nil {
		f.beside.report(f, r)
	}
	events, fault := f.stage.complaints()
	r.Events = events
	f.judge(r, &all, &slow)
	f.leave()
	return r, fault
}

// period is the ns between two messages; 0 flat out.
func period(rate float64) int64 {
	if rate == 0 {
		return 0
	}
	return int64(float64(time.Second) / rate)
}

func rate(n uint64, seconds float64) float64 {
	if seconds <= 0 {
		return 0
	}
	return float64(n) / seconds
}

// account counts what was expected and what is lost, ledger by ledger.
func (f *flow) account(r *Run) {
	sent := make([]uint64, len(f.publishers))
	f.stage.each(func(w *worker) {
		for _, p := range f.pumps[w.index].pubs {
			sent[p.index] = uint64(p.next)
		}
	})
	perWorker := make([]struct{ expected, lost uint64 }, len(f.stage.workers))
	f.stage.each(func(w *worker) {
		sum := &perWorker[w.index]
		for _, s := range f.subscribers {
			if s.w != w {
				continue
			}
			for i := range s.ledgers {
				n := sent[s.place+i*f.groups()]
				sum.expected += n
				sum.lost += s.ledgers[i].Lost(n)
			}
		}
		if f.requests {
			for _, p := range f.pumps[w.index].pubs {
				sum.expected += uint64(p.next)
				sum.lost += p.replies.Lost(uint64(p.next))
			}
		}
	})
	for _, sum := range perWorker {
		r.Expected += sum.expected
		r.Lost += sum.lost
	}
}

// unsent counts messages whose time came and that were never sent.
func (f *flow) unsent(r *Run, all *Counts) {
	due := f.Rate * (f.publishing + f.WarmUp).Seconds()
	if f.Duration > 0 {
		due = min(due, f.Rate*(f.Duration+f.WarmUp).Seconds())
	}
	if f.Messages > 0 {
		due = min(due, float64(f.Messages))
	}
	// A part of a period, and the order's way to the workers, are no failure.
	if slack := math.Max(1, f.Rate*pollEvery.Seconds()); due-float64(all.Published) > slack {
		r.Unsent = uint64(due - float64(all.Published))
	}
}

// leave tells the server that the clients are going.
func (f *flow) leave() {
	f.stage.each(func(w *worker) {
		for _, p := range f.pumps[w.index].pubs {
			p.c.Leave()
			p.c.Close()
		}
		for _, s := range f.subscribers {
			if s.w == w {
				s.c.Leave()
				s.c.Close()
			}
		}
		w.actors = nil
	})
}

// describe says in words what the flow was.
func (f *flow) describe() string {
	var b strings.Builder
	switch {
	case f.requests:
		fmt.Fprintf(&b, "%s to %s, %s, %s", f.From, f.To, plural(f.Publishers, "requester"), plural(f.responders, "responder"))
	case f.Subscribers == 0:
		fmt.Fprintf(&b, "%s, %s", f.From, plural(f.Publishers, "publisher"))
	default:
		fmt.Fprintf(&b, "%s to %s, %s, %s", f.From, f.To, plural(f.Publishers, "publisher"), plural(f.Subscribers, "subscriber"))
	}
	fmt.Fprintf(&b, ", %d B, QoS %d, ", f.Size, f.QoS)
	switch {
	case f.Rate > 0:
		fmt.Fprintf(&b, "open loop at %s/s", count(f.Rate))
	case f.Subscribers == 0 && !f.requests && f.QoS == 0:
		b.WriteString("flat out")
	default:
		fmt.Fprintf(&b, "flat out, window %d", f.window)
	}
	return b.String()
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
