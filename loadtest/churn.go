package loadtest

// Churn is what was subscribed beside a stream.
type Churn struct {
	Changes uint64  `json:"changes"`
	Rate    float64 `json:"changes_per_second"`
}
