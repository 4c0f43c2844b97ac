#include "postgres/ready.h"

void ready_kick(struct postgres *postgres) {
    postgres->kicked = true;
    if (!postgres->closing)
        (void)uv_idle_start(&postgres->turn, postgres->on_turn);
}

void ready_add(struct connection *connection) {
    struct postgres *postgres = connection->database->postgres;
    if (connection->ready)
        return;
    connection->ready = true;
    connection->next_ready = NULL;
    if (postgres->last_ready != NULL)
        postgres->last_ready->next_ready = connection;
    else
        postgres->first_ready = connection;
    postgres->last_ready = connection;
    (void)uv_idle_start(&postgres->turn, postgres->on_turn);
}

void ready_remove(struct connection *connection) {
    struct postgres *postgres = connection->database->postgres;
    struct connection *before = NULL;
    if (!connection->ready)
        return;
    for (struct connection *at = postgres->first_ready; at != connection; at = at->next_ready)
        before = at;
    if (before != NULL)
        before->next_ready = connection->next_ready;
    else
        postgres->first_ready = connection->next_ready;
    if (postgres->last_ready == connection)
        postgres->last_ready = before;
    connection->ready = false;
}
