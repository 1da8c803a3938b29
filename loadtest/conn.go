package loadtest

// Connections is what happened to the connections of the scenario conn.
type Connections struct {
	Wanted  int     `json:"wanted"`
	Opened  uint64  `json:"opened"`
	Failed  uint64  `json:"failed"`
	Dropped uint64  `json:"dropped"`
	Rate    float64 `json:"opened_per_second"`
	Held    float64 `json:"held_seconds"`
	// Bytes are the server's memory for each connection, at the end of the storm
	// and at the end of the time they were held; 0 without --server-pid.
	Bytes     float64 `json:"server_bytes_each,omitempty"`
	BytesHeld float64 `json:"server_bytes_each_held,omitempty"`
	OwnBytes  float64 `json:"own_bytes_each"`
	HeldCores float64 `json:"server_cores_held,omitempty"`
}
