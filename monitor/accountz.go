package monitor

import (
	"context"
	"fmt"
	"time"
)

// Accountz is the document of accounts: their names, or one of them.
type Accountz struct {
	head
	Accounts []string     `json:"accounts,omitempty"`
	Account  *AccountInfo `json:"account_detail,omitempty"`
}

// AccountInfo describes the one account.
type AccountInfo struct {
	Name          string       `json:"account_name"`
	Updated       time.Time    `json:"update_time"` // of its claims; zero: it has none
	Expired       bool         `json:"expired"`
	Complete      bool         `json:"complete"`
	JetStream     bool         `json:"jetstream_enabled"`
	Leafs         int          `json:"leafnode_connections"`
	Clients       int          `json:"client_connections"`
	Subscriptions int          `json:"subscriptions"`
	Sublist       SublistStats `json:"sublist_stats"`
}

// AccountzOptions say which account; empty: their names.
type AccountzOptions struct {
	Account string `json:"account"`
}

func (m *Monitor) accountz(ctx context.Context, o AccountzOptions) (*Accountz, error) {
	z := &Accountz{head: m.head()}
	if o.Account == "" {
		z.Accounts = []string{account}
		return z, nil
	}
	var err error
	z.Account, err = m.accountInfo(ctx, o.Account)
	return z, err
}

func (m *Monitor) accountInfo(ctx context.Context, name string) (*AccountInfo, error) {
	if name != account {
		//lint:ignore ST1005 nats-server's words
		return nil, fmt.Errorf("Account %s does not exist", name)
	}
	z, err := m.subsz(ctx, SubszOptions{})
	if err != nil {
		return nil, err
	}
	return &AccountInfo{
		Name: account, Complete: true,
		Clients: m.source.Counters().Connections, Subscriptions: z.NumSubs, Sublist: z.SublistStats,
	}, nil
}
