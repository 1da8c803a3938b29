package monitor

// Routez, Gatewayz and Leafz are the documents of other servers, of which there
// are none: this one stands alone.
type (
	Routez struct {
		head
		Name      string     `json:"server_name"`
		NumRoutes int        `json:"num_routes"`
		Routes    []struct{} `json:"routes"`
	}
	Gatewayz struct {
		head
		Outbound map[string]struct{} `json:"outbound_gateways"`
		Inbound  map[string]struct{} `json:"inbound_gateways"`
	}
	Leafz struct {
		head
		NumLeafs int        `json:"leafnodes"`
		Leafs    []struct{} `json:"leafs"`
	}
)

func (m *Monitor) routez() *Routez {
	return &Routez{head: m.head(), Name: m.o.Name, Routes: []struct{}{}}
}

func (m *Monitor) gatewayz() *Gatewayz {
	return &Gatewayz{head: m.head(), Outbound: map[string]struct{}{}, Inbound: map[string]struct{}{}}
}

func (m *Monitor) leafz() *Leafz { return &Leafz{head: m.head(), Leafs: []struct{}{}} }
