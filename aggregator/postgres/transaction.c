#include "postgres/transaction.h"

#include <inttypes.h>
#include <stdio.h>

#include "postgres/convert.h"

void transaction_begin(int64_t timeout_ms, char ret_text[TRANSACTION_TEXT_MAX]) {
    (void)snprintf(ret_text, TRANSACTION_TEXT_MAX,
                   "BEGIN READ ONLY;SET LOCAL statement_timeout=%" PRId64
                   ";SET LOCAL search_path=pg_catalog,public,pg_temp;" CONVERT_SETTINGS,
                   timeout_ms);
}
