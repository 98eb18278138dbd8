/*
 * replica: receipts of other nodes come in: the one that was asked for, and those that others have heard. What is noticed is kept
 * before anything is told or done.
 */
#include <linli/receipt.h>
#include <string.h>

#include "replica/internal.h"

static enum linli_warning_kind kind_of(enum receipt_verdict verdict)
{
    switch (verdict) {
    case RECEIPTS_AGREE:
    case RECEIPTS_FORKED: break;
    case RECEIPTS_ROLLED_BACK: return LINLI_WARNING_ROLLED_BACK;
    case RECEIPTS_RIGHTS_WITHHELD: return LINLI_WARNING_RIGHTS_WITHHELD;
    case RECEIPTS_RECORDS_WITHHELD: return LINLI_WARNING_RECORDS_WITHHELD;
    case RECEIPTS_ANEW: return LINLI_WARNING_ANEW;
    }
    return LINLI_WARNING_FORKED;
}

/* In the order of their numbers, or of two incarnations, as they came. `kept` is lent by a row that is about to move. */
static int warn(struct work *w, enum receipt_verdict verdict, const struct receipt *kept, const struct receipt *r)
{
    struct receipt before;
    span copy = arena_copy(&w->arena, kept->certificate);

    if (copy.at == NULL)
        return LINLI_E_NOMEM;
    int rv = receipt_decode(copy, &before);
    if (rv != LINLI_OK)
        return rv;
    bool later = verdict == RECEIPTS_ANEW || r->mark.number >= before.mark.number;
    return warning_keep(w, kind_of(verdict), later ? &before : r, later ? r : &before);
}

/* Which of those kept contradicts it, and how. NULL: none. `heard`: the incarnations, the last of which it is compared with. */
static const struct receipt *contradicts(const struct receipt_list *list, span heard, const struct receipt *r,
                                         enum receipt_verdict *how)
{
    const struct receipt *other = NULL;
    bool known = false;

    for (size_t i = 0; i < list->count; i++) {
        enum receipt_verdict verdict = receipt_compare(&list->at[i], r);
        known = known || verdict != RECEIPTS_ANEW;
        if (verdict == RECEIPTS_ANEW &&
            (other == NULL || heard_place(heard, list->at[i].incarnation) >= heard_place(heard, other->incarnation)))
            other = &list->at[i];
        if (verdict != RECEIPTS_ANEW && verdict != RECEIPTS_AGREE) {
            *how = verdict;
            return &list->at[i];
        }
    }
    *how = RECEIPTS_ANEW;
    return known ? NULL : other;
}

/* Compare with those kept, and keep it beside them. */
static int learn(struct work *w, const struct receipt *r)
{
    enum receipt_verdict how;
    struct receipt_list list;
    const struct receipt *other = NULL;
    span heard;
    int rv = receipts_load(w->txn, r->node, &list);

    if (rv == LINLI_OK)
        rv = heard_incarnations(w->txn, r->node, &heard);
    if (rv == LINLI_OK)
        other = contradicts(&list, heard, r, &how);
    if (other != NULL)
        rv = warn(w, how, other, r);
    receipts_free(&list);
    return rv == LINLI_OK ? receipt_put(w, r) : rv;
}

/* May this key sign receipts, as far as is known here, by a grant that stands? LINLI_OK or LINLI_E_REFUSED. */
static int node_check(struct work *w, const struct receipt *r)
{
    bool usable = false;
    struct grant g;
    size_t i = 0;
    int rv = LINLI_OK;

    if (!hash_equal(&r->network, &w->r->self.network))
        return LINLI_E_NETWORK;
    while (rv == LINLI_OK && !usable && receipt_node_grant(w->txn, r->node, &i, &g, &rv))
        rv = standing_usable(w->txn, &g, &usable);
    if (rv != LINLI_OK)
        return rv;
    return usable ? receipt_verify(r) : LINLI_E_REFUSED;
}

/* --- the one that was asked for --- */

struct taking {
    const struct receipt_answer *answer;
    struct receipt receipt;
};

/* Whether it is newer than what it answers to, which was sent with the question. */
static int fresh_check(struct work *w, const struct taking *t, bool *fresh)
{
    struct receipt shown;

    *fresh = t->answer->shown.size == 0 || receipt_decode(t->answer->shown, &shown) != LINLI_OK ||
             shown.incarnation != t->receipt.incarnation || t->receipt.mark.number > shown.mark.number;
    return *fresh ? LINLI_OK : warning_keep(w, LINLI_WARNING_ROLLED_BACK, &shown, &t->receipt);
}

static int confirm(struct work *w, const struct taking *t)
{
    const struct receipt *r = &t->receipt;
    struct confirmed confirmed = {r->incarnation, r->mark.number, clock_now_ms(&w->r->clock), t->answer->settled};
    int rv = confirmed_put(w->txn, r->node, &confirmed);

    if (rv == LINLI_OK)
        rv = unconfirmed_settle(w, t->answer->elements, t->answer->count);
    return rv == LINLI_OK ? learn(w, r) : rv;
}

static int take_step(struct work *w, void *ctx)
{
    const struct taking *t = ctx;
    bool fresh = false;
    int rv = node_check(w, &t->receipt);

    if (rv != LINLI_OK)
        return rv;
    if (!receipt_says(&t->receipt, t->answer->elements, t->answer->count))
        return warning_keep(w, LINLI_WARNING_MISSTATED, &t->receipt, NULL);
    rv = fresh_check(w, t, &fresh);
    return rv == LINLI_OK ? (fresh ? confirm(w, t) : learn(w, &t->receipt)) : rv;
}

int replica_receipt_take(struct replica *r, const struct receipt_answer *answer)
{
    struct taking t = {.answer = answer};
    int rv = receipt_decode(answer->certificate, &t.receipt);

    if (rv == LINLI_OK && memcmp(t.receipt.node, answer->node, KEY_BYTES) != 0)
        rv = LINLI_E_SIGNATURE; /* another's: it answers nothing */
    return rv == LINLI_OK ? work_run(r, take_step, &t) : rv;
}

/* --- those that others have heard --- */

struct hearing {
    const span *certificates;
    size_t count;
};

static bool held(struct store_txn *txn, const struct receipt *r, int *rv)
{
    struct receipt_list list;
    bool found = false;

    *rv = receipts_load(txn, r->node, &list);
    for (size_t i = 0; i < list.count && !found; i++)
        found = hash_equal(&list.at[i].id, &r->id);
    receipts_free(&list);
    return found;
}

static int hear_one(struct work *w, span certificate)
{
    struct receipt r;
    int rv = receipt_decode(certificate, &r);

    if (rv != LINLI_OK || held(w->txn, &r, &rv))
        return authority_fault(rv) ? LINLI_OK : rv;
    if (rv == LINLI_OK)
        rv = node_check(w, &r);
    if (rv != LINLI_OK)
        return authority_fault(rv) ? LINLI_OK : rv; /* passed over */
    return memcmp(r.node, w->r->self.sign_public, KEY_BYTES) == 0 ? receipt_own(w, &r) : learn(w, &r);
}

static int hear_step(struct work *w, void *ctx)
{
    const struct hearing *h = ctx;
    int rv = LINLI_OK;

    for (size_t i = 0; i < h->count && rv == LINLI_OK; i++)
        rv = hear_one(w, h->certificates[i]);
    return rv;
}

int replica_receipts_hear(struct replica *r, const span *certificates, size_t count)
{
    struct hearing h = {certificates, count};

    return work_run(r, hear_step, &h);
}
