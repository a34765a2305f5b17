package main

import (
	"testing"
	"time"
)

func TestInfoOfServersAddsUp(t *testing.T) {
	const text = "# CPU\r\nused_cpu_sys:1.5\r\nused_cpu_user:0.25\r\nused_cpu_sys_children:9\r\n" +
		"total_reads_processed:7\r\ncmdstat_get:calls=5,usec=9,usec_per_call=1.80\r\n"
	r := redisInfo{commands: map[string]int64{}}
	for range 2 {
		if err := r.add(text); err != nil {
			t.Fatal(err)
		}
	}
	if r.cpu != 3500*time.Millisecond || r.reads != 14 || r.commands["get"] != 10 {
		t.Errorf("%+v", r)
	}
	if err := r.add("total_reads_processed:many\r\n"); err == nil {
		t.Error("a number that is none was accepted")
	}
}

func TestInfoSince(t *testing.T) {
	before := redisInfo{time.Second, 10, map[string]int64{"get": 1, "set": 4}}
	after := redisInfo{3 * time.Second, 15, map[string]int64{"get": 3, "set": 4, "del": 2}}
	d := after.since(before)
	if d.cpu != 2*time.Second || d.reads != 5 || len(d.commands) != 2 || d.commands["get"] != 2 || d.commands["del"] != 2 {
		t.Errorf("%+v", d)
	}
}

func TestCommandsInsideScriptsDoNotCount(t *testing.T) {
	c := cost{commands: sentByClients(map[string]int64{"evalsha": 20, "hset": 20, "time": 20, "hgetall": 10, "info": 1}, 10)}
	if c.list() != "EVALSHA × 2, HGETALL" || c.total() != 3 {
		t.Errorf("%s, %v in all", c.list(), c.total())
	}
	c = cost{commands: sentByClients(map[string]int64{"del": 10, "get": 5}, 10)}
	if c.list() != "DEL, GET × 0.5" {
		t.Errorf("without scripts: %s", c.list())
	}
}
