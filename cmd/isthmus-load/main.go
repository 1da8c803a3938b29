// Command isthmus-load puts load on any server of NATS or MQTT and accounts for
// every message.
package main

import (
	"errors"
	"fmt"
	"os"
)

// errFailed is how a run ends whose report says what was wrong.
var errFailed = errors.New("the run failed: see the report")

func main() {
	if err := newRoot().Execute(); err != nil {
		if !errors.Is(err, errFailed) {
			fmt.Fprintln(os.Stderr, "Error:", err)
		}
		os.Exit(1)
	}
}
