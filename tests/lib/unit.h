/* tests: what every unit test includes first: cmocka with what it needs, the heap, seeds and vectors. */
#ifndef LINLI_TEST_UNIT_H
#define LINLI_TEST_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linli/error.h>
#include <linli/types.h>

#include "heap.h"
#include "seed.h"
#include "vectors.h"

/* Run the group; when it fails, name the seed that brings the same run back. */
#define UNIT_RUN(tests) seed_report(cmocka_run_group_tests(tests, NULL, NULL))

#define assert_ok(call) assert_string_equal(linli_code_name(call), "LINLI_OK")
#define assert_code(call, code) assert_string_equal(linli_code_name(call), linli_code_name(code))

/* A new folder for a test, in $TMPDIR (tests/run names one in memory) or /tmp. `out` takes its path. */
static inline void folder_make(const char *name, char *out, size_t size)
{
    const char *base = getenv("TMPDIR");
    int length = snprintf(out, size, "%s/linli-%s-XXXXXX", base != NULL && strlen(base) <= 16 ? base : "/tmp", name);

    assert_true(length > 0 && (size_t)length < size);
    assert_non_null(mkdtemp(out));
}

#endif
