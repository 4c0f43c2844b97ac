/* SPDX-License-Identifier: MIT */
// A C++ program that knows nothing but statgate.hpp.
#include <statgate.hpp>

#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <thread>

namespace {

int receiver;
int failures;

std::string take() {
    char got[2048];
    const ssize_t len = recv(receiver, got, sizeof got, MSG_DONTWAIT);
    std::string text(got, len < 0 ? 0 : static_cast<size_t>(len));
    const size_t from = text.find("|q:");
    return from == std::string::npos
               ? text
               : text.substr(0, from) + text.substr(std::min(text.find('\n', from), text.size()));
}

void expect(const std::string &text) {
    const std::string got = take();
    if (got != text) {
        std::fprintf(stderr, "expected '%s', got '%s'\n", text.c_str(), got.c_str());
        failures++;
    }
}

void expect_that(bool good, const char *what) {
    if (!good) {
        std::fprintf(stderr, "not so: %s\n", what);
        failures++;
    }
}

void call(statgate::client &sg) {
    using namespace std::chrono_literals;
    const std::string eve = "eve,outcome:ok";
    sg.count("logins_total", 1, {{"outcome", "ok"}, {"user", "bob"}});
    expect("logins_total:1|c|#outcome:ok,user:bob");
    sg.count("plain_total");
    expect("plain_total:1|c");
    sg.set("level", -1.5, {{"a", ""}});
    expect("level:-1.5|g|#a:");
    sg.add("inflight", -1);
    expect("inflight:-1|c");
    sg.observe("seconds", 1500ms, {{"a", "b"}});
    expect("seconds:1.5|h|#a:b");
    sg.attempt("work", "worked", {{"job", "x"}});
    expect("work:worked|a|#job:x");
    sg.job("exports", "queued", "7f3a", {{"queue", "fast"}});
    expect("exports:queued|j|#queue:fast|i:7f3a");
    sg.state("door", "open", {{"hall", "a"}});
    expect("door:1|g|#door:open,hall:a");
    sg.state("door", "");
    expect("door:1|g|#door:");
    expect_that(sg.lost() == 0, "nothing is lost");
    expect_that(sg.merged() == 0, "nothing waited");
    sg.count("logins_total", 1, {{"user", eve}});
    expect("logins_total:1|c|#user:eve_outcome:ok");
    sg.count("logins_total", 1, {{"user", "ok\r"}, {"a", "|\n"}});
    expect("logins_total:1|c|#user:ok_,a:__");
    sg.state("door", "open,hall:b", {{"hall", "a"}});
    expect("door:1|g|#door:open_hall:b,hall:a");
    expect_that(sg.replaced() == 4, "and counted");
    expect_that(sg.lost() == 0, "and not lost");
    expect_that(!sg.count("logins_total", 1, {{"", "x"}}), "an empty key is refused");
    expect_that(!sg.count(std::string_view("a\0b", 3)), "a NUL is refused");
    expect_that(!sg.count("a", 1, {{"a", std::string_view("a\0b", 3)}}), "a NUL is refused");
    expect_that(!sg.state("", "open"), "a state of nothing is refused");
    expect_that(!sg.state("door", std::string(8000, 'x'), {{"hall", std::string(300, 'y')}}),
                "too long");
    expect_that(sg.lost() == 5, "five are lost");
}

// Memory that is not zeroed, and ends with the client.
void refuse_at_first(const char *path) {
    const std::size_t page = 4096;
    const std::size_t len = (sizeof(statgate::client) + page - 1) / page * page;
    void *memory =
        mmap(nullptr, len + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *end = static_cast<char *>(memory) + len;
    if (memory == MAP_FAILED || mprotect(end, page, PROT_NONE) != 0) {
        expect_that(false, "there is memory");
        return;
    }
    std::memset(memory, 'x', len);
    auto *sg = new (end - sizeof(statgate::client)) statgate::client(path);
    expect_that(!sg->count("logins_total", 1, {{"user,outcome", "eve"}}), "a comma is refused");
    expect_that(!sg->state("door", "open", {{"", "a"}}), "an empty key is refused");
    expect_that(!statgate::counter(*sg, "a", {{"a|b", "c"}}), "a bar is refused");
    expect_that(sg->lost() == 2, "two are lost");
    sg->~client();
    munmap(memory, len + page);
}

void wait_no_longer_than_it_may() {
    using namespace std::chrono_literals;
    statgate::client sg("/tmp/statgate-of-nobody.sock");
    sg.count("late_total");
    const auto begun = std::chrono::steady_clock::now();
    expect_that(!sg.flush_wait(-1ms), "nobody is there");
    expect_that(!sg.flush_wait(begun - std::chrono::steady_clock::now()), "likewise");
    expect_that(!sg.flush_wait(std::chrono::duration<double>(1e-9)), "likewise");
    expect_that(std::chrono::steady_clock::now() - begun < 10s, "time is over at once");
}

void prepare(statgate::client &sg) {
    using namespace std::chrono_literals;
    statgate::counter hits(sg, "hits_total", {{"tier", "memory"}});
    statgate::updown inside(sg, "inside");
    statgate::gauge level(sg, "level");
    statgate::histogram seconds(sg, "seconds");
    statgate::counter refused(sg, "a:b");
    expect_that(hits && inside && level && seconds && !refused, "what is refused says so");
    hits.add();
    hits.add(2);
    inside.add(-1);
    level.set(4);
    seconds.observe(250ms);
    expect_that(!refused.add(), "it takes nothing");
    sg.flush();
    expect("hits_total:3|c|#tier:memory\ninside:-1|c\nlevel:4|g\nseconds:0.25|h");
    statgate::attempts work(sg, "work");
    statgate::jobs exports(sg, "exports");
    work.report("worked");
    expect("work:worked|a");
    exports.report("queued", "1");
    expect("exports:queued|j|i:1");
    statgate::breaker breaker(sg, "work");
    expect_that(breaker.allow(), "without a page all is allowed");
    { statgate::timer timer(seconds); }
    expect_that(sg.flush_wait(1s), "all is sent");
    expect_that(take().rfind("seconds:", 0) == 0, "a duration");
}

void share(statgate::client &sg, const char *path) {
    statgate::shared_counter own(sg, "own_total", {{"a", "b"}});
    statgate::shared_counter refused(sg, "own_total", {{"a,b", "c:d"}});
    expect_that(own && !refused, "what is refused says so");
    std::thread([&] { own.add(2); }).join();
    own.add(0.5);
    const std::uint64_t lost = sg.lost();
    expect_that(!refused.add(), "it takes nothing");
    sg.flush();
    expect("own_total:2.5|c|#a:b");
    expect_that(sg.lost() == lost + 1, "and loses it");
    auto flusher = std::make_unique<statgate::flusher>(path);
    statgate::shared_counter flushed(*flusher, "flushed_total");
    std::thread([&] { flushed.add(3); }).join();
    flusher.reset();
    expect("flushed_total:3|c");
}

} // namespace

int main() {
    const std::string path = "/tmp/statgate-consumer-hpp-" + std::to_string(getpid()) + ".sock";
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    path.copy(at.sun_path, sizeof at.sun_path - 1);
    receiver = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (receiver < 0 || bind(receiver, reinterpret_cast<const sockaddr *>(&at), sizeof at) != 0) {
        return 1;
    }
    auto sg = std::make_unique<statgate::client>(path.c_str());
    call(*sg);
    refuse_at_first(path.c_str());
    wait_no_longer_than_it_may();
    prepare(*sg);
    share(*sg, path.c_str());
    auto orphan = std::make_unique<statgate::counter>(*sg, "late_total");
    orphan->add();
    sg.reset();
    expect("late_total:1|c");
    expect_that(!orphan->add(), "its client is gone");
    unlink(path.c_str());
    return failures;
}
