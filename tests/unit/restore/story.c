/* SPDX-License-Identifier: MIT */
#include "story.h"

const char *const story_catalogs[] = {
    "{\"statgate\":1,\"service\":\"host\",\"families\":{"
    "\"c_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{\"x\":[\"a\",\"b\"],"
    "\"y\":{\"pattern\":\"slug\",\"max\":2,\"otherwise\":\"o\"}}},"
    "\"g\":{\"type\":\"gauge\",\"help\":\"\",\"ttl_s\":5,\"absent\":0,\"labels\":{"
    "\"u\":{\"pattern\":\"[a-z]+\",\"max\":2}}},"
    "\"h\":{\"type\":\"histogram\",\"help\":\"\",\"buckets\":[0.1,1,10],\"labels\":{"
    "\"u\":{\"pattern\":\"[a-z]+\",\"max\":2}}},"
    "\"n_total\":{\"type\":\"counter\",\"help\":\"\"},"
    "\"s\":{\"type\":\"stateset\",\"help\":\"\",\"ttl_s\":5,\"labels\":{\"s\":[\"on\",\"off\"],"
    "\"x\":[\"a\",\"b\"]}},"
    "\"u\":{\"type\":\"updowncounter\",\"help\":\"\",\"floor\":0},"
    "\"w\":{\"type\":\"summary\",\"help\":\"\",\"quantiles\":[0,0.5,1],\"window_s\":60,\"labels\":{"
    "\"u\":{\"pattern\":\"[a-z]+\",\"max\":2}}}}}",
    "{\"statgate\":1,\"service\":\"process\",\"families\":{"
    "\"pd_total\":{\"type\":\"counter\",\"help\":\"\",\"reading\":\"absolute\",\"ended\":\"drop\"},"
    "\"pi_info\":{\"type\":\"info\",\"help\":\"\",\"labels\":{"
    "\"v\":{\"pattern\":\"[a-z]+\",\"max\":4}}},"
    "\"pm\":{\"type\":\"gauge\",\"help\":\"\",\"merge\":\"max\",\"absent\":0,\"labels\":{"
    "\"u\":{\"pattern\":\"[a-z]+\",\"max\":2}}},"
    "\"pr_total\":{\"type\":\"counter\",\"help\":\"\",\"reading\":\"absolute\"},"
    "\"ps\":{\"type\":\"gauge\",\"help\":\"\",\"merge\":\"sum\"},"
    "\"pu\":{\"type\":\"updowncounter\",\"help\":\"\",\"owner\":\"process\",\"labels\":{"
    "\"u\":{\"pattern\":\"[a-z]+\",\"max\":2}}},"
    "\"py\":{\"type\":\"summary\",\"help\":\"\",\"quantiles\":[0.5,0.9],\"reading\":\"absolute\","
    "\"labels\":{\"u\":{\"pattern\":\"[a-z]+\",\"max\":2}}}},"
    "\"attempts\":{\"at\":{\"labels\":{\"j\":[\"p\",\"q\"]},\"success\":[\"ok\"],\"failure\":["
    "\"bad\"],\"breaker\":{\"open_after\":2,\"cooldown_s\":5,\"probes\":1}},"
    "\"aw\":{\"labels\":{\"j\":[\"p\",\"q\"]},\"success\":[\"ok\"],\"failure\":[\"bad\"],"
    "\"breaker\":{\"failure_ratio\":0.5,\"min_attempts\":5,\"window_s\":600,\"agree\":2,"
    "\"cooldown_s\":5}},"
    "\"ar\":{\"success\":[\"ok\"],\"failure\":[\"bad\"],\"breaker\":\"reported\"}},"
    "\"jobs\":{\"jo\":{\"labels\":{\"j\":[\"p\",\"q\"]},\"max_live\":6,\"buckets\":[0.1,1]}}}",
    NULL};

#define TEN(value)                                                                                 \
    value ":" value ":" value ":" value ":" value ":" value ":" value ":" value ":" value ":" value

#define FOUR(line) line "\n" line "\n" line "\n" line "\n"

const struct step story_steps[] = {
    /* Values of the host: a first series, a known line, a fold, what is refused. */
    {.pid = 100, .datagrams = {"c_total:1|c|#x:a,y:k"}},
    {.pid = 100, .datagrams = {"c_total:2.5|c|#x:a,y:k"}},
    {.pid = 100, .datagrams = {"c_total:1|c|#x:b,y:l\nc_total:1|c|#x:b,y:m\nc_total:4|c|#x:b,y:n"}},
    {.pid = 100, .datagrams = {"c_total:-1|c|#x:a,y:k\nnone:1|c\nc_total:1|c|#x:z,y:k\nbroken"}},
    /* The same in a row. */
    {.pid = 100, .datagrams = {FOUR("c_total:1|c|#x:b,y:m") "c_total:1|c|#x:b,y:n"}},
    {.pid = 100, .datagrams = {FOUR("none:1|c") FOUR("c_total:1:2|c|#x:z,y:k") "broken\nbroken"}},
    /* With a new value each. */
    {.pid = 100,
     .datagrams = {"c_total:1|c|#x:b,y:p\nc_total:2|c|#x:b,y:q\nc_total:3|c|#x:b,y:r\n"
                   "c_total:1|c|#x:w,y:k\nc_total:1:2|c|#x:v,y:k\nc_total:3|c|#x:w,y:k"}},
    {.pid = 100,
     .datagrams = {"n_total:" TEN("1") ":" TEN("2") ":" TEN("3") ":" TEN("4") ":" TEN("5") ":" TEN(
         "6") ":" TEN("7") ":x:8|c"}},
    {.pid = 100, .datagrams = {"g:7|g|#u:a\ng:8|g|#u:b", "g:0|g|#u:a"}},
    {.pid = 100, .datagrams = {"g:9|g|#u:c"}},
    {.pid = 100, .datagrams = {"h:0.5|h|@0.3|#u:a", "h:0.05:20|h|#u:a", "h:1|h|#u:b"}},
    {.pid = 100, .datagrams = {"s:1|g|#s:on,x:a\ns:1|g|#s:off,x:a\ns:0|g|#s:off,x:a"}},
    {.pid = 100, .datagrams = {"u:3|c\nu:-5|c\nu:2|g"}},
    {.pid = 100, .datagrams = {"w:1:2:3:500:0.001|h|#u:a", "w:7|h|@0.4|#u:b"}},
    {.pid = 100, .datagrams = {"w:4|h|#u:a", "w:0:900|h|#u:a\nw:0|h|#u:a"}},
    /* Values of processes. */
    {.pid = 101, .datagrams = {"ps:1|g\npm:5|g|#u:a\npu:2|c|#u:a\npr_total:10|g\npd_total:4|g"}},
    {.pid = 102, .datagrams = {"ps:0.1|g\npm:7|g|#u:a\npu:3|c|#u:a\npr_total:20|g\npd_total:5|g"}},
    {.pid = 101, .datagrams = {"ps:0.2|g\nps:0.3|g\npm:0|g|#u:a\npr_total:3|g\npu:-9|c|#u:b"}},
    {.pid = 102, .datagrams = {"pm:0|g|#u:a", "pi_info:1|g|#v:one\npi_info:1|g|#v:two"}},
    {.pid = 101, .datagrams = {"py:3|g|#u:a,quantile:0.5\npy_sum:9|g|#u:a\npy_count:2|g|#u:a"}},
    {.pid = 102, .datagrams = {"py:4|g|#u:a,quantile:0.9\npi_info:1|g|#v:one\npi_info:1|g|#v:two"}},
    /* Machines. */
    {.pid = 101, .datagrams = {"at:ok:bad:bad:bad|a|#j:p\nat:what|a|#j:q\nar:open|b\nar:ok|a"}},
    {.pid = 101,
     .datagrams = {"jo:queued|j|#j:p|i:1\njo:queued|j|#j:p|i:2\njo:started|j|#j:p|i:1"}},
    {.pid = 102,
     .datagrams = {"jo:started|j|#j:q|i:3\njo:started|j|#j:p|i:2\njo:failed|j|#j:p|i:1"}},
    {.pid = 102, .datagrams = {"jo:succeeded|j|#j:p|i:1\njo:started|j|#j:q|i:4"}},
    /* A report, and lines that count nowhere. */
    {.pid = 103,
     .datagrams = {"n_total:1|c|q:77,10,2", "n_total:1|c|q:77,12,3\nn_total:2|c",
                   "datadog.dogstatsd.client.metrics:5|c"}},
    /* Series that nobody wants, with what is sent for them again. */
    {.pid = 102, .forgets = "c_total", .value = "a", .datagrams = {"c_total:3|c|#x:a,y:k"}},
    {.pid = 101, .forgets = "pu", .datagrams = {"pu:5|c|#u:c"}},
    {.pid = 102, .forgets = "pi_info", .value = "two", .datagrams = {"pi_info:1|g|#v:one"}},
    {.pid = 101, .forgets = "n_total", .datagrams = {"n_total:2|c"}},
    {.pid = 101, .forgets = "w", .value = "a", .datagrams = {"w:5|h|#u:a"}},
    {.pid = 102, .forgets = "pr_total", .datagrams = {"pr_total:25|g"}},
    {.pid = 105, .datagrams = {"n_total:1|c|q:78,5000000,2"}},
    {.pid = 103, .restarts = true},
    /* Ends of processes and series. */
    {.pid = 102, .ends = true},
    {.pid = 101, .datagrams = {"ps:4|g\npi_info:1|g|#v:three"}},
    /* A success twice keeps p closed, a failure twice opens q. */
    {.pid = 100, .datagrams = {"aw:ok:ok:bad|a|#j:p", "aw:ok:ok:bad|a|#j:q"}},
    {.pid = 101, .datagrams = {"aw:ok:bad:bad|a|#j:p|d:0.1\naw:ok:bad|a|#j:q"}},
    {.after_ms = 6000, .pid = 101, .datagrams = {"g:1|g|#u:d\nat:ok|a|#j:p"}},
    {.pid = 101, .ends = true},
    {.pid = 104, .datagrams = {"ps:1|g\nc_total:1|c|#x:a,y:k\nh:1|h|#u:a"}}};

const size_t story_step_count = sizeof story_steps / sizeof *story_steps;
