#include "view/json_who.h"

static const char *known(const char *text) {
    return text[0] != '\0' ? text : NULL;
}

void json_who_member(struct json_writer *json, const char *key, const struct who *who) {
    json_key(json, key);
    if (who->pid == 0) {
        json_text(json, NULL);
        return;
    }
    json_open(json, '{');
    json_member_i64(json, "pid", who->pid);
    json_member_u64(json, "uid", who->uid);
    json_member_text(json, "comm", known(who->comm));
    json_member_text(json, "unit", known(who->unit));
    json_close(json, '}');
}

void json_who_put_unit(struct json_writer *json, const char *unit) {
    json_member_text(json, "unit", known(unit));
}

void json_who_put_members(struct json_writer *json, const struct who *who) {
    json_member_i64(json, "pid", who->pid);
    json_member_u64(json, "uid", who->uid);
    json_key(json, "comm");
    json_bytes(json, who->comm, strnlen(who->comm, WHO_COMM_MAX));
    json_who_put_unit(json, who->unit);
}

void json_who_put_program(struct json_writer *json, const struct who *who) {
    json_key(json, "comm");
    if (who->comm[0] != '\0')
        json_bytes(json, who->comm, strnlen(who->comm, WHO_COMM_MAX));
    else
        json_text(json, NULL);
    json_who_put_unit(json, who->unit);
}
