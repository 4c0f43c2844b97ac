# SPDX-License-Identifier: MIT
# Any bytes as a catalog; catalog.dict has the words of the format.
statgate_fuzzer(catalog SOURCES fuzz_catalog.c DEPS sg_catalog sg_loader sg_endpoint CORPUS ${PROJECT_SOURCE_DIR}/tests/cases/catalog
  DICT ${CMAKE_CURRENT_SOURCE_DIR}/catalog.dict)
