package session

// ShareAt is the payload size in bytes from which receivers reference one copy
// instead of copying each for itself. Below it a copy costs less than a
// vectored write (docs/architecture.md, "Outbox").
const ShareAt = 4 << 10

// Payloads lets the receivers of one lane share the payload of the message
// that is being delivered. It holds no reference of its own: when every outbox
// has sent its slice, the memory is gone and the next receiver copies anew.
type Payloads struct {
	serial uint64
	run    *Run
	life   uint32 // of run
}

// Share appends payload to out by reference. serial identifies the message
// among all of its lane; payload must be the same for the same serial.
func (p *Payloads) Share(out *Outbox, serial uint64, payload []byte) {
	if p.run == nil || p.serial != serial || p.run.life != p.life {
		run := out.pool.NewRun(len(payload))
		run.Append(payload)
		p.serial, p.run, p.life = serial, run, run.life
		out.Share(run, 0, len(payload))
		run.Release()
		return
	}
	out.Share(p.run, 0, len(payload))
}
