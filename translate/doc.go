// Package translate is the one room in which the two protocols meet: subject
// and topic, NATS header block and MQTT 5 property section, reply subject and
// Response Topic. docs/mapping.md is its specification for users, and its
// tables are the input of this package's tests.
//
// Names. NATS subjects are the canonical names of the process. They enter
// unchanged; MQTT topics are injected at the border by Names, which holds the
// naming mode. In mode isthmus the injection obeys two laws:
//
//	Topic(Subject(t)) == t   for every legal topic t
//	Subject(Topic(s)) == s   for every subject s that is a topic at all
//
// so a canonical subject is the image of at most one topic, and a subject
// outside the image is seen by NATS subscriptions only.
//
//	subject = token *( "." token )
//	token   = "/"            an empty level
//	        / "/*" / "/>"    a level that is exactly that byte
//	        / 1*( byte / "//" / "/_" / "/x" 2HEX )
//	                         "." , blank, control byte; HEX is upper case
//
// Headers. A header block and a property section are translated value by
// value through a bijection (escape.go), so either side gets its own spelling
// back whatever the other side can or cannot express.
//
// Memory. Everything appends to a slice of the caller, keeps no reference to
// its arguments and allocates nothing once that slice has grown; dst must not
// overlap the input. A function that refuses returns dst as it was given.
// All values of this package are safe for concurrent use.
//
// The package imports codec/* and message only; never hub, session or engine.
package translate
