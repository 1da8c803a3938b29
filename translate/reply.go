package translate

// AppendResponseTopic appends the Response Topic of a NATS reply subject. It
// refuses a reply that is not a topic: the message then travels without one.
func (n Names) AppendResponseTopic(dst, reply []byte) ([]byte, bool) {
	return n.AppendTopic(dst, reply)
}

// AppendReply appends the NATS reply subject of a Response Topic, which the
// caller has checked to be a legal topic.
func (n Names) AppendReply(dst, responseTopic []byte) ([]byte, bool) {
	return n.AppendSubject(dst, responseTopic)
}
