/* store: the readable state of records, where a record is, and which changesets touched it. */
#include "store/env.h"

#include <linli/error.h>
#include <string.h>

/*
 * Table view:  scope u32, record 16 -> state
 * Table where: record 16, scope u32 -> empty
 * Table touch: scope u32, record 16, author u32, seq u64 -> empty
 */

static void view_key(struct rowkey *key, uint32_t scope, const linli_id *record)
{
    rowkey_start(key);
    rowkey_u32(key, scope);
    rowkey_bytes(key, record->b, ID_BYTES);
}

static void where_key(struct rowkey *key, const linli_id *record, uint32_t scope)
{
    rowkey_start(key);
    rowkey_bytes(key, record->b, ID_BYTES);
    rowkey_u32(key, scope);
}

int view_get(struct store_txn *txn, uint32_t scope, const linli_id *record, span *out)
{
    struct rowkey key;

    view_key(&key, scope, record);
    return table_get(txn, TABLE_VIEW, &key, out);
}

int view_put(struct store_txn *txn, uint32_t scope, const linli_id *record, span state)
{
    struct rowkey key;
    uint8_t *at = NULL;

    view_key(&key, scope, record);
    int rv = table_reserve_new(txn, TABLE_VIEW, &key, state.size, &at);
    if (rv == LINLI_E_EXISTS)
        return table_put(txn, TABLE_VIEW, &key, state);
    if (rv != LINLI_OK)
        return rv;
    if (state.size > 0)
        memcpy(at, state.at, state.size);
    where_key(&key, record, scope);
    return table_mark(txn, TABLE_WHERE, &key, true);
}

int view_delete(struct store_txn *txn, uint32_t scope, const linli_id *record)
{
    struct rowkey key;

    view_key(&key, scope, record);
    int rv = table_delete(txn, TABLE_VIEW, &key);
    if (rv != LINLI_OK)
        return rv;
    where_key(&key, record, scope);
    return table_mark(txn, TABLE_WHERE, &key, false);
}

struct views {
    bool (*fn)(void *ctx, const linli_id *record, span state);
    void *ctx;
};

static int view_visit(void *ctx, span rest, span value)
{
    const struct views *views = ctx;
    linli_id record;

    if (rest.size != ID_BYTES)
        return LINLI_E_CORRUPT;
    memcpy(record.b, rest.at, ID_BYTES);
    return views->fn(views->ctx, &record, value) ? LINLI_OK : EACH_STOP;
}

int view_each(struct store_txn *txn, uint32_t scope, bool (*fn)(void *ctx, const linli_id *record, span state), void *ctx)
{
    struct views views = {fn, ctx};
    struct rowkey prefix;

    rowkey_start(&prefix);
    rowkey_u32(&prefix, scope);
    return table_each(txn, TABLE_VIEW, &prefix, NULL, view_visit, &views);
}

struct places {
    bool (*fn)(void *ctx, uint32_t scope);
    void *ctx;
};

static int place_visit(void *ctx, span rest, span value)
{
    const struct places *places = ctx;

    if (rest.size != 4 || value.size != 0)
        return LINLI_E_CORRUPT;
    return places->fn(places->ctx, be32_get(rest.at)) ? LINLI_OK : EACH_STOP;
}

int where_each(struct store_txn *txn, const linli_id *record, bool (*fn)(void *ctx, uint32_t scope), void *ctx)
{
    struct places places = {fn, ctx};
    struct rowkey prefix;

    rowkey_start(&prefix);
    rowkey_bytes(&prefix, record->b, ID_BYTES);
    return table_each(txn, TABLE_WHERE, &prefix, NULL, place_visit, &places);
}

struct matches {
    bool (*fn)(void *ctx, const linli_id *record);
    void *ctx;
    uint8_t prefix[ID_BYTES];
    size_t whole;  /* bytes of the prefix that the table's own prefix covers */
    bool half;     /* then the high half of one more byte */
    bool any;
    linli_id last; /* a record in several scopes has several rows in a row */
};

static int match_visit(void *ctx, span rest, span value)
{
    struct matches *m = ctx;
    linli_id record;

    if (rest.size != ID_BYTES + 4 - m->whole || value.size != 0)
        return LINLI_E_CORRUPT;
    memcpy(record.b, m->prefix, m->whole);
    memcpy(record.b + m->whole, rest.at, ID_BYTES - m->whole);
    if (m->half && record.b[m->whole] >> 4 != m->prefix[m->whole] >> 4)
        return EACH_STOP;
    if (m->any && id_equal(&record, &m->last))
        return LINLI_OK;
    m->any = true;
    m->last = record;
    return m->fn(m->ctx, &record) ? LINLI_OK : EACH_STOP;
}

int where_prefix(struct store_txn *txn, const uint8_t *prefix, unsigned nibbles,
                 bool (*fn)(void *ctx, const linli_id *record), void *ctx)
{
    struct matches m = {.fn = fn, .ctx = ctx, .whole = nibbles / 2, .half = nibbles % 2 != 0};
    struct rowkey whole, from;

    if (nibbles > 2 * ID_BYTES)
        return LINLI_E_ARG;
    if (nibbles > 0)
        memcpy(m.prefix, prefix, m.whole + (m.half ? 1 : 0));
    rowkey_start(&whole);
    rowkey_bytes(&whole, m.prefix, m.whole);
    from = whole;
    if (m.half)
        rowkey_u8(&from, m.prefix[m.whole] & 0xf0);
    return table_each(txn, TABLE_WHERE, &whole, &from, match_visit, &m);
}

static void touch_key(struct rowkey *key, uint32_t scope, const linli_id *record, uint32_t author, uint64_t seq)
{
    view_key(key, scope, record);
    rowkey_u32(key, author);
    rowkey_u64(key, seq);
}

int touch_put(struct store_txn *txn, uint32_t scope, const linli_id *record, uint32_t author, uint64_t seq)
{
    struct rowkey key;

    touch_key(&key, scope, record, author, seq);
    return table_mark(txn, TABLE_TOUCH, &key, true);
}

int touch_delete(struct store_txn *txn, uint32_t scope, const linli_id *record, uint32_t author, uint64_t seq)
{
    struct rowkey key;

    touch_key(&key, scope, record, author, seq);
    return table_delete(txn, TABLE_TOUCH, &key);
}

struct touches {
    bool (*fn)(void *ctx, uint32_t author, uint64_t seq);
    void *ctx;
};

static int touch_visit(void *ctx, span rest, span value)
{
    const struct touches *touches = ctx;

    if (rest.size != 4 + 8 || value.size != 0)
        return LINLI_E_CORRUPT;
    return touches->fn(touches->ctx, be32_get(rest.at), be64_get(rest.at + 4)) ? LINLI_OK : EACH_STOP;
}

int touch_each(struct store_txn *txn, uint32_t scope, const linli_id *record,
               bool (*fn)(void *ctx, uint32_t author, uint64_t seq), void *ctx)
{
    struct touches touches = {fn, ctx};
    struct rowkey prefix;

    view_key(&prefix, scope, record);
    return table_each(txn, TABLE_TOUCH, &prefix, NULL, touch_visit, &touches);
}
