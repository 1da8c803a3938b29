package mqtt

// PropertyID names a property (§2.2.2.2). It is a variable byte integer on the
// wire, but all of them have one byte.
type PropertyID byte

// The properties of table 2-4.
const (
	PropPayloadFormat           PropertyID = 0x01
	PropMessageExpiry           PropertyID = 0x02
	PropContentType             PropertyID = 0x03
	PropResponseTopic           PropertyID = 0x08
	PropCorrelationData         PropertyID = 0x09
	PropSubscriptionID          PropertyID = 0x0B
	PropSessionExpiry           PropertyID = 0x11
	PropAssignedClientID        PropertyID = 0x12
	PropServerKeepAlive         PropertyID = 0x13
	PropAuthMethod              PropertyID = 0x15
	PropAuthData                PropertyID = 0x16
	PropRequestProblemInfo      PropertyID = 0x17
	PropWillDelay               PropertyID = 0x18
	PropRequestResponseInfo     PropertyID = 0x19
	PropResponseInformation     PropertyID = 0x1A
	PropServerReference         PropertyID = 0x1C
	PropReasonString            PropertyID = 0x1F
	PropReceiveMaximum          PropertyID = 0x21
	PropTopicAliasMaximum       PropertyID = 0x22
	PropTopicAlias              PropertyID = 0x23
	PropMaximumQoS              PropertyID = 0x24
	PropRetainAvailable         PropertyID = 0x25
	PropUserProperty            PropertyID = 0x26
	PropMaximumPacketSize       PropertyID = 0x27
	PropWildcardAvailable       PropertyID = 0x28
	PropSubscriptionIDAvailable PropertyID = 0x29
	PropSharedAvailable         PropertyID = 0x2A
)

// PropertySet has bit id set for every property id that it holds.
type PropertySet uint64

// PropertiesOf makes a set.
func PropertiesOf(ids ...PropertyID) (set PropertySet) {
	for _, id := range ids {
		set |= 1 << id
	}
	return set
}

// Has reports whether the set holds id.
func (s PropertySet) Has(id PropertyID) bool { return s>>id&1 != 0 }

// kind is the encoding of a property's value.
type kind byte

const (
	kindNone kind = iota // no such property
	kindByte
	kindUint16
	kindUint32
	kindVarInt
	kindString
	kindBinary
	kindPair
)

// propertyInfo is one row of table 2-4.
type propertyInfo struct {
	kind kind
	in   typeSet // packets in which the property may stand
}

const (
	propConnect     = 1 << TypeConnect
	propPublish     = 1 << TypePublish
	propWill        = 1 << TypeWill
	propMessage     = propPublish | propWill
	propSubscribe   = 1 << TypeSubscribe
	propUnsubscribe = 1 << TypeUnsubscribe
	propAnswers     = inConnack | inPuback | inPubrel | inSubscribing | inDisconnect | inAuth
	propAll         = propConnect | propMessage | propSubscribe | propUnsubscribe | propAnswers
)

// properties is table 2-4.
var properties = [...]propertyInfo{
	PropPayloadFormat:           {kindByte, propMessage},
	PropMessageExpiry:           {kindUint32, propMessage},
	PropContentType:             {kindString, propMessage},
	PropResponseTopic:           {kindString, propMessage},
	PropCorrelationData:         {kindBinary, propMessage},
	PropSubscriptionID:          {kindVarInt, propPublish | propSubscribe},
	PropSessionExpiry:           {kindUint32, propConnect | inConnack | inDisconnect},
	PropAssignedClientID:        {kindString, inConnack},
	PropServerKeepAlive:         {kindUint16, inConnack},
	PropAuthMethod:              {kindString, propConnect | inConnack | inAuth},
	PropAuthData:                {kindBinary, propConnect | inConnack | inAuth},
	PropRequestProblemInfo:      {kindByte, propConnect},
	PropWillDelay:               {kindUint32, propWill},
	PropRequestResponseInfo:     {kindByte, propConnect},
	PropResponseInformation:     {kindString, inConnack},
	PropServerReference:         {kindString, inConnack | inDisconnect},
	PropReasonString:            {kindString, propAnswers},
	PropReceiveMaximum:          {kindUint16, propConnect | inConnack},
	PropTopicAliasMaximum:       {kindUint16, propConnect | inConnack},
	PropTopicAlias:              {kindUint16, propPublish},
	PropMaximumQoS:              {kindByte, inConnack},
	PropRetainAvailable:         {kindByte, inConnack},
	PropUserProperty:            {kindPair, propAll},
	PropMaximumPacketSize:       {kindUint32, propConnect | inConnack},
	PropWildcardAvailable:       {kindByte, inConnack},
	PropSubscriptionIDAvailable: {kindByte, inConnack},
	PropSharedAvailable:         {kindByte, inConnack},
}

// info returns the row of id; its kind is kindNone for an unknown one.
func (id PropertyID) info() propertyInfo {
	if int(id) < len(properties) {
		return properties[id]
	}
	return propertyInfo{}
}
