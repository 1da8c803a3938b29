// Package explain tells, for a name, what a publish to it would do now: how it is
// called on both sides, who gets it, with which QoS, which member of each group, and
// why somebody does not. It asks the hub, which uses for the answer what it uses for
// a publish, and the subscribers on their lanes; nothing is delivered or counted.
//
// question.go reads what is asked, spell.go names it, answer.go asks the lanes, pick.go
// follows the choices of groups, text.go writes a Document for people. Package server registers it as a service, cmd/isthmus
// asks.
//
// Imports: hub, message, reason, system, translate and trie.
package explain
