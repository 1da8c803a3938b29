package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/isthmus-mq/isthmus/bench/peers/load"
)

// column is one figure of a table.
type column struct {
	*figure
	ratio bool // show how many times that of the first contender it is
}

// table is a kind of rows and what is shown of each.
type table struct {
	title   string
	holds   func(row string) bool
	than    string // the contender that others are compared with
	columns []column
}

var (
	messages = []column{{&rate, false}, {&cpu, true}}
	pingPong = []column{{&rate, false}, {&cpu, true}, {&p50, false}, {&p99, false}}
)

var tables = []table{
	{"NATS to NATS: server CPU per delivery", streamsOf("N-N"), isthmus, messages},
	{"NATS to MQTT: server CPU per delivery", streamsOf("N-M"), isthmus, messages},
	{"MQTT to NATS: server CPU per delivery", streamsOf("M-N"), isthmus, messages},
	{"MQTT to MQTT: server CPU per delivery", streamsOf("M-M"), isthmus, messages},
	{"Ping-pong and open loop: server CPU per delivery, and latency", isPingPong, isthmus, pingPong},
	{
		"QoS 1, acknowledged by every subscriber: server CPU per delivery",
		func(row string) bool { return strings.Contains(row, "1-M1/") }, isthmus, messages,
	},
	{
		"Many subscriptions: memory and CPU for each, and CPU per delivery when one matches",
		func(row string) bool { return strings.Contains(row, "/m1") }, isthmus,
		[]column{{&perSubscription, true}, {&subscribing, false}, {&rate, false}, {&cpu, true}},
	},
	{
		"Churn: CPU of isthmus per delivery, or per subscription made and ended",
		func(row string) bool { return strings.HasPrefix(row, "churn/") }, undisturbed,
		[]column{{&rate, false}, {&cpu, true}},
	},
	{
		"Idle connections: server memory per connection, at once and settled",
		func(row string) bool { return strings.HasSuffix(row, "/idle") }, isthmus,
		[]column{{&perConnection, true}, {&settled, true}, {&idleCPU, false}, {&setUp, false}},
	},
	{
		"Connecting: server CPU per connection",
		func(row string) bool { return strings.HasSuffix(row, "/storm") }, isthmus,
		[]column{{&rate, false}, {&cpu, true}, {&closing, false}},
	},
	{
		"Two lanes: time of one publication on one of them, with a flood on the other",
		func(row string) bool { return strings.HasPrefix(row, "lanes/") }, load.Elsewhere,
		[]column{{&p50, true}, {&p99, true}, {&flooded, false}},
	},
}

func isPingPong(row string) bool { return len(row) > 4 && row[3] == '/' && row[4] == 'd' }

func streamsOf(direction string) func(row string) bool {
	return func(row string) bool { return strings.HasPrefix(row, direction+"/") && !isPingPong(row) }
}

// markdown writes the report for readers: what was run, what became of the
// targets, and every row.
func (r Report) markdown(w io.Writer) {
	for i, run := range r.Runs {
		run.markdown(w, i)
	}
	r.targetTable(w)
	for _, t := range tables {
		r.detailTable(w, t)
	}
}

func (run Run) markdown(w io.Writer, i int) {
	m := run.Machine
	fmt.Fprintf(w, "- **Run %d**, %s: %d cores of %s; Linux %s; %s; load average at the start %s; "+
		"medians of %d interleaved rounds of %g s; ",
		i+1, m.Date.Format("2006-01-02 15:04 UTC"), m.Cores, m.CPU, m.Kernel, m.Go, m.Load, run.Rounds, run.Seconds)
	var versions []string
	for name, version := range run.Peers {
		versions = append(versions, name+" "+version)
	}
	slices.Sort(versions)
	fmt.Fprintf(w, "%s.\n", strings.Join(versions, ", "))
}

// targetTable writes what became of the targets.
func (r Report) targetTable(w io.Writer) {
	judged, open := r.verdicts()
	if len(judged)+len(open) == 0 {
		return
	}
	held, met := 0, 0
	for _, v := range judged {
		if v.held() {
			held++
		}
		if v.met() {
			met++
		}
	}
	fmt.Fprintf(w, "\n### Targets: %d of %d floors hold, %d of %d goals are met\n\n",
		held, len(judged)+len(open), met, len(judged)+len(open))
	fmt.Fprint(w, "| row | figure | isthmus | best peer | ratio | floor | goal | | relay | isthmus ÷ relay |\n"+
		"|---|---|---|---|---|---|---|---|---|---|\n")
	for _, v := range judged {
		v.line(w)
	}
	for _, t := range open {
		fmt.Fprintf(w, "| %s | %s | | | | %s%s | %s%s | **%s** | | |\n",
			t.row, t.figure.title, t.is.sign(), t.is.text(t.floor), t.is.sign(), t.is.text(t.goal), r.whyOpen(t))
	}
}

func (v verdict) line(w io.Writer) {
	outcome := "**floor missed**"
	switch {
	case v.met():
		outcome = "goal met"
	case v.held():
		outcome = "floor holds"
	}
	best, ratio := "", ""
	if v.best != "" {
		best = fmt.Sprintf("%s %s", v.best, v.figure.text(v.theirs))
	}
	if v.is != most {
		ratio = v.is.text(v.value)
	}
	ceiling, part := "", ""
	if v.ceiling > 0 {
		ceiling, part = v.figure.text(v.ceiling), fmt.Sprintf("%.1f", v.ours/v.ceiling)
	}
	fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s%s | %s%s | %s | %s | %s |\n",
		v.row, v.figure.title, v.figure.text(v.ours), best, ratio,
		v.is.sign(), v.is.text(v.floor), v.is.sign(), v.is.text(v.goal), outcome, ceiling, part)
}

// detailTable writes all contenders of the table's rows: medians, for figures
// with a ratio with their range over the rounds, and the ratio to one of the
// contenders.
func (r Report) detailTable(w io.Writer, t table) {
	headed := false
	for _, result := range r.Results {
		if !t.holds(result.Row) {
			continue
		}
		if !headed {
			fmt.Fprintf(w, "\n### %s\n\n", t.title)
			r.head(w, t)
			headed = true
		}
		r.line(w, t.columns, result, r.of(result.Row, t.than))
	}
}

func (r Report) head(w io.Writer, t table) {
	titles := []string{"row", "peer"}
	for _, c := range t.columns {
		titles = append(titles, c.title)
		if c.ratio {
			titles = append(titles, "÷ "+t.than)
		}
	}
	if len(r.Runs) > 1 {
		titles = append(titles, "run")
	}
	fmt.Fprintf(w, "| %s |\n|%s\n", strings.Join(titles, " | "), strings.Repeat("---|", len(titles)))
}

func (r Report) line(w io.Writer, columns []column, peer, than Result) {
	name := peer.Peer
	if peer.Instead != "" {
		name += ", " + peer.Instead + " instead"
	}
	if peer.Unfinished > 0 && len(peer.Samples) > 0 {
		name += ", once " + peer.unfinished()
	}
	fmt.Fprintf(w, "| %s | %s |", peer.Row, name)
	switch {
	case len(peer.Samples) > 0:
	case peer.Unfinished > 0:
		fmt.Fprintf(w, " %s |\n", peer.unfinished())
		return
	default:
		fmt.Fprintln(w, " failed |")
		return
	}
	for _, c := range columns {
		value := peer.median(c.figure)
		fmt.Fprintf(w, " %s", c.text(value))
		if !c.ratio {
			fmt.Fprint(w, " |")
			continue
		}
		if all := peer.sorted(c.figure); len(all) > 1 {
			fmt.Fprintf(w, " (%s–%s)", c.text(all[0]), c.text(all[len(all)-1]))
		}
		ratio := ""
		if peer.Peer != than.Peer && len(than.Samples) > 0 {
			ratio = fmt.Sprintf("%.1f", value/than.median(c.figure))
		}
		fmt.Fprintf(w, " | %s |", ratio)
	}
	if len(r.Runs) > 1 {
		fmt.Fprintf(w, " %d |", peer.Run+1)
	}
	fmt.Fprintln(w)
}
