package session

// Run is output memory that several outboxes of one lane send from: rendered
// once, referenced by every receiver. It is written before it is first shared
// and never changed afterwards. The count of references is plain, because a
// Run never leaves its lane.
type Run struct {
	b    []byte
	refs int
	pool *Buffers
}

// NewRun returns a run with room for n bytes. Its creator holds one reference
// and gives it back with Release after the last Share.
func (p *Buffers) NewRun(n int) *Run {
	return &Run{b: p.get(0, n), refs: 1, pool: p}
}

// Append copies b behind the run's bytes and returns where it begins.
func (r *Run) Append(b []byte) (at int) {
	at = len(r.b)
	r.b = append(r.b, b...)
	return at
}

// Bytes returns the bytes between two offsets; valid while referenced.
func (r *Run) Bytes(from, to int) []byte { return r.b[from:to:to] }

// Release gives one reference back; the last one returns the memory.
func (r *Run) Release() {
	if r.refs--; r.refs == 0 {
		r.pool.put(r.b)
		r.b = nil
	}
}
