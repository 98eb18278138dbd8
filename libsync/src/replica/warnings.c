/* replica: what receipts tell about a node that somebody must hear of: kept with the evidence, and told as it comes. */
#include <linli/receipt.h>
#include <string.h>

#include "replica/internal.h"

enum { WARNING_KEY_BYTES = KEY_BYTES + 8 + 1, WARNING_HEAD_BYTES = 8 + 4, WARNINGS_MAX = 64 };

/* --- keeping --- */

struct oldest {
    uint8_t key[WARNING_KEY_BYTES];
    uint64_t noticed_ms;
    size_t count;
};

static bool oldest_one(void *ctx, span key, span value)
{
    struct oldest *o = ctx;

    if (key.size == WARNING_KEY_BYTES && value.size >= WARNING_HEAD_BYTES &&
        (o->count == 0 || be64_get(value.at) < o->noticed_ms)) {
        o->noticed_ms = be64_get(value.at);
        memcpy(o->key, key.at, sizeof(o->key));
    }
    o->count++;
    return true;
}

static int make_room(struct store_txn *txn)
{
    struct oldest o = {.count = 0};
    int rv = note_each(txn, NOTE_WARNING, oldest_one, &o);

    return rv == LINLI_OK && o.count >= WARNINGS_MAX ? note_delete(txn, NOTE_WARNING, span_of(o.key, sizeof(o.key))) : rv;
}

static int put(struct work *w, const uint8_t key[WARNING_KEY_BYTES], const struct receipt *first, const struct receipt *second)
{
    uint8_t head[WARNING_HEAD_BYTES];
    struct buf value = {0};

    be64_put(head, clock_now_ms(&w->r->clock));
    be32_put(head + 8, (uint32_t)first->certificate.size);
    buf_append(&value, head, sizeof(head));
    buf_append(&value, first->certificate.at, first->certificate.size);
    if (second != NULL)
        buf_append(&value, second->certificate.at, second->certificate.size);
    int rv = value.failed;
    if (rv == LINLI_OK)
        rv = note_put(w->txn, NOTE_WARNING, span_of(key, WARNING_KEY_BYTES), buf_span(&value));
    buf_free(&value);
    return rv;
}

int warning_keep(struct work *w, unsigned kind, const struct receipt *first, const struct receipt *second)
{
    const struct receipt *by = second != NULL ? second : first;
    struct linli_event event = {.kind = LINLI_EVENT_WARNING, .warning = kind};
    uint8_t key[WARNING_KEY_BYTES];
    struct grant g;
    size_t i = 0;
    span held;
    int rv;

    memcpy(key, by->node, KEY_BYTES);
    be64_put(key + KEY_BYTES, by->incarnation);
    key[KEY_BYTES + 8] = (uint8_t)kind;
    rv = note_get(w->txn, NOTE_WARNING, span_of(key, sizeof(key)), &held);
    if (rv != LINLI_E_NOT_FOUND)
        return rv; /* said before: the first evidence stays */
    rv = make_room(w->txn);
    if (rv == LINLI_OK)
        rv = put(w, key, first, second);
    if (rv != LINLI_OK)
        return rv;
    memcpy(event.author.key, by->node, KEY_BYTES);
    event.author.incarnation = by->incarnation;
    if (receipt_node_grant(w->txn, by->node, &i, &g, &rv))
        event.scope = g.scope;
    return rv == LINLI_OK ? work_event(w, &event) : rv;
}

/* --- telling --- */

struct listing {
    const struct replica *r;
    struct store_txn *txn;
    linli_warning_fn fn;
    void *ctx;
    int failed;
};

static void evidence(struct linli_warning *out, unsigned i, span certificate)
{
    struct receipt r;

    if (certificate.size == 0 || receipt_decode(certificate, &r) != LINLI_OK)
        return;
    out->issued_ms[i] = r.issued_ms;
    out->certificate[i] = certificate.at;
    out->certificate_size[i] = certificate.size;
}

static bool list_one(void *ctx, span key, span value)
{
    struct listing *l = ctx;
    struct linli_warning warning = {.incarnation = 0};
    struct grant g;
    size_t i = 0;

    size_t first = value.size < WARNING_HEAD_BYTES ? SIZE_MAX : be32_get(value.at + 8);
    if (key.size != WARNING_KEY_BYTES || first > value.size - WARNING_HEAD_BYTES) {
        l->failed = LINLI_E_CORRUPT;
        return false;
    }
    memcpy(warning.node, key.at, KEY_BYTES);
    warning.incarnation = be64_get(key.at + KEY_BYTES);
    warning.kind = (enum linli_warning_kind)key.at[KEY_BYTES + 8];
    warning.self = memcmp(warning.node, l->r->self.sign_public, KEY_BYTES) == 0;
    warning.noticed_ms = be64_get(value.at);
    evidence(&warning, 0, span_of(value.at + WARNING_HEAD_BYTES, first));
    evidence(&warning, 1, span_of(value.at + WARNING_HEAD_BYTES + first, value.size - WARNING_HEAD_BYTES - first));
    if (receipt_node_grant(l->txn, warning.node, &i, &g, &l->failed))
        warning.scope = g.scope;
    return l->failed == LINLI_OK && l->fn(l->ctx, &warning);
}

int replica_warning_each(struct replica *r, linli_warning_fn fn, void *ctx)
{
    struct listing l = {.r = r, .fn = fn, .ctx = ctx};
    int rv = store_begin(r->store, false, &l.txn);

    if (rv == LINLI_OK)
        rv = note_each(l.txn, NOTE_WARNING, list_one, &l);
    rv = store_end(l.txn, rv);
    return rv == LINLI_OK ? l.failed : rv;
}
