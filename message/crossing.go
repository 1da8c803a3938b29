package message

// Crossed returns the rendering of this message's headers (or properties) in
// the other protocol, if SetCrossed stored one. It may be present and empty:
// there is nothing to say on the other side.
func (m *Message) Crossed() (section []byte, ok bool) { return m.crossed, m.hasCrossed }

// SetCrossed stores that rendering, so that a raw block is converted at most
// once per message however many subscribers it has. The slice must stay valid
// as long as m does.
func (m *Message) SetCrossed(section []byte) { m.crossed, m.hasCrossed = section, true }
