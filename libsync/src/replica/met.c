/*
 * replica: where we were when we last settled with a device: by our own count of arrivals, so that what is new since is one run of
 * rows. A hint and no more: the digests tell whether it was right.
 */
#include <string.h>

#include "replica/internal.h"

/* The note: epoch of its store 16, arrival u64. */
enum { MET_BYTES = ID_BYTES + 8 };

enum { ROWS_MAX = 4096 }; /* looked at; with more than that new, a walk down the scopes costs less */

static int met_get(struct store_txn *txn, const uint8_t device[KEY_BYTES], struct peer_met *out)
{
    span value;
    int rv = note_get(txn, NOTE_MET, span_of(device, KEY_BYTES), &value);

    *out = (struct peer_met){.arrival = 0};
    if (rv != LINLI_OK)
        return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
    if (value.size != MET_BYTES)
        return LINLI_E_CORRUPT;
    memcpy(out->epoch.b, value.at, ID_BYTES);
    out->arrival = be64_get(value.at + ID_BYTES);
    return LINLI_OK;
}

/* --- what is new --- */

struct gathering {
    struct replica *r;
    struct store_txn *txn;
    struct cover cover;
    const uint8_t *device;
    struct log_news *out;
    size_t max, count, rows;
    int failed;
};

static int gather(struct gathering *g, const struct arrival_row *row)
{
    linli_author author;
    int rv = cover_look(&g->cover, g->txn, row->scope);

    if (rv == LINLI_OK)
        rv = author_known(g->r, row->author, &author);
    if (rv != LINLI_OK || !g->cover.covered || memcmp(author.key, g->device, KEY_BYTES) == 0)
        return rv; /* what it wrote itself, it has */
    for (size_t i = g->count; i > 0; i--) {
        struct log_news *at = &g->out[i - 1];
        if (id_equal(&at->scope, &g->cover.id) && author_equal(&at->author, &author)) {
            at->from = row->seq < at->from ? row->seq : at->from;
            at->to = row->seq > at->to ? row->seq : at->to;
            return LINLI_OK;
        }
    }
    if (g->count == g->max)
        return LINLI_E_LIMIT;
    g->out[g->count++] = (struct log_news){g->cover.id, author, row->seq, row->seq};
    return LINLI_OK;
}

static bool gather_one(void *ctx, uint64_t arrival, const struct arrival_row *row)
{
    struct gathering *g = ctx;

    (void)arrival;
    g->failed = ++g->rows > ROWS_MAX ? LINLI_E_LIMIT : gather(g, row);
    return g->failed == LINLI_OK;
}

int replica_news(struct replica *r, const uint8_t device[KEY_BYTES], const struct shared_scope *shared, size_t shared_count,
                 linli_id *epoch, struct log_news *out, size_t max, size_t *count, bool *all)
{
    struct gathering g = {.r = r, .cover = {.shared = shared, .count = shared_count}, .device = device, .out = out, .max = max};
    struct peer_met met = {.arrival = 0};
    int rv = store_begin(r->store, false, &g.txn);

    if (rv == LINLI_OK)
        rv = met_get(g.txn, device, &met);
    if (rv == LINLI_OK && !id_is_zero(&met.epoch)) {
        rv = arrival_each(g.txn, met.arrival + 1, gather_one, &g);
        rv = rv == LINLI_OK ? g.failed : rv;
    }
    *all = rv != LINLI_E_LIMIT;
    rv = store_end(g.txn, *all ? rv : LINLI_OK);
    *epoch = rv == LINLI_OK ? met.epoch : (linli_id){{0}};
    *count = rv == LINLI_OK && *all ? g.count : 0;
    return rv;
}

int replica_arrival(struct replica *r, uint64_t *out)
{
    struct store_txn *txn = NULL;
    int rv = store_begin(r->store, false, &txn);

    if (rv == LINLI_OK)
        rv = arrival_last(txn, out);
    return store_end(txn, rv);
}

/* --- noting it --- */

struct noting {
    const struct peer_met *mets;
    size_t count;
};

static bool unchanged(struct store_txn *txn, const struct peer_met *met)
{
    struct peer_met held;

    return met_get(txn, met->device, &held) == LINLI_OK && id_equal(&held.epoch, &met->epoch) && held.arrival == met->arrival;
}

static int note(struct work *w, void *ctx)
{
    const struct noting *n = ctx;
    uint8_t value[MET_BYTES];
    int rv = LINLI_OK;

    for (size_t i = 0; i < n->count && rv == LINLI_OK; i++) {
        memcpy(value, n->mets[i].epoch.b, ID_BYTES);
        be64_put(value + ID_BYTES, n->mets[i].arrival);
        rv = note_put(w->txn, NOTE_MET, span_of(n->mets[i].device, KEY_BYTES), span_of(value, sizeof(value)));
    }
    return rv;
}

int replica_met(struct replica *r, const struct peer_met *mets, size_t count)
{
    struct noting n = {mets, count};
    struct store_txn *txn = NULL;
    bool same = true;
    int rv = store_begin(r->store, false, &txn);

    for (size_t i = 0; i < count && rv == LINLI_OK; i++)
        same = same && unchanged(txn, &mets[i]);
    rv = store_end(txn, rv);
    return rv == LINLI_OK && !same ? work_run(r, note, &n) : rv;
}
