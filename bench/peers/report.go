package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/isthmus-mq/isthmus/bench/peers/load"
)

// Report is the whole outcome, as it is written with -json.
type Report struct {
	Machine Machine           `json:"machine"`
	Peers   map[string]string `json:"peers"` // name to version
	Rounds  int               `json:"rounds"`
	Results []Result          `json:"results"`
}

// column is one figure of a table.
type column struct {
	title string
	value func(load.Sample) float64
	text  func(float64) string
	ratio bool // show how many times that of the first contender it is
}

func micros(v float64) string { return fmt.Sprintf("%.3g", v) }

var (
	rate    = column{title: "rate/s", value: load.Sample.Rate, text: compact}
	perItem = column{title: "CPU µs", value: load.Sample.MicrosEach, text: micros, ratio: true}
)

// tables are the kinds of rows and what is shown of each.
var tables = []struct {
	title   string
	holds   func(name string) bool
	than    string // the contender that others are compared with
	columns []column
}{
	{
		"Messages: server CPU per delivery",
		func(name string) bool { return strings.Contains(name, "-") && !strings.Contains(name, "1-M1") },
		isthmus,
		[]column{rate, perItem},
	},
	{
		"QoS 1, acknowledged by every subscriber: server CPU per delivery",
		func(name string) bool { return strings.Contains(name, "1-M1") },
		isthmus,
		[]column{rate, perItem},
	},
	{
		"Idle connections: server memory per connection, at once and settled",
		func(name string) bool { return strings.HasSuffix(name, "/idle") },
		isthmus,
		[]column{
			{"B/conn", func(s load.Sample) float64 { return float64(s.GrownBytes) / float64(s.Count) }, whole, true},
			{"B/conn settled", func(s load.Sample) float64 { return float64(s.SettledBytes) / float64(s.Count) }, whole, true},
			{"idle CPU %", func(s load.Sample) float64 { return s.IdlePercent }, micros, false},
			{"set-up CPU µs", load.Sample.MicrosEach, micros, false},
		},
	},
	{
		"Connect storm: server CPU per connection",
		func(name string) bool { return strings.HasSuffix(name, "/storm") },
		isthmus,
		[]column{rate, perItem, {
			"close CPU µs", func(s load.Sample) float64 { return float64(s.CloseCPU) / 1e3 / float64(s.Count) }, micros, false,
		}},
	},
	{
		"Two lanes: time of one publication on one of them, with a flood on the other",
		func(name string) bool { return strings.HasPrefix(name, "lanes/") },
		load.Elsewhere,
		[]column{
			{"p50 µs", func(s load.Sample) float64 { return float64(s.P50) / 1e3 }, micros, true},
			{"p99 µs", func(s load.Sample) float64 { return float64(s.P99) / 1e3 }, micros, true},
			{"flood/s", func(s load.Sample) float64 { return s.FloodRate }, compact, false},
		},
	},
}

// markdown writes the report for readers: medians, for figures with a ratio
// with their range over the rounds, and the ratio to one of the contenders.
func (r Report) markdown(w io.Writer) {
	m := r.Machine
	fmt.Fprintf(w, "%s; %d cores of %s; Linux %s; %s; load average at the start %s; medians of %d interleaved rounds.\n",
		m.Date.Format("2006-01-02 15:04 UTC"), m.Cores, m.CPU, m.Kernel, m.Go, m.Load, r.Rounds)
	var versions []string
	for name, version := range r.Peers {
		versions = append(versions, name+" "+version)
	}
	slices.Sort(versions)
	fmt.Fprintf(w, "%s.\n", strings.Join(versions, ", "))
	for _, t := range tables {
		headed := false
		for _, result := range r.Results {
			if !t.holds(result.Row) {
				continue
			}
			if !headed {
				fmt.Fprintf(w, "\n%s\n\n", t.title)
				head(w, t.columns, t.than)
				headed = true
			}
			line(w, t.columns, result, r.of(result.Row, t.than))
		}
	}
}

// of returns the row's result of one contender, an empty one if it was not run.
func (r Report) of(row, peer string) Result {
	for _, result := range r.Results {
		if result.Row == row && result.Peer == peer {
			return result
		}
	}
	return Result{}
}

func head(w io.Writer, columns []column, than string) {
	titles := []string{"row", "peer"}
	for _, c := range columns {
		titles = append(titles, c.title)
		if c.ratio {
			titles = append(titles, "÷ "+than)
		}
	}
	fmt.Fprintf(w, "| %s |\n|%s\n", strings.Join(titles, " | "), strings.Repeat("---|", len(titles)))
}

func line(w io.Writer, columns []column, peer, than Result) {
	name := peer.Peer
	if peer.Instead != "" {
		name += ", " + peer.Instead + " instead"
	}
	fmt.Fprintf(w, "| %s | %s |", peer.Row, name)
	if len(peer.Samples) == 0 {
		fmt.Fprintln(w, " failed |")
		return
	}
	for _, c := range columns {
		value := peer.median(c.value)
		fmt.Fprintf(w, " %s", c.text(value))
		if !c.ratio {
			fmt.Fprint(w, " |")
			continue
		}
		if all := peer.sorted(c.value); len(all) > 1 {
			fmt.Fprintf(w, " (%s–%s)", c.text(all[0]), c.text(all[len(all)-1]))
		}
		ratio := ""
		if peer.Peer != than.Peer && len(than.Samples) > 0 {
			ratio = fmt.Sprintf("%.1f", value/than.median(c.value))
		}
		fmt.Fprintf(w, " | %s |", ratio)
	}
	fmt.Fprintln(w)
}

func whole(v float64) string { return fmt.Sprintf("%.0f", v) }

// compact renders a rate with three digits: 12.3 M, 456 k.
func compact(v float64) string {
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%.3g M", v/1e6)
	case v >= 1e3:
		return fmt.Sprintf("%.3g k", v/1e3)
	}
	return fmt.Sprintf("%.3g", v)
}
