package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/isthmus-mq/isthmus/bench/peers/load"
)

// Result is what one peer did in one row: a sample per round.
type Result struct {
	Row     string        `json:"row"`
	What    string        `json:"what"`
	Peer    string        `json:"peer"`
	Instead string        `json:"instead,omitempty"` // the row that this peer ran in place of Row
	Run     int           `json:"run"`               // index into Report.Runs
	Samples []load.Sample `json:"samples"`
	Errors  []string      `json:"errors,omitempty"`

	// Unfinished is the limit in seconds that a run of this row has reached; it
	// was not run again. 0: none has.
	Unfinished float64 `json:"did_not_finish_in_seconds,omitempty"`
}

// contender is one of those that a row compares.
type contender struct {
	Result
	peer  Peer
	row   Row // what it runs
	cores cores
}

// contenders lists those of the row, the one that others are compared with
// first.
func (r Row) contenders(peers []Peer, c cores) []contender {
	switch {
	case r.Load.Lanes != nil:
		return r.floods(peers, c)
	case r.churns():
		return r.withAndWithout(peers, c)
	}
	var all []contender
	for _, p := range peers {
		their, ok := r.on(p)
		if !ok {
			continue
		}
		one := contender{Result{Row: r.Name, What: r.What, Peer: p.Name}, p, their, c}
		if their.Name != r.Name {
			one.Instead = their.Name
		}
		all = append(all, one)
	}
	return all
}

// rounds returns how many of so many rounds the row gets.
func (r Row) rounds(all int) int {
	if r.Slow {
		return 1
	}
	return all
}

// runner runs a row on a peer once: see run. It is over soon after ctx is.
type runner func(context.Context, Peer, Row, cores) (load.Sample, error)

// campaign runs every row with all its contenders, interleaved: in each round
// all of them, one after the other, each with a fresh process. Every other
// round runs backwards, so that none always comes first. A contender that has
// not finished within limit is not tried again in the row.
func campaign(ctx context.Context, rows []Row, peers []Peer, rounds int, limit time.Duration, c cores, run runner) []Result {
	var results []Result
	for _, r := range rows {
		fmt.Fprintf(os.Stderr, "%s: %s\n", r.Name, r.What)
		these := r.contenders(peers, c)
		for round := range r.rounds(rounds) {
			for i := range these {
				if round%2 == 1 {
					i = len(these) - 1 - i
				}
				if these[i].Unfinished == 0 {
					these[i].attempt(ctx, limit, run)
				}
				if ctx.Err() != nil {
					return results
				}
			}
		}
		for _, one := range these {
			results = append(results, one.Result)
		}
	}
	return results
}

// attempt adds what comes of one run, which may take so long.
func (one *contender) attempt(ctx context.Context, limit time.Duration, run runner) {
	within, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	sample, err := run(within, one.peer, one.row, one.cores)
	switch {
	case ctx.Err() != nil:
	case err == nil:
		one.Samples = append(one.Samples, sample)
	case within.Err() != nil:
		one.Unfinished = limit.Seconds()
		fmt.Fprintf(os.Stderr, "%s on %s: %s\n", one.Row, one.Peer, one.unfinished())
	default:
		one.Errors = append(one.Errors, err.Error())
		fmt.Fprintf(os.Stderr, "%s on %s: %v\n", one.Row, one.Peer, err)
	}
}

// unfinished says that a run was given up, for readers.
func (r Result) unfinished() string { return fmt.Sprintf("did not finish in %g s", r.Unfinished) }

// median returns the middle one of a figure's values, the upper of two.
func (r Result) median(f *figure) float64 { return r.sorted(f)[len(r.Samples)/2] }

func (r Result) sorted(f *figure) []float64 {
	values := make([]float64, 0, len(r.Samples))
	for _, s := range r.Samples {
		values = append(values, f.of(s))
	}
	slices.SortFunc(values, cmp.Compare)
	return values
}
