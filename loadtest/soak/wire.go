package soak

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// patience is how long anything may take that must come. Machines on which the
// soak runs are busy.
const patience = 30 * time.Second

// Ending is a way in which a client ends its connection.
type Ending int

const (
	Reset    Ending = iota // RST; what was under way in either direction is lost
	Drop                   // close without reading: FIN, or RST where input is unread
	Shut                   // FIN, then read until the server closes
	Farewell               // MQTT: DISCONNECT, then read until the server closes; NATS: as Shut
	endings
)

func (e Ending) String() string {
	return [...]string{"reset", "drop", "shut", "farewell"}[e]
}

// wire is one connection. A goroutine of its own reads; anybody may write.
type wire struct {
	conn   *net.TCPConn
	write  sync.Mutex
	ending atomic.Bool   // by us, or the server has a right to
	ended  chan struct{} // closed when the reader has handed out everything
	err    error         // why it ended; after ended
}

func dial(addr string) (*wire, error) {
	c, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return nil, err
	}
	return &wire{conn: c.(*net.TCPConn), ended: make(chan struct{})}, nil
}

// send writes all of b. After the end has begun, errors are nobody's. queue, if
// it is not nil, runs just before, and nobody else writes in between: so
// questions are queued in the order in which they are asked.
func (w *wire) send(b []byte, queue func()) error {
	w.write.Lock()
	defer w.write.Unlock()
	if queue != nil {
		queue()
	}
	if err := w.conn.SetWriteDeadline(time.Now().Add(patience)); err != nil && !w.ending.Load() {
		return err
	}
	if _, err := w.conn.Write(b); err != nil && !w.ending.Load() {
		// The reader tells of a connection that the server has ended, and knows
		// what was said last.
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return fmt.Errorf("the server does not read: %w", err)
		}
	}
	return nil
}

// end ends the connection and waits until the reader is through.
func (w *wire) end(how Ending, farewell []byte) error {
	w.ending.Store(true)
	switch how {
	case Reset:
		_ = w.conn.SetLinger(0)
		_ = w.conn.Close()
	case Drop:
		_ = w.conn.Close()
	case Farewell, Shut:
		if how == Farewell && farewell != nil {
			_ = w.send(farewell, nil)
		} else {
			_ = w.conn.CloseWrite()
		}
	}
	select {
	case <-w.ended:
	case <-time.After(patience):
		_ = w.conn.Close()
		return fmt.Errorf("%v, and the server does not close", how)
	}
	return w.conn.Close()
}

// read hands out what comes until the connection ends. pause is asked before
// each read and says after how long to ask again at the latest; 0: no need.
func (w *wire) read(pause func() time.Duration, take func([]byte) error) {
	defer close(w.ended)
	buf := make([]byte, 16<<10)
	for {
		deadline := time.Time{}
		if d := pause(); d > 0 {
			deadline = time.Now().Add(d)
		}
		_ = w.conn.SetReadDeadline(deadline)
		n, err := w.conn.Read(buf)
		if n > 0 {
			if w.err = take(buf[:n]); w.err != nil {
				return
			}
		}
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			w.err = err
			return
		}
	}
}

// gone tells whether err is just the end of a connection.
func gone(err error) bool {
	ne := (*net.OpError)(nil)
	return errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || errors.As(err, &ne)
}
