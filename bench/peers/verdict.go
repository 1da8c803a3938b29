package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/isthmus-mq/isthmus/bench/peers/load"
)

// verdict is what became of a target.
type verdict struct {
	target
	ours    float64
	best    string  // the best peer; empty where none is compared with
	theirs  float64 // its figure
	value   float64 // what floor and goal are about
	ceiling float64 // the relay's figure; 0: it did not run
}

func (v verdict) held() bool { return v.is.reached(v.value, v.floor) }
func (v verdict) met() bool  { return v.is.reached(v.value, v.goal) }

// verdicts judges the targets of those rows that the report holds. A target that
// cannot be judged, because a side of it is missing, is named in open.
func (r Report) verdicts() (judged []verdict, open []target) {
	for _, t := range targets {
		if !r.has(t.row) {
			continue
		}
		if v, ok := r.judge(t); ok {
			judged = append(judged, v)
		} else {
			open = append(open, t)
		}
	}
	return judged, open
}

func (r Report) judge(t target) (verdict, bool) {
	v := verdict{target: t}
	if t.is == extra {
		return r.judgeChurn(v)
	}
	ours := r.of(t.row, isthmus)
	if len(ours.Samples) == 0 {
		return v, false
	}
	v.ours, v.value = ours.median(t.figure), ours.median(t.figure)
	for _, result := range r.Results {
		if result.Row != t.row || len(result.Samples) == 0 {
			continue
		}
		switch theirs := result.median(t.figure); {
		case result.Peer == relay:
			v.ceiling = theirs
		case result.Peer != isthmus && (v.best == "" || theirs < v.theirs):
			v.best, v.theirs = result.Peer, theirs
		}
	}
	switch t.is {
	case timesLess:
		v.value = v.theirs / v.ours
	case share:
		v.value = v.ours / v.theirs
	}
	return v, t.is == most || v.best != ""
}

// judgeChurn compares the stream beside the churn with the stream alone. What
// the churn costs when it is alone is not the stream's.
func (r Report) judgeChurn(v verdict) (verdict, bool) {
	quiet, both, churn := r.of(v.row, undisturbed), r.of(v.row, disturbed), r.of(v.row, churnAlone)
	if len(quiet.Samples) == 0 || len(both.Samples) == 0 || len(churn.Samples) == 0 {
		return v, false
	}
	each := churn.median(v.figure)
	v.ours = both.median(&figure{of: func(s load.Sample) float64 {
		return s.MicrosEach() - each*float64(s.Churned)/float64(s.Count)
	}})
	v.best, v.theirs = undisturbed, quiet.median(v.figure)
	v.value = v.ours/v.theirs - 1
	return v, true
}

// gate is an error for each floor that is missed, and for each that could not be
// looked at.
func (r Report) gate() error {
	var all []error
	judged, open := r.verdicts()
	for _, v := range judged {
		if !v.held() {
			all = append(all, fmt.Errorf("%s, %s: %s, the floor is %s%s",
				v.row, v.figure.title, v.is.text(v.value), v.is.sign(), v.is.text(v.floor)))
		}
	}
	for _, t := range open {
		if !r.outlasted(t) {
			all = append(all, fmt.Errorf("%s, %s: nothing to compare", t.row, t.figure.title))
		}
	}
	return errors.Join(all...)
}

// outlasted tells whether the target cannot be judged only because the others
// did not finish, where the product did. That is no fault of the product's.
func (r Report) outlasted(t target) bool {
	if t.is == extra || len(r.of(t.row, isthmus).Samples) == 0 {
		return false
	}
	others := 0
	for _, result := range r.Results {
		if result.Row != t.row || result.Peer == isthmus || result.Peer == relay {
			continue
		}
		if others++; result.Unfinished == 0 {
			return false
		}
	}
	return others > 0
}

// whyOpen says why the target could not be judged.
func (r Report) whyOpen(t target) string {
	if !r.outlasted(t) {
		return "not measured"
	}
	var all []string
	for _, result := range r.Results {
		if result.Row == t.row && result.Unfinished > 0 {
			all = append(all, result.Peer+" "+result.unfinished())
		}
	}
	return strings.Join(all, ", ")
}
