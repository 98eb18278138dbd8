/*
 * model: the token of a reading (proto/record.md 5): what each cell showed, handed back when writing.
 *
 *     token = [binding bin 16, context, cells, context, cells, ...]
 *     context = [author, seq, author, seq, ...], each once, in rising order
 *     cells = [step, step, ...], the cells that showed it: how far the group number is from the one before, followed,
 *             for the rules with keys (set, counter), by the key as bin
 *
 * The binding is the store's epoch and the record's id, both random, one laid over the other: a token of another store
 * or record is told apart, which is against mistakes, not against attackers; authors are the store's own numbers.
 */
#include "codec/reader.h"
#include "codec/scan.h"
#include "codec/writer.h"
#include "model/reading.h"

#include <linli/error.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN_DEPTH = 2 };

struct shown_cell {
    struct context ctx;
    uint32_t group;
    span key;
};

static void binding_make(const linli_id *store_epoch, const linli_id *record, uint8_t out[ID_BYTES])
{
    for (size_t i = 0; i < ID_BYTES; i++)
        out[i] = store_epoch->b[i] ^ record->b[i];
}

static int shown_compare(const void *x, const void *y)
{
    const struct shown_cell *a = x, *b = y;
    int order = context_compare(&a->ctx, &b->ctx);

    if (order == 0)
        order = (a->group > b->group) - (a->group < b->group);
    return order != 0 ? order : span_compare(a->key, b->key);
}

/* What each cell with a value shows, sorted so that cells of one context stand together. */
static int shown_cells(struct arena *a, const struct record_state *state, struct shown_cell **out, size_t *count)
{
    struct shown_cell *shown = NULL;
    size_t cells = 0;

    for (size_t i = 0; i < state->count; i++)
        cells += state->groups[i].count;
    shown = arena_array(a, cells, sizeof(*shown));
    if (shown == NULL)
        return LINLI_E_NOMEM;
    *count = 0;
    for (size_t i = 0; i < state->count; i++)
        for (size_t j = 0; j < state->groups[i].count; j++) {
            const struct cell *c = &state->groups[i].cells[j];
            if (c->count == 0)
                continue;
            struct shown_cell *next = &shown[(*count)++];
            next->group = state->groups[i].group;
            next->key = c->key;
            int rv = cell_shown(a, c, &next->ctx);
            if (rv != LINLI_OK)
                return rv;
        }
    qsort(shown, *count, sizeof(*shown), shown_compare);
    *out = shown;
    return LINLI_OK;
}

/* How many cells from `at` on share its context. */
static size_t sharing(const struct shown_cell *at, size_t left)
{
    size_t count = 1;

    while (count < left && context_equal(&at[0].ctx, &at[count].ctx))
        count++;
    return count;
}

static void cells_write(struct buf *out, const struct shown_cell *at, size_t count)
{
    size_t items = count;
    uint32_t last = 0;

    for (size_t i = 0; i < at->ctx.count; i++) {
        write_uint(out, at->ctx.at[i].author);
        write_uint(out, at->ctx.at[i].seq);
    }
    for (size_t i = 0; i < count; i++)
        items += group_keyed(at[i].group);
    write_array(out, items);
    for (size_t i = 0; i < count; i++) {
        write_uint(out, at[i].group - last);
        last = at[i].group;
        if (group_keyed(last))
            write_bin(out, at[i].key.at, at[i].key.size);
    }
}

int token_encode(const struct record_state *state, const linli_id *store_epoch, const linli_id *record, struct arena *scratch,
                 struct buf *out)
{
    uint8_t binding[ID_BYTES];
    struct shown_cell *shown = NULL;
    size_t count = 0, contexts = 0;
    int rv = shown_cells(scratch, state, &shown, &count);

    if (rv != LINLI_OK)
        return rv;
    for (size_t i = 0; i < count; i += sharing(&shown[i], count - i))
        contexts++;
    write_array(out, 1 + 2 * contexts);
    binding_make(store_epoch, record, binding);
    write_bin(out, binding, sizeof(binding));
    for (size_t i = 0; i < count;) {
        size_t same = sharing(&shown[i], count - i);
        write_array(out, 2 * shown[i].ctx.count);
        cells_write(out, &shown[i], same);
        i += same;
    }
    return out->failed;
}

/* Check the whole token's form and binding; *r stands before its first context, *contexts says how many there are. */
static int token_start(span token, const linli_id *store_epoch, const linli_id *record, struct reader *r, size_t *contexts)
{
    uint8_t binding[ID_BYTES], held[ID_BYTES];

    if (scan_item(token, TOKEN_DEPTH, SIZE_MAX) != LINLI_OK)
        return LINLI_E_FORMAT;
    reader_start(r, token);
    size_t items = reader_array(r, SIZE_MAX);
    reader_fixed(r, held, sizeof(held));
    if (r->failed != LINLI_OK || items % 2 == 0)
        return LINLI_E_FORMAT;
    binding_make(store_epoch, record, binding);
    if (memcmp(binding, held, sizeof(held)) != 0)
        return LINLI_E_STALE;
    *contexts = items / 2;
    return LINLI_OK;
}

/* Read a context of `count` entries into `out`, strictly by author. */
static int entries_read(struct reader *r, struct context_entry *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        out[i].author = (uint32_t)reader_uint(r, UINT32_MAX);
        out[i].seq = reader_uint(r, UINT64_MAX);
        if (r->failed != LINLI_OK || out[i].seq == 0 || (i > 0 && out[i - 1].author >= out[i].author))
            return LINLI_E_FORMAT;
    }
    return LINLI_OK;
}

static int context_take(struct arena *a, struct reader *r, struct context *out)
{
    size_t items = reader_array(r, SIZE_MAX);

    if (r->failed != LINLI_OK || items == 0 || items % 2 != 0)
        return LINLI_E_FORMAT;
    out->count = items / 2;
    out->at = arena_array(a, out->count, sizeof(*out->at));
    return out->at == NULL ? LINLI_E_NOMEM : entries_read(r, out->at, out->count);
}

/* Read a list of cells; *found when the one asked for is among them. */
static int cells_search(struct reader *r, uint32_t group, span key, bool *found)
{
    size_t items = reader_array(r, SIZE_MAX);
    uint64_t last = 0;
    span last_key = {NULL, 0};
    bool first = true;

    for (*found = false; items > 0 && r->failed == LINLI_OK; items--, first = false) {
        uint64_t step = reader_uint(r, UINT32_MAX - last);
        span here = {NULL, 0};
        last += step;
        if (group_rule((uint32_t)last) >= RULE_COUNT)
            return LINLI_E_FORMAT;
        if (group_keyed((uint32_t)last)) {
            if (--items == 0)
                return LINLI_E_FORMAT;
            here = reader_bin(r, SIZE_MAX);
        }
        if (!first && step == 0 && span_compare(last_key, here) >= 0)
            return LINLI_E_FORMAT;
        last_key = here;
        *found = *found || (last == group && span_equal(here, key));
    }
    return r->failed;
}

int token_context(struct arena *a, span token, const linli_id *store_epoch, const linli_id *record, uint32_t group, span key,
                  struct context *out)
{
    struct context found_ctx = {NULL, 0};
    struct reader r;
    size_t contexts = 0;
    int rv = token_start(token, store_epoch, record, &r, &contexts);

    for (; contexts > 0 && rv == LINLI_OK; contexts--) {
        struct context ctx = {NULL, 0};
        bool found = false;
        rv = context_take(a, &r, &ctx);
        if (rv == LINLI_OK)
            rv = cells_search(&r, group, key, &found);
        if (found)
            found_ctx = ctx;
    }
    if (rv == LINLI_OK)
        rv = reader_end(&r);
    if (rv == LINLI_OK)
        *out = found_ctx;
    return rv;
}

int token_all(struct arena *a, span token, const linli_id *store_epoch, const linli_id *record, struct context *out)
{
    struct context_entry *entries = NULL;
    size_t contexts = 0, count = 0;
    struct reader r;
    int rv = token_start(token, store_epoch, record, &r, &contexts);

    if (rv != LINLI_OK)
        return rv;
    /* Each entry takes two bytes at the least: one array holds the entries of all contexts. */
    entries = arena_array(a, token.size / 2, sizeof(*entries));
    if (entries == NULL)
        return LINLI_E_NOMEM;
    for (; contexts > 0; contexts--) {
        size_t items = reader_array(&r, SIZE_MAX);
        bool found;
        if (r.failed != LINLI_OK || items == 0 || items % 2 != 0)
            return LINLI_E_FORMAT;
        if (entries_read(&r, entries + count, items / 2) != LINLI_OK)
            return LINLI_E_FORMAT;
        count += items / 2;
        if (cells_search(&r, GROUP_LIFE, (span){NULL, 0}, &found) != LINLI_OK)
            return LINLI_E_FORMAT;
    }
    if (reader_end(&r) != LINLI_OK) /* out of reach: the scan saw one item, and all of it was read */
        return LINLI_E_FORMAT;
    *out = context_from(entries, count);
    return LINLI_OK;
}
