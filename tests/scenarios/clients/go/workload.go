// SPDX-License-Identifier: MIT
// Sends a known load with datadog-go to the socket in its argument and prints what a receiver must
// hold afterwards: verdicts for this process, and samples as they stand in the exposition.
package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand"
	"os"
	"time"

	"github.com/DataDog/datadog-go/statsd"
)

type expectation struct {
	Client   string             `json:"client"`
	Pid      int                `json:"pid"`
	Accepted int                `json:"accepted"`
	Folded   int                `json:"folded"`
	Ignored  int                `json:"ignored"`
	Rejected map[string]int     `json:"rejected"`
	Values   map[string]float64 `json:"values"`
}

func (e *expectation) accept(sample string, value float64, count int) {
	e.Values[sample] += value
	e.Accepted += count
}

func (e *expectation) observe(route string, value float64) {
	const name = "client_request_duration_seconds"
	labels := fmt.Sprintf(`client="go",route="%s"`, route)
	for _, le := range []float64{0.01, 0.1, 1, math.Inf(1)} {
		by := 0.0
		if value <= le {
			by = 1
		}
		e.Values[fmt.Sprintf(`%s_bucket{%s,le="%v"}`, name, labels, le)] += by
	}
	e.Values[fmt.Sprintf("%s_count{%s}", name, labels)]++
	e.Values[fmt.Sprintf("%s_sum{%s}", name, labels)] += value
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "datadog-go:", err)
		os.Exit(1)
	}
}

func main() {
	address := "unix://" + os.Args[1]
	want := expectation{Client: "datadog-go", Pid: os.Getpid(), Rejected: map[string]int{}, Values: map[string]float64{}}
	tags := []string{"client:go", "env:scenario", "host:h1"}
	const route = "GET /v1/images/{name}"

	single, err := statsd.New(address)
	must(err)
	single.Tags = tags
	// The default of 1 ms drops what a busy receiver takes later.
	must(single.SetWriteTimeout(10 * time.Second))
	packed, err := statsd.NewBuffered(address, 50)
	must(err)
	packed.Tags = tags
	must(packed.SetWriteTimeout(10 * time.Second))

	for i := 0; i < 100; i++ {
		must(packed.Incr("client_requests_total", []string{"outcome:ok"}, 1))
	}
	want.accept(`client_requests_total{client="go",outcome="ok"}`, 100, 100)
	for i := 0; i < 30; i++ {
		must(single.Count("client.requests", 3, []string{"outcome:error"}, 1))
	}
	want.accept(`client_requests_total{client="go",outcome="error"}`, 90, 30)

	// Sampling draws from math/rand: the same seed tells how many lines leave.
	const rate = 0.125
	sampled := 0
	rand.Seed(7)
	for i := 0; i < 400; i++ {
		if rand.Float64() <= rate {
			sampled++
		}
	}
	rand.Seed(7)
	for i := 0; i < 400; i++ {
		must(packed.Count("client_requests_total", 2, []string{"outcome:ok"}, rate))
	}
	want.accept(`client_requests_total{client="go",outcome="ok"}`, float64(2*8*sampled), sampled)

	must(single.Count("client_bytes_total", math.MaxInt64, nil, 1))
	want.accept(`client_bytes_total{client="go"}`, math.MaxInt64, 1)
	must(packed.Gauge("client_temperature_celsius", 21.5, nil, 1))
	must(packed.Flush())
	must(single.Gauge("client_temperature_celsius", -4.25, nil, 1))
	want.accept(`client_temperature_celsius{client="go"}`, -4.25, 2)
	must(single.Count("client_connections", 5, nil, 1))
	must(single.Decr("client_connections", nil, 1))
	want.accept(`client_connections{client="go"}`, 4, 2)

	must(packed.Histogram("client_request_duration_seconds", 0.05, []string{"route:" + route}, 1))
	want.observe(route, 0.05)
	must(packed.Distribution("client_request_duration_seconds", 2, []string{"route:" + route}, 1))
	want.observe(route, 2)
	must(packed.Timing("client_request_duration_seconds", 250*time.Millisecond, []string{"route:" + route}, 1))
	want.observe(route, 0.25)
	want.Accepted += 3
	must(packed.Histogram("client_request_duration_seconds", 0.5, []string{"route:/wp-login.php"}, 1))
	want.observe("other", 0.5)
	want.Folded++

	must(packed.Decr("client_requests_total", []string{"outcome:ok"}, 1))
	must(packed.Gauge("client_temperature_celsius", math.NaN(), nil, 1))
	must(packed.Gauge("client_temperature_celsius", math.Inf(-1), nil, 1))
	want.Rejected["bad_value"] = 3
	must(packed.Incr("no_such_family", nil, 1))
	want.Rejected["unknown_family"] = 1
	must(packed.Incr("client_requests_total", []string{"outcome:ok", "bare"}, 1))
	want.Rejected["unknown_label"] = 1
	must(packed.Incr("client_requests_total", []string{"outcome:maybe"}, 1))
	want.Rejected["label_value"] = 1
	must(packed.Incr("client_requests_total", nil, 1))
	want.Rejected["missing_label"] = 1
	must(packed.Incr("client_requests_total", []string{"outcome:ok", "outcome:error"}, 1))
	want.Rejected["duplicate_label"] = 1
	must(packed.Set("client_requests_total", "visitor:7", []string{"outcome:ok"}, 1))
	must(packed.Histogram("client_requests_total", 1, []string{"outcome:ok"}, 1))
	want.Rejected["type_mismatch"] = 2

	event := statsd.NewEvent("Überraschung", "line one\nline two")
	event.AggregationKey = "k"
	must(packed.Event(event))
	check := statsd.NewServiceCheck("scenario.up", statsd.Warn)
	check.Message = "a|b\nm:c"
	must(packed.ServiceCheck(check))
	want.Ignored = 2

	must(packed.Close())
	must(single.Close())
	must(json.NewEncoder(os.Stdout).Encode(want))
}
