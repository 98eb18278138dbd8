/* tests: any bytes as a stored state, and as a token. What is taken has one encoding and can be read and merged. */
#include "fuzz.h"

#include "history.h"

#include <linli/error.h>

static const linli_id epoch = {{0}}, record = {{0}};

static void live(struct arena *a, span bytes, const struct record_state *state)
{
    struct group_reading r;
    struct context all, told;
    struct buf token = {0};

    CLAIM(span_equal(encoded(a, state), bytes));
    struct record_state both = merged(a, state, state);
    CLAIM(both.count == state->count);
    for (size_t i = 0; i < state->count; i++)
        CLAIM(reading_group(a, &state->groups[i], &test_names, &r) == LINLI_OK);
    (void)reading_life(state);
    CLAIM(reading_shown_all(a, state, &all) == LINLI_OK);
    CLAIM(token_encode(state, &epoch, &record, a, &token) == LINLI_OK);
    CLAIM(token_all(a, buf_span(&token), &epoch, &record, &told) == LINLI_OK);
    CLAIM(context_equal(&all, &told));
    buf_free(&token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    struct record_state state = {0};
    struct context ctx;
    span bytes = span_of(data, size);

    int rv = record_decode(&a, bytes, &state);
    CLAIM(rv == LINLI_OK || rv == LINLI_E_CORRUPT);
    if (rv == LINLI_OK)
        live(&a, bytes, &state);
    int one = token_context(&a, bytes, &epoch, &record, GROUP_LIFE, (span){NULL, 0}, &ctx);
    int all = token_all(&a, bytes, &epoch, &record, &ctx);
    CLAIM(one == all);
    arena_free(&a);
    return 0;
}
