/*
 * figures.c - see figures.h.
 */
#include "http/figures.h"

unsigned http_code(enum http_code_index index) {
    static const unsigned codes[HTTP_CODE_COUNT] = {200, 400, 401, 404, 405, 413, 414, 500, 503};
    return index < HTTP_CODE_COUNT ? codes[index] : 0;
}
