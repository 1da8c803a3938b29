package hub

import "time"

// Lifetime is for how long a message is kept, for sessions and as a retained one:
// its Message Expiry Interval in seconds, if it has one, but no longer than
// Options.MaxExpiry; 0 for one that has none: for ever. The bound is the server's
// own business: what receivers read of the interval does not change
// [MQTT-3.3.2-6].
func (h *Hub) Lifetime(seconds uint32, expires bool) time.Duration {
	life := time.Duration(seconds) * time.Second
	if h.maxExpiry != 0 && (!expires || life > h.maxExpiry) {
		return h.maxExpiry
	}
	return life
}
