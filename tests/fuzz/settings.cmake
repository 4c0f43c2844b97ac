# SPDX-License-Identifier: MIT
# Any bytes as a configuration file, and the endpoints that come of it.
statgate_fuzzer(settings SOURCES fuzz_settings.c DEPS sg_settings sg_self_metrics sg_loader
  CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpus_settings
  DICT ${CMAKE_CURRENT_SOURCE_DIR}/settings.dict)
