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

/* --- one beside another --- */

/* One of two that are compared: what it says, as it was told, and whatever its list says of what the other one speaks of. */
struct beside {
    const struct receipt *r;
    struct receipt_listed listed;
    struct receipt_said told, said;
};

static int beside_open(struct store_txn *txn, const struct receipt *r, struct beside *out)
{
    out->r = r;
    receipt_said(r, &out->told);
    out->said = out->told;
    return listed_open(txn, r, &out->listed);
}

static void beside_widen(struct beside *b, const struct beside *other)
{
    struct receipt_element e = {.subtree = false};

    for (size_t i = 0; i < other->told.count; i++) {
        const linli_id *scope = &other->told.at[i].scope;
        bool subtree = other->told.at[i].subtree;
        if (receipt_said_find(&b->said, scope, subtree) == NULL && listed_find(&b->listed, scope, subtree, &e))
            (void)receipt_said_add(&b->said, &e); /* what is past the room is not compared */
    }
}

/* As evidence: with the entries that the other one is to be compared with. In the arena. */
static int beside_show(struct work *w, struct beside *b, const struct beside *other, struct receipt *out)
{
    struct list_entry entries[RECEIPT_ENTRIES_MAX];
    struct buf bytes = {0};
    size_t count = 0;
    int rv = LINLI_OK;

    *out = *b->r;
    out->certificate = arena_copy(&w->arena, b->r->certificate);
    for (size_t i = 0; i < other->told.count && count < RECEIPT_ENTRIES_MAX && rv == LINLI_OK; i++) {
        bool shown = false;
        rv = listed_show(&b->listed, &w->arena, &other->told.at[i].scope, other->told.at[i].subtree, &entries[count], &shown);
        count += shown;
    }
    if (rv == LINLI_OK && count > 0)
        rv = receipt_entries_write(entries, count, &bytes);
    out->entries = arena_copy(&w->arena, buf_span(&bytes));
    bool copied = out->certificate.at != NULL && (out->entries.at != NULL || bytes.size == 0);
    buf_free(&bytes);
    return rv == LINLI_OK && !copied ? LINLI_E_NOMEM : rv;
}

/* What was noticed, in the order in which they were signed, or of two incarnations, came. */
struct noticed {
    bool any;
    enum receipt_verdict how;
    struct receipt before, after;
};

static int pair_show(struct work *w, struct beside *kept, struct beside *came, struct noticed *out)
{
    bool later = out->how == RECEIPTS_ANEW || came->r->mark.number >= kept->r->mark.number;
    int rv = beside_show(w, kept, came, later ? &out->before : &out->after);

    out->any = true;
    return rv == LINLI_OK ? beside_show(w, came, kept, later ? &out->after : &out->before) : rv;
}

static int pair_compare(struct work *w, const struct receipt *kept, const struct receipt *came, struct noticed *out)
{
    struct beside *two = mem_zalloc(2, sizeof(*two)); /* much, and for a moment only */
    int rv = two == NULL ? LINLI_E_NOMEM : beside_open(w->txn, kept, &two[0]);

    if (rv == LINLI_OK)
        rv = beside_open(w->txn, came, &two[1]);
    if (rv == LINLI_OK) {
        beside_widen(&two[0], &two[1]);
        beside_widen(&two[1], &two[0]);
        out->how = receipts_tell(kept, &two[0].said, came, &two[1].said);
        if (out->how != RECEIPTS_AGREE)
            rv = pair_show(w, &two[0], &two[1], out);
    }
    for (size_t i = 0; two != NULL && i < 2; i++)
        listed_close(&two[i].listed);
    mem_free(two);
    return rv;
}

/* Which of those kept contradicts it, and how. `heard`: the incarnations, the last of which it is compared with. */
static int contradicts(struct work *w, const struct receipt_list *list, span heard, const struct receipt *r, struct noticed *out)
{
    const struct receipt *other = NULL;
    bool known = false;
    int rv = LINLI_OK;

    for (size_t i = 0; i < list->count && rv == LINLI_OK && !out->any; i++) {
        const struct receipt *at = &list->at[i];
        known = known || at->incarnation == r->incarnation;
        if (at->incarnation == r->incarnation)
            rv = pair_compare(w, at, r, out);
        else if (other == NULL || heard_place(heard, at->incarnation) >= heard_place(heard, other->incarnation))
            other = at;
    }
    return rv == LINLI_OK && !known && other != NULL ? pair_compare(w, other, r, out) : rv;
}

/* Compare with those kept, and keep it beside them. */
static int learn(struct work *w, const struct receipt *r)
{
    struct noticed noticed = {.any = false};
    struct receipt_list list;
    span heard;
    int rv = receipts_load(w->txn, r->node, &list);

    if (rv == LINLI_OK)
        rv = heard_incarnations(w->txn, r->node, &heard);
    if (rv == LINLI_OK)
        rv = contradicts(w, &list, heard, r, &noticed);
    receipts_free(&list);
    if (rv == LINLI_OK && noticed.any)
        rv = warning_keep(w, kind_of(noticed.how), &noticed.before, &noticed.after);
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
    struct buf rows;         /* of its list, as we hold it ourselves; none: it is not what was settled on any more */
};

/* Whether it is newer than what it answers to, which was sent with the question. */
static int fresh_check(struct work *w, const struct taking *t, bool *fresh)
{
    struct receipt shown;

    *fresh = t->answer->shown.size == 0 || receipt_decode(t->answer->shown, &shown) != LINLI_OK ||
             shown.incarnation != t->receipt.incarnation || t->receipt.mark.number > shown.mark.number;
    return *fresh ? LINLI_OK : warning_keep(w, LINLI_WARNING_ROLLED_BACK, &shown, &t->receipt);
}

/* Has it given a list to anybody in this incarnation? Then it is not of an older program, and no receipt of it lacks one. */
static int lists_before(struct work *w, const struct receipt *r, bool *out)
{
    struct receipt_list list;
    int rv = receipts_load(w->txn, r->node, &list);

    *out = false;
    for (size_t i = 0; i < list.count; i++)
        *out = *out || (list.at[i].lists && list.at[i].incarnation == r->incarnation);
    receipts_free(&list);
    return rv;
}

/* Does it list what we hold? It cannot be told when that has moved on, or where ids come and go. */
static int list_check(struct work *w, struct taking *t, bool *stated)
{
    const struct receipt_answer *answer = t->answer;
    bool bounded = false;
    linli_hash top;

    *stated = true;
    for (size_t i = 0; i < answer->count; i++) {
        struct receipt_element now;
        int rv = digest_element(w->txn, &answer->elements[i].scope, answer->elements[i].subtree, &now);
        if (rv != LINLI_OK || (answer->elements[i].subtree && !hash_equal(&now.digest, &answer->elements[i].digest)))
            return rv;
        bounded = bounded || now.statements >= RECEIPT_FULL;
    }
    int rv = list_gather(w->txn, answer->elements, answer->count, &t->rows);
    if (rv != LINLI_OK || t->rows.size == 0)
        return rv;
    bool same = false, before = false;
    if (t->receipt.lists) {
        rv = list_top(buf_span(&t->rows), &top);
        same = rv == LINLI_OK && hash_equal(&top, &t->receipt.list);
        *stated = same || bounded;
    } else {
        rv = lists_before(w, &t->receipt, &before);
        *stated = !before;
    }
    if (!same)
        buf_clear(&t->rows);
    return rv;
}

static int confirm(struct work *w, const struct taking *t)
{
    const struct receipt *r = &t->receipt;
    struct confirmed confirmed = {r->incarnation, r->mark.number, clock_now_ms(&w->r->clock), t->answer->settled};
    int rv = confirmed_put(w->txn, r->node, &confirmed);

    if (rv == LINLI_OK && t->rows.size > 0)
        rv = list_put(w->txn, r, buf_span(&t->rows));
    if (rv == LINLI_OK)
        rv = unconfirmed_settle(w, t->answer->elements, t->answer->count);
    return rv == LINLI_OK ? learn(w, r) : rv;
}

static int take_step(struct work *w, void *ctx)
{
    struct taking *t = ctx;
    bool fresh = false, stated = receipt_says(&t->receipt, t->answer->elements, t->answer->count);
    int rv = node_check(w, &t->receipt);

    if (rv == LINLI_OK && stated)
        rv = list_check(w, t, &stated);
    if (rv != LINLI_OK)
        return rv;
    if (!stated)
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
    if (rv == LINLI_OK)
        rv = work_run(r, take_step, &t);
    buf_free(&t.rows);
    return rv;
}

/* --- those that others have heard --- */

struct hearing {
    const span *told;
    size_t count;
};

/* Is it not held, or does it come with an entry that was not known? */
static int news_check(struct store_txn *txn, const struct receipt *r, bool *news)
{
    struct list_entry entries[RECEIPT_ENTRIES_MAX];
    struct receipt_element e;
    struct receipt_list list;
    struct receipt_listed held;
    size_t count = receipt_entries(r, entries), i = 0;
    int rv = receipts_load(txn, r->node, &list);

    while (i < list.count && !hash_equal(&list.at[i].id, &r->id))
        i++;
    *news = i == list.count;
    if (rv == LINLI_OK && !*news && count > 0) {
        rv = listed_open(txn, &list.at[i], &held);
        for (size_t k = 0; k < count && rv == LINLI_OK; k++)
            *news = *news || !listed_find(&held, &entries[k].element.scope, entries[k].element.subtree, &e);
        listed_close(&held);
    }
    receipts_free(&list);
    return rv;
}

static int hear_one(struct work *w, span told)
{
    struct receipt r;
    bool news = false;
    int rv = receipt_told_decode(told, &r);

    if (rv == LINLI_OK)
        rv = news_check(w->txn, &r, &news);
    if (rv == LINLI_OK && news)
        rv = node_check(w, &r);
    if (rv != LINLI_OK || !news)
        return authority_fault(rv) ? LINLI_OK : rv; /* passed over */
    return memcmp(r.node, w->r->self.sign_public, KEY_BYTES) == 0 ? receipt_own(w, &r) : learn(w, &r);
}

static int hear_step(struct work *w, void *ctx)
{
    const struct hearing *h = ctx;
    int rv = LINLI_OK;

    for (size_t i = 0; i < h->count && rv == LINLI_OK; i++)
        rv = hear_one(w, h->told[i]);
    return rv;
}

int replica_receipts_hear(struct replica *r, const span *told, size_t count)
{
    struct hearing h = {told, count};

    return work_run(r, hear_step, &h);
}
