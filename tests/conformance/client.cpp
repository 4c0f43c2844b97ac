/* SPDX-License-Identifier: MIT */
/* statgate.hpp for the conformance kit: see README.md. */
#include <array>
#include <iostream>
#include <jansson.h>
#include <map>
#include <memory>
#include <statgate.hpp>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <variant>

namespace {

constexpr std::size_t labels_max = 12;

template <class type> using owned = std::unique_ptr<type>;
/* Something that was prepared or begun. */
using thing =
    std::variant<owned<statgate::counter>, owned<statgate::updown>, owned<statgate::gauge>,
                 owned<statgate::histogram>, owned<statgate::attempts>, owned<statgate::jobs>,
                 owned<statgate::breaker>>;

statgate::client client;
std::map<std::string, thing> things;

std::string_view text(json_t *operation, const char *key) {
    json_t *found = json_object_get(operation, key);
    return {json_string_value(found), json_string_length(found)};
}

double value_of(json_t *operation) {
    json_t *value = json_object_get(operation, "value");
    return json_is_string(value) ? std::stod(json_string_value(value)) : json_number_value(value);
}

/* Calls f with the operation's labels: the header takes a list whose length the compiler knows. */
template <std::size_t count = 0, class function> bool with_labels(json_t *operation, function &&f) {
    json_t *pairs = json_object_get(operation, "labels");
    if constexpr (count < labels_max)
        if (json_array_size(pairs) > count)
            return with_labels<count + 1>(operation, std::forward<function>(f));
    const auto at = [&](std::size_t i) -> statgate::label {
        json_t *pair = json_array_get(pairs, i);
        json_t *key = json_array_get(pair, 0);
        json_t *value = json_array_get(pair, 1);
        return {{json_string_value(key), json_string_length(key)},
                {json_string_value(value), json_string_length(value)}};
    };
    return [&]<std::size_t... i>(std::index_sequence<i...>) {
        return f(statgate::labels{at(i)...});
    }
    (std::make_index_sequence<count>{});
}

template <class kind> bool prepare_as(json_t *o) {
    return with_labels(o, [&](statgate::labels pairs) {
        auto made = std::make_unique<kind>(client, text(o, "name"), pairs);
        const bool good = static_cast<bool>(*made);
        things[std::string(text(o, "id"))] = std::move(made);
        return good;
    });
}

bool prepare(json_t *o) {
    switch (text(o, "kind")[0]) {
    case 'c':
        return prepare_as<statgate::counter>(o);
    case 'u':
        return prepare_as<statgate::updown>(o);
    case 'g':
        return prepare_as<statgate::gauge>(o);
    case 'h':
        return prepare_as<statgate::histogram>(o);
    case 'a':
        return prepare_as<statgate::attempts>(o);
    default:
        return prepare_as<statgate::jobs>(o);
    }
}

thing &thing_of(json_t *o) {
    return things[std::string(text(o, "id"))];
}

bool use(json_t *o) {
    const double value = value_of(o);
    thing &it = thing_of(o);
    if (auto *counter = std::get_if<owned<statgate::counter>>(&it))
        return (*counter)->add(value);
    if (auto *updown = std::get_if<owned<statgate::updown>>(&it))
        return (*updown)->add(value);
    if (auto *gauge = std::get_if<owned<statgate::gauge>>(&it))
        return (*gauge)->set(value);
    return std::get<owned<statgate::histogram>>(it)->observe(value);
}

bool report(json_t *o) {
    thing &it = thing_of(o);
    if (auto *attempts = std::get_if<owned<statgate::attempts>>(&it))
        return (*attempts)->report(text(o, "word"));
    if (auto *jobs = std::get_if<owned<statgate::jobs>>(&it))
        return (*jobs)->report(text(o, "word"), text(o, "instance"));
    json_t *seconds = json_object_get(o, "seconds");
    return std::get<owned<statgate::breaker>>(it)->report(
        text(o, "word"), seconds == nullptr ? -1 : json_number_value(seconds));
}

bool begin(json_t *o) {
    thing &it = thing_of(o);
    if (!std::holds_alternative<owned<statgate::breaker>>(it))
        with_labels(o, [&](statgate::labels pairs) {
            it = std::make_unique<statgate::breaker>(client, text(o, "name"), pairs);
            return true;
        });
    return std::get<owned<statgate::breaker>>(it)->allow();
}

bool perform(json_t *o);

bool fork_and(json_t *operations) {
    const pid_t child = fork();
    if (child == 0) {
        bool good = true;
        for (std::size_t i = 0; i < json_array_size(operations); i++)
            good = perform(json_array_get(operations, i)) && good;
        _exit(good ? 0 : 1);
    }
    int status = 1;
    return waitpid(child, &status, 0) == child && status == 0;
}

bool perform(json_t *o) {
    const std::string_view op = text(o, "op");
    const std::string_view name = text(o, "name");
    const std::string_view word = text(o, "word");
    if (op == "prepare")
        return prepare(o);
    if (op == "use")
        return use(o);
    if (op == "report")
        return report(o);
    if (op == "begin")
        return begin(o);
    if (op == "fork")
        return fork_and(json_object_get(o, "ops"));
    if (op == "can")
        return text(o, "what") == "fork" || text(o, "what") == "tickets";
    if (op == "flush")
        return client.flush_wait(
            std::chrono::duration<double>(json_number_value(json_object_get(o, "timeout"))));
    if (op == "drop") {
        std::get<owned<statgate::breaker>>(thing_of(o))->drop();
        return true;
    }
    return with_labels(o, [&](statgate::labels pairs) {
        if (op == "count")
            return client.count(name, value_of(o), pairs);
        if (op == "set")
            return client.set(name, value_of(o), pairs);
        if (op == "add")
            return client.add(name, value_of(o), pairs);
        if (op == "observe")
            return client.observe(name, value_of(o), pairs);
        if (op == "info")
            return client.info(name, pairs);
        if (op == "state")
            return client.state(name, text(o, "state"), pairs);
        if (op == "attempt")
            return client.attempt(name, word, pairs);
        if (op == "circuit")
            return client.circuit(name, word, pairs);
        return client.job(name, word, text(o, "instance"), pairs);
    });
}

} // namespace

int main() {
    std::string line;
    json_t *operations = json_array();
    while (std::getline(std::cin, line)) {
        json_t *o = json_loads(line.c_str(), 0, nullptr);
        json_array_append_new(operations, o);
        const std::string_view op = text(o, "op");
        if (op == "lost")
            std::cout << "{\"value\": " << client.lost() << "}" << std::endl;
        else if (op == "merged")
            std::cout << "{\"value\": " << client.merged() << "}" << std::endl;
        else if (op == "error")
            std::cout << "{\"value\": \"the header says what it refuses, not why\"}" << std::endl;
        else
            std::cout << "{\"ok\": " << (perform(o) ? "true" : "false") << "}" << std::endl;
    }
    things.clear();
    json_decref(operations);
}
