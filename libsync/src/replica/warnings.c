/* replica: what receipts tell about a node that somebody must hear of: kept with the evidence, and told as it comes. */
#include <linli/receipt.h>
#include <string.h>

#include "replica/internal.h"

enum {
    WARNING_KEY_BYTES = KEY_BYTES + 8 + 1, WARNING_HEAD_BYTES = 8 + 4,
    OF_A_KIND_MAX = 2, /* of one node: the first that was noticed, and the last */
    WARNINGS_MAX = 1024
};

/* --- keeping --- */

/* Those of one node, of one kind or (0) of any: how many, and which was noticed last. */
struct latest {
    const uint8_t *node;
    uint8_t kind;
    uint8_t key[WARNING_KEY_BYTES];
    uint64_t noticed_ms;
    size_t count;
};

static bool latest_one(void *ctx, span key, span value)
{
    struct latest *l = ctx;

    if (key.size != WARNING_KEY_BYTES || value.size < WARNING_HEAD_BYTES || memcmp(key.at, l->node, KEY_BYTES) != 0 ||
        (l->kind != 0 && key.at[WARNING_KEY_BYTES - 1] != l->kind))
        return true;
    if (l->count == 0 || be64_get(value.at) >= l->noticed_ms) {
        l->noticed_ms = be64_get(value.at);
        memcpy(l->key, key.at, sizeof(l->key));
    }
    l->count++;
    return true;
}

static int latest_drop(struct store_txn *txn, const uint8_t node[KEY_BYTES], uint8_t kind, size_t from)
{
    struct latest l = {.node = node, .kind = kind};
    int rv = note_each(txn, NOTE_WARNING, latest_one, &l);

    return rv == LINLI_OK && l.count >= from ? note_delete(txn, NOTE_WARNING, span_of(l.key, sizeof(l.key))) : rv;
}

/* The first evidence stays. Whoever is accused of much puts out what he himself was accused of last. */
static int make_room(struct store_txn *txn, const uint8_t node[KEY_BYTES], uint8_t kind)
{
    struct note_crowd crowd = {.count = 0};
    int rv = latest_drop(txn, node, kind, OF_A_KIND_MAX);

    if (rv == LINLI_OK)
        rv = notes_crowd(txn, NOTE_WARNING, &crowd);
    return rv == LINLI_OK && crowd.count >= WARNINGS_MAX ? latest_drop(txn, crowd.node, 0, 1) : rv;
}

/* When it is noticed: after what was noticed of that node before, wherever the clock went. */
static int moment(struct work *w, const uint8_t node[KEY_BYTES], uint64_t *now_ms)
{
    struct latest before = {.node = node};
    int rv = note_each(w->txn, NOTE_WARNING, latest_one, &before);

    *now_ms = clock_now_ms(&w->r->clock);
    if (before.count > 0 && *now_ms <= before.noticed_ms)
        *now_ms = before.noticed_ms + 1;
    return rv;
}

static int put(struct work *w, const uint8_t key[WARNING_KEY_BYTES], const struct receipt *first, const struct receipt *second)
{
    uint8_t head[WARNING_HEAD_BYTES] = {0};
    struct buf value = {0};
    uint64_t now_ms;
    int rv = moment(w, key, &now_ms);

    if (rv != LINLI_OK)
        return rv;
    buf_append(&value, head, sizeof(head));
    rv = receipt_told_write(first, &value);
    size_t size = value.size - sizeof(head);
    if (rv == LINLI_OK && second != NULL)
        rv = receipt_told_write(second, &value);
    if (rv == LINLI_OK) {
        be64_put(value.at, now_ms);
        be32_put(value.at + 8, (uint32_t)size);
        rv = note_put(w->txn, NOTE_WARNING, span_of(key, WARNING_KEY_BYTES), buf_span(&value));
    }
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
    rv = make_room(w->txn, by->node, (uint8_t)kind);
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

static void evidence(struct linli_warning *out, unsigned i, span told)
{
    struct receipt r;

    if (told.size == 0 || receipt_told_decode(told, &r) != LINLI_OK)
        return;
    out->issued_ms[i] = r.issued_ms;
    out->certificate[i] = told.at;
    out->certificate_size[i] = told.size;
}

static bool list_one(void *ctx, span key, span value)
{
    struct listing *l = ctx;
    struct linli_warning warning = {.incarnation = 0};
    struct grant g;
    size_t i = 0;

    size_t first = value.size < WARNING_HEAD_BYTES ? SIZE_MAX : be32_get(value.at + 8);
    unsigned kind = key.size == WARNING_KEY_BYTES ? key.at[WARNING_KEY_BYTES - 1] : 0;
    if (kind < LINLI_WARNING_FORKED || kind > LINLI_WARNING_ANEW || first > value.size - WARNING_HEAD_BYTES) {
        l->failed = LINLI_E_CORRUPT;
        return false;
    }
    memcpy(warning.node, key.at, KEY_BYTES);
    warning.incarnation = be64_get(key.at + KEY_BYTES);
    warning.kind = (enum linli_warning_kind)kind;
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
