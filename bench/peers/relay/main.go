// Command relay is the ceiling of the comparison: a server on gnet, set up as
// isthmus sets it up, that parses nothing. It passes on what publishers send, as
// it came, to those who are to get it.
package main

import (
	"flag"
	"fmt"
	"log"
	"runtime"

	"github.com/panjf2000/gnet/v2"
	"github.com/panjf2000/gnet/v2/pkg/logging"
)

// readBuffer and loops are those of an isthmus with one lane; processors is one
// more than loops, since a loop that blocks would otherwise have to wait for its
// own.
const (
	readBuffer = 256 << 10
	loops      = 1
	processors = 2
)

func main() {
	port := flag.Int("port", 0, "port on 127.0.0.1")
	r := newRelay()
	flag.BoolVar(&r.pairs, "pairs", false, "publisher n sends to subscriber n only, not to all")
	flag.IntVar(&r.frame, "frame", 0, "bytes that stay together, since several publishers send to one; 0: any")
	flag.Parse()
	runtime.GOMAXPROCS(processors)
	log.Fatal("relay: ", gnet.Run(r, fmt.Sprintf("tcp://127.0.0.1:%d", *port),
		gnet.WithNumEventLoop(loops), gnet.WithReadBufferCap(readBuffer), gnet.WithWriteBufferCap(1<<20),
		gnet.WithTCPNoDelay(gnet.TCPNoDelay), gnet.WithLogLevel(logging.ErrorLevel)))
}
