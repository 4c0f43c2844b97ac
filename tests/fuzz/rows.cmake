# SPDX-License-Identifier: MIT
# Rows of any text as the answers to queries.
statgate_fuzzer(rows SOURCES fuzz_rows.c DEPS sg_postgres sg_store sg_loader sg_endpoint
  CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpus_rows
  DICT ${CMAKE_CURRENT_SOURCE_DIR}/rows.dict)
