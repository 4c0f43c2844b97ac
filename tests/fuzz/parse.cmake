statgate_fuzzer(parse SOURCES fuzz_parse.c DEPS sg_proto CORPUS ${PROJECT_SOURCE_DIR}/tests/cases/proto)
if(TARGET fuzz_parse)
  target_include_directories(fuzz_parse PRIVATE ${PROJECT_SOURCE_DIR}/tests/unit/proto)
endif()
