package main

// crossesWithQoS1 tells whether the row publishes to NATS what MQTT clients are
// to get with QoS 1.
func (r Row) crossesWithQoS1() bool {
	return r.Load.Flow != nil && r.Load.Flow.From == "nats" && r.Load.Flow.QoS > 0
}

// on returns what the peer runs for the row: the row itself, its reference, or
// what is left of it without what only the product has.
func (r Row) on(p Peer) (Row, bool) {
	if p.Name == relay {
		return r.raw(), r.Ceiling
	}
	if !p.serves(r) && r.Reference != nil {
		r = *r.Reference
	}
	if f := r.Load.Flow; f != nil && f.Apart && p.Name != isthmus {
		whole := *f
		whole.Apart = false
		r.Load.Flow = &whole
	}
	return r, p.serves(r)
}

// raw returns the row as the relay runs it.
func (r Row) raw() Row {
	const dialect = "raw"
	switch t := &r.Load; {
	case t.Flow != nil:
		f := *t.Flow
		f.From, f.To = dialect, dialect
		t.Flow = &f
	case t.Parallel != nil:
		p := *t.Parallel
		p.From, p.To = dialect, dialect
		t.Parallel = &p
	case t.Pairs != nil:
		p := *t.Pairs
		p.From, p.To = dialect, dialect
		t.Pairs = &p
	}
	return r
}

// protocols returns which protocols the row's load speaks.
func (r Row) protocols() (nats, mqtt bool) {
	var names []string
	switch t := r.Load; {
	case t.Flow != nil:
		names = []string{t.Flow.From, t.Flow.To}
	case t.Parallel != nil:
		names = []string{t.Parallel.From, t.Parallel.To}
	case t.Pairs != nil:
		names = []string{t.Pairs.From, t.Pairs.To}
	case t.Index != nil:
		names = []string{t.Index.Protocol}
	case t.Idle != nil:
		names = []string{t.Idle.Protocol}
	case t.Storm != nil:
		names = []string{t.Storm.Protocol}
	case t.Lanes != nil:
		names = []string{"nats", "mqtt"}
	}
	for _, n := range names {
		nats = nats || n == "nats"
		mqtt = mqtt || n == "mqtt"
	}
	return nats, mqtt
}
