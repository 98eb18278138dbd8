/* changeset: runs: shape, chain of ids, and the one signature that proves all of it. */
#include "changeset/run.h"
#include "changeset/layout.h"
#include "codec/head.h"
#include "codec/scan.h"
#include "codec/writer.h"

#include <linli/error.h>

enum { RUN_FIELDS = 6 };

/*
 * The run's own heads are checked one by one, and its entries are scanned one by one within an entry's bounds:
 * each byte is scanned once, and an entry is judged here exactly as it is alone.
 */
static void shortest(struct reader *r)
{
    struct head h;

    if (!head_read(r->at, r->end, &h) || !h.canonical)
        reader_fail(r);
}

static size_t array_take(struct reader *r)
{
    shortest(r);
    return reader_array(r, SIZE_MAX);
}

static void fixed_take(struct reader *r, void *out, size_t size)
{
    shortest(r);
    reader_fixed(r, out, size);
}

static bool run_bounds_valid(const struct run *run)
{
    static const linli_hash zero;

    if (run->first == 0 || run->count == 0 || run->first > UINT64_MAX - (run->count - 1))
        return false;
    return run->first != 1 || hash_equal(&run->prev, &zero);
}

static int entries_decode(struct arena *a, struct reader *r, struct run *out)
{
    size_t count = array_take(r);

    if (count > LIMIT_RUN_CHANGESETS)
        return LINLI_E_LIMIT;
    out->count = count;
    if (r->failed != LINLI_OK || !run_bounds_valid(out))
        return LINLI_E_FORMAT;
    out->entries = arena_array(a, count, sizeof(*out->entries));
    if (out->entries == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < count; i++) {
        size_t size = 0;
        int rv = scan_first(span_of(r->at, (size_t)(r->end - r->at)), ENTRY_DEPTH, ENTRY_ITEMS, &size);
        if (rv != LINLI_OK)
            return rv;
        if (size > LIMIT_CHANGESET_BYTES)
            return LINLI_E_LIMIT;
        out->entries[i] = span_of(r->at, size);
        r->at += size;
    }
    return LINLI_OK;
}

int run_decode(struct arena *a, span bytes, struct run *out)
{
    struct reader r;
    uint8_t author[AUTHOR_BYTES];

    *out = (struct run){0};
    if (bytes.size > LIMIT_RUN_BYTES)
        return LINLI_E_LIMIT;
    reader_start(&r, bytes);
    if (array_take(&r) != RUN_FIELDS)
        return LINLI_E_FORMAT;
    fixed_take(&r, out->scope.b, ID_BYTES);
    fixed_take(&r, author, sizeof(author));
    author_decode(author, &out->author);
    shortest(&r);
    out->first = reader_uint(&r, UINT64_MAX);
    fixed_take(&r, out->prev.b, HASH_BYTES);
    int rv = entries_decode(a, &r, out);
    if (rv != LINLI_OK)
        return rv;
    fixed_take(&r, out->signature, SIGNATURE_BYTES);
    return reader_end(&r);
}

int run_encode(const struct run *run, struct buf *out)
{
    uint8_t author[AUTHOR_BYTES];
    size_t start = out->size;

    if (!run_bounds_valid(run))
        return LINLI_E_ARG;
    if (run->count > LIMIT_RUN_CHANGESETS)
        return LINLI_E_LIMIT;
    author_encode(&run->author, author);
    write_array(out, RUN_FIELDS);
    write_bin(out, run->scope.b, ID_BYTES);
    write_bin(out, author, sizeof(author));
    write_uint(out, run->first);
    write_bin(out, run->prev.b, HASH_BYTES);
    write_array(out, run->count);
    for (size_t i = 0; i < run->count && out->failed == LINLI_OK && out->size - start <= LIMIT_RUN_BYTES; i++)
        write_raw(out, run->entries[i]);
    write_bin(out, run->signature, SIGNATURE_BYTES);
    int rv = out->failed;
    if (rv == LINLI_OK && out->size - start > LIMIT_RUN_BYTES)
        rv = LINLI_E_LIMIT;
    if (rv != LINLI_OK)
        out->size = start;
    return rv;
}

int run_open(struct arena *a, const struct run *run, const linli_hash *network, struct changeset **out)
{
    struct position at = {*network, run->scope, run->author, run->first, run->prev};
    struct changeset *list;

    *out = NULL;
    if (!run_bounds_valid(run))
        return LINLI_E_FORMAT;
    list = arena_array(a, run->count, sizeof(*list));
    if (list == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < run->count; i++) {
        int rv = changeset_decode_scanned(a, &at, run->entries[i], &list[i]);
        if (rv != LINLI_OK)
            return rv;
        if (i > 0 && list[i].stamp <= list[i - 1].stamp)
            return LINLI_E_FORMAT; /* proto/changeset.md 1 */
        at.seq++;
        at.prev = list[i].id;
    }
    int rv = changeset_check(&run->author, &at.prev, run->signature);
    if (rv == LINLI_OK)
        *out = list;
    return rv;
}

bool fork_proof(const struct changeset *x, const struct changeset *y)
{
    return hash_equal(&x->at.network, &y->at.network) && id_equal(&x->at.scope, &y->at.scope) &&
           author_equal(&x->at.author, &y->at.author) && x->at.seq == y->at.seq && !hash_equal(&x->id, &y->id);
}
