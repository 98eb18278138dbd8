/* model: the ops of one part, from and to their one encoding (proto/record.md 2). */
#include "codec/reader.h"
#include "codec/scan.h"
#include "codec/writer.h"
#include "model/record.h"

#include <linli/error.h>
#include <stdlib.h>
#include <string.h>

enum { OP_ITEMS = 4, GROUP_N_MAX = UINT32_MAX >> 5 };

/* What the contexts of one part are read with. */
struct citing {
    const uint32_t *authors;
    const uint64_t *cited;
    size_t count;
};

/* Scalars under field numbers. A ladder's map has its episode under 0 and its rung under the group's n. */
static int fields_check(span value, uint32_t group)
{
    bool ladder = group_rule(group) == RULE_LADDER, episode = false, rung = false;
    struct reader r;

    reader_start(&r, value);
    for (size_t left = reader_map(&r, SIZE_MAX); left > 0 && r.failed == LINLI_OK; left--) {
        uint64_t key = reader_uint(&r, GROUP_N_MAX);
        if (ladder && (key == LADDER_EPISODE || key == group_n(group))) {
            episode |= key == LADDER_EPISODE;
            rung |= key == group_n(group);
            reader_int(&r);
        } else if (key == FIELD_LIFE || !reader_scalar(&r)) {
            return LINLI_E_FORMAT;
        }
    }
    if (ladder && !(episode && rung))
        return LINLI_E_FORMAT;
    return reader_end(&r);
}

bool value_is_fields(span value, uint32_t group)
{
    return fields_check(value, group) == LINLI_OK;
}

/* {0: 0} or {0: 1} */
static int life_check(span value)
{
    struct reader r;

    reader_start(&r, value);
    size_t fields = reader_map(&r, 1);
    reader_uint(&r, FIELD_LIFE);
    reader_uint(&r, LIFE_VALUE_DELETED);
    return fields == 1 ? reader_end(&r) : LINLI_E_FORMAT;
}

static int value_check(span value, uint32_t group)
{
    int64_t number;
    struct reader r;

    if (group == GROUP_LIFE)
        return life_check(value);
    reader_start(&r, value);
    switch ((enum merge_rule)group_rule(group)) { /* out of reach: op_read lets no other rule through */
    case RULE_REGISTER:
    case RULE_LOG:
    case RULE_LADDER:
        return reader_peek(&r) == ITEM_BIN ? LINLI_OK : fields_check(value, group); /* a bin is sealed */
    case RULE_SET:
        reader_bool(&r);
        return reader_end(&r);
    case RULE_COUNTER:
    case RULE_MAX:
        return value_number(value, &number) ? LINLI_OK : LINLI_E_FORMAT;
    }
    return LINLI_E_FORMAT;
}

static int key_read(struct reader *r, uint32_t group, span *key)
{
    *key = (span){NULL, 0};
    if (group_rule(group) != RULE_SET)
        return reader_nil(r) ? LINLI_OK : LINLI_E_FORMAT;
    *key = reader_bin(r, SIZE_MAX);
    if (r->failed != LINLI_OK)
        return LINLI_E_FORMAT;
    if (key->size > LIMIT_VALUE_BYTES)
        return LINLI_E_LIMIT;
    return scan_item(*key, 0, 1) == LINLI_OK ? LINLI_OK : LINLI_E_FORMAT; /* one scalar, in its one encoding */
}

/* How far contexts of the rule may reach: all that is cited, the writer itself, or nothing (proto/record.md 2). */
static size_t context_reach(uint32_t group, const struct citing *by)
{
    switch ((enum merge_rule)group_rule(group)) { /* out of reach: op_read lets no other rule through */
    case RULE_REGISTER:
    case RULE_SET:
    case RULE_LADDER:
        return by->count;
    case RULE_COUNTER:
        return 1;
    case RULE_LOG:
    case RULE_MAX:
        return 0;
    }
    return 0;
}

static int context_read(struct arena *a, struct reader *r, const struct citing *by, size_t reach, struct context *out)
{
    size_t items = reader_array(r, SIZE_MAX), count = items / 2;
    uint64_t least = 0;

    *out = (struct context){NULL, 0};
    if (r->failed != LINLI_OK || items % 2 != 0)
        return LINLI_E_FORMAT;
    if (count > LIMIT_CONTEXT)
        return LINLI_E_LIMIT;
    if (count == 0)
        return LINLI_OK;
    struct context_entry *entries = arena_array(a, count, sizeof(*entries));
    if (entries == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < count; i++) {
        uint64_t index = reader_uint(r, UINT32_MAX), seq = reader_uint(r, UINT64_MAX);
        if (r->failed != LINLI_OK || index < least || seq == 0)
            return LINLI_E_FORMAT;
        if (index >= by->count || seq > by->cited[index])
            return LINLI_E_REFUSED;
        if (index >= reach)
            return LINLI_E_FORMAT;
        entries[i] = (struct context_entry){by->authors[index], seq};
        least = index + 1;
    }
    *out = context_from(entries, count);
    return LINLI_OK;
}

static int op_read(struct arena *a, struct reader *r, const struct citing *by, unsigned cls, struct op *op)
{
    int rv;

    if (reader_array(r, OP_ITEMS) != OP_ITEMS)
        return LINLI_E_FORMAT;
    op->group = (uint32_t)reader_uint(r, UINT32_MAX);
    if (r->failed != LINLI_OK || group_rule(op->group) >= RULE_COUNT || group_class(op->group) != cls)
        return LINLI_E_FORMAT;
    if (group_n(op->group) == FIELD_LIFE && op->group != GROUP_LIFE)
        return LINLI_E_FORMAT;
    rv = key_read(r, op->group, &op->key);
    if (rv == LINLI_OK)
        rv = context_read(a, r, by, context_reach(op->group, by), &op->ctx);
    if (rv != LINLI_OK)
        return rv;
    op->value = reader_item(r);
    if (r->failed != LINLI_OK)
        return LINLI_E_FORMAT;
    return op->value.size > LIMIT_VALUE_BYTES ? LINLI_E_LIMIT : value_check(op->value, op->group);
}

static int op_compare(const struct op *x, const struct op *y)
{
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return span_compare(x->key, y->key);
}

int ops_decode(struct arena *a, span bytes, const uint32_t *authors, const uint64_t *cited, size_t author_count,
               unsigned cls, struct op **ops, size_t *count)
{
    struct citing by = {authors, cited, author_count};
    struct op *read = NULL;
    struct reader r;

    if (cls >= CLASS_COUNT)
        return LINLI_E_FORMAT;
    reader_start(&r, bytes);
    size_t all = reader_array(&r, SIZE_MAX);
    if (r.failed != LINLI_OK)
        return LINLI_E_FORMAT;
    if (all > LIMIT_OPS)
        return LINLI_E_LIMIT;
    read = arena_array(a, all, sizeof(*read));
    if (read == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < all; i++) {
        int rv = op_read(a, &r, &by, cls, &read[i]);
        if (rv != LINLI_OK)
            return rv;
        if (i > 0 && op_compare(&read[i - 1], &read[i]) >= 0)
            return LINLI_E_FORMAT;
    }
    if (reader_end(&r) != LINLI_OK)
        return LINLI_E_FORMAT;
    *ops = read;
    *count = all;
    return LINLI_OK;
}

/* The context as flat pairs of wire indexes, which need not be in the order of the caller's numbers. */
static int context_write(struct buf *out, struct arena *scratch, const struct context *ctx,
                         uint32_t (*index_of)(void *, uint32_t), void *index_ctx)
{
    struct context_entry *entries = NULL;
    struct context wire;

    if (ctx->count > LIMIT_CONTEXT)
        return LINLI_E_LIMIT;
    entries = arena_array(scratch, ctx->count, sizeof(*entries));
    if (entries == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < ctx->count; i++) {
        entries[i] = (struct context_entry){index_of(index_ctx, ctx->at[i].author), ctx->at[i].seq};
        if (entries[i].author == UINT32_MAX)
            return LINLI_E_ARG;
    }
    wire = context_from(entries, ctx->count);
    write_array(out, 2 * wire.count);
    for (size_t i = 0; i < wire.count; i++) {
        write_uint(out, wire.at[i].author);
        write_uint(out, wire.at[i].seq);
    }
    return LINLI_OK;
}

static int op_write(struct buf *out, struct arena *scratch, const struct op *op,
                    uint32_t (*index_of)(void *, uint32_t), void *index_ctx)
{
    int rv;

    if (op->value.size > LIMIT_VALUE_BYTES || op->key.size > LIMIT_VALUE_BYTES)
        return LINLI_E_LIMIT;
    write_array(out, OP_ITEMS);
    write_uint(out, op->group);
    if (op->key.size == 0)
        write_nil(out);
    else
        write_bin(out, op->key.at, op->key.size);
    rv = context_write(out, scratch, &op->ctx, index_of, index_ctx);
    write_raw(out, op->value);
    return rv == LINLI_OK ? out->failed : rv;
}

static int order_compare(const void *x, const void *y)
{
    const struct op *const *a = x, *const *b = y;

    return op_compare(*a, *b);
}

int ops_encode(struct buf *out, struct arena *scratch, const struct op *ops, size_t count,
               uint32_t (*index_of)(void *ctx, uint32_t author), void *ctx)
{
    size_t start = out->size;
    const struct op **order = NULL;
    int rv = LINLI_OK;

    if (out->failed != LINLI_OK)
        return out->failed;
    if (count > LIMIT_OPS)
        return LINLI_E_LIMIT;
    order = arena_array(scratch, count, sizeof(*order));
    if (order == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < count; i++)
        order[i] = &ops[i];
    qsort(order, count, sizeof(*order), order_compare);
    write_array(out, count);
    rv = out->failed;
    for (size_t i = 0; i < count && rv == LINLI_OK; i++)
        rv = i > 0 && op_compare(order[i - 1], order[i]) == 0 ? LINLI_E_ARG
                                                              : op_write(out, scratch, order[i], index_of, ctx);
    if (rv != LINLI_OK)
        out->size = start;
    return rv;
}
