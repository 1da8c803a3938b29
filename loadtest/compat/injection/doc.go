// Package injection tries to make one protocol speak the other's: random topics,
// properties, subjects and header blocks cross the started binary, and what comes
// out is read by the parsers of real clients, nats.go, paho.golang and
// paho.mqtt.golang. Exactly one message may arrive, under the name and with the
// headers or properties that docs/mapping.md says, which oracle_test.go writes down
// once more, slowly.
//
// Each fuzz worker starts a server of its own. go test runs the committed corpus of
// testdata/fuzz; make fuzz-short and make fuzz look for more.
package injection
