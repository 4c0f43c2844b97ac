#include "ingress/mark.h"

static void begin(struct marks *marks) {
    marks->begun++;
    marks->behind = marks->queues;
}

static void enter(const struct marks *marks, struct mark_queue *queue) {
    queue->round = marks->begun;
    queue->ahead = queue->capacity;
}

void marks_join(struct marks *marks, struct mark_queue *queue, uint64_t capacity) {
    queue->capacity = capacity > 0 ? capacity : 1;
    enter(marks, queue);
    marks->queues++;
    marks->behind++;
}

uint64_t marks_set(struct marks *marks) {
    if (marks->passed == marks->begun)
        begin(marks);
    else
        marks->asked = marks->begun + 1; /* some queue may already have passed the present one */
    if (marks->asked < marks->begun)
        marks->asked = marks->begun;
    return marks->asked;
}

void marks_received(struct marks *marks, struct mark_queue *queue, size_t datagrams, bool empty) {
    if (queue->round != marks->begun)
        enter(marks, queue);
    if (queue->ahead == 0)
        return;
    queue->ahead = empty || datagrams >= queue->ahead ? 0 : queue->ahead - datagrams;
    if (queue->ahead == 0)
        marks->behind--;
}

void marks_leave(struct marks *marks, struct mark_queue *queue) {
    marks_received(marks, queue, 0, true);
    marks->queues--;
}

uint64_t marks_settle(struct marks *marks) {
    if (marks->behind == 0) {
        marks->passed = marks->begun;
        if (marks->asked > marks->begun)
            begin(marks);
    }
    return marks->passed;
}
