package translate

// special names the headers that are properties of their own in MQTT 5.
type special uint8

const (
	ordinary special = iota
	contentType
	payloadFormat
	messageExpiry
	publishQoS
	publishRetain
	publishReceipt
	receiptWait
	natsTTL
	correlationData
)

// The spelling in which the gateway writes them. It reads any case.
const (
	headerContentType     = "Content-Type"
	headerPayloadFormat   = "Mqtt-Payload-Format"
	headerMessageExpiry   = "Mqtt-Expiry"
	headerCorrelationData = "Mqtt-Correlation-Data"
	headerPublishQoS      = "Mqtt-Qos"
	headerPublishRetain   = "Mqtt-Retain"
	headerPublishReceipt  = "Mqtt-Receipt"
	headerReceiptWait     = "Mqtt-Receipt-Wait"
	headerNATSTTL         = "Nats-TTL"

	reservedPrefix = "Mqtt-"
)

// specialOf returns what a header key means.
func specialOf(key []byte) special {
	switch {
	case len(key) == len(headerContentType) && hasPrefixFold(key, headerContentType):
		return contentType
	case len(key) == len(headerNATSTTL) && hasPrefixFold(key, headerNATSTTL):
		return natsTTL
	case !hasPrefixFold(key, reservedPrefix):
		return ordinary
	case len(key) == len(headerPayloadFormat) && hasPrefixFold(key, headerPayloadFormat):
		return payloadFormat
	case len(key) == len(headerMessageExpiry) && hasPrefixFold(key, headerMessageExpiry):
		return messageExpiry
	case len(key) == len(headerPublishQoS) && hasPrefixFold(key, headerPublishQoS):
		return publishQoS
	case len(key) == len(headerPublishRetain) && hasPrefixFold(key, headerPublishRetain):
		return publishRetain
	case len(key) == len(headerPublishReceipt) && hasPrefixFold(key, headerPublishReceipt):
		return publishReceipt
	case len(key) == len(headerReceiptWait) && hasPrefixFold(key, headerReceiptWait):
		return receiptWait
	case len(key) == len(headerCorrelationData) && hasPrefixFold(key, headerCorrelationData):
		return correlationData
	}
	return ordinary
}

// reservedKey tells whether a User Property of this name must not become a
// header of this name: the gateway reads, or may come to read, such headers
// as instructions, and an MQTT client is not to give any that way.
func reservedKey(key []byte) bool {
	return hasPrefixFold(key, reservedPrefix) ||
		len(key) == len(headerContentType) && hasPrefixFold(key, headerContentType) ||
		len(key) == len(headerNATSTTL) && hasPrefixFold(key, headerNATSTTL)
}

// hasPrefixFold compares ASCII without regard to case.
func hasPrefixFold(text []byte, prefix string) bool {
	if len(text) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		if upper(text[i]) != upper(prefix[i]) {
			return false
		}
	}
	return true
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - ('a' - 'A')
	}
	return c
}
