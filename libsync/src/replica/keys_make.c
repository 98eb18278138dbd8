/* replica: keys are made: before they are needed, when somebody is let in, in place of those that one must not have (proto/sealing.md 5). */
#include <string.h>

#include "codec/writer.h"
#include "replica/entitled.h"
#include "replica/reading.h"

enum { WRAPS_PER_EDIT = 128 };

int keys_sealing(struct work *w, bool *out)
{
    const struct replica *r = w->r;
    int rv = LINLI_OK;

    *out = false;
    for (size_t i = 0; i < r->own_count && rv == LINLI_OK && !*out; i++) {
        span chain[LIMIT_CHAIN];
        size_t length;
        struct grant first = {.rights = 0};
        rv = authority_chain(w->txn, &r->own[i].grant.id, chain, &length);
        if (rv == LINLI_OK)
            rv = grant_decode(chain[0], &first);
        *out = rv == LINLI_OK && (first.rights & RIGHT_OPEN) != 0;
    }
    return rv;
}

/* --- records --- */

static int wrap_edit(struct work *w, struct edit *e, const struct key_place *p, const linli_id *record, const struct entitled *to,
                     unsigned mask, const seal_keys keys)
{
    struct buf wrap = {0}, element = {0}, in = {0};
    int rv = wrap_make(to->device, to->seal, mask, keys, &w->r->rng, &wrap);

    write_bool(&in, true);
    if (rv == LINLI_OK) {
        write_bin(&element, wrap.at, wrap.size);
        rv = element.failed != LINLI_OK ? element.failed : in.failed;
    }
    if (rv == LINLI_OK)
        rv = edit_add(e, &p->row.id, record, TYPE_SEAL_KEY, group_number(SEAL_KEY_WRAPS, RULE_SET, CLASS_PUBLIC),
                      buf_span(&element), buf_span(&in));
    buf_free(&wrap);
    buf_free(&element);
    buf_free(&in);
    return rv == LINLI_E_PROTOCOL ? LINLI_OK : rv; /* a grant that names no sealing key: there is nobody to open it */
}

static int epoch_edit(struct edit *e, const struct key_place *p, const struct seal_epoch *epoch, const linli_id *record)
{
    struct buf entry = {0};

    write_map(&entry, 2);
    write_uint(&entry, SEAL_KEY_EPOCH);
    write_uint(&entry, epoch->epoch);
    write_uint(&entry, SEAL_KEY_COMMITMENTS);
    write_bin(&entry, epoch->commitments, COMMITMENTS_BYTES);
    int rv = entry.failed;
    if (rv == LINLI_OK)
        rv = edit_life(e, &p->row.id, record, TYPE_SEAL_KEY);
    if (rv == LINLI_OK)
        rv = edit_add(e, &p->row.id, record, TYPE_SEAL_KEY, group_number(SEAL_KEY_EPOCH, RULE_LOG, CLASS_PUBLIC),
                      (span){NULL, 0}, buf_span(&entry));
    buf_free(&entry);
    return rv;
}

static int edit_commit(struct work *w, struct edit *e)
{
    struct edit *edits[] = {e};
    int rv = e->count > 0 ? commit_edits(w, edits, 1, NULL) : LINLI_OK;

    edit_free(e);
    return rv;
}

/* As many changesets as it takes. */
int wraps_commit(struct work *w, const struct key_place *p, const linli_id *record, const struct entitled_list *list,
                        unsigned ours, const seal_keys keys, const unsigned *has, struct edit *e)
{
    int rv = LINLI_OK;

    for (size_t i = 0; i < list->count && rv == LINLI_OK; i++) {
        unsigned mask = list->at[i].mask & ours;
        if (mask == 0 || (has != NULL && (mask & ~has[i]) == 0))
            continue;
        rv = wrap_edit(w, e, p, record, &list->at[i], mask, keys);
        if (rv == LINLI_OK && e->count >= WRAPS_PER_EDIT)
            rv = edit_commit(w, e);
    }
    return rv == LINLI_OK ? edit_commit(w, e) : rv;
}

int epoch_make(struct work *w, const struct key_place *p, uint64_t number)
{
    struct seal_epoch epoch = {.network = w->r->self.network, .scope = p->row.id, .epoch = number};
    struct entitled_list list = {.count = 0};
    struct edit e = {.count = 0};
    seal_keys keys;
    linli_id record;
    int rv = number > SEAL_EPOCH_MAX ? LINLI_E_LIMIT : entitled_find(w, p, &list);

    rng_fill(&w->r->rng, keys, sizeof(keys));
    seal_epoch_commit(&epoch, (const uint8_t(*)[AEAD_KEY_BYTES])keys);
    seal_epoch_record(&epoch, &record);
    if (rv == LINLI_OK)
        rv = entitled_self_add(&list, p);
    if (rv == LINLI_OK)
        rv = epoch_edit(&e, p, &epoch, &record);
    if (rv == LINLI_OK)
        rv = wraps_commit(w, p, &record, &list, SEAL_MASK_ALL, (const uint8_t(*)[AEAD_KEY_BYTES])keys, NULL, &e);
    crypto_wipe(keys, sizeof(keys));
    edit_free(&e);
    mem_free(list.at);
    return rv;
}

/* --- before a commit, and when a grant is issued --- */

/* The first keys of a scope: epoch 0 when who makes them is not entitled there, until somebody who is makes epoch 1. */
static int first_make(struct work *w, const struct key_place *p)
{
    struct entitled_list list = {.count = 0};
    struct epochs epochs = {.count = 0};
    bool manage = false;
    int rv = epochs_find(w, p, &epochs);

    if (rv == LINLI_OK)
        rv = entitled_find(w, p, &list);
    if (rv == LINLI_OK && epochs.count == 0)
        rv = key_place_manage(w, p, &manage);
    if (rv == LINLI_OK && manage)
        rv = epoch_make(w, p, entitled_self_among(w->r, &list) ? 1 : 0);
    mem_free(epochs.at);
    mem_free(list.at);
    return rv;
}

int keys_ready(struct work *w, struct edit *const *edits, size_t count)
{
    bool sealing;
    int rv = keys_sealing(w, &sealing);

    for (size_t i = 0; i < count && sealing; i++)
        for (size_t k = 0; k < edits[i]->count && rv == LINLI_OK; k++) {
            const struct edit_op *op = &edits[i]->ops[k];
            enum linli_seal cls = schema_seal_of(op->type, op->op.group);
            struct key_place p;
            uint32_t number;
            if (cls == LINLI_SEAL_NONE || ring_newest(&w->r->ring, &op->scope, cls) != NULL)
                continue;
            rv = scope_number(w->txn, &op->scope, &number);
            if (rv == LINLI_OK)
                rv = key_place_read(w, number, &p);
            if (rv == LINLI_OK)
                rv = first_make(w, &p);
            if (rv == LINLI_OK && ring_newest(&w->r->ring, &op->scope, cls) == NULL)
                rv = replica_fail(w->r, LINLI_E_SEALED, "no key of class %u", (unsigned)cls);
        }
    return rv;
}

int keys_issue(struct work *w, const struct grant *g)
{
    struct key_place p;
    uint32_t number;
    int rv = scope_number(w->txn, &g->scope, &number);

    if (rv == LINLI_OK)
        rv = key_place_read(w, number, &p);
    if (rv == LINLI_OK && seal_mask_of(g) != 0 && (g->rights & RIGHT_MANAGE) == 0)
        rv = first_make(w, &p); /* who may manage makes them itself */
    return rv == LINLI_OK ? keys_tend(w, SIZE_MAX) : rv;
}

/* --- rotating --- */

static int rotate_scope(struct work *w, uint32_t number)
{
    struct epochs epochs = {.count = 0};
    struct key_place p;
    uint64_t last = 0;
    bool held = false, manage = false;
    seal_keys keys;
    int rv = key_place_read(w, number, &p);

    if (rv == LINLI_OK)
        rv = epochs_find(w, &p, &epochs);
    for (size_t i = 0; i < epochs.count && rv == LINLI_OK; i++) {
        last = epochs.at[i].epoch > last ? epochs.at[i].epoch : last;
        held = held || ring_epoch(&w->r->ring, &epochs.at[i].record, keys) != 0;
    }
    crypto_wipe(keys, sizeof(keys));
    mem_free(epochs.at);
    if (rv == LINLI_OK && held)
        rv = key_place_manage(w, &p, &manage);
    return rv == LINLI_OK && manage ? epoch_make(w, &p, last + 1) : rv;
}

int keys_rotate(struct work *w, const linli_id *scope)
{
    struct scope_list scopes = {0};
    int rv = scope_list_make(w->txn, scope, true, &scopes);

    for (size_t i = 0; i < scopes.count && rv == LINLI_OK; i++)
        rv = rotate_scope(w, scopes.at[i].number);
    scope_list_free(&scopes);
    return rv;
}

static int rotate_step(struct work *w, void *ctx)
{
    return keys_rotate(w, ctx);
}

int replica_keys_rotate(struct replica *r, const linli_id *scope)
{
    linli_id copy = *scope;

    return work_run(r, rotate_step, &copy);
}
