package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Several clients of one server, in a random conversation of right operations, get
// the same from Isthmus as from nats-server. Each operation is over, for everybody,
// before the next begins.
func TestRandomCrowdsAreAnsweredAsByNATSServer(t *testing.T) {
	t.Parallel()
	b := startBoth(t, "1") // messages of two publishers overtake each other between lanes
	first := sameSeed()
	for seed := first; seed < first+sameCrowds && !t.Failed(); seed++ {
		steps := randomCrowd(rand.New(rand.NewPCG(seed, 1)))
		isthmus, natsServer := playCrowd(t, b.isthmus, steps), playCrowd(t, b.natsServer, steps)
		for i := range crowd {
			if d := differ(said(isthmus[i]), said(natsServer[i])); d != "" {
				t.Errorf("seed %d: client %d: %s\nto %+q", seed, i, d, fmt.Sprint(steps))
			}
		}
	}
}

// crowd is how many clients there are.
const crowd = 3

// step is one operation of one client.
type step struct {
	client int
	say    string
}

func randomCrowd(r *rand.Rand) (steps []step) {
	for i := range crowd {
		steps = append(steps, step{i, fmt.Sprintf("CONNECT {\"verbose\":%v,\"pedantic\":false,\"echo\":%v,\"headers\":true,\"no_responders\":%v}\r\n",
			r.IntN(4) == 0, r.IntN(3) > 0, r.IntN(2) == 0)})
		if r.IntN(3) == 0 {
			steps[i].say = strings.Replace(strings.Replace(steps[i].say, "\"headers\":true", "\"headers\":false", 1), "\"no_responders\":true", "\"no_responders\":false", 1)
		}
	}
	for i := range 10 + r.IntN(20) {
		c := r.IntN(crowd)
		sid := fmt.Sprint(1 + r.IntN(5))
		var say string
		switch r.IntN(10) {
		case 0, 1, 2:
			say = fmt.Sprintf("SUB %s %s\r\n", randomSubject(r), sid)
		case 3: // a group has its members at one client, since which of them is picked is open
			say = fmt.Sprintf("SUB %s group%d q%s\r\n", randomSubject(r), c, sid)
		case 4:
			say = fmt.Sprintf("UNSUB %s %s\r\n", sid, pick(r, "", "1", "2", "4"))
		case 5:
			if strings.Contains(steps[c].say, "\"headers\":true") {
				say = fmt.Sprintf("HPUB %s %s 18 %d\r\nNATS/1.0\r\nA: b\r\n\r\n<%d>\r\n", randomSubject(r), pick(r, "", "a.b", "c", "nobody"), 20+len(strconv.Itoa(i)), i)
			}
		default:
			say = fmt.Sprintf("PUB %s %s %d\r\n<%d>\r\n", randomSubject(r), pick(r, "", "a.b", "c", "nobody"), 2+len(strconv.Itoa(i)), i)
		}
		steps = append(steps, step{c, say})
	}
	return steps
}

// playCrowd gives what each client got.
func playCrowd(t *testing.T, addr string, steps []step) (got [crowd]string) {
	t.Helper()
	var conns [crowd]net.Conn
	var in [crowd]*bufio.Reader
	for i := range conns {
		c, err := net.Dial("tcp", addr)
		must(t, err)
		defer c.Close()
		must(t, c.SetDeadline(time.Now().Add(2*patience)))
		conns[i], in[i] = c, bufio.NewReader(c)
		info, err := in[i].ReadString('\n')
		must(t, err)
		got[i] = info
	}
	settle := func(i int) {
		text, err := untilPong(in[i])
		got[i] += text
		if err != nil && !errors.Is(err, io.EOF) {
			t.Fatalf("%s, client %d after %q: %v", addr, i, got[i], err)
		}
	}
	for _, s := range steps {
		_, _ = io.WriteString(conns[s.client], s.say+"PING\r\n")
		settle(s.client)
	}
	for i, c := range conns {
		_, _ = io.WriteString(c, "PING\r\n")
		settle(i)
	}
	return got
}

// untilPong reads up to PONG, which is not part of a payload.
func untilPong(in *bufio.Reader) (text string, err error) {
	for {
		line, err := in.ReadString('\n')
		text += line
		switch {
		case err != nil:
			return text, err
		case line == "PONG\r\n":
			return text, nil
		case strings.HasPrefix(line, "MSG ") || strings.HasPrefix(line, "HMSG "):
			fields := strings.Fields(line)
			size, err := strconv.Atoi(fields[len(fields)-1])
			if err != nil {
				return text, err
			}
			payload := make([]byte, size+2)
			n, err := io.ReadFull(in, payload)
			text += string(payload[:n])
			if err != nil {
				return text, err
			}
		}
	}
}

func TestPongInAPayloadIsNone(t *testing.T) {
	in := bufio.NewReader(strings.NewReader("+OK\r\nMSG a 1 6\r\nPONG\r\n\r\nPONG\r\nrest"))
	if text, err := untilPong(in); err != nil || !strings.HasSuffix(text, "PONG\r\n\r\nPONG\r\n") {
		t.Error(text, err)
	}
	if left, _ := io.ReadAll(in); !slices.Equal(left, []byte("rest")) {
		t.Errorf("%q is left", left)
	}
}
