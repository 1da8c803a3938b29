package server

import "github.com/isthmus-mq/isthmus/reason"

// closedState is why a connection ended in nats-server's words, where it has some,
// or else the reason's name.
func closedState(why reason.ID) string {
	switch why {
	case reason.ClientClosed, reason.ClientDisconnect, reason.ClientDisconnectWithWill:
		return "Client Closed"
	case reason.Shutdown, reason.LameDuck:
		return "Server Shutdown"
	case reason.Takeover:
		return "Duplicate Client ID"
	case reason.ReadError:
		return "Read Error"
	case reason.WriteError:
		return "Write Error"
	case reason.StaleConnection, reason.KeepAliveTimeout:
		return "Stale Connection"
	case reason.SlowConsumer:
		return "Slow Consumer (Pending Bytes)"
	case reason.ConnectTimeout:
		return "Authentication Timeout"
	case reason.AccountNotSupported, reason.BadAuthenticationMethod:
		return "Authentication Failure"
	case reason.UnknownOperation, reason.MalformedArguments, reason.MalformedPacket:
		return "Parse Error"
	case reason.BadConnect, reason.ProtocolError, reason.ClientSentError:
		return "Protocol Violation"
	case reason.InvalidClientProtocol, reason.UnsupportedVersion:
		return "Bad Client Protocol Version"
	case reason.PayloadTooLarge, reason.PacketTooLarge:
		return "Maximum Message Payload Exceeded"
	case reason.ControlLineTooLong:
		return "Maximum Control Line Exceeded"
	case reason.HeadersNotNegotiated:
		return "Message Header Violation"
	case reason.NoRespondersNeedsHeaders:
		return "No Responders Requires Headers"
	}
	return why.String()
}
