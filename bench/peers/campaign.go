package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/isthmus-mq/isthmus/bench/peers/load"
)

// Result is what one peer did in one row: a sample per round.
type Result struct {
	Row     string        `json:"row"`
	What    string        `json:"what"`
	Peer    string        `json:"peer"`
	Instead string        `json:"instead,omitempty"` // the row that this peer ran in place of Row
	Samples []load.Sample `json:"samples"`
	Errors  []string      `json:"errors,omitempty"`
}

// campaign runs every row on every peer that serves it, interleaved: in each
// round all peers, one after the other, each with a fresh process. Every other
// round runs backwards, so that no peer always comes first.
func campaign(ctx context.Context, rows []Row, peers []Peer, rounds int, c cores) []Result {
	var results []Result
	for _, r := range rows {
		fmt.Fprintf(os.Stderr, "%s: %s\n", r.Name, r.What)
		var these []Result
		var serving []Peer
		var theirs []Row
		for _, p := range peers {
			their, ok := r.on(p)
			if !ok {
				continue
			}
			result := Result{Row: r.Name, What: r.What, Peer: p.Name}
			if their.Name != r.Name {
				result.Instead = their.Name
			}
			serving, theirs, these = append(serving, p), append(theirs, their), append(these, result)
		}
		for round := range rounds {
			for i := range serving {
				if round%2 == 1 {
					i = len(serving) - 1 - i
				}
				sample, err := run(ctx, serving[i], theirs[i], c)
				if ctx.Err() != nil {
					return results
				}
				if err != nil {
					fmt.Fprintf(os.Stderr, "%s on %s: %v\n", r.Name, serving[i].Name, err)
					these[i].Errors = append(these[i].Errors, err.Error())
					continue
				}
				these[i].Samples = append(these[i].Samples, sample)
			}
		}
		results = append(results, these...)
	}
	return results
}

// median returns the middle one of what f takes from each sample, the upper of
// two.
func (r Result) median(f func(load.Sample) float64) float64 {
	return r.sorted(f)[len(r.Samples)/2]
}

func (r Result) sorted(f func(load.Sample) float64) []float64 {
	values := make([]float64, 0, len(r.Samples))
	for _, s := range r.Samples {
		values = append(values, f(s))
	}
	slices.SortFunc(values, cmp.Compare)
	return values
}
