package monitor

import (
	"fmt"
	"strings"
	"time"
)

// uptime writes a duration as nats-server does: whole seconds, with days and
// years, and nothing in front of the first unit that counts.
func uptime(d time.Duration) string {
	seconds := int64(max(d, 0) / time.Second)
	units := []struct {
		name string
		n    int64
	}{
		{"y", seconds / (365 * 24 * 3600)},
		{"d", seconds / (24 * 3600) % 365},
		{"h", seconds / 3600 % 24},
		{"m", seconds / 60 % 60},
	}
	var b strings.Builder
	for _, u := range units {
		if u.n > 0 || b.Len() > 0 {
			fmt.Fprintf(&b, "%d%s", u.n, u.name)
		}
	}
	fmt.Fprintf(&b, "%ds", seconds%60)
	return b.String()
}
