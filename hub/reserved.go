package hub

import "bytes"

// The roots of what the server itself publishes, as canonical subjects and as
// topics, which are the same in both naming modes but for what separates levels.
const (
	// StatisticsRoot is read by MQTT clients alone: whatever a NATS client
	// subscribes to, it gets nothing from there.
	StatisticsRoot = "$SYS.broker"
	// EventsRoot is read by clients of both protocols.
	EventsRoot = "$events"
)

var statisticsRoot, eventsRoot = []byte(StatisticsRoot), []byte(EventsRoot)

// Reserved tells whether no client may publish to a canonical subject, because
// the server does.
func Reserved(subject []byte) bool {
	return len(subject) > 0 && subject[0] == '$' && (under(subject, eventsRoot) || under(subject, statisticsRoot))
}

// under tells whether subject is root or lies below it.
func under(subject, root []byte) bool {
	rest, ok := bytes.CutPrefix(subject, root)
	return ok && (len(rest) == 0 || rest[0] == '.')
}
