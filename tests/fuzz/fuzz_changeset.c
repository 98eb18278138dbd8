/*
 * fuzz: one entry at a fixed position. What is accepted must keep its id however it is redacted and filled in again, and
 * must have had one encoding: bytes in, the same bytes out.
 */
#include <linli/error.h>

#include "fuzz.h"
#include "changeset/changeset.h"

static void refill(struct arena *a, const struct changeset *cs, span entry)
{
    struct buf lean = {0}, full = {0};
    struct changeset again;

    for (unsigned mask = 0; mask < 8; mask++) {
        buf_clear(&lean);
        CLAIM(entry_for_classes(entry, mask, &lean) == LINLI_OK);
        CLAIM(changeset_decode(a, &cs->at, buf_span(&lean), &again) == LINLI_OK);
        CLAIM(hash_equal(&again.id, &cs->id));
    }
    buf_clear(&lean);
    buf_append(&lean, entry.at, entry.size);
    for (size_t i = 0; i < cs->part_count; i++) {
        if (cs->parts[i].carried != PART_HELD)
            continue;
        buf_clear(&full);
        CLAIM(entry_with_part(buf_span(&lean), i, cs->parts[i].bytes, &full) == LINLI_OK);
        CLAIM(span_equal(buf_span(&full), entry));
    }
    buf_free(&lean);
    buf_free(&full);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    struct changeset cs;
    struct buf out = {0};
    struct position at = {.seq = size > 0 && (data[0] & 1) != 0 ? 1 : 2};
    span entry = size == 0 ? span_of(data, 0) : span_of(data + 1, size - 1); /* the first byte says which seq */

    if (changeset_decode(&a, &at, entry, &cs) == LINLI_OK)
        refill(&a, &cs, entry);
    else
        (void)entry_for_classes(entry, 1, &out); /* bytes that nothing has scanned */
    (void)entry_with_part(entry, 0, entry, &out);
    buf_free(&out);
    arena_free(&a);
    return 0;
}
