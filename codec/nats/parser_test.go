package nats

import (
	"slices"
	"strings"
	"testing"
	"unsafe"
)

// unknown and so on are what a transcript ends with.
var (
	unknown   = ErrUnknownOperation.Error()
	lineLong  = ErrControlLine.Error()
	tooLarge  = ErrMaxPayload.Error()
	malformed = ErrMalformed.Error()
)

func checker(t *testing.T, role Role, lim *Limits) func(in string, want ...string) {
	return func(in string, want ...string) {
		t.Helper()
		if got := everyCut(t, role, lim, []byte(in)); !slices.Equal(got, want) {
			t.Errorf("%.200q\ngot  %.500q\nwant %.500q", in, got, want)
		}
	}
}

func TestVerbs(t *testing.T) {
	f := checker(t, FromClient, nil)
	f("PING\r\nPONG\r\n+OK\r\n", "PING", "PONG", "+OK")
	f("pInG\r\npong\r\n+oK\r\nPuB a 1\r\nx\r\n", "PING", "PONG", "+OK", `PUB "a" reply="" headers="" "x"`)
	f("sub a 1\r\nUnSuB 1\r\nconnect {}\r\ninfo {}\r\nhPub a 0 0\r\n\r\n",
		`SUB "a" queue="" sid="1"`, `UNSUB sid="1" max=0`, `CONNECT "{}"`, `INFO "{}"`,
		`HPUB "a" reply="" headers="" ""`)

	// All between the verb and LF is ignored.
	f("PINGX\r\nPING xyz\r\nPONG\t\n+OKAY\nPING"+strings.Repeat(" ", 9000)+"\n", "PING", "PING", "PONG", "+OK", "PING")

	f("\r\n", unknown)
	f("\n", unknown)
	f(" PING\r\n", unknown)
	f("PING\r\n\r\n", "PING", unknown)
	f("PIN\r\n", unknown)
	f("PX", unknown)
	f("+KO\r\n", unknown)
	f("\x0bOK\r\n", unknown) // '+' is no letter
	f("MSG a 1 0\r\n\r\n", unknown)
	f("HMSG a 1 0 0\r\n\r\n", unknown)
	f("RMSG a\r\n", unknown)
	f("LMSG a\r\n", unknown)
	f("RS+ a\r\n", unknown)
	f("A+ a\r\n", unknown)
	f("GET / HTTP/1.1\r\n", unknown)
	f("\x16\x03\x01\x02\x00", unknown)
}

func TestBlankAfterVerb(t *testing.T) {
	f := checker(t, FromClient, nil)
	f("SUB\r\n", unknown)
	f("SUB\n", unknown)
	f("PUB\r\n", unknown)
	f("HPUB\r\n", unknown)
	f("UNSUB\r\n", unknown)
	f("PUBfoo 1\r\nx\r\n", unknown)
	f("-ERR\r\n", unknown)
	f("SUB \r\n", malformed)
	f("PUB \t\n", malformed)

	f("CONNECT{\"a\":1}\r\n", `CONNECT "{\"a\":1}"`)
	f("CONNECT \t {}\r\nINFO{}\n", `CONNECT "{}"`, `INFO "{}"`)
	f("CONNECT\r\n", `CONNECT ""`)
	f("CONNECT \n", `CONNECT ""`)

	f("PUB \t foo\t \t2  \r\nhi\r\n", `PUB "foo" reply="" headers="" "hi"`)
	f("SUB\tfoo\t1\t\r\nUNSUB \t1 \t5 \r\n", `SUB "foo" queue="" sid="1"`, `UNSUB sid="1" max=5`)
	f("HPUB  a  r  12  13 \nNATS/1.0\r\n\r\nx\r\n", `HPUB "a" reply="r" headers="NATS/1.0\r\n\r\n" "x"`)
}

func TestLineEnd(t *testing.T) {
	f := checker(t, FromClient, nil)
	f("SUB foo 1\nPUB foo 2\nhi\r\nPING\n",
		`SUB "foo" queue="" sid="1"`, `PUB "foo" reply="" headers="" "hi"`, "PING")

	// CR separates in SUB and UNSUB and nowhere else.
	f("SUB foo\r 1\r\nSUB foo\rq\r1\r\r\nUNSUB 1\r2\r\n",
		`SUB "foo" queue="" sid="1"`, `SUB "foo" queue="q" sid="1"`, `UNSUB sid="1" max=2`)
	f("PUB foo\rbar 1\r\n", malformed)
	f("PUB foo\r 1\r\n", malformed)
	f("PUB foo 1\r\r\n", malformed)
	f("HPUB foo\r 0 1\r\n", malformed)

	// After the payload only CR LF will do.
	f("PUB foo 2\r\nhi\n", unknown)
	f("PUB foo 2\r\nhi\rX", unknown)
	f("PUB foo 2\r\nhixx", unknown)
	f("PUB foo 1\r\nhi\r\n", unknown)
	f("PUB foo 0\r\n\r\nPUB foo 0\r\n\n", `PUB "foo" reply="" headers="" ""`, unknown)
}

func TestArgumentCounts(t *testing.T) {
	f := checker(t, FromClient, nil)
	f("PUB a r 1\r\nx\r\n", `PUB "a" reply="r" headers="" "x"`)
	f("PUB a\r\n", malformed)
	f("PUB 1\r\n", malformed)
	f("PUB a b c 1\r\n", malformed)
	f("PUB a b c d e f g 1\r\n", malformed)
	f("HPUB a 12 12\r\nNATS/1.0\r\n\r\n\r\n", `HPUB "a" reply="" headers="NATS/1.0\r\n\r\n" ""`)
	f("HPUB a 1\r\n", malformed)
	f("HPUB a r x 0 1\r\n", malformed)
	f("SUB a q 1\r\n", `SUB "a" queue="q" sid="1"`)
	f("SUB a\r\n", malformed)
	f("SUB a q 1 2\r\n", malformed)
	f("UNSUB 1 2 3\r\n", malformed)
	f("UNSUB 1\r\n", `UNSUB sid="1" max=0`)
	f("SUB a 123456789012345678901234567890\r\nSUB b abc-\x01\xff\r\n",
		`SUB "a" queue="" sid="123456789012345678901234567890"`, `SUB "b" queue="" sid="abc-\x01\xff"`)
	f("PUB a/+#$\x00\x01\x7f\xff.x 0\r\n\r\n", `PUB "a/+#$\x00\x01\x7f\xff.x" reply="" headers="" ""`)
	f("PUB a..b 0\r\n\r\nPUB foo.* 0\r\n\r\n", `PUB "a..b" reply="" headers="" ""`, `PUB "foo.*" reply="" headers="" ""`)
}

func TestNumbers(t *testing.T) {
	lim := &Limits{ControlLine: 4096, Payload: 100}
	f := checker(t, FromClient, lim)
	f("PUB foo 002\r\nhi\r\nPUB foo 000000002\r\nhi\r\n",
		`PUB "foo" reply="" headers="" "hi"`, `PUB "foo" reply="" headers="" "hi"`)
	f("PUB foo 0000000002\r\n", malformed) // ten digits
	f("PUB foo 9999999999\r\n", malformed)
	f("PUB foo +1\r\n", malformed)
	f("PUB foo -1\r\n", malformed)
	f("PUB foo 1x\r\n", malformed)
	f("PUB foo 0x1\r\n", malformed)
	f("PUB foo 999999999\r\n", tooLarge)
	f("PUB foo r 101\r\n", tooLarge)
	f("pub foo 101\r\n", tooLarge)
	f("PUB foo 101\nx", tooLarge)
	f("PUB foo 100\r\n"+strings.Repeat("x", 100)+"\r\n", `PUB "foo" reply="" headers="" "`+strings.Repeat("x", 100)+`"`)

	f("HPUB foo 2 1\r\n", malformed)
	f("HPUB foo 200 100\r\n", malformed)
	f("HPUB foo x 100\r\n", malformed)
	f("HPUB foo 0000000001 100\r\n", malformed)
	f("HPUB foo 12 101\r\n", tooLarge)
	f("HPUB foo 0 2\r\nhi\r\n", `HPUB "foo" reply="" headers="" "hi"`)
	f("HPUB foo 3 5\r\n:-)hi\r\n", `HPUB "foo" reply="" headers=":-)" "hi"`) // garbage is not ours to judge

	f("UNSUB 1 x\r\nUNSUB 1 -1\r\nUNSUB 1 0\r\nUNSUB 1 1234567890\r\nUNSUB 1 999999999\r\n",
		`UNSUB sid="1" max=0`, `UNSUB sid="1" max=0`, `UNSUB sid="1" max=0`, `UNSUB sid="1" max=0`, `UNSUB sid="1" max=999999999`)
}

func TestControlLineLimit(t *testing.T) {
	f := checker(t, FromClient, nil)
	exact := strings.Repeat("a", 4096-len(" 1"))
	f("SUB "+exact+" 1\r\n", `SUB "`+exact+`" queue="" sid="1"`)
	f("SUB "+exact+" 1\n", `SUB "`+exact+`" queue="" sid="1"`)
	f("SUB  \t "+exact+" 1\r\n", `SUB "`+exact+`" queue="" sid="1"`) // leading blanks are no argument bytes
	f("SUB "+exact+"a 1\r\n", lineLong)
	f("SUB "+exact+" 1 \r\n", lineLong)
	f("SUB "+exact+" 1\rx", lineLong)
	f("PUB "+exact+" 1\r\nx\r\n", `PUB "`+exact+`" reply="" headers="" "x"`)
	f("PUB "+exact+"a 1\r\n", lineLong)
	f("PUB "+exact+"a 9999999\r\n", lineLong) // before the payload limit
	f("CONNECT "+exact+"  \r\n", `CONNECT "`+exact+`  "`)
	f("CONNECT "+exact+"   \r\n", lineLong)
	f("-ERR "+strings.Repeat("x", 4097), lineLong)

	// No LF has come yet.
	f("SUB " + strings.Repeat("a", 4096))
	f("SUB " + strings.Repeat("a", 4096) + "\r")
	f("SUB "+strings.Repeat("a", 4097), lineLong)
	f("PUB "+strings.Repeat("a", 4097), lineLong)
}

func TestErrFromClient(t *testing.T) {
	f := checker(t, FromClient, nil)
	f("-ERR 'whatever'\r\n", ErrClientErr.Error())
	f("-err x\n", ErrClientErr.Error())
}

func TestFromServer(t *testing.T) {
	f := checker(t, FromServer, nil)
	f("INFO {\"x\":1} \r\nPING\r\n+OK\r\nPONG\r\n", `INFO "{\"x\":1} "`, "PING", "+OK", "PONG")
	f("MSG a 1 2\r\nhi\r\nmsg a 1 r 2\r\nhi\r\n",
		`MSG "a" sid="1" reply="" headers="" "hi"`, `MSG "a" sid="1" reply="r" headers="" "hi"`)
	f("HMSG a 1 12 14\r\nNATS/1.0\r\n\r\nhi\r\nHMSG a 1 r 0 2\r\nhi\r\n",
		`HMSG "a" sid="1" reply="" headers="NATS/1.0\r\n\r\n" "hi"`, `HMSG "a" sid="1" reply="r" headers="" "hi"`)
	f("-ERR 'Stale Connection' \r\n-ERR plain\r\n-ERR ''\r\n-ERR '\r\n", `-ERR "Stale Connection"`, `-ERR "plain"`, `-ERR ""`, `-ERR "'"`)
	f("PUB a 1\r\n", unknown)
	f("SUB a 1\r\n", unknown)
	f("UNSUB 1\r\n", unknown)
	f("CONNECT {}\r\n", unknown)
	f("MSG a 2\r\n", malformed)
	f("MSG a 1 r x 2\r\n", malformed)
	f("HMSG a 1 2\r\n", malformed)
	f("HMSG a 1 r x 0 2\r\n", malformed)
}

// A frame must say nil for what is absent although it is reused.
func TestFrameReuse(t *testing.T) {
	var p Parser
	p.Init(FromClient, nil)
	defer p.Release()
	var f Frame
	next := func(in string) {
		t.Helper()
		if n, err := p.Next([]byte(in), &f); n != len(in) || err != nil || f.Op == OpNone {
			t.Fatal(n, err, f.Op)
		}
	}
	next("HPUB a r 12 13\r\nNATS/1.0\r\n\r\nx\r\n")
	next("PUB b 1\r\ny\r\n")
	if f.Reply != nil || f.Headers != nil || string(f.Payload) != "y" {
		t.Error(describe(&f))
	}
	next("SUB a q 1\r\n")
	next("SUB a 1\r\n")
	if f.Queue != nil {
		t.Error(describe(&f))
	}
	next("UNSUB 1 2\r\n")
	next("UNSUB 1\r\n")
	if f.Max != 0 {
		t.Error(describe(&f))
	}
}

func TestParserSize(t *testing.T) {
	if size := unsafe.Sizeof(Parser{}); size > 64 {
		t.Errorf("%d bytes per connection", size)
	}
}
