// Package hub decides who gets a message and hands it over: subscriptions,
// publishing, queue groups, and the way from one lane to another.
//
// A Hub is shared by all lanes; a Lane is the part of it that one event loop
// owns, and every method of a Lane is called on that loop only. The only
// memory that lanes share is the trie, which locks for itself, and mails,
// which change hands whole.
//
// The way of a message (publish.go, in this order):
//
//  1. the publisher's lane finds the Route of the subject: from the
//     publisher's memo, the lane's cache, or the trie;
//  2. it delivers to the members of this lane directly;
//  3. for members of other lanes it adds one item per lane to the mail that it
//     collects for that lane (mail.go);
//  4. at the end of the turn the mails are posted; their lanes deliver.
//
// Nothing is delivered while a lock is held.
//
// Imports: message, reason, trie, translate. Never a codec, session or engine:
// receivers are Subscribers, lanes are reached through Post.
package hub
