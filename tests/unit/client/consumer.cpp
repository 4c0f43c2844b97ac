/* SPDX-License-Identifier: MIT */
// A C++ program that knows nothing but the header: see consumer.c.
#ifdef STATGATE_SINGLE
#include <statgate_single.h>
#else
#include <statgate.h>
#endif

#include <memory>
#include <string>

namespace {
bool expect(int fd, const std::string &line) {
    char got[512];
    const ssize_t len = recv(fd, got, sizeof got, MSG_DONTWAIT);
    return len > 0 && std::string(got, static_cast<size_t>(len)).rfind(line + "|q:", 0) == 0;
}
} // namespace

int main() {
    const std::string path = "/tmp/statgate-consumer-" + std::to_string(getpid()) + ".sock";
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    path.copy(at.sun_path, sizeof at.sun_path - 1);
    const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (fd < 0 || bind(fd, reinterpret_cast<const sockaddr *>(&at), sizeof at) != 0) {
        return 1;
    }
    auto sg = std::make_unique<statgate>();
    bool good = statgate_open(sg.get(), path.c_str());
    statgate_count(sg.get(), "requests_total", 1, "tenant:a");
    statgate_set(sg.get(), "temperature_celsius", -4.25, nullptr);
    statgate_add(sg.get(), "inflight", -1, "");
    statgate_observe(sg.get(), "latency_seconds", 0.012, "tenant:a,model:b");
    good = good && expect(fd, "requests_total:1|c|#tenant:a") &&
           expect(fd, "temperature_celsius:-4.25|g") && expect(fd, "inflight:-1|c") &&
           expect(fd, "latency_seconds:0.012|h|#tenant:a,model:b") && statgate_flush(sg.get());
    statgate_breaker breaker{};
    statgate_breaker_open(&breaker, sg.get(), "background_job", "job:publish");
    statgate_attempt(sg.get(), "background_job", "worked", "job:publish");
    statgate_circuit(sg.get(), "background_job", "open", "job:publish");
    statgate_job(sg.get(), "thumbnails", "queued", "7f3a", "queue:fast");
    good = good && statgate_breaker_allow(&breaker) &&
           expect(fd, "background_job:worked|a|#job:publish") &&
           expect(fd, "background_job:open|b|#job:publish") &&
           expect(fd, "thumbnails:queued|j|#queue:fast|i:7f3a");
    const statgate_label who[] = {{"tenant", "a"}, {"model", "b"}};
    statgate_count_with(sg.get(), "requests_total", 1, who, 2);
    statgate_state(sg.get(), "mode", "busy", nullptr);
    good = good && expect(fd, "requests_total:1|c|#tenant:a,model:b") &&
           expect(fd, "mode:1|g|#mode:busy");
    statgate_close(sg.get());
    unlink(path.c_str());
    return good && statgate_lost(sg.get()) == 0 ? 0 : 1;
}
