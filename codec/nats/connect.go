package nats

import "encoding/json"

// Connect holds the options of CONNECT (spec §4). Keys match without regard to
// case, unknown ones are ignored.
type Connect struct {
	Verbose      bool   `json:"verbose"`
	Pedantic     bool   `json:"pedantic"`
	TLSRequired  bool   `json:"tls_required"`
	AuthToken    string `json:"auth_token,omitempty"`
	User         string `json:"user,omitempty"`
	Pass         string `json:"pass,omitempty"`
	Name         string `json:"name"`
	Lang         string `json:"lang"`
	Version      string `json:"version"`
	Protocol     int    `json:"protocol"`
	Echo         bool   `json:"echo"`
	Sig          string `json:"sig,omitempty"`
	JWT          string `json:"jwt,omitempty"`
	NKey         string `json:"nkey,omitempty"`
	Headers      bool   `json:"headers"`
	NoResponders bool   `json:"no_responders"`
	// Account and NewAccount are not for clients: a CONNECT that names an
	// account is refused with Authorization Violation.
	Account    string `json:"account,omitempty"`
	NewAccount bool   `json:"new_account,omitempty"`
}

// DefaultConnect returns the options of a connection that has sent none.
func DefaultConnect() Connect {
	return Connect{Verbose: true, Pedantic: true, Echo: true}
}

// Merge reads the argument of CONNECT over c: members that are missing keep
// their value, so the first CONNECT goes over the defaults and a second one over
// the first. null changes nothing. With an error c is unchanged. c copies what it keeps.
func (c *Connect) Merge(args []byte) error {
	merged := *c
	if json.Unmarshal(args, &merged) != nil {
		return ErrConnectJSON
	}
	*c = merged
	return nil
}

// AppendConnect appends the whole CONNECT line.
func AppendConnect(dst []byte, c *Connect) []byte {
	dst = append(dst, "CONNECT "...)
	dst = appendJSON(dst, c)
	return append(dst, "\r\n"...)
}

func appendJSON(dst []byte, v any) []byte {
	doc, err := json.Marshal(v)
	if err != nil {
		panic("nats: " + err.Error()) // strings, numbers and booleans always marshal
	}
	return append(dst, doc...)
}
