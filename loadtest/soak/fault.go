package soak

import (
	"fmt"
	"strings"
	"sync"
)

// Fault is one broken rule.
type Fault struct {
	Rule string // its short name, as in doc.go's list
	Text string
	// Late: something has not come that may still be under way. Every other
	// fault is final.
	Late  bool
	About *Stamp   // the message, if it is about one
	Who   []*Trail // the clients whose events tell more
	told  string
}

// faultEvents is how many last events of each client a fault shows.
const faultEvents = 30

// String is the fault with the events of its clients: those of the moment when
// it was added to Faults, because clients go on.
func (f *Fault) String() string {
	if f.told != "" {
		return f.told
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", f.Rule, f.Text)
	seen := make(map[*Trail]bool)
	for _, t := range f.Who {
		if t != nil && !seen[t] {
			seen[t] = true
			b.WriteString(t.Dump(f.About, faultEvents))
		}
	}
	return b.String()
}

// mostFaults is how many are kept: the first ones tell.
const mostFaults = 8

// Faults collects what clients find while they run.
type Faults struct {
	mu   sync.Mutex
	list []*Fault
	once sync.Once
	// C is closed with the first fault.
	C chan struct{}
}

// NewFaults returns an empty collection.
func NewFaults() *Faults { return &Faults{C: make(chan struct{})} }

// Add takes a fault, from any goroutine.
func (f *Faults) Add(x *Fault) {
	f.mu.Lock()
	x.told = x.String()
	if len(f.list) < mostFaults {
		f.list = append(f.list, x)
	}
	f.mu.Unlock()
	f.once.Do(func() { close(f.C) })
}

// All returns those so far.
func (f *Faults) All() []*Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]*Fault(nil), f.list...)
}
