// Package e2e starts the isthmus binary and talks to it with the clients that
// users bring: nats.go, nats.js, nats.c, the nats CLI, paho.golang (MQTT 5),
// paho.mqtt.golang (MQTT 3.1 and 3.1.1), Paho's C client, MQTT.js,
// mosquitto_pub/sub/rr, and raw sockets for what no client library would send.
// Clients of JavaScript are driven by the scripts in js, those of C by the
// programs in c, which are compiled when their test runs.
// What NATS clients are answered is compared with a real nats-server, which runs in
// the process of the tests.
//
// It is a module of its own, so that none of these clients becomes a
// dependency of the product, and it imports nothing of the product: what is
// tested is the started process.
//
//	sh setup.sh              installs all of them that are no Go modules
//	go test ./...            builds ../../cmd/isthmus once, starts it per test
//	ISTHMUS_RACE=1 go test   the same with a race-enabled binary
//	go test -tags slow       adds the slower tier
//	ISTHMUS_BIN=/path        tests that binary and builds nothing
//	ISTHMUS_TOOLS=/path      where setup.sh was told to put the nats CLI
//
// Most tests wait more than they work: -parallel 4 halves the time on two CPUs.
package e2e
