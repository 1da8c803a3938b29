package nats

// maxVerb is the length of the longest verb, CONNECT.
const maxVerb = 7

// words are the verbs in lower case, as matchVerb compares them.
var words = [...]string{
	OpNone:    "",
	OpConnect: "connect",
	OpPub:     "pub",
	OpHPub:    "hpub",
	OpSub:     "sub",
	OpUnsub:   "unsub",
	OpPing:    "ping",
	OpPong:    "pong",
	OpOK:      "+ok",
	OpErr:     "-err",
	OpInfo:    "info",
	OpMsg:     "msg",
	OpHMsg:    "hmsg",
}

// opByFirst gives the operation a first byte can only mean. P stands for three
// of them (opP) and is decided by the second byte.
var opByFirst = [2][256]Op{
	FromClient: {
		'c': OpConnect, 'C': OpConnect, 'h': OpHPub, 'H': OpHPub,
		's': OpSub, 'S': OpSub, 'u': OpUnsub, 'U': OpUnsub,
		'p': opP, 'P': opP, 'i': OpInfo, 'I': OpInfo, '+': OpOK, '-': OpErr,
	},
	FromServer: {
		'm': OpMsg, 'M': OpMsg, 'h': OpHMsg, 'H': OpHMsg,
		'p': opP, 'P': opP, 'i': OpInfo, 'I': OpInfo, '+': OpOK, '-': OpErr,
	},
}

const opP Op = 0xff

// lower folds ASCII letters. Other bytes may change too, but none of them
// becomes a letter.
func lower(b byte) byte { return b | 0x20 }

// matchVerb compares the start of in, which is not empty, with the verbs of
// role. It returns the operation and the length of its verb; OpNone and true
// when in ends inside a verb; false as soon as no verb can match.
func matchVerb(role Role, in []byte) (op Op, n int, ok bool) {
	op = opByFirst[role][in[0]]
	if op == opP {
		if len(in) == 1 {
			return OpNone, 0, true
		}
		switch second := lower(in[1]); {
		case second == 'u' && role == FromClient:
			op = OpPub
		case second == 'i':
			op = OpPing
		case second == 'o':
			op = OpPong
		default:
			return OpNone, 0, false
		}
	}
	if op == OpNone {
		return OpNone, 0, false
	}
	word := words[op]
	for n = 1; n < len(word); n++ {
		if n == len(in) {
			return OpNone, 0, true
		}
		if lower(in[n]) != word[n] {
			return OpNone, 0, false
		}
	}
	return op, n, true
}

// bare reports that everything between the verb and LF is ignored.
func (o Op) bare() bool { return o == OpPing || o == OpPong || o == OpOK }

// takesJSON reports that no blank is needed after the verb.
func (o Op) takesJSON() bool { return o == OpConnect || o == OpInfo }
