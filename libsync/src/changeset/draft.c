/* changeset: encode what one commit wrote, in the one order that decoding accepts, and give its id. */
#include "base/check.h"
#include "changeset/changeset.h"
#include "changeset/layout.h"
#include "codec/scan.h"
#include "codec/writer.h"

#include <linli/error.h>
#include <stdlib.h>

static int by_author(const void *a, const void *b)
{
    const struct seen_head *const *x = a, *const *y = b;

    return author_compare(&(*x)->author, &(*y)->author);
}

static int by_record(const void *a, const void *b)
{
    const struct draft_part *const *x = a, *const *y = b;

    int order = id_compare(&(*x)->record, &(*y)->record);

    return order != 0 ? order : ((*x)->cls > (*y)->cls) - ((*x)->cls < (*y)->cls);
}

/* Pointers to the heads cited, in order. */
static int seen_sort(struct arena *scratch, const struct draft *d, const struct seen_head ***out)
{
    const struct seen_head **seen = arena_array(scratch, d->seen_count, sizeof(struct seen_head *));

    if (seen == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < d->seen_count; i++) {
        seen[i] = &d->seen[i];
        if (seen[i]->seq == 0 || author_equal(&seen[i]->author, &d->at.author))
            return LINLI_E_ARG;
    }
    if (d->seen_count > 1)
        qsort(seen, d->seen_count, sizeof(struct seen_head *), by_author);
    for (size_t i = 1; i < d->seen_count; i++)
        if (by_author(&seen[i - 1], &seen[i]) == 0)
            return LINLI_E_ARG;
    *out = seen;
    return LINLI_OK;
}

static int parts_sort(struct arena *scratch, const struct draft *d, const struct draft_part ***out)
{
    const struct draft_part **parts = arena_array(scratch, d->part_count, sizeof(struct draft_part *));

    if (parts == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < d->part_count; i++) {
        parts[i] = &d->parts[i];
        if (parts[i]->cls >= PART_CLASSES)
            return LINLI_E_ARG;
    }
    if (d->part_count > 1)
        qsort(parts, d->part_count, sizeof(struct draft_part *), by_record);
    for (size_t i = 1; i < d->part_count; i++)
        if (by_record(&parts[i - 1], &parts[i]) == 0)
            return LINLI_E_ARG;
    *out = parts;
    return LINLI_OK;
}

/* What part_write will write: the tail, which comes before it, says how long it is. */
static size_t part_size(const struct draft_part *part)
{
    return PART_BYTES_MIN - 2 + uint_size(part->type) + part->ops.size;
}

static void tail_write(struct buf *out, const struct draft *d, const struct seen_head **seen,
                       const struct draft_part **parts)
{
    write_array(out, TAIL_FIELDS);
    write_array(out, d->seen_count);
    for (size_t i = 0; i < d->seen_count; i++) {
        uint8_t author[AUTHOR_BYTES];
        author_encode(&seen[i]->author, author);
        write_array(out, 3);
        write_bin(out, author, sizeof(author));
        write_uint(out, seen[i]->seq);
        write_bin(out, seen[i]->id.b, HASH_BYTES);
    }
    if (d->grant == NULL)
        write_nil(out);
    else
        write_bin(out, d->grant->b, HASH_BYTES);
    write_uint(out, d->stamp);
    write_uint(out, d->schema);
    write_array(out, d->part_count);
    for (size_t i = 0; i < d->part_count; i++)
        write_uint(out, (uint64_t)part_size(parts[i]) << 3 | parts[i]->cls << 1 | (parts[i]->manage ? 1U : 0U));
}

static void part_write(struct buf *out, const struct draft_part *part)
{
    write_array(out, PART_FIELDS);
    write_bin(out, part->salt, SALT_BYTES);
    write_uint(out, part->type);
    write_bin(out, part->record.b, ID_BYTES);
    write_raw(out, part->ops);
}

/* Write the entry at the end of `out` and hash it as it grows. */
static int entry_write(struct buf *out, const struct draft *d, const struct seen_head **seen,
                       const struct draft_part **parts, linli_hash *id)
{
    size_t start = out->size;
    struct hasher h;

    write_array(out, 2);
    size_t tail_at = out->size;
    tail_write(out, d, seen, parts);
    if (out->failed != LINLI_OK)
        return out->failed;
    changeset_hash_start(&h, &d->at, span_of(out->at + tail_at, out->size - tail_at));
    write_array(out, d->part_count);
    for (size_t i = 0; i < d->part_count; i++) {
        size_t part_at = out->size;
        linli_hash hash;
        part_write(out, parts[i]);
        if (out->failed != LINLI_OK)
            return out->failed;
        ALWAYS(out->size - part_at == part_size(parts[i]));
        if (out->size - start > LIMIT_CHANGESET_BYTES)
            return LINLI_E_LIMIT;
        part_hash(span_of(out->at + part_at, out->size - part_at), &hash);
        hasher_add(&h, hash.b, HASH_BYTES);
    }
    if (out->failed != LINLI_OK)
        return out->failed;
    hasher_end(&h, id->b, HASH_BYTES);
    /* An entry that others could not read must never be signed: it would end this log for ever. */
    return scan_item(span_of(out->at + start, out->size - start), ENTRY_DEPTH, ENTRY_ITEMS);
}

int changeset_encode(struct arena *scratch, const struct draft *draft, struct buf *out, linli_hash *id)
{
    const struct seen_head **seen = NULL;
    const struct draft_part **parts = NULL;
    size_t start = out->size;

    if (draft->at.seq == 0 || (draft->at.seq == 1 && draft->grant == NULL))
        return LINLI_E_ARG;
    if (draft->seen_count > LIMIT_SEEN || draft->part_count > LIMIT_PARTS)
        return LINLI_E_LIMIT;
    int rv = seen_sort(scratch, draft, &seen);
    if (rv == LINLI_OK)
        rv = parts_sort(scratch, draft, &parts);
    if (rv == LINLI_OK)
        rv = entry_write(out, draft, seen, parts, id);
    if (rv != LINLI_OK)
        out->size = start;
    return rv;
}
