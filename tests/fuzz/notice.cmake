# SPDX-License-Identifier: MIT
# Any bytes as a message of sd_notify(3) to the supervisor, read again by a slower reader.
statgate_fuzzer(notice SOURCES fuzz_notice.c DEPS sg_supervisor
  CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpus_notice
  DICT ${CMAKE_CURRENT_SOURCE_DIR}/notice.dict)
