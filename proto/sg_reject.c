#include "sg_proto.h"

static const struct {
    const char *label;
    const char *text;
} reasons[SG_REJECT_COUNT] = {
    [SG_REJECT_NONE] = {"none", "not rejected"},
#define SG_REJECT(id, label, text) [SG_REJECT_##id] = {label, text},
#include "sg_reject.def"
#undef SG_REJECT
};

static const char *const letters[SG_LETTER_COUNT] = {
    [SG_LETTER_C] = "c",   [SG_LETTER_G] = "g", [SG_LETTER_H] = "h",
    [SG_LETTER_D] = "d",   [SG_LETTER_S] = "s", [SG_LETTER_A] = "a",
    [SG_LETTER_MS] = "ms", [SG_LETTER_B] = "b", [SG_LETTER_J] = "j",
};

const char *sg_reject_label(enum sg_reject reason) {
    return (unsigned)reason < SG_REJECT_COUNT ? reasons[reason].label : "unknown";
}

const char *sg_reject_text(enum sg_reject reason) {
    return (unsigned)reason < SG_REJECT_COUNT ? reasons[reason].text : "unknown reason";
}

const char *sg_letter_text(enum sg_letter letter) {
    return (unsigned)letter < SG_LETTER_COUNT ? letters[letter] : "?";
}
