// Package soak drives a server with random traffic, subscriptions that come and
// go and clients that die, and checks that every copy of every message is
// accounted for.
//
// It has two halves. One is the ledger: what every client has sent, received
// and asked for, each event with a Tick of one clock (ledger.go, clock.go), and
// the rules that a history must obey, as functions of the ledger alone:
//
//	flow.go      plain subscriptions: nothing lost, doubled, early or out of order
//	picks.go     which picks a message has in the groups (pick sets)
//	copies.go    groups: one copy for each pick, and the excuses for others
//	answers.go   what acknowledgements say about who was there
//	window.go    one connection's unacknowledged PUBLISHes, and resending
//	exact.go     the same for QoS 2, whose copies are taken once over all connections
//
// The other half makes histories: clients on the project's own codecs over real
// sockets (wire.go, nats_client.go, mqtt_client.go, ...), whose lives are random
// but whose every packet is visible, composed to rounds (plan.go, round.go).
//
// Beside them, circles of clients on topics of their own keep accounts of their own
// (circles.go): retained topics and what is replayed (retained.go, replays.go), wills
// (wills.go), subscription identifiers and No Local (identified.go).
//
// A tick taken before something is sent and one taken after its answer was read
// enclose the moment at which the server did it. "A before B" is only ever said
// of such intervals, never of times; what falls into the gap may go either way.
//
// Imports: codec/nats, codec/mqtt, server, reason. The encoders and decoders
// are trusted; names, matching, groups and windows are written anew here,
// because a check that shares the code it checks finds nothing.
package soak
