package monitor

import (
	"errors"
	"fmt"
)

// Jsz is the document of JetStream, which is not there.
type Jsz struct {
	head
	Memory          uint64    `json:"memory"`
	Storage         uint64    `json:"storage"`
	ReservedMemory  uint64    `json:"reserved_memory"`
	ReservedStorage uint64    `json:"reserved_storage"`
	Accounts        int       `json:"accounts"`
	HAAssets        int       `json:"ha_assets"`
	API             JszAPI    `json:"api"`
	Disabled        bool      `json:"disabled"`
	Config          JszConfig `json:"config"`
	Streams         int       `json:"streams"`
	Consumers       int       `json:"consumers"`
	Messages        uint64    `json:"messages"`
	Bytes           uint64    `json:"bytes"`
	Total           int       `json:"total"`
}

// JszAPI and JszConfig are parts of Jsz.
type (
	JszAPI struct {
		Level  int    `json:"level"`
		Total  uint64 `json:"total"`
		Errors uint64 `json:"errors"`
	}
	JszConfig struct {
		MaxMemory  int64 `json:"max_memory"`
		MaxStorage int64 `json:"max_storage"`
	}
)

// JszOptions are those that matter where there is nothing to tell.
type JszOptions struct {
	LeaderOnly bool `json:"leader_only"`
}

// errFiltered is for requests that are not for this server: it keeps silent.
var errFiltered = errors.New("filtered response")

func (m *Monitor) jsz(o JszOptions) (*Jsz, error) {
	if o.LeaderOnly {
		return nil, fmt.Errorf("%w: not leader", errFiltered)
	}
	return &Jsz{head: m.head(), Disabled: true}, nil
}
