// Package system answers what NATS clients ask the server itself, on subjects
// below $SYS.REQ: it takes a request off the asker's lane, lets the service that
// is registered for the subject work on a goroutine of a bounded number, and
// publishes the answers on the asker's reply. What there is to ask is registered
// by package server.
//
// retained.go and retained_list.go are the services for retained messages.
//
// Imports: session/nats, hub, message, reason, translate, trie and codec/nats.
package system
