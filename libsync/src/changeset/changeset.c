/* changeset: decode one entry and compute its id, reading and hashing each byte in place. */
#include "changeset/changeset.h"
#include "changeset/layout.h"
#include "codec/scan.h"

#include <linli/error.h>
#include <string.h>

static const char ID_CONTEXT[] = "linli/changeset/1";
static const char PART_CONTEXT[] = "linli/part/1";
static const char HEAD_CONTEXT[] = "linli/head/1";

/* --- hashes (proto/changeset.md 2 and 3) --- */

enum { PREFIX_BYTES = sizeof(ID_CONTEXT) + 1 + HASH_BYTES + ID_BYTES + AUTHOR_BYTES + 8 + HASH_BYTES + 4 };

void changeset_hash_start(struct hasher *h, const struct position *at, span tail)
{
    uint8_t prefix[PREFIX_BYTES], *p = prefix;

    memcpy(p, ID_CONTEXT, sizeof(ID_CONTEXT)); /* with its NUL */
    p += sizeof(ID_CONTEXT);
    *p++ = SUITE_1;
    memcpy(p, at->network.b, HASH_BYTES);
    p += HASH_BYTES;
    memcpy(p, at->scope.b, ID_BYTES);
    p += ID_BYTES;
    author_encode(&at->author, p);
    p += AUTHOR_BYTES;
    be64_put(p, at->seq);
    p += 8;
    memcpy(p, at->prev.b, HASH_BYTES);
    p += HASH_BYTES;
    be32_put(p, (uint32_t)tail.size);
    hasher_start(h, HASH_BYTES);
    hasher_add(h, prefix, sizeof(prefix));
    hasher_add(h, tail.at, tail.size);
}

void part_hash(span bytes, linli_hash *out)
{
    crypto_hash(PART_CONTEXT, &bytes, 1, out);
}

/* --- parts --- */

void mark_read(struct reader *marks, struct part *out)
{
    uint64_t mark = reader_uint(marks, PART_MARK_MAX);

    out->manage = (mark & 1) != 0;
    out->cls = (unsigned)(mark >> 1) % PART_CLASSES;
    out->size = (size_t)(mark >> 3);
    if (out->size < PART_BYTES_MIN)
        reader_fail(marks);
}

static void held_read(struct reader *r, struct part *out)
{
    const uint8_t *head = r->at - 1; /* an array of four has a head of one byte */

    out->carried = PART_HELD;
    if (reader_bin(r, SALT_BYTES).size != SALT_BYTES)
        reader_fail(r);
    out->type = (linli_type)reader_uint(r, UINT32_MAX);
    reader_fixed(r, out->record.b, ID_BYTES);
    if (reader_peek(r) != ITEM_ARRAY)
        reader_fail(r);
    out->ops = reader_item(r);
    if (r->failed == LINLI_OK && (size_t)(r->at - head) != out->size)
        reader_fail(r);
    out->bytes = r->failed == LINLI_OK ? span_of(head, out->size) : (span){NULL, 0};
}

void part_read(struct reader *r, struct part *out)
{
    size_t fields = reader_array(r, PART_FIELDS);

    if (fields == PART_FIELDS) {
        held_read(r, out);
        return;
    }
    if (fields != 2)
        reader_fail(r);
    switch (reader_uint(r, PART_ERASED)) {
    case 1:
        out->carried = PART_ABSENT;
        break;
    case 2:
        out->carried = PART_PRUNED;
        break;
    case 3:
        out->carried = PART_ERASED;
        break;
    default:
        reader_fail(r);
    }
    reader_fixed(r, out->hash.b, HASH_BYTES);
}

/*
 * The parts as they come, each hashed once. Order is judged within a class, where a reader holds all parts or none: so
 * that readers of different classes come to one verdict on each part, and nobody refuses what another must store.
 */
static int parts_decode(struct reader *r, struct changeset *out, struct hasher *id)
{
    const struct part *last[PART_CLASSES] = {NULL};

    for (size_t i = 0; i < out->part_count; i++) {
        struct part *part = &out->parts[i];
        part_read(r, part);
        if (r->failed != LINLI_OK)
            return r->failed;
        if (part->carried == PART_HELD) {
            const struct part **before = &last[part->cls];
            part->in_order = *before == NULL || id_compare(&(*before)->record, &part->record) < 0;
            *before = part;
            part_hash(part->bytes, &part->hash);
        }
        hasher_add(id, part->hash.b, HASH_BYTES);
    }
    return LINLI_OK;
}

/* --- the tail --- */

static int seen_decode(struct arena *a, struct reader *r, struct changeset *out)
{
    size_t count = reader_array(r, SIZE_MAX);

    if (count > LIMIT_SEEN)
        return LINLI_E_LIMIT;
    out->seen = arena_array(a, count, sizeof(*out->seen));
    if (out->seen == NULL)
        return LINLI_E_NOMEM;
    out->seen_count = count;
    for (size_t i = 0; i < count; i++) {
        struct seen_head *head = &out->seen[i];
        uint8_t author[AUTHOR_BYTES];
        if (reader_array(r, 3) != 3)
            return LINLI_E_FORMAT;
        reader_fixed(r, author, sizeof(author));
        author_decode(author, &head->author);
        head->seq = reader_uint(r, UINT64_MAX);
        reader_fixed(r, head->id.b, HASH_BYTES);
        if (r->failed != LINLI_OK || head->seq == 0 || author_equal(&head->author, &out->at.author))
            return LINLI_E_FORMAT;
        if (i > 0 && author_compare(&head[-1].author, &head->author) >= 0)
            return LINLI_E_FORMAT;
    }
    return LINLI_OK;
}

static int marks_decode(struct arena *a, struct reader *r, struct changeset *out)
{
    size_t count = reader_array(r, SIZE_MAX);

    if (count > LIMIT_PARTS)
        return LINLI_E_LIMIT;
    out->parts = arena_array(a, count, sizeof(*out->parts));
    if (out->parts == NULL)
        return LINLI_E_NOMEM;
    out->part_count = count;
    for (size_t i = 0; i < count; i++)
        mark_read(r, &out->parts[i]);
    return r->failed;
}

static int tail_decode(struct arena *a, struct reader *r, struct changeset *out)
{
    const uint8_t *start = r->at;

    if (reader_array(r, TAIL_FIELDS) != TAIL_FIELDS)
        return LINLI_E_FORMAT;
    int rv = seen_decode(a, r, out);
    if (rv != LINLI_OK)
        return rv;
    out->has_grant = !reader_nil(r);
    if (out->has_grant)
        reader_fixed(r, out->grant.b, HASH_BYTES);
    else if (out->at.seq == 1)
        return LINLI_E_FORMAT; /* there is no changeset before whose grant it could share */
    out->stamp = reader_uint(r, UINT64_MAX);
    out->schema = (uint32_t)reader_uint(r, UINT32_MAX);
    rv = marks_decode(a, r, out);
    out->tail = span_of(start, (size_t)(r->at - start));
    return rv;
}

/* --- the entry --- */

/* Up to the parts, with room for all of them: what a changeset weighs is its writer's doing, not that of who left parts out. */
static int whole_check(size_t before, const struct changeset *cs)
{
    size_t whole = before;

    for (size_t i = 0; i < cs->part_count; i++)
        whole += cs->parts[i].size;
    return whole <= LIMIT_CHANGESET_BYTES ? LINLI_OK : LINLI_E_LIMIT;
}

int changeset_decode_scanned(struct arena *a, const struct position *at, span entry, struct changeset *out)
{
    struct reader r;
    struct hasher id;

    *out = (struct changeset){.at = *at};
    if (at->seq == 0)
        return LINLI_E_FORMAT;
    reader_start(&r, entry);
    if (reader_array(&r, 2) != 2)
        return LINLI_E_FORMAT;
    int rv = tail_decode(a, &r, out);
    if (rv != LINLI_OK)
        return rv;
    if (reader_array(&r, out->part_count) != out->part_count)
        return LINLI_E_FORMAT;
    rv = whole_check((size_t)(r.at - entry.at), out);
    if (rv != LINLI_OK)
        return rv;
    changeset_hash_start(&id, at, out->tail);
    rv = parts_decode(&r, out, &id);
    if (rv != LINLI_OK)
        return rv;
    rv = reader_end(&r);
    if (rv != LINLI_OK)
        return rv;
    hasher_end(&id, out->id.b, HASH_BYTES);
    return LINLI_OK;
}

int changeset_decode(struct arena *a, const struct position *at, span entry, struct changeset *out)
{
    *out = (struct changeset){0};
    if (entry.size > LIMIT_CHANGESET_BYTES)
        return LINLI_E_LIMIT;
    int rv = scan_item(entry, ENTRY_DEPTH, ENTRY_ITEMS);
    if (rv != LINLI_OK)
        return rv;
    return changeset_decode_scanned(a, at, entry, out);
}

/* --- signatures --- */

int changeset_sign(const uint8_t secret[SIGN_SECRET_BYTES], const linli_hash *id, uint8_t out[SIGNATURE_BYTES])
{
    return sign_make(secret, HEAD_CONTEXT, span_of(id->b, HASH_BYTES), out);
}

int changeset_check(const linli_author *author, const linli_hash *id, const uint8_t signature[SIGNATURE_BYTES])
{
    return sign_check(author->key, HEAD_CONTEXT, span_of(id->b, HASH_BYTES), signature);
}
