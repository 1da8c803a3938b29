package loadtest

// Slow is what happened to readers that stall.
type Slow struct {
	Readers int `json:"readers"`
}
