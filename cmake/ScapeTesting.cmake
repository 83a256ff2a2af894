# Turns testing on and tells every test where the real model files are.
enable_testing()

# Read by ctest before it runs a test, in whichever folder the test was added: SCAPE_DATA is set
# for all of them, and one that the caller exported is left alone.
set(scape_test_environment "${CMAKE_BINARY_DIR}/ScapeTestEnvironment.cmake")
file(CONFIGURE OUTPUT "${scape_test_environment}" @ONLY CONTENT [[
if("$ENV{SCAPE_DATA}" STREQUAL "")
    set(ENV{SCAPE_DATA} "@SCAPE_DATA_DIR@")
endif()
]])
set_property(DIRECTORY "${CMAKE_SOURCE_DIR}" APPEND PROPERTY
             TEST_INCLUDE_FILES "${scape_test_environment}")

# scape_add_test(name target): runs the cmocka program `target` as the test `name`. The program
# stays out of bin/, which holds what a user runs.
function(scape_add_test name target)
    set_target_properties(${target} PROPERTIES
                          RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
    add_test(NAME ${name} COMMAND ${target})
endfunction()
