package e2e

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Random conversations, most of them a little wrong, are answered as by
// nats-server. A failure names the seed of its conversation.
func TestRandomConversationsAreAnsweredAsByNATSServer(t *testing.T) {
	t.Parallel()
	b := startBoth(t, "2")
	first := sameSeed()
	failed := 0
	for seed := first; seed < first+sameRandom && failed < 5; seed++ {
		r := rand.New(rand.NewPCG(seed, 0))
		say := randomConversation(r)
		var at []int
		for range r.IntN(3) {
			at = append(at, r.IntN(len(say)))
		}
		if d := b.compare(cutAt(say, at...)...); d != "" {
			failed++
			t.Errorf("seed %d: %s\nto %q", seed, d, say)
		}
	}
}

func randomConversation(r *rand.Rand) string {
	for {
		var b strings.Builder
		if r.IntN(8) > 0 {
			b.WriteString(pick(r, "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true,\"protocol\":1}", "CONNECT {\"verbose\":true,\"pedantic\":false,\"headers\":true}",
				"CONNECT {\"pedantic\":false}", "CONNECT {\"verbose\":false,\"pedantic\":false,\"echo\":false,\"headers\":true,\"no_responders\":true}", "connect {\"pedantic\":false,\"protocol\":1}") + "\r\n")
		}
		for i := range 1 + r.IntN(14) {
			b.WriteString(randomOperation(r, i))
		}
		say := b.String()
		if r.IntN(3) == 0 {
			say = mutate(r, say)
		}
		if !isDeliberate(say) {
			return say + "PING\r\n"
		}
	}
}

// randomOperation is number i of its conversation, right in most of its parts.
func randomOperation(r *rand.Rand, i int) string {
	gap := func() string { return pick(r, " ", " ", " ", "  ", "\t", " \t ") }
	end := pick(r, "\r\n", "\r\n", "\r\n", "\r\n", "\n", " \r\n")
	verb := func(v string) string {
		if r.IntN(6) == 0 {
			return strings.ToLower(v)
		}
		return v
	}
	line := func(v string, args ...string) string {
		out := verb(v)
		for _, a := range args {
			if a != "" {
				out += gap() + a
			}
		}
		return out + end
	}
	payload := fmt.Sprintf("%d%s", i, pick(r, "", "x", "PING\r\n", "\r\n", "-ERR 'x'\r\n"))
	size := len(payload)
	if r.IntN(25) == 0 {
		size += r.IntN(3) - 1
	}
	switch r.IntN(14) {
	case 0, 1, 2, 3:
		return line("SUB", randomSubject(r), "", fmt.Sprint(1+r.IntN(6)))
	case 4:
		return line("SUB", randomSubject(r), "q", fmt.Sprintf("q%d", 1+r.IntN(3)))
	case 5:
		return line("UNSUB", fmt.Sprint(1+r.IntN(6)), pick(r, "", "1", "2", "3", "0", "-1", "x"))
	case 6:
		return line("UNSUB", fmt.Sprintf("q%d", 1+r.IntN(3)))
	case 7:
		return line(pick(r, "PING", "PING", "PONG", "+OK", "PINGx"))
	case 8:
		return line("CONNECT", pick(r, "{}", "{\"verbose\":false}", "{\"pedantic\":false}", "{\"echo\":false}", "{\"echo\":true,\"headers\":true}", "{\"protocol\":1}", "{\"protocol\":2}", "{\"headers\":false}", "null", "{", "[]"))
	case 9:
		return pick(r, "INFO {}\r\n", "INFO {\"a\":1}\r\n", "-ERR 'x'\r\n", "MSG a 1 0\r\n\r\n", "\r\n", "SUB a\r\n", "PUB a\r\n", "HPUB a 1\r\n", "UNSUB\r\n", "PUB a b c 1\r\nx\r\n")
	case 10, 11:
		block := pick(r, "NATS/1.0\r\n\r\n", "NATS/1.0\r\nA: b\r\n\r\n", "", "junk", "NATS/1.0\r\nNats-Trace-Only: true\r\nA:b\r\n\r\n", "NATS/1.0\r\nNats-Trace-Dest: z.z.z.z.z\r\nNats-Trace-Only: 1\r\n\r\n")
		return line("HPUB", randomSubject(r), randomReply(r), fmt.Sprint(len(block)), fmt.Sprint(len(block)+size)) + block + payload + "\r\n"
	default:
		return line("PUB", randomSubject(r), randomReply(r), fmt.Sprint(size)) + payload + "\r\n"
	}
}

func randomSubject(r *rand.Rand) string {
	tokens := make([]string, 1+r.IntN(3))
	for i := range tokens {
		tokens[i] = pick(r, "a", "a", "b", "b", "c", "*", "a*", "a/b", "\xff", "$GR")
	}
	subject := strings.Join(tokens, ".")
	switch r.IntN(12) {
	case 0:
		return subject + "."
	case 1:
		return subject + ".>"
	case 2:
		return ">"
	case 3:
		return subject + "..b"
	}
	return subject
}

func randomReply(r *rand.Rand) string {
	return pick(r, "", "", "", "a.b", "b", "c", "a..b", "*", "_R_.x", "$JS.ACK.1", "nobody.x")
}

func pick(r *rand.Rand, from ...string) string { return from[r.IntN(len(from))] }

// mutate changes one byte or a few.
func mutate(r *rand.Rand, say string) string {
	b := []byte(say)
	for range 1 + r.IntN(2) {
		at := r.IntN(len(b))
		with := pick(r, " ", "\t", "\r\n", "\n", "x", "1", "9", ".", "P", "\x00", "\xff", "-", "+", "{")
		switch r.IntN(3) {
		case 0:
			b = slices.Delete(b, at, at+1)
		case 1:
			b[at] = with[0]
		default:
			b = slices.Insert(b, at, []byte(with)...)
		}
		if len(b) == 0 {
			return " "
		}
	}
	return string(b)
}

// deliberate is what a conversation cannot hold without meeting one of the
// differences that TestDeliberateDifferences shows: a size with leading zeros, CR
// that ends no line, LF right behind a verb and its blanks, HMSG, and whatever makes a client pedantic again.
var deliberate = regexp.MustCompile(`(?i)[ \t]0[0-9]+[ \t]*\r?\n|\r[^\n]|\r$|hmsg|pedantic":t|\$SYS|(pub|sub|info|connect|err)[ \t]*\n`)

// traced is a subscription that gets nats-server's traces.
var traced = regexp.MustCompile(`(?i)sub[ \t]+(\*\.)*>`)

func isDeliberate(say string) bool {
	before, _, ok := strings.Cut(say, "\"pedantic\":false")
	return !ok || strings.Contains(strings.ToUpper(before), "PUB") ||
		deliberate.MatchString(say) || strings.Contains(say, "Nats-Trace-Dest") && traced.MatchString(say)
}
