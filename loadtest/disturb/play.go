package disturb

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"time"
)

// patience is how long anything may take that must come.
const patience = 30 * time.Second

// sources is from how many local addresses conversations come, since one address has
// too few ports for all that have ended lately.
const sources = 40

// play talks to the server at address. It returns what must not be: a server that does
// not close what its client has closed, or a valid conversation that is refused.
func (c *conversation) play(address string, seed, n uint64) error {
	r := rand.New(rand.NewPCG(^seed, n))
	dialer := net.Dialer{Timeout: patience, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+n%sources))}}
	conn, err := dialer.Dial("tcp", address)
	if err != nil {
		return err
	}
	sock := conn.(*net.TCPConn)
	defer sock.Close()
	type heard struct {
		bytes []byte
		err   error
	}
	answers := make(chan heard, 1)
	go func() {
		_ = sock.SetReadDeadline(time.Now().Add(patience))
		b, err := io.ReadAll(sock)
		answers <- heard{b, err}
	}()
	_ = sock.SetWriteDeadline(time.Now().Add(patience))
	for _, piece := range c.cuts(r) {
		if _, err = sock.Write(piece); err != nil {
			break // the server has ended it
		}
	}
	if isTimeout(err) {
		return errors.New("the server does not read")
	}
	switch c.ending {
	case shut:
		_ = sock.CloseWrite()
	case drop:
		sock.Close()
	case reset:
		_ = sock.SetLinger(0)
		sock.Close()
	}
	last := <-answers
	if isTimeout(last.err) {
		return fmt.Errorf("the server does not close; it said %q", tail(last.bytes))
	}
	if c.bent {
		return nil
	}
	if last.err != nil {
		return last.err
	}
	return c.judge(last.bytes)
}

func isTimeout(err error) bool {
	var late net.Error
	return errors.As(err, &late) && late.Timeout()
}
