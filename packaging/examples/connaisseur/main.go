// SPDX-License-Identifier: MIT
// What Connaisseur would send, with datadog-go: admission requests with their validations, and what
// this process reads off its own Go runtime and its own /proc/self. Under trouble one validator
// reaches nothing, the others fail often, and admissions run into their timeout.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/DataDog/datadog-go/statsd"
)

const (
	requestsOfARound = 20
	period           = 500 * time.Millisecond
)

// emitter is the one process of Connaisseur on a host.
type emitter struct {
	client  *statsd.Client
	random  *rand.Rand
	trouble bool
	lost    uint64
}

// sent takes what a call of the client returned. An error says that what it had packed is gone.
func (e *emitter) sent(err error) {
	if err != nil {
		e.lost++
	}
}

func (e *emitter) count(name string, tags ...string) {
	e.sent(e.client.Count(name, 1, tags, 1))
}

func (e *emitter) set(name string, value float64, tags ...string) {
	e.sent(e.client.Gauge(name, value, tags, 1))
}

// validator is an entry of the configuration; share is how many of a hundred images are for it.
type validator struct {
	name, kind string
	share      int
}

var validators = []validator{
	{"dockerhub", "notaryv1", 50}, {"internal", "cosign", 30}, {"registry", "notation", 15}, {"deny", "static", 5},
}

func (e *emitter) pickValidator() validator {
	at := e.random.Intn(100)
	for _, v := range validators {
		if at < v.share {
			return v
		}
		at -= v.share
	}
	return validators[0]
}

// manifest is of an image with forty layers. A validation reads it, which is work for the runtime that
// the readings are about.
var manifest = func() []byte {
	layers := make([]map[string]interface{}, 40)
	for i := range layers {
		layers[i] = map[string]interface{}{"digest": fmt.Sprintf("sha256:%064x", i), "size": 1000 * i}
	}
	text, err := json.Marshal(map[string]interface{}{"schemaVersion": 2, "layers": layers})
	if err != nil {
		panic(err) // these always encode
	}
	return text
}()

// validate plays one image; false when it may not run.
func (e *emitter) validate() bool {
	v := e.pickValidator()
	tags := []string{"type:" + v.kind, "validator_name:" + v.name}
	if v.kind != "static" && e.random.Float64() < 0.2 {
		reasons := []string{"automatic approval of child image reference", "cache hit", "unchanged image reference"}
		e.count("connaisseur_validations_skipped_total", append(tags, "reason:"+reasons[e.random.Intn(len(reasons))])...)
		return true
	}
	var read map[string]interface{}
	if json.Unmarshal(manifest, &read) != nil {
		return false
	}
	failing := 0.02
	if e.trouble {
		failing = 0.3
		if v.kind == "cosign" {
			failing = 0.99 // its key server does not answer
		}
	}
	if v.kind == "static" || e.random.Float64() < failing {
		e.count("connaisseur_validations_failed_total", tags...)
		e.count("connaisseur_validations_total", append(tags, "result:error")...)
		return false
	}
	e.count("connaisseur_validations_successful_total", tags...)
	e.count("connaisseur_validations_total", append(tags, "result:success")...)
	return true
}

// admit plays one request to /mutate with one to three images. It is sent in one datagram, so that a
// scrape never sees a request that was neither admitted nor denied.
func (e *emitter) admit() {
	allowed := true
	for images := 1 + e.random.Intn(3); images > 0 && allowed; images-- {
		allowed = e.validate()
	}
	timeout := e.trouble && e.random.Float64() < 0.3
	e.count("connaisseur_requests_total")
	switch {
	case timeout:
		e.count("connaisseur_requests_denied_total", "timeout:true")
	case !allowed:
		e.count("connaisseur_requests_denied_total", "timeout:false")
	default:
		e.count("connaisseur_requests_admitted_total")
	}
	e.sent(e.client.Flush())
}

func (e *emitter) round() {
	for i := 0; i < requestsOfARound; i++ {
		e.admit()
	}
	e.tellRuntime()
	e.tellProcess()
	e.sent(e.client.Flush())
}

// defaultSocket looks where the C client looks; datadog-go takes it as an argument.
func defaultSocket() string {
	if path := os.Getenv("STATGATE_SOCKET"); path != "" {
		return path
	}
	places := []string{"/run/statgate/statgate.sock", os.Getenv("XDG_RUNTIME_DIR") + "/statgate.sock",
		fmt.Sprintf("/tmp/statgate-%d/statgate.sock", os.Getuid())}
	for _, place := range places {
		if _, err := os.Stat(place); err == nil {
			return place
		}
	}
	return places[0]
}

func main() {
	socket := flag.String("socket", "", "the daemon's `PATH`; else $STATGATE_SOCKET, else the default places")
	seconds := flag.Uint("seconds", 0, "end after `N` seconds; else by Ctrl-C")
	rounds := flag.Uint("rounds", 0, "`N` rounds without pauses; then stay until standard input is closed")
	trouble := flag.Bool("trouble", false, "a load that the alerts are for")
	flag.Parse()
	if flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if *socket == "" {
		*socket = defaultSocket()
	}
	client, err := statsd.NewBuffered("unix://"+*socket, 50)
	if err == nil {
		// The default of 1 ms drops what a busy daemon takes later.
		err = client.SetWriteTimeout(2 * time.Second)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "connaisseur:", err)
		os.Exit(1)
	}
	e := emitter{client: client, random: rand.New(rand.NewSource(1)), trouble: *trouble}

	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGINT, syscall.SIGTERM)
	var after <-chan time.Time
	if *seconds > 0 {
		after = time.After(time.Duration(*seconds) * time.Second)
	}
	done := uint(0)
	report := func() { fmt.Printf("sent %d rounds of 1 processes, %d samples lost\n", done, e.lost) }
	if *rounds > 0 {
		for ; done < *rounds; done++ {
			e.round()
		}
		report()
		closed := make(chan struct{})
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			close(closed)
		}()
		select {
		case <-closed:
		case <-end:
		case <-after:
		}
	} else {
		ticker := time.NewTicker(period)
	loop:
		for {
			e.round()
			done++
			select {
			case <-ticker.C:
			case <-end:
				break loop
			case <-after:
				break loop
			}
		}
		report()
	}
	_ = client.Close()
	// Who asks for rounds wants them to arrive.
	if *rounds > 0 && e.lost > 0 {
		os.Exit(1)
	}
}
