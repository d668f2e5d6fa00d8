# The building blocks of the house: parts of the host, plugins, tests.
include(${CMAKE_CURRENT_LIST_DIR}/plugin_library.cmake)

add_library(veleta_compile_options INTERFACE)
# GCC 12 reports overlaps and overflows inside std::string that are not there (GCC bugs 105329 and 105651).
target_compile_options(veleta_compile_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow=local
                       $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
                       $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread>)
if(VELETA_WARNINGS_AS_ERRORS)
  target_compile_options(veleta_compile_options INTERFACE -Werror)
endif()
if(VELETA_SANITIZE)
  target_compile_options(veleta_compile_options INTERFACE -fsanitize=${VELETA_SANITIZE} -fno-sanitize-recover=all
                         -fno-omit-frame-pointer)
  target_link_options(veleta_compile_options INTERFACE -fsanitize=${VELETA_SANITIZE})
endif()

# veleta_precompiled_headers(NAME HEADERS … LIBRARIES … [OPTIONS …])
# Headers that many files include, compiled once, for targets to reuse. Files still name what they include: `./dev check`
# compiles each header alone.
function(veleta_precompiled_headers name)
  cmake_parse_arguments(precompiled "" "" "HEADERS;LIBRARIES;OPTIONS" ${ARGN})
  file(CONFIGURE OUTPUT ${name}.cpp CONTENT "")
  add_library(${name} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  target_link_libraries(${name} PRIVATE veleta_compile_options ${precompiled_LIBRARIES})
  target_compile_options(${name} PRIVATE ${precompiled_OPTIONS})
  target_precompile_headers(${name} PRIVATE ${precompiled_HEADERS})
endfunction()
set(VELETA_COMMON_HEADERS <algorithm> <atomic> <chrono> <cmath> <cstring> <filesystem> <fstream> <functional> <map> <memory>
    <mutex> <optional> <random> <set> <span> <sstream> <string> <string_view> <thread> <unordered_map> <variant> <vector>
    <boost/json.hpp> <fmt/format.h>)
veleta_precompiled_headers(veleta_common_headers HEADERS ${VELETA_COMMON_HEADERS} LIBRARIES Boost::json fmt::fmt)

# veleta_part(NAME SOURCES … USES parts… [PUBLIC_LIBRARIES …] [LIBRARIES …])
# A part of the host: the static library veleta_NAME. Its public headers are core/NAME/include/NAME. It sees the headers
# of the parts it names in USES and of no other; PUBLIC_LIBRARIES are those that its public headers include.
function(veleta_part name)
  cmake_parse_arguments(part "" "" "SOURCES;USES;PUBLIC_LIBRARIES;LIBRARIES" ${ARGN})
  add_library(veleta_${name} STATIC ${part_SOURCES})
  target_include_directories(veleta_${name} PUBLIC include PRIVATE .)
  list(TRANSFORM part_USES PREPEND veleta_)
  target_link_libraries(veleta_${name} PUBLIC ${part_USES} ${part_PUBLIC_LIBRARIES}
                        PRIVATE veleta_compile_options ${part_LIBRARIES})
  target_precompile_headers(veleta_${name} REUSE_FROM veleta_common_headers)
endfunction()

# veleta_plugin(NAME SOURCES … [LIBRARIES …])
# A plugin library: NAME.so and its manifest NAME.toml in the build's plugin folder, exporting the entry function alone;
# and the same code as objects, which veleta_static_plugins links into a program.
set(VELETA_PLUGIN_FOLDER ${CMAKE_BINARY_DIR}/lib/veleta/plugins)
add_library(veleta_static_plugins INTERFACE)
function(veleta_plugin name)
  cmake_parse_arguments(plugin "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_library(plugin_${name}_objects OBJECT ${plugin_SOURCES})
  target_link_libraries(plugin_${name}_objects PUBLIC veleta_sdk ${plugin_LIBRARIES} PRIVATE veleta_compile_options)
  add_library(plugin_${name} MODULE)
  target_link_libraries(plugin_${name} PRIVATE plugin_${name}_objects veleta_compile_options)
  veleta_make_plugin(plugin_${name} ${name})
  set_target_properties(plugin_${name} PROPERTIES LINKER_LANGUAGE CXX LIBRARY_OUTPUT_DIRECTORY ${VELETA_PLUGIN_FOLDER})
  configure_file(${name}.toml ${VELETA_PLUGIN_FOLDER}/${name}.toml COPYONLY)
  install(TARGETS plugin_${name} DESTINATION lib/veleta/plugins COMPONENT program)
  install(FILES ${name}.toml DESTINATION lib/veleta/plugins COMPONENT program)
  add_dependencies(plugins plugin_${name})
  target_link_libraries(veleta_static_plugins INTERFACE plugin_${name}_objects $<TARGET_OBJECTS:plugin_${name}_objects>)
endfunction()

# veleta_test(NAME SOURCES … USES parts… [LIBRARIES …] [LABELS …] [SERVERS …])
# A GoogleTest program test_NAME, whose tests CTest runs one by one from the source tree's root. Those with the label
# `threads` make the target thread_tests, which the ThreadSanitizer build is limited to. SERVERS are those of tests/servers
# that run while its tests do.
add_custom_target(thread_tests)
set(VELETA_TEST_OPTIONS -O1)  # compiled more often than run
function(veleta_test name)
  cmake_parse_arguments(test "" "" "SOURCES;USES;LIBRARIES;LABELS;SERVERS" ${ARGN})
  add_executable(test_${name} ${test_SOURCES})
  list(TRANSFORM test_USES PREPEND veleta_)
  target_link_libraries(test_${name} PRIVATE ${test_USES} ${test_LIBRARIES} Boost::json fmt::fmt GTest::gmock_main
                        veleta_compile_options)
  target_compile_options(test_${name} PRIVATE ${VELETA_TEST_OPTIONS})
  target_precompile_headers(test_${name} REUSE_FROM veleta_test_headers)
  target_compile_definitions(test_${name} PRIVATE VELETA_SOURCE_FOLDER="${CMAKE_SOURCE_DIR}"
                             VELETA_BINARY_FOLDER="${CMAKE_BINARY_DIR}")
  set(properties TIMEOUT 300 ENVIRONMENT "OMP_WAIT_POLICY=passive")
  set(between [[\\\\\\\\;]])  # lists stay one value through what gtest_discover_tests does to them
  if(test_LABELS)
    list(JOIN test_LABELS "${between}" labels)
    list(APPEND properties LABELS "${labels}")
  endif()
  if("threads" IN_LIST test_LABELS)
    add_dependencies(thread_tests test_${name})
  endif()
  if(test_SERVERS)
    target_link_libraries(test_${name} PRIVATE veleta_test_servers)
    list(JOIN test_SERVERS "${between}" servers)
    list(APPEND properties FIXTURES_REQUIRED "${servers}")
  endif()
  gtest_discover_tests(test_${name} DISCOVERY_MODE PRE_TEST TEST_PREFIX "${name}." WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
                       PROPERTIES ${properties})
endfunction()

# veleta_add_subfolders(PATTERNS…)
# Adds every subfolder that fits one of the patterns and has a CMakeLists.txt: a new one needs no other file edited.
function(veleta_add_subfolders)
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE patterns)
  file(GLOB folders LIST_DIRECTORIES true CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} ${patterns})
  foreach(folder IN LISTS folders)
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/CMakeLists.txt)
      add_subdirectory(${folder})
    endif()
  endforeach()
endfunction()
