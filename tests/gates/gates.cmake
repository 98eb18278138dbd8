# The gates: checks of the tree and of what was built, not of behaviour.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
find_program(LINLI_CXX NAMES c++ g++ clang++)
set(gates ${CMAKE_CURRENT_SOURCE_DIR}/gates)
set(public ${CMAKE_SOURCE_DIR}/libsync/include)

function(linli_gate name)
    add_test(NAME gate/${name} COMMAND ${ARGN})
    set_tests_properties(gate/${name} PROPERTIES LABELS gate TIMEOUT 120)
endfunction()

linli_gate(layers ${Python3_EXECUTABLE} ${gates}/layers.py ${CMAKE_SOURCE_DIR})
linli_gate(sizes ${Python3_EXECUTABLE} ${gates}/sizes.py ${CMAKE_SOURCE_DIR})
linli_gate(selftest ${Python3_EXECUTABLE} ${gates}/selftest.py)
linli_gate(paths ${Python3_EXECUTABLE} ${gates}/paths.py ${CMAKE_SOURCE_DIR})
linli_gate(vectors ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tests/interop/replay_vectors.py ${CMAKE_SOURCE_DIR})
linli_gate(merge_vectors ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/proto/vectors/merge.py --check)
linli_gate(signature_vectors ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/proto/vectors/signature.py --check)
linli_gate(schema ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/proto/schema/generate.py --check)
linli_gate(headers ${gates}/headers.sh ${public} ${CMAKE_C_COMPILER} $<$<BOOL:${LINLI_CXX}>:${LINLI_CXX}>)
if(LINLI_NODE) # without it the parts of the API that stand on node/ are left out on purpose
    linli_gate(symbols ${gates}/symbols.sh $<TARGET_FILE:linli> $<TARGET_FILE:linli_static> ${public} ${CMAKE_NM})
    linli_gate(install ${gates}/install.sh ${CMAKE_BINARY_DIR} ${CMAKE_COMMAND} ${CMAKE_C_COMPILER})
endif()
