package translate

import (
	"time"

	"github.com/isthmus-mq/isthmus/codec/nats"
)

// Receipt is what a NATS publisher wants to be told of what became of a message.
type Receipt uint8

const (
	NoReceipt     Receipt = iota
	ReceiptRouted         // who it was accepted for
	ReceiptDevice         // and what the MQTT clients answered
)

const (
	receiptRouted, receiptDevice = "routed", "device"

	// DefaultReceiptWait is how long answers of MQTT clients are waited for: as
	// long as requesters commonly wait, less the way back.
	DefaultReceiptWait = 4 * time.Second
	// MaxReceiptWait bounds what the header may ask for.
	MaxReceiptWait = time.Minute
)

// PublishReceipt returns what the header Mqtt-Receipt of a NATS message asks for,
// and Mqtt-Receipt-Wait how long to wait for it. As everywhere, the first header
// of a name counts.
func PublishReceipt(block []byte) (r Receipt, wait time.Duration) {
	if !mentions(block, headerPublishReceipt) {
		return NoReceipt, 0
	}
	var asked, said bool
	wait = DefaultReceiptWait
	headers := nats.IterHeaders(block)
	for key, value, ok := headers.Next(); ok; key, value, ok = headers.Next() {
		switch kind := specialOf(key); {
		case kind == publishReceipt && !asked:
			r, asked = parseReceipt(value), true
		case kind == receiptWait && !said:
			said = true
			if seconds, ok := parseTTL(value); ok {
				wait = min(time.Duration(seconds)*time.Second, MaxReceiptWait)
			}
		}
	}
	return r, wait
}

func parseReceipt(value []byte) Receipt {
	switch string(value) {
	case receiptRouted:
		return ReceiptRouted
	case receiptDevice:
		return ReceiptDevice
	}
	return NoReceipt
}
