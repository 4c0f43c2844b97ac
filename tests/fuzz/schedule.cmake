# SPDX-License-Identifier: MIT
# Any text as an expression of cron.
statgate_fuzzer(schedule SOURCES fuzz_schedule.c DEPS sg_base sg_schedule
  CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpus_schedule
  DICT ${CMAKE_CURRENT_SOURCE_DIR}/schedule.dict)
