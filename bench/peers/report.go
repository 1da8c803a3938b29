package main

import (
	"cmp"
	"fmt"
	"slices"
)

// Report is the whole outcome, as it is written to files. It may hold results of
// several runs of this program.
type Report struct {
	Runs    []Run    `json:"runs"`
	Results []Result `json:"results"` // a row's stand together
}

// Run is one run of this program.
type Run struct {
	Machine Machine           `json:"machine"`
	Peers   map[string]string `json:"peers"` // name to version
	Rounds  int               `json:"rounds"`
	Seconds float64           `json:"seconds"` // that a stream is measured
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

func (r Report) has(row string) bool {
	return slices.ContainsFunc(r.Results, func(result Result) bool { return result.Row == row })
}

// failed is an error if any run of a row was one, or if the product did not
// finish; that another did not is a result.
func (r Report) failed() error {
	n := 0
	for _, result := range r.Results {
		n += len(result.Errors)
		if result.Peer == isthmus && result.Unfinished > 0 {
			n++
		}
	}
	if n > 0 {
		return fmt.Errorf("%d runs failed", n)
	}
	return nil
}

// merge adds the rows of an older report that r does not hold, with their runs.
// A run without rows is none.
// Rows come out in the order of the given names; those that are not among them
// are no more, and are left out.
func (r Report) merge(older Report, names []string) Report {
	merged := Report{Results: slices.Clone(r.Results)}
	if len(r.Results) > 0 {
		merged.Runs = slices.Clone(r.Runs)
	}
	moved := make(map[int]int) // a run's index before and after
	for _, result := range older.Results {
		if r.has(result.Row) {
			continue
		}
		at, ok := moved[result.Run]
		if !ok {
			at = len(merged.Runs)
			moved[result.Run] = at
			merged.Runs = append(merged.Runs, older.Runs[result.Run])
		}
		result.Run = at
		merged.Results = append(merged.Results, result)
	}
	merged.Results = slices.DeleteFunc(merged.Results, func(result Result) bool { return !slices.Contains(names, result.Row) })
	slices.SortStableFunc(merged.Results, func(a, b Result) int {
		return cmp.Compare(slices.Index(names, a.Row), slices.Index(names, b.Row))
	})
	return merged
}
