/*
 * replica: our own receipts: numbered by what the store has durably done, so that a number is never given twice, whatever
 * crashes; and the moment at which a node learns that it was put back to an older state.
 */
#include <linli/receipt.h>
#include <string.h>

#include "replica/founding.h"
#include "replica/internal.h"

int receipts_open(struct replica *r, struct store_txn *txn)
{
    uint64_t commits;
    int rv = store_commits(txn, &commits);

    rng_fill(&r->rng, &r->receipt_mark.run, sizeof(r->receipt_mark.run));
    if (rv == LINLI_OK)
        r->receipt_mark.opened = (commits + 1) << RECEIPT_TURN_BITS;
    return rv;
}

/* The next number. LINLI_E_WAIT: not before the store has made another commit. */
static int number_next(const struct replica *r, struct store_txn *txn, uint64_t *out)
{
    uint64_t commits;
    int rv = store_commits(txn, &commits);

    if (rv != LINLI_OK)
        return rv;
    uint64_t first = commits << RECEIPT_TURN_BITS;
    *out = r->receipt_mark.number >= first ? r->receipt_mark.number + 1 : first;
    return *out >= r->receipt_mark.opened && *out >> RECEIPT_TURN_BITS == commits ? LINLI_OK : LINLI_E_WAIT;
}

static int commit_step(struct work *w, void *ctx)
{
    uint8_t opened[8];

    (void)ctx;
    be64_put(opened, w->r->receipt_mark.opened);
    return meta_put(w->txn, "receipts", span_of(opened, sizeof(opened)));
}

/* --- what others show of ours --- */

/* Can this store, as it went on since it was opened, have given it? */
static bool given_here(const struct replica *r, const struct receipt *shown)
{
    bool before = shown->mark.opened < r->receipt_mark.opened;

    return before ? shown->mark.number < r->receipt_mark.opened
                  : receipt_marks_agree(&shown->mark, &r->receipt_mark) && shown->mark.number <= r->receipt_mark.number;
}

int receipt_own(struct work *w, const struct receipt *r)
{
    if (r->incarnation != w->r->self.incarnation || given_here(w->r, r))
        return LINLI_OK;
    int rv = warning_keep(w, LINLI_WARNING_ROLLED_BACK, r, NULL);
    return rv == LINLI_OK ? incarnation_begin(w) : rv;
}

static int shown_step(struct work *w, void *ctx)
{
    return receipt_own(w, ctx);
}

/* The asker shows the newest of ours that it knows. */
static int shown_check(struct replica *r, span certificate)
{
    struct receipt shown;

    if (receipt_decode(certificate, &shown) != LINLI_OK || receipt_verify(&shown) != LINLI_OK ||
        memcmp(shown.node, r->self.sign_public, KEY_BYTES) != 0 || shown.incarnation != r->self.incarnation ||
        given_here(r, &shown))
        return LINLI_OK;
    return work_run(r, shown_step, &shown);
}

/* --- signing --- */

int replica_signs(struct replica *r, bool *signs)
{
    struct store_txn *txn = NULL;
    uint64_t now_ms = clock_now_ms(&r->clock);
    int rv = store_begin(r->store, false, &txn);

    *signs = false;
    for (size_t i = 0; i < r->own_count && rv == LINLI_OK && !*signs; i++)
        if (r->own[i].grant.role == ROLE_NODE && now_ms < r->own[i].term_end_ms)
            rv = standing_usable(txn, &r->own[i].grant, signs);
    return store_end(txn, rv);
}

/* What lies at or below them, as a list; nothing does: without one. */
static int list_find_top(struct store_txn *txn, const struct receipt_element *elements, size_t count, struct receipt *out)
{
    struct buf rows = {0};
    int rv = list_gather(txn, elements, count, &rows);

    out->lists = rv == LINLI_OK && rows.size > 0;
    if (out->lists)
        rv = list_top(buf_span(&rows), &out->list);
    buf_free(&rows);
    return rv;
}

/* Are they held still as the two settled on them? Figures, digests and list of one moment, with the number of that moment. */
static int look_up(struct replica *r, const struct receipt_element *elements, size_t count, bool lists, struct receipt *out)
{
    struct store_txn *txn = NULL;
    int rv = store_begin(r->store, false, &txn);

    for (size_t i = 0; i < count && rv == LINLI_OK; i++) {
        struct receipt_element now;
        rv = digest_element(txn, &elements[i].scope, elements[i].subtree, &now);
        if (rv == LINLI_OK && !hash_equal(&now.digest, &elements[i].digest))
            rv = LINLI_E_CLOSED;
    }
    if (rv == LINLI_OK)
        rv = number_next(r, txn, &out->mark.number);
    if (rv == LINLI_OK && lists)
        rv = list_find_top(txn, elements, count, out);
    return store_end(txn, rv);
}

int replica_receipt_sign(struct replica *r, struct receipt_element *elements, size_t count, bool lists, span shown, struct buf *out)
{
    struct receipt receipt = {.network = r->self.network, .mark = r->receipt_mark, .issued_ms = clock_now_ms(&r->clock)};
    bool signs;
    int rv = replica_signs(r, &signs);

    if (rv == LINLI_OK && !signs)
        rv = LINLI_E_REFUSED;
    if (rv == LINLI_OK)
        rv = shown_check(r, shown);
    if (rv == LINLI_OK)
        rv = look_up(r, elements, count, lists, &receipt);
    if (rv == LINLI_E_WAIT) {
        rv = work_run(r, commit_step, NULL);
        if (rv == LINLI_OK)
            rv = look_up(r, elements, count, lists, &receipt);
    }
    if (rv != LINLI_OK)
        return rv;
    memcpy(receipt.node, r->self.sign_public, KEY_BYTES);
    receipt.incarnation = r->self.incarnation;
    r->receipt_mark.number = receipt.mark.number; /* whether it is heard or not */
    return receipt_make(r->self.sign_secret, &receipt, elements, count, out);
}
