package monitor

import (
	"fmt"
	"net/http"
)

// Healthz is the document of a health check.
type Healthz struct {
	Status string  `json:"status"`
	Code   int     `json:"status_code,omitempty"` // not over HTTP, which has it already
	Error  string  `json:"error,omitempty"`
	Errors []Fault `json:"errors,omitempty"`
}

// Fault is one thing that is wrong, with HealthzOptions.Details.
type Fault struct {
	Type  string `json:"type"`
	Error string `json:"error,omitempty"`
}

// HealthzOptions say what to check. There is no JetStream: without it nats-server
// is healthy, whatever of JetStream is asked for.
type HealthzOptions struct {
	Account  string `json:"account"`
	Stream   string `json:"stream"`
	Consumer string `json:"consumer"`
	Details  bool   `json:"details"`
}

func (m *Monitor) healthz(o HealthzOptions) *Healthz {
	const empty = "%q must not be empty when checking %s health"
	switch err := m.source.Ready(); {
	case o.Stream != "" && o.Account == "":
		return unhealthy(o, http.StatusBadRequest, "BAD_REQUEST", fmt.Sprintf(empty, "account", "stream"))
	case o.Consumer != "" && o.Stream == "":
		return unhealthy(o, http.StatusBadRequest, "BAD_REQUEST", fmt.Sprintf(empty, "stream", "consumer"))
	case err != nil:
		return unhealthy(o, http.StatusServiceUnavailable, "CONNECTION", err.Error())
	}
	return &Healthz{Status: "ok", Code: http.StatusOK}
}

func unhealthy(o HealthzOptions, code int, kind, text string) *Healthz {
	h := &Healthz{Status: "error", Code: code, Error: text}
	if o.Details {
		h.Error, h.Errors = "", []Fault{{kind, text}}
	}
	return h
}
