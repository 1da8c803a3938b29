// Package wire renders and measures the few frames of NATS and MQTT 3.1.1 that
// a load generator needs. It is written apart from the product's codecs, so
// that a fault of theirs cannot hide here.
//
// Names are given in NATS form ("a.b", "a.*") and rendered in each protocol's
// own. Next trusts the servers it reads from: it measures frames and does not
// validate them.
package wire
