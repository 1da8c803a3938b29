package session

// Run is a piece of output memory. An outbox appends its own bytes to a run of
// its own; a run can also be shared by several outboxes of one lane: rendered
// once, referenced by every receiver, not changed after it was first shared.
// The count of references is plain, because a Run never leaves its lane.
type Run struct {
	b     []byte
	pool  *Buffers
	refs  int32
	life  uint32 // counts the returns to the pool: another life, another content
	class uint8  // index in bufferSizes; beyond it for one made to measure
}

// NewRun returns a run with room for n bytes. Its creator holds one reference
// and gives it back with Release after the last Share.
func (p *Buffers) NewRun(n int) *Run { return p.get(0, n) }

// Append copies b behind the run's bytes and returns where it begins.
func (r *Run) Append(b []byte) (at int) {
	at = len(r.b)
	r.b = append(r.b, b...)
	return at
}

// Bytes returns the bytes between two offsets; valid while referenced.
func (r *Run) Bytes(from, to int) []byte { return r.b[from:to:to] }

// All returns all of the run's bytes; valid while referenced.
func (r *Run) All() []byte { return r.b }

// Release gives one reference back; the last one returns the memory.
func (r *Run) Release() {
	if r.refs--; r.refs == 0 {
		r.pool.put(r)
	}
}
