package reason

// The rows, in the order of the table below.
const (
	None ID = iota

	// The connection ends: the ordinary course of things.
	ClientClosed
	ClientDisconnect
	ClientDisconnectWithWill
	Shutdown
	LameDuck
	Takeover

	// The connection ends: the network or time.
	ReadError
	WriteError
	StaleConnection
	IdleTimeout
	KeepAliveTimeout
	ConnectTimeout
	DoorTimeout

	// The connection ends: what the client sent.
	UnknownOperation
	ControlLineTooLong
	PayloadTooLarge
	MalformedArguments
	BadConnect
	InvalidClientProtocol
	NoRespondersNeedsHeaders
	AccountNotSupported
	MountpointValue
	HeadersNotNegotiated
	ClientSentError
	MalformedPacket
	ProtocolError
	PacketTooLarge
	UnsupportedVersion
	ClientIDNotValid
	ReceiveMaximumExceeded
	RetainNotSupported
	QoSNotSupported
	TopicNameInvalid
	BadAuthenticationMethod
	TopicAliasInvalid
	QuotaExceeded
	AnswerTooLarge

	// The connection ends: limits of this server.
	SlowConsumer
	RateExceeded
	OutputBudget
	MaxConnections
	MaxSessions
	MaxHandshakes
	ConnectionRateExceeded
	DescriptorsExhausted
	EnrollFailed
	LingerTimeout

	// One operation is refused.
	InvalidSubject
	InvalidPublishSubject
	MaxSubscriptions
	ReservedSubject
	ReservedReply
	ReservedQueue
	TooManyTokens
	TopicFilterInvalid
	WildcardNotSupported
	SharedNotSupported
	SubscriptionIDNotSupported
	ReservedTopic
	TooManyLevels
	TopicLengthExceeded
	RetainIgnored
	RetainedFull
	RetainedTooLarge
	AckNotInFlight
	PacketIDInUse
	RequestsBusy
	ReceiptsFull
	ReceiptTimeout

	// One copy of a message is dropped.
	SubjectNotATopic
	TopicTooLong
	TopicNotASubject
	ForgedReply
	ReplyExpired
	HeadersLeftOut
	ReplyOutsideMountpoint
	ClientPacketLimit
	GroupMembersGone
	TraceOnly
	ReceiverClosing
	SessionOffline
	QueueFull
	StoredFull
	MessageExpired
	SessionEnded
	RetainedExpired

	// Work waits.
	AcceptPaused
	ConnectionDelayed
	LaneBusy
	RatePaused
	GroupRedispatched

	count
)

// Count is the number of rows: the length of a counter array.
const Count = int(count)

var table = [Count]Reason{
	{None, Close, "none", "", 0, Nobody, "No reason: the zero value, never counted."},

	{ClientClosed, Close, "client_closed", "", 0, Nobody, "The client closed its connection."},
	{ClientDisconnect, Close, "client_disconnect", "", 0, Nobody, "The MQTT client sent DISCONNECT; no will is published."},
	{ClientDisconnectWithWill, Close, "client_disconnect_with_will", "", 0, Nobody, "The MQTT 5 client sent DISCONNECT with a reason other than 0x00; its will is published."},
	{Shutdown, Close, "shutdown", "", 0x8B, Nobody, "This server is stopping."},
	{LameDuck, Close, "lame_duck", "", 0x8B, Nobody, "This server is about to stop and closes its connections one by one (SIGUSR2), so that their clients do not all come to the next server at once."},
	{Takeover, Close, "session_taken_over", "", 0x8E, Nobody, "Another connection arrived with the same MQTT client identifier."},

	{ReadError, Close, "read_error", "", 0, Nobody, "Reading from the socket failed, for example because the peer reset the connection."},
	{WriteError, Close, "write_error", "", 0, Nobody, "Writing to the socket failed."},
	{StaleConnection, Close, "stale_connection", "Stale Connection", 0, Client, "The NATS client left two PINGs unanswered, or one for the time of heartbeat-wait, and sent nothing else."},
	{IdleTimeout, Close, "idle_timeout", "", 0, Client, "The NATS client had not sent one whole operation when the idle timeout had passed since it was accepted."},
	{KeepAliveTimeout, Close, "keep_alive_timeout", "", 0x8D, Client, "Nothing came from the MQTT client for one and a half times its keep alive."},
	{ConnectTimeout, Close, "connect_timeout", "", 0, Client, "The MQTT client sent no complete CONNECT within the connect time limit."},
	{DoorTimeout, Close, "door_timeout", "", 0, Client, "The first packet did not arrive before the door's deadline."},

	{UnknownOperation, Close, "unknown_operation", "Unknown Protocol Operation", 0, Client, "Bytes that are no NATS operation."},
	{ControlLineTooLong, Close, "control_line_too_long", "maximum control line exceeded", 0, Client, "The arguments of a NATS operation are longer than max-control-line."},
	{PayloadTooLarge, Close, "payload_too_large", "Maximum Payload Violation", 0x95, Client, "A NATS publish declared more bytes than max-payload; nothing of it was read."},
	{MalformedArguments, Close, "malformed_arguments", "", 0, Client, "Wrong number of arguments or a bad number in a NATS operation; nats-server closes silently."},
	{BadConnect, Close, "bad_connect", "", 0, Client, "The JSON of CONNECT or INFO cannot be read; nats-server closes silently."},
	{InvalidClientProtocol, Close, "invalid_client_protocol", "invalid client protocol", 0, Client, "CONNECT asked for a protocol other than 0 or 1."},
	{NoRespondersNeedsHeaders, Close, "no_responders_needs_headers", "no responders requires headers support", 0, Client, "CONNECT set no_responders without headers."},
	{AccountNotSupported, Close, "account_not_supported", "Authorization Violation", 0, Client, "CONNECT named an account; there are none."},
	{MountpointValue, Close, "mountpoint_value", "Authorization Violation", 0, Client, "The mountpoint of NATS clients holds a variable such as ${username}, and this client has no value for it, or one that is too long, or it published or subscribed before CONNECT gave it."},
	{HeadersNotNegotiated, Close, "headers_not_negotiated", "", 0, Client, "HPUB from a client whose CONNECT did not set headers; nats-server closes silently."},
	{ClientSentError, Close, "client_sent_error", "", 0, Client, "The NATS client sent -ERR."},
	{MalformedPacket, Close, "malformed_packet", "", 0x81, Client, "An MQTT packet that cannot be parsed."},
	{ProtocolError, Close, "protocol_error", "", 0x82, Client, "An MQTT packet that is not allowed here or in this form."},
	{PacketTooLarge, Close, "packet_too_large", "", 0x95, Client, "An MQTT packet declared more bytes than the maximum packet size (nothing of it was read), or a PUBLISH or a will holds more payload than max-payload."},
	{UnsupportedVersion, Close, "unsupported_protocol_version", "", 0x84, Client, "CONNECT asked for an MQTT version other than 3.1, 3.1.1 and 5.0."},
	{ClientIDNotValid, Close, "client_id_not_valid", "", 0x85, Client, "The client identifier is empty where it must not be, or too long."},
	{ReceiveMaximumExceeded, Close, "receive_maximum_exceeded", "", 0x93, Client, "More unfinished QoS 2 publishes than CONNACK allowed."},
	{RetainNotSupported, Close, "retain_not_supported", "", 0x9A, Client, "A retained publish or will although CONNACK said that retained messages are not available."},
	{QoSNotSupported, Close, "qos_not_supported", "", 0x9B, Client, "A publish or will with a higher QoS than this server is set up for (CONNACK: Maximum QoS)."},
	{TopicNameInvalid, Close, "topic_name_invalid", "", 0x90, Client, "A topic name with wildcards, or an empty one."},
	{BadAuthenticationMethod, Close, "bad_authentication_method", "", 0x8C, Client, "CONNECT asked for enhanced authentication, which is not offered."},
	{TopicAliasInvalid, Close, "topic_alias_invalid", "", 0x94, Client, "A topic alias of 0, or above what CONNACK allowed."},
	{QuotaExceeded, Close, "quota_exceeded", "", 0x97, Client, "A packet holds more user properties than the limit."},
	{AnswerTooLarge, Close, "answer_too_large", "", 0, Client, "The MQTT 5 client's Maximum Packet Size is smaller than the CONNACK, SUBACK or UNSUBACK that it would get."},

	{SlowConsumer, Close, "slow_consumer", "", 0x97, Client, "The kernel refused more output for this client than its outbox may hold. As in nats-server, it is cut without a word."},
	{RateExceeded, Close, "rate_exceeded", "", 0x96, Client, "The client sends more than it may, and reading from it cannot be paused on this system."},
	{OutputBudget, Close, "output_budget", "", 0x97, Operator, "Too much output waited for all clients together, and the most of it for this one. Like a slow consumer, it is cut without a word."},
	{MaxConnections, Close, "max_connections", "maximum connections exceeded", 0x97, Operator, "The limit of connections is reached."},
	{MaxSessions, Close, "max_sessions", "", 0x97, Operator, "The MQTT client asked for a session that outlives its connection, and there are as many as there may be."},
	{MaxHandshakes, Close, "max_handshakes", "", 0x89, Operator, "Too many connections are waiting at the door."},
	{ConnectionRateExceeded, Close, "connection_rate_exceeded", "Connection throttling is active. Please try again later.", 0x9F, Operator, "More connections come in a second than max-conn-rate allows, and this one had waited for its turn for a second."},
	{DescriptorsExhausted, Close, "descriptors_exhausted", "", 0, Operator, "Accepting failed for want of file descriptors; the door stays closed until there is room."},
	{EnrollFailed, Close, "enroll_failed", "", 0, Operator, "An accepted connection could not be handed to its lane, for example because something else in the process has taken the descriptors that are kept for it."},
	{LingerTimeout, Close, "linger_timeout", "", 0, Nobody, "The last words of a closing connection were not read in time."},

	{InvalidSubject, Refuse, "invalid_subject", "Invalid Subject", 0, Client, "SUB with an empty token or with > before the end."},
	{InvalidPublishSubject, Refuse, "invalid_publish_subject", "Invalid Publish Subject", 0, Client, "PUB by a pedantic client with an empty token or a wildcard; the message is still routed."},
	{MaxSubscriptions, Refuse, "max_subscriptions", "maximum subscriptions exceeded", 0x97, Operator, "The client holds as many subscriptions as one connection may."},
	{ReservedSubject, Refuse, "reserved_subject", "Permissions Violation for Publish to", 0x87, Client, "A NATS publish to one of nats-server's internal prefixes, or to $SYS.broker or $events, or below them; or an answer to an MQTT request whose Response Topic lies there."},
	{ReservedReply, Refuse, "reserved_reply", "Permissions Violation for Publish with Reply of", 0x87, Client, "A reply under one of nats-server's internal prefixes."},
	{ReservedQueue, Refuse, "reserved_queue", "Permissions Violation for Subscription to", 0, Client, "A queue group named _sys_."},
	{TooManyTokens, Refuse, "too_many_tokens", "Permissions Violation for Subscription to", 0, Client, "SUB with a subject of more tokens than max-subject-tokens."},
	{TopicFilterInvalid, Refuse, "topic_filter_invalid", "", 0x8F, Client, "A topic filter that breaks the wildcard rules."},
	{WildcardNotSupported, Refuse, "wildcard_not_supported", "", 0xA2, Client, "A topic filter with wildcards, which this server is set up without."},
	{SharedNotSupported, Refuse, "shared_not_supported", "", 0x9E, Client, "A shared subscription, which this server is set up without."},
	{SubscriptionIDNotSupported, Refuse, "subscription_id_not_supported", "", 0xA1, Client, "A subscription identifier, which this server is set up without."},
	{ReservedTopic, Refuse, "reserved_topic", "", 0x87, Client, "An MQTT publish to $SYS, $events or _ISTHMUS, or below them."},
	{TooManyLevels, Refuse, "too_many_levels", "", 0x90, Client, "An MQTT publish to a topic with more levels than max-topic-levels; the message is not routed."},
	{TopicLengthExceeded, Refuse, "topic_length_exceeded", "", 0x90, Client, "An MQTT publish to a topic with more bytes than max-topic-length; the message is not routed."},
	{RetainIgnored, Refuse, "retain_ignored", "", 0, Client, "The retain flag of an MQTT 3.1 or 3.1.1 publish or will, or the header Mqtt-Retain of a NATS message, was ignored, because this server is set up without retained messages; the message was delivered."},
	{RetainedFull, Refuse, "retained_full", "", 0x97, Operator, "A message was not retained, because as many messages, or bytes, are retained as may be; what was retained for its topic before stays. A message that takes no more room than the one it replaces is never refused."},
	{RetainedTooLarge, Refuse, "retained_too_large", "", 0x97, Client, "A message was not retained, because it is larger than one retained message may be; what was retained for its topic before stays."},
	{AckNotInFlight, Refuse, "ack_not_in_flight", "", 0x92, Client, "An MQTT acknowledgement for a packet identifier that is not in flight; it was ignored, or answered where the protocol has an answer."},
	{PacketIDInUse, Refuse, "packet_id_in_use", "", 0x91, Client, "An MQTT publish of QoS 2 with the identifier of one that is not finished. If it is that one again, as before 5.0 and with DUP, it was acknowledged again and not delivered again; otherwise it was refused."},
	{RequestsBusy, Refuse, "requests_busy", "", 0, Nobody, "A request to the server itself, below $SYS.REQ, found too many others waiting, or too many bytes of them; the asker was told that nobody responds."},
	{ReceiptsFull, Refuse, "receipts_full", "", 0x97, Operator, "A NATS publisher asked for what MQTT clients answer (Mqtt-Receipt: device), and too many such receipts wait already; it was told at once for whom the message was accepted."},
	{ReceiptTimeout, Refuse, "receipt_timeout", "", 0, Nobody, "Not all MQTT clients had answered within the time that a NATS publisher wanted to wait (Mqtt-Receipt-Wait); the receipt says how many."},

	{SubjectNotATopic, Drop, "subject_not_a_topic", "", 0, Nobody, "A NATS subject that is no MQTT topic met a matching MQTT subscription."},
	{TopicTooLong, Drop, "topic_too_long", "", 0, Nobody, "An MQTT topic whose subject does not fit a NATS control line met a matching NATS subscription."},
	{TopicNotASubject, Drop, "topic_not_a_subject", "", 0x90, Nobody, "In naming mode emqx: an MQTT topic that would be no valid NATS subject."},
	{ForgedReply, Drop, "forged_reply", "", 0, Client, "A publish to a gateway reply subject that this gateway did not make, or that was altered."},
	{ReplyExpired, Drop, "reply_expired", "", 0, Nobody, "An answer to an MQTT request with long Correlation Data came after it had been forgotten, a minute later or because of too many newer ones."},
	{HeadersLeftOut, Drop, "headers_left_out", "", 0, Nobody, "A NATS header that MQTT cannot carry (too long, or no name and value) was left out of the message."},
	{ReplyOutsideMountpoint, Drop, "reply_outside_mountpoint", "", 0, Nobody, "A message reached a mounted NATS client without its reply, which lies outside the mountpoint."},
	{ClientPacketLimit, Drop, "client_packet_limit", "", 0x95, Client, "The message is larger than the receiver's Maximum Packet Size."},
	{GroupMembersGone, Drop, "group_members_gone", "", 0, Nobody, "Every member of a queue group left while a message was on its way."},
	{TraceOnly, Drop, "trace_only", "", 0, Client, "A NATS message whose headers Nats-Trace-Dest and Nats-Trace-Only ask for its trace alone. It is delivered to nobody, and there is no trace."},
	{ReceiverClosing, Drop, "receiver_closing", "", 0, Nobody, "The receiving connection was already closing."},
	{SessionOffline, Drop, "session_offline", "", 0, Nobody, "A copy of QoS 0 for an MQTT session whose client is not connected; such copies are not kept."},
	{QueueFull, Drop, "queue_full", "", 0x97, Client, "A copy of QoS 1 for an MQTT session that has as many messages, or bytes, unacknowledged and waiting as it may."},
	{StoredFull, Drop, "stored_full", "", 0x97, Operator, "A copy of QoS 1, because all MQTT sessions together have as many bytes unacknowledged and waiting as they may."},
	{MessageExpired, Drop, "message_expired", "", 0, Nobody, "The Message Expiry Interval passed while the message waited for an MQTT client."},
	{SessionEnded, Drop, "session_ended", "", 0, Nobody, "A message of QoS 1 that was unacknowledged or waiting when its MQTT session ended, and had no other group member to go to."},
	{RetainedExpired, Drop, "retained_expired", "", 0, Nobody, "The Message Expiry Interval of a retained message passed, and it was removed."},

	{AcceptPaused, Defer, "accept_paused", "", 0, Operator, "A listener waits for file descriptors."},
	{ConnectionDelayed, Defer, "connection_delayed", "", 0, Operator, "A connection waited for its turn, because more come in a second than max-conn-rate allows."},
	{LaneBusy, Defer, "lane_busy", "", 0, Nobody, "Reading from a publisher pauses until another lane has caught up."},
	{RatePaused, Defer, "rate_paused", "", 0, Client, "Reading from a client pauses because it has sent more in a second than it may (max-publish-rate, max-publish-bytes)."},
	{GroupRedispatched, Defer, "group_redispatched", "", 0, Nobody, "A message went to another member of its group, because the first one left before it had it, or before it had acknowledged it."},
}
