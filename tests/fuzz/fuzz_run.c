/* fuzz: one run. What decodes must encode to the same bytes; opening it must never do more than say no. */
#include <linli/error.h>

#include "fuzz.h"
#include "changeset/run.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    struct run run;
    struct changeset *list = NULL;
    linli_hash network = {{0x11}};

    if (run_decode(&a, span_of(data, size), &run) == LINLI_OK) {
        struct buf again = {0};
        CLAIM(run_encode(&run, &again) == LINLI_OK);
        CLAIM(span_equal(buf_span(&again), span_of(data, size)));
        buf_free(&again);
        if (run_open(&a, &run, &network, &list) == LINLI_OK)
            CLAIM(list != NULL);
        else
            CLAIM(list == NULL);
    }
    arena_free(&a);
    return 0;
}
