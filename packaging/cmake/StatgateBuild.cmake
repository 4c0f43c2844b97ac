# SPDX-License-Identifier: MIT
# The build's few shared pieces: one warnings target, one way to declare a library or a test.

find_package(PkgConfig QUIET)
# statgate_package(NAME MODULE PACKAGE WHY [OPTIONAL VARIABLE WITHOUT] [OTHERWISE TEXT]): the target PkgConfig::NAME of
# pkg-config's module, or a sentence with the Debian package that holds it. With OPTIONAL, VARIABLE says what is wanted: ON
# (it has to be there), OFF (it is not used) or AUTO (used where it is there); WITHOUT says what follows from its absence.
function(statgate_package name module package why)
  cmake_parse_arguments(ARG "" "OTHERWISE" "OPTIONAL" ${ARGN})
  set(wanted ON)
  if(ARG_OPTIONAL)
    list(POP_FRONT ARG_OPTIONAL variable without)
    set(${variable} AUTO CACHE STRING "${package}, ${why}: ON, OFF (${without}) or AUTO (if it is there)")
    set_property(CACHE ${variable} PROPERTY STRINGS AUTO ON OFF)
    string(TOUPPER "${${variable}}" wanted)
    if(NOT wanted MATCHES "^(AUTO|ON|OFF)$")
      message(FATAL_ERROR "${variable} is AUTO, ON or OFF, not '${${variable}}'")
    endif()
  endif()
  if(NOT PKG_CONFIG_FOUND)
    message(FATAL_ERROR "statgate needs pkg-config to find ${module}: apt-get install pkg-config ${package}")
  endif()
  if(NOT wanted STREQUAL "OFF")
    pkg_check_modules(${name} QUIET IMPORTED_TARGET GLOBAL ${module})
  endif()
  if(wanted STREQUAL "ON" AND NOT ${name}_FOUND)
    message(FATAL_ERROR "pkg-config does not find ${module} (${why}): apt-get install ${package}${ARG_OTHERWISE}")
  elseif(wanted STREQUAL "OFF" OR NOT ${name}_FOUND)
    message(STATUS "${package}, ${why}: not used, so ${without}")
  else()
    message(STATUS "${package}, ${why}: ${${name}_VERSION}")
  endif()
endfunction()

# Warnings, sanitizers and feature macros for every target of the project.
add_library(statgate_flags INTERFACE)
target_compile_definitions(statgate_flags INTERFACE _GNU_SOURCE)
target_compile_options(statgate_flags INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
  $<$<BOOL:${STATGATE_WERROR}>:-Werror> -fno-strict-aliasing)
if(STATGATE_SANITIZE)
  target_compile_options(statgate_flags INTERFACE
    -fsanitize=${STATGATE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(statgate_flags INTERFACE -fsanitize=${STATGATE_SANITIZE})
endif()
# What fuzzers go through says where it was; tests and programs need not.
if(STATGATE_FUZZ)
  target_compile_options(statgate_flags INTERFACE
    $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,STATIC_LIBRARY>:-fsanitize=fuzzer-no-link>)
endif()

# Records a target for the test `deps`, which compares its DEPS with what its files include and call. KIND is library,
# program, fixture or test.
function(statgate_declare kind name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  set(lines "${kind} ${name} ${folder}")
  foreach(source ${ARG_SOURCES})
    list(APPEND lines "source ${folder}/${source}")
  endforeach()
  foreach(dep ${ARG_DEPS})
    list(APPEND lines "dep ${dep}")
  endforeach()
  set_property(GLOBAL APPEND PROPERTY STATGATE_UNITS ${lines})
  if(kind MATCHES "library|program" AND ARG_SOURCES)
    set_property(GLOBAL APPEND PROPERTY STATGATE_OBJECTS ${name})
  endif()
endfunction()

# statgate_library(NAME SOURCES a.c ... DEPS lib ...): static library sg_NAME. DEPS name each library and
# package of which its files include a header, and no other; the test `deps` compares.
function(statgate_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(sg_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(sg_${name} PRIVATE statgate_flags PUBLIC ${ARG_DEPS})
  target_include_directories(sg_${name} PUBLIC ${PROJECT_SOURCE_DIR}/aggregator)
  statgate_declare(library sg_${name} ${ARGN})
endfunction()

# statgate_embed(NAME SCRIPT TABLE FILE...): files within the library sg_NAME, as the array TABLE that packaging/cmake/SCRIPT.cmake
# writes.
function(statgate_embed name script table)
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE files)
  set(script ${PROJECT_SOURCE_DIR}/packaging/cmake/${script}.cmake)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${table}.c)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -D OUT=${out} -D NAME=${table} -D "FILES=${files}" -P ${script}
    DEPENDS ${files} ${script}
    COMMENT "Embedding ${table}" VERBATIM)
  target_sources(sg_${name} PRIVATE ${out})
endfunction()

# statgate_other(NAME LIBRARY SOURCES a.c ... DEPS lib ...): another implementation of what sg_LIBRARY has, for tests: objects
# whose functions come before the library's in a program that links both.
function(statgate_other name library)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} OBJECT EXCLUDE_FROM_ALL ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE statgate_flags ${ARG_DEPS})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/aggregator)
  statgate_declare(fixture ${name} SOURCES ${ARG_SOURCES} DEPS sg_${library} ${ARG_DEPS})
endfunction()

# statgate_program(NAME SOURCES main.c ... DEPS lib ...): a program, in the build folder's bin/.
function(statgate_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE statgate_flags ${ARG_DEPS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  statgate_declare(program ${name} ${ARGN})
endfunction()

# statgate_fixture(NAME SOURCES a.c ... FIXTURES name ... DEPS lib ...): static library fixture_NAME of what tests
# share: helpers, and libraries that a test needs but does not test. FIXTURES are others that it uses, `assertions` always. Tests and
# fixtures are not optimized: to compile them takes most of a build.
function(statgate_fixture name)
  cmake_parse_arguments(ARG "" "" "SOURCES;FIXTURES;DEPS" ${ARGN})
  list(TRANSFORM ARG_FIXTURES PREPEND fixture_)
  if(NOT name STREQUAL assertions)
    list(APPEND ARG_FIXTURES fixture_assertions)
  endif()
  add_library(fixture_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(fixture_${name}
    PRIVATE statgate_flags PUBLIC ${ARG_FIXTURES} ${ARG_DEPS} PkgConfig::CRITERION)
  target_compile_options(fixture_${name} PRIVATE -O0)
  target_include_directories(fixture_${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
  statgate_declare(fixture fixture_${name} SOURCES ${ARG_SOURCES} DEPS ${ARG_FIXTURES} ${ARG_DEPS} PkgConfig::CRITERION)
endfunction()

# statgate_unit_test(NAME [OPTIMIZED] [WAITS] SOURCES test_a.c ... FIXTURES name ... DEPS lib ...): a criterion program. DEPS
# are the libraries under test and others that its own files include; what else it needs comes with FIXTURES, `files`
# always. Tests run in the source tree's tests/ folder: a test names its cases as cases/..., and no path of this tree
# is compiled in. OPTIMIZED: what is tested is compiled with it. WAITS: its tests wait more than they compute, so many run
# at a time.
function(statgate_unit_test name)
  cmake_parse_arguments(ARG "OPTIMIZED;WAITS" "" "SOURCES;FIXTURES;DEPS" ${ARGN})
  set(jobs 2)
  if(ARG_WAITS)
    set(jobs 8)
  endif()
  list(TRANSFORM ARG_FIXTURES PREPEND fixture_)
  add_executable(test_${name} ${ARG_SOURCES})
  target_link_libraries(test_${name} PRIVATE
    statgate_flags ${ARG_FIXTURES} fixture_files fixture_leaks fixture_assertions ${ARG_DEPS} PkgConfig::CRITERION)
  if(NOT ARG_OPTIMIZED)
    target_compile_options(test_${name} PRIVATE -O0)
  endif()
  statgate_declare(test test_${name} SOURCES ${ARG_SOURCES}
    DEPS ${ARG_FIXTURES} fixture_files fixture_leaks fixture_assertions ${ARG_DEPS} PkgConfig::CRITERION)
  add_test(NAME unit.${name} COMMAND test_${name} --jobs ${jobs})
  set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 1200
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}/tests)
  # These take longest, and so begin first.
  if(name MATCHES "^(postgres|ingress|gate|store_owned|breakers_jobs|restore_step|http|view)$")
    set_tests_properties(unit.${name} PROPERTIES COST 2)
  endif()
  if(STATGATE_SANITIZE)
    # Each test is checked for leaks in its process (fixture_leaks); criterion's runner leaks a little of its own.
    set_tests_properties(unit.${name} PROPERTIES
      ENVIRONMENT "ASAN_OPTIONS=allocator_may_return_null=1;LSAN_OPTIONS=leak_check_at_exit=0"
      FAIL_REGULAR_EXPRESSION "ERROR: AddressSanitizer;runtime error: ")
  endif()
endfunction()

# statgate_fuzzer(NAME SOURCES fuzz_a.c DEPS lib ... CORPUS dir [DICT file]): a libFuzzer target, and a test that
# runs it from the corpus for so many seconds as $STATGATE_TEST_FUZZ_S says, else 20, with the words of DICT. Without
# STATGATE_FUZZ it is compiled only, so that every build shows when a change breaks it.
function(statgate_fuzzer name)
  cmake_parse_arguments(ARG "" "CORPUS;DICT" "SOURCES;DEPS" ${ARGN})
  statgate_declare(test fuzz_${name} SOURCES ${ARG_SOURCES} DEPS ${ARG_DEPS})
  if(NOT STATGATE_FUZZ)
    add_library(fuzz_${name} OBJECT ${ARG_SOURCES})
    target_link_libraries(fuzz_${name} PRIVATE statgate_flags ${ARG_DEPS})
    return()
  endif()
  add_executable(fuzz_${name} ${ARG_SOURCES})
  target_link_libraries(fuzz_${name} PRIVATE statgate_flags ${ARG_DEPS})
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  set(words)
  if(ARG_DICT)
    set(words -dict=${ARG_DICT})
  endif()
  # Other tests that run beside it come first.
  add_test(NAME fuzz.${name} COMMAND sh -c "exec nice \"$@\" -max_total_time=\"\${STATGATE_TEST_FUZZ_S:-20}\"" sh
    $<TARGET_FILE:fuzz_${name}> -timeout=30 -rss_limit_mb=2048
    -print_final_stats=1 ${words} ${CMAKE_CURRENT_BINARY_DIR}/corpus_${name} ${ARG_CORPUS})
  file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/corpus_${name})
  set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 600 COST 1)
endfunction()
