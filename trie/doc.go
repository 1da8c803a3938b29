// Package trie is the filter index: it answers which subscriptions a subject
// reaches. Its other index, [Retained], answers which of the names that are there a
// filter matches; it shares the rules of names with the first, but no memory and no
// locks. The package knows nothing of sessions, connections or protocols and imports
// nothing of ours; what a subscription is, it learns as an opaque [Ref].
//
// # Names
//
// Subjects and patterns are canonical names: levels joined by '.'. The empty
// string has zero levels; every other string has one level more than dots, and
// empty levels are ordinary ones. In a pattern the level "*" stands for exactly
// one level, and a [Tail] for the levels that follow. Everything else, '>',
// '#', '+' and '$' included, is ordinary text; so is "*" in a subject.
//
// # Structure
//
//	Trie ── exact shards, by hash of the whole name: neither "*" nor tail
//	     │    name → terminal
//	     ├─ wild shards, by hash of the first two levels, or of the first one
//	     │  when the second is "*" or already the tail
//	     │    prefix → node → node …
//	     └─ the root shard: the first level is "*" or the tail
//	          "*" or "" → node → node …
//
// A subject consults one exact shard, at most two wild shards and the root
// shard; those that are empty cost one atomic load. Each shard has a read-write
// lock and a generation, which changes with each change of the shard. Hashes are
// seeded, so that clients cannot choose names that meet in one shard or one slot.
//
// A wild prefix leads to a path-compressed trie. A node's label is a run of
// whole levels, each written with its dot in front (".a.*.b"), so that zero
// levels ("") and one empty level (".") differ. From a node, a subject can go on
// by one literal child and by the "*" child; a match therefore visits only nodes
// that exist and match so far, and at most two that fail for each of those. The
// walk keeps its own stack and never recurses.
//
// A terminal is where a filter ends. One plain subscription is stored inside
// it; several, groups, and several tails of one pattern live in sets, which
// index themselves once they are large. Removing is O(1) in the size of a set.
//
// # Ownership
//
// The trie copies every string that it keeps: callers may pass names that alias
// a read buffer. Results are copied into the caller's [Matches] before the locks
// are released; the strings in them belong to the trie and never change. All
// methods of Trie may be called from any goroutine; a Matches belongs to one.
package trie
