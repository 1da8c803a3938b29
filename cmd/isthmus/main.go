// Command isthmus is a NATS and MQTT gateway: clients of both protocols
// publish and subscribe to the same topics through one process.
package main

import "os"

func main() {
	if err := newRoot().Execute(); err != nil {
		os.Exit(1)
	}
}
