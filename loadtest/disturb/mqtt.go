package disturb

import (
	"math/rand/v2"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
)

// mqttPackets is a valid conversation, which ends with PINGREQ and perhaps DISCONNECT.
func mqttPackets(r *rand.Rand, v mqtt.Version, client []byte) [][]byte {
	packets := [][]byte{mqttConnect(r, v, client)}
	id := uint16(r.IntN(60000))
	for range r.IntN(12) {
		id++
		var b []byte
		switch r.IntN(8) {
		case 0, 1:
			var list []mqtt.Subscription
			for range 1 + r.IntN(3) {
				list = append(list, mqtt.Subscription{Filter: mqttFilter(r), Options: mqtt.SubscribeOptions(r.IntN(3))})
			}
			b = mqtt.AppendSubscribe(nil, v, id, nil, list)
		case 2:
			b = mqtt.AppendUnsubscribe(nil, v, id, nil, [][]byte{mqttFilter(r)})
		case 3:
			b = mqtt.AppendPingreq(nil)
		default:
			b = mqttPublish(r, v, id)
		}
		packets = append(packets, b)
	}
	packets = append(packets, mqtt.AppendPingreq(nil))
	if r.IntN(2) == 0 {
		packets = append(packets, mqtt.AppendDisconnect(nil, v, 0, nil))
	}
	return packets
}

func mqttConnect(r *rand.Rand, v mqtt.Version, client []byte) []byte {
	c := &mqtt.Connect{
		Version: v, CleanStart: r.IntN(2) == 0, KeepAlive: uint16(r.IntN(3) * 30),
		ClientID: client,
	}
	if r.IntN(4) == 0 {
		c.HasWill = true
		c.Will = mqtt.Will{Topic: name(r, '/'), Payload: []byte("will"), QoS: byte(r.IntN(3)), Retain: r.IntN(2) == 0}
	}
	if r.IntN(4) == 0 {
		c.HasUsername, c.Username = true, []byte("user")
		c.HasPassword, c.Password = true, []byte("secret")
	}
	var properties []byte
	if v == mqtt.V5 {
		for _, p := range []struct {
			id   mqtt.PropertyID
			wide bool
			most int
		}{{mqtt.PropSessionExpiry, true, 100}, {mqtt.PropReceiveMaximum, false, 10}, {mqtt.PropTopicAliasMaximum, false, 10}} {
			switch value := 1 + r.IntN(p.most); {
			case r.IntN(2) == 0:
			case p.wide:
				properties = mqtt.AppendUint32Property(properties, p.id, uint32(value))
			default:
				properties = mqtt.AppendUint16Property(properties, p.id, uint16(value))
			}
		}
	}
	return mqtt.AppendConnect(nil, c, properties)
}

// mqttPublish is a PUBLISH, of QoS 2 with its PUBREL.
func mqttPublish(r *rand.Rand, v mqtt.Version, id uint16) []byte {
	var properties []byte
	if v == mqtt.V5 {
		if r.IntN(3) == 0 {
			properties = mqtt.AppendUserProperty(properties, "key", "value")
		}
		if r.IntN(4) == 0 {
			properties = mqtt.AppendStringProperty(properties, mqtt.PropResponseTopic, name(r, '/'))
			properties = mqtt.AppendBinaryProperty(properties, mqtt.PropCorrelationData, []byte{0, 1, 255})
		}
		if r.IntN(4) == 0 {
			properties = mqtt.AppendUint32Property(properties, mqtt.PropMessageExpiry, uint32(r.IntN(3)))
		}
	}
	topic, text := name(r, '/'), payload(r)
	flags := byte(r.IntN(3)) << 1
	if len(text) < 100 && r.IntN(5) == 0 {
		flags |= 1
	}
	b := mqtt.AppendPublish(nil, v, flags, topic, id, properties, text)
	if flags>>1 == 2 {
		b = mqtt.AppendPubrel(b, v, id, 0, nil)
	}
	return b
}

func mqttFilter(r *rand.Rand) []byte {
	b := name(r, '/')
	switch r.IntN(6) {
	case 0:
		b = append(b, "/+"...)
	case 1:
		b = append(b, "/#"...)
	case 2:
		b = append([]byte("+/"), b...)
	case 3:
		b = append([]byte("$share/g/"), b...)
	}
	return b
}
