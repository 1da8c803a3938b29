package monitor

// AccountStatz is the document of what accounts have done.
type AccountStatz struct {
	head
	Accounts []AccountStat `json:"account_statz"`
}

// AccountStat is what one account has done.
type AccountStat struct {
	Account       string    `json:"acc"`
	Name          string    `json:"name"`
	Conns         int       `json:"conns"`
	Leafs         int       `json:"leafnodes"`
	TotalConns    int       `json:"total_conns"`
	NumSubs       int       `json:"num_subscriptions"`
	Sent          DataStats `json:"sent"`
	Received      DataStats `json:"received"`
	SlowConsumers uint64    `json:"slow_consumers"`
}

// DataStats counts messages and their bytes.
type DataStats struct {
	Msgs  uint64 `json:"msgs"`
	Bytes uint64 `json:"bytes"`
}

// AccountStatzOptions say which accounts.
type AccountStatzOptions struct {
	Accounts      []string `json:"accounts"`
	IncludeUnused bool     `json:"include_unused"`
}

func (m *Monitor) accountStatz(o AccountStatzOptions) *AccountStatz {
	z := &AccountStatz{head: m.head(), Accounts: []AccountStat{}}
	c := m.source.Counters()
	named := len(o.Accounts) == 0
	for _, name := range o.Accounts {
		named = named || name == account
	}
	if named && (o.IncludeUnused || c.Connections > 0) {
		z.Accounts = append(z.Accounts, AccountStat{
			Account: account, Name: account,
			Conns: c.Connections, TotalConns: c.Connections, NumSubs: c.Subscriptions,
			Sent: DataStats{c.OutMsgs, c.OutBytes}, Received: DataStats{c.InMsgs, c.InBytes},
			SlowConsumers: c.SlowConsumers,
		})
	}
	return z
}
