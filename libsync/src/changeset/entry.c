/* changeset: the same changeset with fewer or more of its parts' contents (proto/changeset.md 4). */
#include "changeset/changeset.h"
#include "changeset/layout.h"
#include "codec/scan.h"
#include "codec/writer.h"

#include <linli/error.h>

/* An entry opened for copying: the tail whole, a reader on the tail's marks, and one on the parts. */
struct opened {
    span tail;
    struct reader marks, parts;
    size_t count;
};

static int entry_open(span entry, struct opened *out)
{
    struct reader r;

    reader_start(&r, entry);
    if (reader_array(&r, 2) != 2)
        return LINLI_E_FORMAT;
    out->tail = reader_item(&r);
    reader_start(&out->marks, out->tail);
    if (reader_array(&out->marks, TAIL_FIELDS) != TAIL_FIELDS)
        return LINLI_E_FORMAT;
    for (unsigned i = 1; i < TAIL_FIELDS; i++)
        reader_skip(&out->marks);
    out->count = reader_array(&out->marks, LIMIT_PARTS);
    if (out->marks.failed != LINLI_OK || reader_array(&r, out->count) != out->count)
        return LINLI_E_FORMAT;
    out->parts = r;
    return r.failed;
}

/* The next part, with the class that the tail declares and its hash. */
static int next_part(struct opened *entry, struct part *out, span *bytes)
{
    const uint8_t *start = entry->parts.at;

    *out = (struct part){.carried = PART_ABSENT};
    mark_read(&entry->marks, out);
    part_read(&entry->parts, out);
    if (entry->marks.failed != LINLI_OK || entry->parts.failed != LINLI_OK)
        return LINLI_E_FORMAT;
    *bytes = span_of(start, (size_t)(entry->parts.at - start));
    return LINLI_OK;
}

/* A part in the place of its content: what is there, or its hash with the reason why it is not. */
static void part_write(struct buf *out, struct part *part, span bytes, enum part_carried as)
{
    if (as == PART_HELD) {
        write_raw(out, bytes);
        return;
    }
    if (part->carried == PART_HELD)
        part_hash(bytes, &part->hash);
    write_array(out, 2);
    write_uint(out, as);
    write_bin(out, part->hash.b, HASH_BYTES);
}

static void head_write(struct buf *out, const struct opened *entry)
{
    write_array(out, 2);
    write_raw(out, entry->tail);
    write_array(out, entry->count);
}

/* How a reader of these classes gets it. Pruned is a word of nobody's, as long as there is no checkpoint to prove it. */
static enum part_carried for_classes(const struct part *part, unsigned class_mask)
{
    if (part->carried == PART_ERASED)
        return PART_ERASED;
    return part->carried == PART_HELD && (class_mask >> part->cls & 1) != 0 ? PART_HELD : PART_ABSENT;
}

/* `as` NULL: by the classes. */
static int copy_as(struct opened *entry, const enum part_carried *as, unsigned class_mask, struct buf *out)
{
    head_write(out, entry);
    for (size_t i = 0; i < entry->count; i++) {
        struct part part;
        span bytes;
        int rv = next_part(entry, &part, &bytes);
        if (rv == LINLI_OK && as != NULL && as[i] == PART_HELD && part.carried != PART_HELD)
            rv = LINLI_E_FORMAT;
        if (rv != LINLI_OK)
            return rv;
        part_write(out, &part, bytes, as != NULL ? as[i] : for_classes(&part, class_mask));
    }
    return out->failed != LINLI_OK ? out->failed : reader_end(&entry->parts);
}

static int entry_copy(span entry, const enum part_carried *as, size_t count, unsigned class_mask, struct buf *out)
{
    struct opened opened;
    size_t start = out->size;
    int rv = entry_open(entry, &opened);

    if (rv == LINLI_OK && as != NULL && count != opened.count)
        rv = LINLI_E_FORMAT;
    if (rv == LINLI_OK)
        rv = copy_as(&opened, as, class_mask, out);
    if (rv != LINLI_OK)
        out->size = start;
    return rv;
}

int entry_for_classes(span entry, unsigned class_mask, struct buf *out)
{
    return entry_copy(entry, NULL, 0, class_mask, out);
}

int entry_as(span entry, const enum part_carried *as, size_t count, struct buf *out)
{
    return entry_copy(entry, as, count, 0, out);
}

/* `part` in the place of what stands at the index: its hash must be the one that is there. */
static int fill_check(const struct part *there, span there_bytes, span part, struct part *filled)
{
    struct reader r;
    linli_hash expected = there->hash, hash;

    if (there->carried == PART_ERASED)
        return LINLI_E_REFUSED; /* an order to erase outlives whoever still offers the content (DESIGN 5) */
    if (there->carried == PART_HELD)
        part_hash(there_bytes, &expected);
    part_hash(part, &hash);
    if (!hash_equal(&hash, &expected))
        return LINLI_E_FORMAT;
    if (scan_item(part, PART_DEPTH, ENTRY_ITEMS) != LINLI_OK)
        return LINLI_E_FORMAT;
    *filled = (struct part){.cls = there->cls, .manage = there->manage, .size = there->size};
    reader_start(&r, part);
    part_read(&r, filled);
    return reader_end(&r) == LINLI_OK && filled->carried == PART_HELD ? LINLI_OK : LINLI_E_FORMAT;
}

static int copy_with_part(struct opened *entry, size_t index, span part, struct buf *out)
{
    head_write(out, entry);
    for (size_t i = 0; i < entry->count; i++) {
        struct part there;
        span bytes;
        int rv = next_part(entry, &there, &bytes);
        if (rv == LINLI_OK && i == index) {
            struct part filled;
            rv = fill_check(&there, bytes, part, &filled);
            there = filled;
            bytes = part;
        }
        if (rv != LINLI_OK)
            return rv;
        write_raw(out, bytes);
    }
    return out->failed != LINLI_OK ? out->failed : reader_end(&entry->parts);
}

int entry_with_part(span entry, size_t index, span part, struct buf *out)
{
    struct opened opened;
    size_t start = out->size;
    int rv = entry_open(entry, &opened);

    if (rv == LINLI_OK && index >= opened.count)
        rv = LINLI_E_FORMAT;
    if (rv == LINLI_OK)
        rv = copy_with_part(&opened, index, part, out);
    if (rv != LINLI_OK)
        out->size = start;
    return rv;
}

static int copy_joined(struct opened *x, struct opened *y, struct buf *out)
{
    head_write(out, x);
    for (size_t i = 0; i < x->count; i++) {
        struct part mine, theirs;
        span bytes, other;
        int rv = next_part(x, &mine, &bytes);
        if (rv == LINLI_OK)
            rv = next_part(y, &theirs, &other);
        if (rv != LINLI_OK)
            return rv;
        bool lacking = mine.carried == PART_ABSENT || mine.carried == PART_PRUNED;
        write_raw(out, lacking && (theirs.carried == PART_HELD || theirs.carried == PART_ERASED) ? other : bytes);
    }
    return out->failed != LINLI_OK ? out->failed : reader_end(&x->parts);
}

int entry_join(span x, span y, struct buf *out)
{
    struct opened mine, theirs;
    size_t start = out->size;
    int rv = entry_open(x, &mine);

    if (rv == LINLI_OK)
        rv = entry_open(y, &theirs);
    if (rv == LINLI_OK && !span_equal(mine.tail, theirs.tail))
        rv = LINLI_E_FORMAT;
    if (rv == LINLI_OK)
        rv = copy_joined(&mine, &theirs, out);
    if (rv != LINLI_OK)
        out->size = start;
    return rv;
}
