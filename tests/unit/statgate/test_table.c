#include "assertions.h"
#include "statgate/table.h"

Test(statgate_table, columns_are_aligned_and_lines_have_no_blank_end) {
    struct table table;
    struct strbuf out;
    strbuf_init(&out);
    table_init(&table, "lrl");
    const char *const cells[] = {"NAME", "N", "WHAT", "a", "1000", "", "longer", "", "x"};
    for (size_t i = 0; i < 9; i++)
        table_cell(&table, "%s", cells[i]);
    table_write(&table, &out, 2);
    cr_expect(eq(str, (char *)(uintptr_t)strbuf_cstr(&out),
                 "  NAME       N  WHAT\n"
                 "  a       1000\n"
                 "  longer        x\n"));
    table_done(&table);
    strbuf_done(&out);
}

Test(statgate_table, a_cell_may_be_longer_than_any_buffer) {
    struct table table;
    struct strbuf out;
    strbuf_init(&out);
    table_init(&table, "l");
    table_cell(&table, "%05000d", 1);
    table_write(&table, &out, 0);
    cr_expect(eq(sz, out.len, 5001));
    table_done(&table);
    strbuf_done(&out);
}
