/* replica: make, open and close one; who it is; how it is. */
#include "replica/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "replica/founding.h"
#include "replica/root_key.h"

int replica_fail(struct replica *r, int code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(r->error, sizeof(r->error), format, args);
    va_end(args);
    return code;
}

const char *replica_error(const struct replica *r)
{
    return r->error;
}

const struct identity *replica_identity(const struct replica *r)
{
    return &r->self;
}

uint64_t replica_now_ms(const struct replica *r)
{
    return clock_now_ms(&r->clock);
}

int author_known(const struct replica *r, uint32_t number, linli_author *out)
{
    if (number == 0 || number > r->author_count)
        return LINLI_E_CORRUPT;
    *out = r->authors[number - 1];
    return LINLI_OK;
}

static void name_get(void *ctx, uint32_t number, linli_author *out)
{
    memset(out, 0, sizeof(*out));
    (void)author_known(ctx, number, out); /* a name of zeros, for a tie that only damage can bring about */
}

int replica_new(const struct replica_config *config, bool create, struct replica **out)
{
    struct store_config store = config->store;
    struct replica *r = secret_alloc(sizeof(*r)); /* its identity lies in it */

    *out = NULL;
    if (r == NULL)
        return LINLI_E_NOMEM;
    r->clock = config->clock;
    r->rng = config->rng;
    r->quota = quota_usual;
    r->names = (struct author_names){name_get, r};
    store.create = store.unfinished = create; /* founding.c finishes it */
    store.rng = config->rng;
    int rv = store_open(&store, &r->store);
    crypto_wipe(store.key, sizeof(store.key));
    if (rv != LINLI_OK) {
        if (create && !store_exists(config->store.dir))
            store_remove(config->store.dir); /* what opening began: its lock, its folder */
        secret_free(r);
        return rv;
    }
    *out = r;
    return LINLI_OK;
}

bool replica_stale(const struct replica *r)
{
    return r->stale;
}

int replica_compact(struct replica *r, struct linli_compacted *out)
{
    out->bytes_before = store_disk_bytes(r->store);
    int rv = store_compact(r->store);
    r->stale = r->stale && rv != LINLI_OK;
    out->bytes_after = store_disk_bytes(r->store);
    return rv;
}

/* What was erased must not outlive this on a free page. When it cannot be done now, it is still due the next time. */
static void tidy(struct replica *r)
{
    if (r->stale && store_compact(r->store) == LINLI_OK)
        r->stale = false;
}

void replica_close(struct replica *r)
{
    if (r != NULL)
        tidy(r);
    replica_close_soon(r);
}

void replica_close_soon(struct replica *r)
{
    if (r == NULL)
        return;
    store_close(r->store);
    buf_free(&r->root_file);
    mem_free(r->authors);
    mem_free(r->own);
    ring_free(&r->ring);
    invites_forget(r);
    pending_free(r);
    secret_free(r);
}

/* --- opening --- */

static int authors_load(struct replica *r, struct store_txn *txn)
{
    int rv = LINLI_OK;

    while (rv == LINLI_OK) {
        rv = mem_grow(&r->authors, &r->author_room, r->author_count + 1, sizeof(*r->authors));
        if (rv == LINLI_OK)
            rv = author_get(txn, (uint32_t)r->author_count + 1, &r->authors[r->author_count]);
        if (rv == LINLI_OK)
            r->author_count++;
    }
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

/* The last stamp that this incarnation signed, from its heads. */
static int stamp_load(struct replica *r, struct store_txn *txn)
{
    struct scope_row scope;
    struct head_row head;
    uint32_t author;
    int rv = author_number(txn, &r->author, false, &author);

    for (uint32_t number = 1; rv == LINLI_OK; number++) {
        rv = scope_get(txn, number, &scope);
        if (rv != LINLI_OK)
            break;
        rv = head_get(txn, number, author, &head);
        if (rv == LINLI_OK && head.stamp > r->stamp_signed)
            r->stamp_signed = head.stamp;
        rv = rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
    }
    r->stamp_last = r->stamp_signed;
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

int replica_load_all(struct replica *r)
{
    struct store_txn *txn = NULL;

    r->tend_due = true; /* whether it is so shows when somebody looks */
    int rv = store_begin(r->store, false, &txn);

    if (rv == LINLI_OK)
        rv = identity_load(r, txn);
    if (rv == LINLI_OK)
        rv = authors_load(r, txn);
    if (rv == LINLI_OK)
        rv = authority_load_own(r, txn);
    if (rv == LINLI_OK)
        rv = ring_load(r, txn);
    if (rv == LINLI_OK)
        rv = stamp_load(r, txn);
    if (rv == LINLI_OK)
        rv = receipts_open(r, txn);
    if (rv == LINLI_OK)
        rv = store_stale_get(txn, &r->stale);
    return store_end(txn, rv);
}

int replica_open(const struct replica_config *config, struct replica **out)
{
    struct replica *r = NULL;
    int rv = replica_new(config, false, &r);

    *out = NULL;
    if (rv == LINLI_OK)
        rv = root_key_settle(config->store.dir, config->store.key);
    if (rv == LINLI_OK)
        rv = replica_load_all(r);
    if (rv == LINLI_OK)
        rv = index_keep_up(r);
    if (rv == LINLI_OK)
        rv = said_keep_up(r);
    if (rv == LINLI_OK)
        rv = quota_keep_up(r);
    if (rv == LINLI_OK) {
        tidy(r);
        *out = r;
    } else {
        replica_close(r);
    }
    return rv;
}

/* The file beside the store is made ready first, and put in place after: whatever cuts this off, opening settles it. */
int replica_rekey(struct replica *r, const struct replica_config *now, const uint8_t key[32])
{
    int rv = root_key_prepare(now->store.dir, now->store.key, key, &r->rng);

    if (rv == LINLI_OK)
        rv = store_rekey(r->store, key);
    if (rv == LINLI_E_DISK)
        return rv;
    int settled = root_key_settle(now->store.dir, rv == LINLI_OK ? key : now->store.key);
    return rv == LINLI_OK ? settled : rv;
}

/* --- status --- */

struct wants {
    uint64_t count;
};

static bool want_count(void *ctx, uint32_t author, uint64_t seq, uint32_t part)
{
    struct wants *wants = ctx;

    (void)author;
    (void)seq;
    (void)part;
    wants->count++;
    return true;
}

static int totals_read(struct store_txn *txn, struct linli_status *out)
{
    struct wants wants = {0};
    uint64_t waiting_bytes;
    int rv = count_get(txn, SCOPE_TOTAL, COUNT_CHANGESETS, &out->changesets);

    if (rv == LINLI_OK)
        rv = count_get(txn, SCOPE_TOTAL, COUNT_RECORDS, &out->records);
    if (rv == LINLI_OK)
        rv = count_get(txn, SCOPE_TOTAL, COUNT_CONFLICTS, &out->conflicts);
    if (rv == LINLI_OK)
        rv = count_get(txn, SCOPE_TOTAL, COUNT_ASIDE, &out->set_aside);
    if (rv == LINLI_OK)
        rv = count_get(txn, SCOPE_TOTAL, COUNT_FORKS, &out->forks);
    if (rv == LINLI_OK)
        rv = waiting_count(txn, &out->waiting, &waiting_bytes);
    if (rv == LINLI_OK)
        rv = digest_all(txn, &out->digest, &out->scopes);
    for (uint32_t scope = 1; rv == LINLI_OK && scope <= out->scopes; scope++)
        rv = want_each(txn, scope, want_count, &wants);
    out->wants = wants.count;
    return rv;
}

int replica_conflicts(struct replica *r, uint64_t *out)
{
    struct store_txn *txn = NULL;
    int rv = store_begin(r->store, false, &txn);

    *out = 0;
    if (rv == LINLI_OK)
        rv = count_get(txn, SCOPE_TOTAL, COUNT_CONFLICTS, out);
    return store_end(txn, rv);
}

int replica_status(struct replica *r, struct linli_status *out)
{
    struct store_txn *txn = NULL;

    *out = (struct linli_status){.replica = r->author, .network = r->self.network, .root_scope = r->self.root_scope};
    if (r->own_count > 0) {
        out->role = r->own[0].grant.role;
        out->scope = r->own[0].grant.scope;
    }
    out->bytes_on_disk = store_disk_bytes(r->store);
    int rv = store_begin(r->store, false, &txn);
    if (rv == LINLI_OK)
        rv = totals_read(txn, out);
    return store_end(txn, rv);
}
