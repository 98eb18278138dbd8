/* auth: rulings: what was set aside is adopted or rejected by the office (proto/authority.md 6). */
#include "auth/statement_form.h"
#include "codec/writer.h"

#include <linli/error.h>

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

static void item_write(struct buf *out, const void *row)
{
    const struct ruling_item *item = row;

    write_array(out, ITEM_FIELDS);
    write_uint(out, item->seq);
    write_uint(out, item->part);
    write_bin(out, item->id.b, HASH_BYTES);
}

static void item_read(struct reader *r, void *row)
{
    struct ruling_item *out = row;

    if (reader_array(r, ITEM_FIELDS) != ITEM_FIELDS)
        reader_fail(r);
    out->seq = reader_uint(r, UINT64_MAX);
    out->part = (uint32_t)reader_uint(r, LIMIT_PARTS);
    reader_fixed(r, out->id.b, HASH_BYTES);
}

static const struct row_form ITEM = {sizeof(struct ruling_item), item_write, item_read, item_compare};

static void body_write(const struct ruling *r, const struct ruling_item *items, size_t count, struct buf *out)
{
    uint8_t author[AUTHOR_BYTES];

    author_encode(&r->author, author);
    statement_head_write(&r->head, RULING_FIELDS, out);
    write_bin(out, r->scope.b, ID_BYTES);
    write_bin(out, author, sizeof(author));
    write_bool(out, r->adopt);
    rows_write(out, items, count, &ITEM);
}

int ruling_make(const uint8_t *secret, struct ruling *r, struct ruling_item *items, size_t count,
                struct buf *certificate)
{
    struct buf body = {.cap = LIMIT_STATEMENT_BYTES};

    r->head.kind = STATEMENT_RULING;
    int rv = rows_sort(items, count, &ITEM);
    if (rv != LINLI_OK)
        return rv;
    body_write(r, items, count, &body);
    rv = body.failed;
    if (rv == LINLI_OK)
        rv = statement_sign(secret, &r->head, buf_span(&body), certificate);
    buf_free(&body);
    return rv;
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
    out->items = rows_read(&r, &ITEM);
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

static bool item_is(const void *row, const void *sought)
{
    return item_compare(row, sought) == 0;
}

bool ruling_lists(const struct ruling *r, uint64_t seq, uint32_t part, const linli_hash *changeset)
{
    const struct ruling_item sought = {seq, part, *changeset};
    struct ruling_item item;

    return rows_find(r->items, &ITEM, item_is, &sought, &item);
}
