package e2e

import (
	"fmt"
	"strings"
	"testing"

	natsd "github.com/nats-io/nats-server/v2/server"
)

// The limits of both servers in these tests.
const (
	sameMaxPayload  = 1024
	sameControlLine = 512
)

// pair is an isthmus and a nats-server with equal limits.
type pair struct {
	t                   *testing.T
	isthmus, natsServer string
}

func startBoth(t *testing.T, lanes string) pair {
	t.Helper()
	s := start(t, "--lanes", lanes, "--max-payload", fmt.Sprint(sameMaxPayload), "--max-control-line", fmt.Sprint(sameControlLine),
		"--max-subject-tokens", "6", "--max-subscriptions", "12")
	return pair{t, s.nats, natsServer(t, func(o *natsd.Options) {
		o.MaxPayload, o.MaxControlLine, o.MaxSubTokens, o.MaxSubs = sameMaxPayload, sameControlLine, 6, 12
	})}
}

// compare says where the answers of the two part.
func (b pair) compare(pieces ...string) string {
	b.t.Helper()
	k := talk{pieces}
	return differ(said(k.hear(b.t, b.isthmus)), said(k.hear(b.t, b.natsServer)))
}

const (
	quietly   = "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true,\"protocol\":1}\r\n"
	talkingly = "CONNECT {\"verbose\":true,\"pedantic\":false,\"headers\":true}\r\n"
	strictly  = "CONNECT {\"verbose\":true,\"pedantic\":true,\"headers\":true}\r\n"
)

// Conversations that show each rule of docs/nats-protocol.md: both servers say the
// same to all of them, and to what remains of them when their last bytes are
// missing.
func TestListedConversationsAreAnsweredAsByNATSServer(t *testing.T) {
	t.Parallel()
	b := startBoth(t, "2")
	for _, say := range sameConversations() {
		t.Run(fmt.Sprintf("%.60q", say), func(t *testing.T) {
			b := pair{t, b.isthmus, b.natsServer}
			if d := b.compare(say + "PING\r\n"); d != "" {
				t.Errorf("%s\nto %.300q", d, say)
			}
			if strings.Contains(say, "\"pedantic\":true") {
				return // Invalid Publish Subject comes at another time
			}
			for _, less := range []int{1, 2, 3, 7} {
				if less < len(say) {
					if d := b.compare(say[:len(say)-less]); d != "" {
						t.Errorf("without the last %d bytes: %s\nto %.300q", less, d, say[:len(say)-less])
					}
				}
			}
		})
	}
}

func sameConversations() (all []string) {
	long := func(n int) string { return strings.Repeat("x", n) }
	for _, c := range []string{
		// §1: the stream.
		"", "PING\r\n", "pInG\n", "PINGX\r\n", "PING xyz\r\n", " PING\r\n", "\r\n", "\n", "\tPING\r\n", "PONG\r\n", "PONG x\r\n", "+OK\r\n", "+ok x\r\n",
		"-ERR 'x'\r\n", "-ERR\r\n", "-ERR \r\n", "-err x\r\n", "INFO {}\r\n", "INFO{}\r\n", "INFO {\r\n", "INFO \r\n", "INFO\r\n", "INFO []\r\n", "INFO null\r\n", "INFO {\"port\":\"x\"}\r\n",
		"HELLO\r\n", "P\r\n", "PI\r\n", "PU\r\n", "PX\r\n", "CONNECTX {}\r\n", "CON\r\n", "MSG a 1 0\r\n\r\n", "RMSG a\r\n", "LMSG a\r\n", "RS+ a b\r\n", "LS+ a\r\n", "A+ a\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\x16\x03\x01\x00\x2f\x01\x00", "SUB\r\n", "PUB\r\n", "HPUB\r\n", "UNSUB\r\n", "SUB a\r\n", "SUB \r\n", "SUB a b c d\r\n", "SUB a\r 1\r\n", "SUB a\r1\r\n",
		"UNSUB \r\n", "UNSUB 1 2 3\r\n", "UNSUB 1\r2\r\n", "PUB a\r\n", "PUB \r\n", "PUB a b c 1\r\nx\r\n", "PUB a x\r\n", "PUB a -1\r\n", "PUB a +1\r\nx\r\n", "PUB a 1x\r\nx\r\n", "PUB a 1234567890\r\n",
		"PUB a 999999999\r\n", "PUB a 9999999999999999999999\r\n", "PUB a 0x1\r\nx\r\n",
		"PUB a 1\r\nx\n", "PUB a 1\r\nxx\r\n", "PUB a 2\r\nx\r\n", "PUB a 1\r\nx\rPING\r\n", "PUB a 0\r\n\r\n", "PUB a 0\n\r\n", "PUB a 0\r\n\n", "PUB\ta\t0\r\n\r\n", "PUB  \t a \t 0 \t\r\n\r\n",
		"SUB  \t a \t 1 \t\r\nPUB a 1\r\nx\r\n", "sub a 1\nunsub 1\npub a 0\n\r\n",
		// §2: limits.
		"PUB a 1024\r\n" + long(1024) + "\r\n", "PUB a 1025\r\n", quietly + "HPUB a 12 1024\r\nNATS/1.0\r\n\r\n" + long(1012) + "\r\n", quietly + "HPUB a 12 1025\r\n", quietly + "HPUB a 1025 1025\r\n",
		"SUB " + long(510) + " 1\r\n", "SUB " + long(511) + " 1\r\n", "SUB " + long(520), "PUB " + long(510) + " 0\r\n\r\n", "PUB " + long(511) + " 0\r\n\r\n", "PUB " + long(600),
		"UNSUB " + long(512) + "\r\n", "UNSUB " + long(513) + "\r\n", "CONNECT {\"name\":\"" + long(501) + "\"}\r\n", "CONNECT {\"name\":\"" + long(502) + "\"}\r\n", "PING " + long(2000) + "\r\n", "-ERR " + long(600) + "\r\n",
		"INFO {\"x\":\"" + long(600) + "\"}\r\n", "SUB " + strings.Repeat(" ", 600) + "a 1\r\n", "SUB a 1" + strings.Repeat(" ", 600) + "\r\n", "+OK " + long(600) + "\r\n",
		quietly + "SUB a.b.c.d.e.f 1\r\nSUB a.b.c.d.e.f.g 2\r\nSUB a..c.d.e.f.g 2\r\nSUB a.*.c.d.e.f.> q 3\r\nSUB x 2\r\nPUB x 1\r\n1\r\n",
		talkingly + numbered("SUB s%d %d\r\n", 13) + "SUB s1 1\r\nSUB a..b 1\r\nSUB a..b 77\r\nSUB x _sys_ 78\r\nUNSUB 1\r\nSUB s1 1\r\nUNSUB 2\r\nSUB a..b 2\r\n",
		// §4: CONNECT.
		"CONNECT {}\r\n", "CONNECT{}\r\n", "connect \t {} \t\r\n", "CONNECT\r\n", "CONNECT \r\n", "CONNECT {\r\n", "CONNECT []\r\n", "CONNECT null\r\n", "CONNECT 1\r\n", "CONNECT \"\"\r\n", "CONNECT {}{}\r\n", "CONNECT {} x\r\n",
		"CONNECT {\"verbose\":1}\r\n", "CONNECT {\"verbose\":\"true\"}\r\n", "CONNECT {\"verbose\":null}\r\n", "CONNECT {\"VERBOSE\":false,\"x\":[1,{}]}\r\n", "CONNECT {\"protocol\":\"1\"}\r\n", "CONNECT {\"protocol\":1.5}\r\n", "CONNECT {\"protocol\":1}\r\n",
		"CONNECT {\"protocol\":2}\r\n", "CONNECT {\"protocol\":-1}\r\n", "CONNECT {\"no_responders\":true}\r\n", "CONNECT {\"no_responders\":true,\"protocol\":3}\r\n", "CONNECT {\"name\":1}\r\n", "CONNECT {\"user\":\"u\",\"pass\":\"p\"}\r\n",
		"CONNECT {\"auth_token\":\"t\",\"jwt\":\"j\",\"nkey\":\"n\",\"sig\":\"s\"}\r\n", "CONNECT {\"tls_required\":true}\r\n", "CONNECT {\"headers\":\"x\"}\r\n", "CONNECT {\"lang\":null,\"name\":null}\r\n",
		"CONNECT {\"account\":\"A\"}\r\n", "CONNECT {\"new_account\":true}\r\n", "CONNECT {\"account\":\"A\",\"protocol\":9}\r\n", "CONNECT {\"account\":\"\"}\r\n", "CONNECT {\"account\":\"$G\"}\r\n",
		quietly + "PING\r\nPING\r\n", "PING\r\n" + quietly + "PING\r\nPING\r\n", quietly + "CONNECT {}\r\nPING\r\n", "CONNECT {\"protocol\":0,\"verbose\":false}\r\nPING\r\nCONNECT {\"protocol\":1}\r\nPING\r\n", quietly + "PING\r\nCONNECT {\"protocol\":0}\r\nPING\r\n",
		talkingly + "SUB a 1\r\nPUB a 1\r\n1\r\nCONNECT {\"verbose\":false}\r\nPUB a 1\r\n2\r\nSUB a 1\r\nPUB a 1\r\n3\r\n", talkingly + "CONNECT {\"echo\":false}\r\nSUB a 1\r\nPUB a 0\r\n\r\n", quietly + "CONNECT {\"headers\":false}\r\n",
		quietly + "CONNECT {\"headers\":false,\"no_responders\":false}\r\nHPUB a 12 12\r\nNATS/1.0\r\n\r\n\r\n", talkingly + "CONNECT {bad\r\n", talkingly + "CONNECT {\"protocol\":5}\r\n",
		// §6: SUB, UNSUB, PUB.
		quietly + "SUB a..b 1\r\nSUB .a 2\r\nSUB a. 3\r\nSUB >.a 4\r\nSUB a.>.b 5\r\nSUB . 6\r\nSUB > 1\r\nPUB x 1\r\n1\r\n", talkingly + "SUB a..b 1\r\nSUB a 1\r\nSUB a..b 1\r\nSUB b 1\r\nPUB a 1\r\n1\r\nPUB b 1\r\n2\r\n",
		quietly + "SUB foo.*bar 1\r\nSUB foo.b> 2\r\nSUB *x 3\r\nSUB >> 4\r\nPUB foo.*bar 1\r\n1\r\nPUB foo.xbar 1\r\n2\r\nPUB foo.b> 1\r\n3\r\nPUB foo.bc 1\r\n4\r\nPUB >> 1\r\n5\r\nPUB yx 1\r\n6\r\n",
		quietly + "SUB a.> 1\r\nSUB a.* 2\r\nSUB > 3\r\nSUB * 4\r\nSUB *.* 5\r\nPUB a 1\r\n1\r\nPUB a.b 1\r\n2\r\nPUB a.b.c 1\r\n3\r\nPUB a. 1\r\n4\r\nPUB .a 1\r\n5\r\nPUB a..b 1\r\n6\r\nPUB . 1\r\n7\r\n",
		quietly + "SUB a.* 1\r\nSUB a.> 2\r\nSUB a.b 3\r\nPUB a.* 1\r\n1\r\nPUB a.> 1\r\n2\r\nPUB * 1\r\n3\r\nPUB > 1\r\n4\r\n", quietly + "SUB a/b 1\r\nSUB a.b 2\r\nPUB a/b 1\r\n1\r\nPUB a.b 1\r\n2\r\n",
		quietly + "SUB a\x00\x01\xff/+# 1\r\nPUB a\x00\x01\xff/+# 1\r\n1\r\n", quietly + "SUB A 1\r\nSUB a 2\r\nPUB a 1\r\n1\r\n", quietly + "SUB a 340282366920938463463374607431768211456\r\nPUB a 1\r\n1\r\n", quietly + "SUB a s/+#\r\nPUB a re.ply 1\r\n1\r\n",
		quietly + "SUB a 1\r\nSUB b 1\r\nPUB a 1\r\n1\r\nPUB b 1\r\n2\r\nUNSUB 1\r\nSUB b 1\r\nPUB b 1\r\n3\r\n", quietly + "SUB a 1\r\nSUB a 2\r\nSUB a q 3\r\nPUB a 1\r\n1\r\n",
		quietly + "SUB a 1\r\nPUB a 1\r\n1\r\nUNSUB 1 3\r\nPUB a 1\r\n2\r\nPUB a 1\r\n3\r\nPUB a 1\r\n4\r\nSUB a 1\r\nPUB a 1\r\n5\r\n", quietly + "SUB a 1\r\nPUB a 1\r\n1\r\nPUB a 1\r\n2\r\nUNSUB 1 1\r\nPUB a 1\r\n3\r\n",
		quietly + "SUB a 1\r\nUNSUB 1 2\r\nUNSUB 1 3\r\nPUB a 1\r\n1\r\nPUB a 1\r\n2\r\nPUB a 1\r\n3\r\nPUB a 1\r\n4\r\n", quietly + "SUB a 1\r\nUNSUB 1 3\r\nUNSUB 1 1\r\nPUB a 1\r\n1\r\nPUB a 1\r\n2\r\n",
		quietly + "SUB a 1\r\nUNSUB 1 5\r\nUNSUB 1\r\nPUB a 1\r\n1\r\n", quietly + "SUB a 1\r\nUNSUB 1 0\r\nPUB a 1\r\n1\r\n", quietly + "SUB a 1\r\nUNSUB 1 -1\r\nPUB a 1\r\n1\r\n", quietly + "SUB a 1\r\nUNSUB 1 x\r\nPUB a 1\r\n1\r\n",
		quietly + "SUB a 1\r\nUNSUB 1 99999999999\r\nPUB a 1\r\n1\r\n", quietly + "SUB a 1\r\nUNSUB 1 002\r\nPUB a 1\r\n1\r\nPUB a 1\r\n2\r\nPUB a 1\r\n3\r\n", talkingly + "UNSUB 9\r\nUNSUB 9 9\r\n", quietly + "SUB a 1\r\nSUB a 2\r\nUNSUB 1 1\r\nPUB a 1\r\n1\r\nPUB a 1\r\n2\r\n",
		quietly + "SUB a q q1\r\nSUB a q q2\r\nSUB a.* q q3\r\nSUB * q q4\r\nSUB > q q5\r\nPUB a 1\r\n1\r\nPUB a 1\r\n2\r\nPUB a.b 1\r\n3\r\n", quietly + "SUB a Q 1\r\nSUB a q q2\r\nSUB a a/b+#.> 3\r\nPUB a 1\r\n1\r\n",
		strictly + "PUB a..b 1\r\n1\r\nPUB a.* 1\r\n2\r\nPUB > 1\r\n3\r\nPUB a.b>c 1\r\n4\r\nPUB a a..b 1\r\n5\r\n", strictly + "SUB a.* 1\r\nPUB a.* 1\r\n1\r\nPUB a.b 1\r\n2\r\n", strictly + "HPUB a..b 12 12\r\nNATS/1.0\r\n\r\n\r\n", strictly + "PUB $GR..x 1\r\n1\r\n",
		quietly + "SUB > 1\r\nPUB $GR.a 1\r\n1\r\nPUB _GR_.a 1\r\n2\r\nPUB $NRG.a 1\r\n3\r\nPUB a $JS.ACK.x 1\r\n4\r\nPUB a _R_.x 1\r\n5\r\nPUB a _GR_.x 1\r\n6\r\nPUB a $GR.x 1\r\n7\r\nPUB $GR 1\r\n8\r\nPUB _GR_ 1\r\n9\r\nPUB $GR. 1\r\nb\r\nPUB _GR_. 1\r\nc\r\nPUB $NRG. 1\r\nd\r\nPUB a $GR. 1\r\ne\r\nPUB a _R_. 1\r\nf\r\nPUB a $JS.ACK. 1\r\ng\r\nPUB a $JS.ACK 1\r\nh\r\nPUB $JS.ACK.x 1\r\n0\r\nPUB _R_.x 1\r\na\r\n",
		talkingly + "PUB $GR.\"\xff\\ 1\r\n1\r\nSUB x\"y _sys_ 1\r\nSUB x _sys_x 2\r\nSUB a..b _sys_ 3\r\n", quietly + "SUB $SYS.> 1\r\nSUB $x 2\r\nPUB $x 1\r\n1\r\n",
		// §7: +OK.
		"SUB a 1\r\nPUB a 1\r\n1\r\nUNSUB 1\r\nPUB a..b 1\r\n2\r\nPUB $GR.x 1\r\n3\r\nHPUB a 12 12\r\nNATS/1.0\r\n\r\n\r\n", talkingly + "SUB a 1\r\nPUB a 1\r\n1\r\nHPUB a 12 13\r\nNATS/1.0\r\n\r\nx\r\nUNSUB 1\r\nPONG\r\n+OK\r\nINFO {}\r\n",
		// §8: headers.
		"HPUB a 12 12\r\nNATS/1.0\r\n\r\n\r\n", "CONNECT {\"headers\":false}\r\nHPUB a 12 12\r\nNATS/1.0\r\n\r\n\r\n", quietly + "SUB a 1\r\nHPUB a 12 12\r\nNATS/1.0\r\n\r\n\r\n", quietly + "SUB a 1\r\nHPUB a r 23 25\r\nNATS/1.0\r\nKey: v 1\r\n\r\nhi\r\n",
		quietly + "SUB a 1\r\nHPUB a 0 2\r\nhi\r\n", quietly + "SUB a 1\r\nHPUB a 0 0\r\n\r\n", quietly + "SUB a 1\r\nHPUB a 3 5\r\nabchi\r\n", quietly + "HPUB a 3 2\r\n", quietly + "HPUB a 3\r\n", quietly + "HPUB a b c 1 2\r\n", quietly + "HPUB a x 2\r\n", quietly + "HPUB a 1 x\r\n",
		quietly + "HPUB a -1 2\r\n", quietly + "HPUB a 1 -2\r\n", quietly + "HPUB a 1 1234567890\r\n", quietly + "SUB a 1\r\nHPUB a 28 28\r\nNATS/1.0 503 No Such\r\n\r\nxxx\r\n",
		talkingly + "SUB a 1\r\nHPUB a 59 61\r\nNATS/1.0\r\nNats-Trace-Dest: trace\r\nNats-Trace-Only: true\r\n\r\nhi\r\n", talkingly + "SUB a 1\r\nHPUB a 35 37\r\nNATS/1.0\r\nNats-Trace-Only: true\r\n\r\nhi\r\n",
		// §9: nobody there.
		quietly + "SUB r 1\r\nPUB a r 1\r\n1\r\n", quietly + "SUB r.* 1\r\nPUB a r.x 1\r\n1\r\n", quietly + "SUB r q 1\r\nPUB a r 1\r\n1\r\n", quietly + "SUB x 1\r\nPUB a r 1\r\n1\r\n", quietly + "SUB r 1\r\nSUB r 2\r\nPUB a r 1\r\n1\r\n", quietly + "SUB r 1\r\nUNSUB 1 1\r\nPUB a r 1\r\n1\r\nPUB r 1\r\n2\r\nPUB r 1\r\n3\r\n",
		quietly + "SUB r 1\r\nSUB a 2\r\nPUB a r 1\r\n1\r\n", quietly + "SUB r 1\r\nSUB a q 2\r\nPUB a r 1\r\n1\r\n", quietly + "SUB r 1\r\nPUB a..b r 1\r\n1\r\n", quietly + "SUB r 1\r\nHPUB a r 12 13\r\nNATS/1.0\r\n\r\nx\r\n", quietly + "SUB > 1\r\nPUB a..b r 1\r\n1\r\n",
		talkingly + "SUB r 1\r\nPUB a r 1\r\n1\r\n", quietly + "CONNECT {\"echo\":false}\r\nSUB r 1\r\nSUB a 2\r\nPUB a r 1\r\n1\r\n", quietly + "SUB r..x 1\r\nSUB > 2\r\nPUB nobody..x r 1\r\n1\r\nPUB n..x r..x 1\r\n2\r\n", quietly + "SUB * 1\r\nPUB a..b > 1\r\n1\r\nPUB a..b * 1\r\n2\r\n",
		quietly + "SUB r 1\r\nPUB $JS.API.INFO r 0\r\n\r\nPUB $KV.x r 0\r\n\r\nPUB $SRV.PING r 0\r\n\r\n",
	} {
		all = append(all, c)
	}
	return all
}

func numbered(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i+1, i+1)
	}
	return b.String()
}
