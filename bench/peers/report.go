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
	ratio bool // show how many times less than the peer's it is
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
	columns []column
}{
	{
		"Messages: server CPU per delivery",
		func(name string) bool { return strings.Contains(name, "-") },
		[]column{rate, perItem},
	},
	{
		"Idle connections: server memory per connection, at once and settled",
		func(name string) bool { return strings.HasSuffix(name, "/idle") },
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
		[]column{rate, perItem, {
			"close CPU µs", func(s load.Sample) float64 { return float64(s.CloseCPU) / 1e3 / float64(s.Count) }, micros, false,
		}},
	},
}

// markdown writes the report for readers: medians, for figures with a ratio
// with their range over the rounds, and the ratio to the product.
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
				head(w, t.columns)
				headed = true
			}
			line(w, t.columns, result, r.product(result.Row))
		}
	}
}

// product returns the row's result of isthmus, an empty one if it was not run.
func (r Report) product(row string) Result {
	for _, result := range r.Results {
		if result.Row == row && result.Peer == "isthmus" {
			return result
		}
	}
	return Result{}
}

func head(w io.Writer, columns []column) {
	titles := []string{"row", "peer"}
	for _, c := range columns {
		titles = append(titles, c.title)
		if c.ratio {
			titles = append(titles, "÷ isthmus")
		}
	}
	fmt.Fprintf(w, "| %s |\n|%s\n", strings.Join(titles, " | "), strings.Repeat("---|", len(titles)))
}

func line(w io.Writer, columns []column, peer, own Result) {
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
		if peer.Peer != own.Peer && len(own.Samples) > 0 {
			ratio = fmt.Sprintf("%.1f", value/own.median(c.value))
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
