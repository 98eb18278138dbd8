/* auth: rulings: what was set aside is adopted or rejected by the office (proto/authority.md 6). */
#include "auth/statement_form.h"
#include "codec/writer.h"

#include <linli/error.h>
#include <stdlib.h>

enum { RULING_FIELDS = 4, ITEM_FIELDS = 3 };

static int item_compare(const void *x, const void *y)
{
    const struct ruling_item *a = x, *b = y;

    if (a->seq != b->seq)
        return a->seq < b->seq ? -1 : 1;
    if (a->part != b->part)
        return a->part < b->part ? -1 : 1;
    return hash_compare(&a->id, &b->id);
}

static void item_read(struct reader *r, struct ruling_item *out)
{
    if (reader_array(r, ITEM_FIELDS) != ITEM_FIELDS)
        reader_fail(r);
    out->seq = reader_uint(r, UINT64_MAX);
    out->part = (uint32_t)reader_uint(r, LIMIT_PARTS);
    reader_fixed(r, out->id.b, HASH_BYTES);
}

static void body_write(const struct ruling *r, const struct ruling_item *items, size_t count, struct buf *out)
{
    uint8_t author[AUTHOR_BYTES];

    author_encode(&r->author, author);
    statement_head_write(&r->head, RULING_FIELDS, out);
    write_bin(out, r->scope.b, ID_BYTES);
    write_bin(out, author, sizeof(author));
    write_bool(out, r->adopt);
    write_array(out, count);
    for (size_t i = 0; i < count; i++) {
        write_array(out, ITEM_FIELDS);
        write_uint(out, items[i].seq);
        write_uint(out, items[i].part);
        write_bin(out, items[i].id.b, HASH_BYTES);
    }
}

int ruling_make(const uint8_t *secret, struct ruling *r, struct ruling_item *items, size_t count,
                struct buf *certificate)
{
    struct buf body = {.cap = LIMIT_STATEMENT_BYTES};

    r->head.kind = STATEMENT_RULING;
    if (count > 1)
        qsort(items, count, sizeof(*items), item_compare);
    for (size_t i = 1; i < count; i++)
        if (item_compare(&items[i - 1], &items[i]) == 0)
            return LINLI_E_ARG;
    body_write(r, items, count, &body);
    int rv = body.failed;
    if (rv == LINLI_OK)
        rv = statement_sign(secret, &r->head, buf_span(&body), certificate);
    buf_free(&body);
    return rv;
}

static span items_read(struct reader *r)
{
    struct reader rows = *r;
    span all = reader_item(r);
    struct ruling_item last = {.seq = 0}, item = {.seq = 0};
    size_t count = reader_array(&rows, SIZE_MAX);

    for (size_t i = 0; i < count && rows.failed == LINLI_OK; i++) {
        item_read(&rows, &item);
        if (i > 0 && item_compare(&last, &item) >= 0)
            reader_fail(&rows);
        last = item;
    }
    if (rows.failed != LINLI_OK)
        reader_fail(r);
    return all;
}

int ruling_decode(span certificate, struct ruling *out)
{
    uint8_t author[AUTHOR_BYTES];
    struct certified said;
    struct reader r;
    size_t fields;

    *out = (struct ruling){.adopt = false};
    int rv = statement_open(certificate, &r, &out->head, &fields, &said);
    if (rv != LINLI_OK)
        return rv;
    if (out->head.kind != STATEMENT_RULING || fields != RULING_FIELDS)
        return LINLI_E_FORMAT;
    reader_fixed(&r, out->scope.b, ID_BYTES);
    reader_fixed(&r, author, sizeof(author));
    author_decode(author, &out->author);
    out->adopt = reader_bool(&r);
    out->items = items_read(&r);
    return reader_end(&r);
}

bool ruling_item(const struct ruling *r, size_t i, struct ruling_item *out)
{
    struct reader rows;

    reader_start(&rows, r->items);
    if (i >= reader_array(&rows, SIZE_MAX))
        return false;
    for (; i > 0; i--)
        reader_skip(&rows);
    item_read(&rows, out);
    return true;
}

bool ruling_lists(const struct ruling *r, uint64_t seq, uint32_t part, const linli_hash *changeset)
{
    struct ruling_item item;
    struct reader rows;

    reader_start(&rows, r->items);
    for (size_t left = reader_array(&rows, SIZE_MAX); left > 0; left--) {
        item_read(&rows, &item);
        if (item.seq == seq && item.part == part && hash_equal(&item.id, changeset))
            return true;
    }
    return false;
}
