// SPDX-License-Identifier: MIT
// What this process says of itself, by the names and meanings of Prometheus' client for Go.
package main

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// ticks of /proc are hundredths of a second on every Linux that Go runs on.
const ticksPerSecond = 100

// gcPercent cannot be asked for without being set, so it is asked for once.
var gcPercent = func() int {
	percent := debug.SetGCPercent(100)
	debug.SetGCPercent(percent)
	return percent
}()

func (e *emitter) tellRuntime() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	gc := debug.GCStats{PauseQuantiles: make([]time.Duration, 5)}
	debug.ReadGCStats(&gc)
	for i, quantile := range []string{"0", "0.25", "0.5", "0.75", "1"} {
		e.set("go_gc_duration_seconds", gc.PauseQuantiles[i].Seconds(), "quantile:"+quantile)
	}
	e.set("go_gc_duration_seconds_sum", gc.PauseTotal.Seconds())
	e.set("go_gc_duration_seconds_count", float64(gc.NumGC))
	e.set("go_gc_gogc_percent", float64(gcPercent))
	e.set("go_gc_gomemlimit_bytes", float64(debug.SetMemoryLimit(-1)))
	e.set("go_goroutines", float64(runtime.NumGoroutine()))
	e.set("go_info", 1, "version:"+runtime.Version())
	e.set("go_sched_gomaxprocs_threads", float64(runtime.GOMAXPROCS(0)))
	threads, _ := runtime.ThreadCreateProfile(nil)
	e.set("go_threads", float64(threads))

	for name, value := range map[string]uint64{
		"alloc_bytes": m.Alloc, "alloc_bytes_total": m.TotalAlloc, "buck_hash_sys_bytes": m.BuckHashSys,
		"frees_total": m.Frees, "gc_sys_bytes": m.GCSys, "heap_alloc_bytes": m.HeapAlloc,
		"heap_idle_bytes": m.HeapIdle, "heap_inuse_bytes": m.HeapInuse, "heap_objects": m.HeapObjects,
		"heap_released_bytes": m.HeapReleased, "heap_sys_bytes": m.HeapSys, "mallocs_total": m.Mallocs,
		"mcache_inuse_bytes": m.MCacheInuse, "mcache_sys_bytes": m.MCacheSys,
		"mspan_inuse_bytes": m.MSpanInuse, "mspan_sys_bytes": m.MSpanSys, "next_gc_bytes": m.NextGC,
		"other_sys_bytes": m.OtherSys, "stack_inuse_bytes": m.StackInuse, "stack_sys_bytes": m.StackSys,
		"sys_bytes": m.Sys,
	} {
		e.set("go_memstats_"+name, float64(value))
	}
	e.set("go_memstats_last_gc_time_seconds", float64(m.LastGC)/1e9)
}

// number reads a field of /proc; what is not there, or no number, is 0.
func number(fields []string, at int) float64 {
	if at >= len(fields) {
		return 0
	}
	value, _ := strconv.ParseFloat(fields[at], 64)
	return value
}

// proc is a file of /proc, or nothing.
func proc(path string) string {
	text, _ := os.ReadFile("/proc/" + path)
	return string(text)
}

// limit is a line of /proc/self/limits, its soft limit; "unlimited" is the greatest there is.
func limit(name string) float64 {
	for _, line := range strings.Split(proc("self/limits"), "\n") {
		if fields := strings.Fields(strings.TrimPrefix(line, name)); strings.HasPrefix(line, name) && len(fields) > 0 {
			if fields[0] == "unlimited" {
				return math.MaxUint64
			}
			return number(fields, 0)
		}
	}
	return 0
}

// octets are those of the process's network, in and out, from the two lines IpExt of netstat: names,
// and values in the same order.
func octets() (in, out float64) {
	var names []string
	for _, line := range strings.Split(proc("self/net/netstat"), "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] != "IpExt:" {
			continue
		}
		if names == nil {
			names = fields
			continue
		}
		for i, name := range names {
			switch name {
			case "InOctets":
				in = number(fields, i)
			case "OutOctets":
				out = number(fields, i)
			}
		}
	}
	return in, out
}

// bootTime is when the kernel started, in Unix seconds.
func bootTime() float64 {
	for _, line := range strings.Split(proc("stat"), "\n") {
		if fields := strings.Fields(line); len(fields) == 2 && fields[0] == "btime" {
			return number(fields, 1)
		}
	}
	return 0
}

func (e *emitter) tellProcess() {
	stat := proc("self/stat")
	// The name of the program, in parentheses, may hold blanks; fields count from the state, which is
	// the third of proc(5).
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	e.set("process_cpu_seconds_total", (number(fields, 11)+number(fields, 12))/ticksPerSecond)
	e.set("process_start_time_seconds", bootTime()+number(fields, 19)/ticksPerSecond)
	e.set("process_virtual_memory_bytes", number(fields, 20))
	e.set("process_resident_memory_bytes", number(fields, 21)*float64(os.Getpagesize()))
	e.set("process_virtual_memory_max_bytes", limit("Max address space"))
	e.set("process_max_fds", limit("Max open files"))
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		e.set("process_open_fds", float64(len(open)))
	}
	in, out := octets()
	e.set("process_network_receive_bytes_total", in)
	e.set("process_network_transmit_bytes_total", out)
}
