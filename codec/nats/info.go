package nats

import (
	"encoding/json"
	"slices"
)

// Info is the document a server introduces itself with and sends again when
// something changes (spec §3). Fields without omitempty are always present.
type Info struct {
	ServerID      string   `json:"server_id"`
	ServerName    string   `json:"server_name"`
	Version       string   `json:"version"`
	Proto         int      `json:"proto"`
	GitCommit     string   `json:"git_commit,omitempty"`
	Go            string   `json:"go"`
	Host          string   `json:"host"`
	Port          int      `json:"port"`
	Headers       bool     `json:"headers"`
	AuthRequired  bool     `json:"auth_required,omitempty"`
	TLSRequired   bool     `json:"tls_required,omitempty"`
	TLSVerify     bool     `json:"tls_verify,omitempty"`
	TLSAvailable  bool     `json:"tls_available,omitempty"`
	MaxPayload    int      `json:"max_payload"` // bytes
	JetStream     bool     `json:"jetstream,omitempty"`
	ClientID      uint64   `json:"client_id"`
	ClientIP      string   `json:"client_ip"`
	Nonce         string   `json:"nonce,omitempty"`
	Cluster       string   `json:"cluster,omitempty"`
	Domain        string   `json:"domain,omitempty"`
	ConnectURLs   []string `json:"connect_urls,omitempty"`
	WSConnectURLs []string `json:"ws_connect_urls,omitempty"`
	LameDuck      bool     `json:"ldm,omitempty"`
	XKey          string   `json:"xkey,omitempty"`
	APILevel      int      `json:"api_lvl,omitempty"`
	// ConnectInfo and RemoteAccount mark the INFO behind the first PONG.
	ConnectInfo   bool   `json:"connect_info,omitempty"`
	RemoteAccount string `json:"remote_account,omitempty"`
}

// Merge reads the argument of INFO over i, with the rules of Connect.Merge.
func (i *Info) Merge(args []byte) error {
	merged := *i
	// The decoder writes into the lists it is given, and others may share ours.
	merged.ConnectURLs = slices.Clone(i.ConnectURLs)
	merged.WSConnectURLs = slices.Clone(i.WSConnectURLs)
	if json.Unmarshal(args, &merged) != nil {
		return ErrInfoJSON
	}
	*i = merged
	return nil
}

// AppendInfo appends the whole INFO line, with the blank before its end that
// nats-server puts there.
func AppendInfo(dst []byte, i *Info) []byte {
	dst = append(dst, "INFO "...)
	dst = appendJSON(dst, i)
	return append(dst, " \r\n"...)
}
