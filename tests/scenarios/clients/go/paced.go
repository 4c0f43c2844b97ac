// SPDX-License-Identifier: MIT
// Counts with datadog-go at a pace (the second argument, a second) until SIGTERM, then prints how many were sent.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/DataDog/datadog-go/statsd"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "datadog-go:", err)
		os.Exit(1)
	}
}

func main() {
	rate, err := strconv.ParseFloat(os.Args[2], 64)
	must(err)
	client, err := statsd.New("unix://" + os.Args[1])
	must(err)
	client.Tags = []string{"client:go"}
	// The default of 1 ms drops what a busy receiver takes later.
	must(client.SetWriteTimeout(10 * time.Second))
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	sent := 0
	start := time.Now()
	for {
		select {
		case <-end:
			must(client.Close())
			fmt.Println(sent)
			return
		case <-time.After(2 * time.Millisecond):
			for ; float64(sent) < time.Since(start).Seconds()*rate; sent++ {
				must(client.Incr("client_requests_total", []string{"outcome:ok"}, 1))
			}
		}
	}
}
