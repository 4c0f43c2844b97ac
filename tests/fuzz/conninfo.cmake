# SPDX-License-Identifier: MIT
# Any text as conninfo, for libpq with a server that is never there; and as a message.
statgate_fuzzer(conninfo SOURCES fuzz_conninfo.c DEPS sg_base sg_postgres
  CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpus_conninfo
  DICT ${CMAKE_CURRENT_SOURCE_DIR}/conninfo.dict)
if(TARGET fuzz_conninfo)
  target_link_options(fuzz_conninfo PRIVATE -Wl,--wrap=PQconnectdbParams)
endif()
