package monitor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Bounds of the HTTP server: documents are made in well under a second, and
// whoever asks is a tool.
const (
	headerTimeout = 5 * time.Second
	answerTimeout = 30 * time.Second
	idleTimeout   = time.Minute
	maxHeader     = 16 << 10 // bytes
)

// Server serves the documents over HTTP.
type Server struct {
	http     *http.Server
	listener net.Listener
	stop     context.CancelFunc
	ended    chan struct{} // nil before Serve
}

// Listen listens at host:port. Nobody is answered before Serve.
func (m *Monitor) Listen(addr string, logger *slog.Logger) (*Server, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("monitor: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	return &Server{
		http: &http.Server{
			Handler:           m,
			ReadHeaderTimeout: headerTimeout,
			ReadTimeout:       headerTimeout,
			WriteTimeout:      answerTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    maxHeader,
			BaseContext:       func(net.Listener) context.Context { return ctx },
			ErrorLog:          log.New(warnings{logger}, "", 0),
		},
		listener: l,
		stop:     stop,
	}, nil
}

// Serve begins to answer.
func (s *Server) Serve() {
	s.ended = make(chan struct{})
	go func() {
		defer close(s.ended)
		_ = s.http.Serve(s.listener)
	}()
}

// warnings writes what net/http has to say to the log.
type warnings struct{ to *slog.Logger }

func (w warnings) Write(text []byte) (int, error) {
	w.to.Warn("monitor: " + string(text))
	return len(text), nil
}

// Addr is where it listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Stop closes the listener and all connections, and waits for its loop.
func (s *Server) Stop() {
	s.stop()
	if s.ended == nil {
		_ = s.listener.Close()
		return
	}
	_ = s.http.Close()
	<-s.ended
}

// ServeHTTP is http.Handler's.
func (m *Monitor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	if r.URL.Path == rootPath {
		m.asked[rootPath].Add(1)
		m.writeRoot(w)
		return
	}
	for i := range paths {
		if p := &paths[i]; p.path == r.URL.Path {
			m.asked[p.counted].Add(1)
			document, err := p.document(m, r.Context(), newQuery(r.URL))
			m.write(w, document, err)
			return
		}
	}
	http.NotFound(w, r)
}

// write writes a document, or why there is none, in plain text as nats-server does.
func (m *Monitor) write(w http.ResponseWriter, document any, err error) {
	var text []byte
	code := http.StatusOK
	switch h, health := document.(*Healthz); {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		http.Error(w, "the server is too busy or stopping", http.StatusServiceUnavailable)
		return
	case err != nil:
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, err.Error())
		return
	case health:
		code, h.Code = h.Code, 0
		text, err = json.Marshal(h)
	default:
		text, err = json.MarshalIndent(document, "", "  ")
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(text)
}
