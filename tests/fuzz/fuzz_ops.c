/* tests: any bytes as the ops of a part. What is taken has one encoding, merges once, and is stored and read back. */
#include "fuzz.h"

#include "base/check.h"
#include "codec/scan.h"
#include "history.h"

#include <linli/error.h>

static const uint32_t authors[] = {7, 2, 30, 4};
static const uint64_t cited[] = {99, 5, UINT64_MAX, 1000};
static const linli_id epoch = {{1}}, record = {{2}};

static uint32_t index_of(void *ctx, uint32_t author)
{
    (void)ctx;
    for (uint32_t i = 0; i < COUNT_OF(authors); i++)
        if (authors[i] == author)
            return i;
    return UINT32_MAX;
}

static void read_all(struct arena *a, const struct record_state *state)
{
    struct group_reading r;
    struct context all, told;
    struct buf token = {0};

    for (size_t i = 0; i < state->count; i++)
        CLAIM(reading_group(a, &state->groups[i], &test_names, &r) == LINLI_OK);
    (void)reading_life(state);
    CLAIM(reading_shown_all(a, state, &all) == LINLI_OK);
    CLAIM(token_encode(state, &epoch, &record, a, &token) == LINLI_OK);
    CLAIM(token_all(a, buf_span(&token), &epoch, &record, &told) == LINLI_OK);
    CLAIM(context_equal(&all, &told));
    buf_free(&token);
}

static void live(struct arena *a, span bytes, const struct op *ops, size_t count)
{
    struct record_state state = {0}, back = {0}, at_once = {0};
    struct buf again = {0};

    CLAIM(ops_encode(&again, a, ops, count, index_of, NULL) == LINLI_OK);
    CLAIM(span_equal(buf_span(&again), bytes));
    buf_free(&again);
    for (int twice = 0; twice < 2; twice++)
        for (size_t i = 0; i < count; i++)
            CLAIM(record_apply(a, &state, TEST_TYPE, &ops[i], authors[0], 100, 5) == LINLI_OK);
    CLAIM(record_apply_all(a, &at_once, TEST_TYPE, ops, count, authors[0], 100, 5) == LINLI_OK);
    CLAIM(span_equal(encoded(a, &at_once), encoded(a, &state)));
    for (size_t i = 0; i < count; i++)
        CLAIM(record_apply(a, &state, TEST_TYPE, &ops[i], authors[1], 3, 6) == LINLI_OK);
    span stored = encoded(a, &state);
    CLAIM(record_decode(a, stored, &back) == LINLI_OK);
    CLAIM(span_equal(encoded(a, &back), stored));
    read_all(a, &back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    struct op *ops = NULL;
    size_t count = 0;

    if (size == 0)
        return 0;
    span bytes = span_of(data + 1, size - 1);
    int rv = ops_decode(&a, bytes, authors, cited, COUNT_OF(authors), data[0] & 3, &ops, &count);
    CLAIM(rv == LINLI_OK || rv == LINLI_E_FORMAT || rv == LINLI_E_REFUSED || rv == LINLI_E_LIMIT);
    if (rv == LINLI_OK && scan_item(bytes, LIMIT_DEPTH, LIMIT_MESSAGE_ITEMS) == LINLI_OK)
        live(&a, bytes, ops, count);
    arena_free(&a);
    return 0;
}
