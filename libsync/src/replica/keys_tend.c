/* replica: the keys that are here are handed on, and replaced when somebody has them who must not (proto/sealing.md 5). */
#include <string.h>

#include "codec/reader.h"
#include "replica/entitled.h"
#include "replica/reading.h"

enum { TEND_MOST = 64 };

/* Whose wrap an element of the set is. */
static bool wrap_of(span element, struct entitled *out)
{
    const uint8_t *device;
    struct reader r;

    reader_start(&r, element);
    span wrap = reader_peek(&r) == ITEM_BIN ? reader_bin(&r, WRAP_BYTES_MAX) : (span){NULL, 0};
    if (reader_end(&r) != LINLI_OK || !wrap_read(wrap, &device, &out->mask))
        return false;
    memcpy(out->device, device, KEY_BYTES);
    return true;
}

/* The classes that each of the list has been wrapped already. */
static void wrapped(const struct record_state *state, const struct entitled_list *list, unsigned *has)
{
    const struct group_state *g = record_group(state, group_number(SEAL_KEY_WRAPS, RULE_SET, CLASS_PUBLIC));

    for (size_t i = 0; g != NULL && i < g->count; i++) {
        struct entitled to = {.mask = 0};
        if (!wrap_of(g->cells[i].key, &to))
            continue;
        for (size_t k = 0; k < list->count; k++)
            if (memcmp(list->at[k].device, to.device, KEY_BYTES) == 0)
                has[k] |= to.mask;
    }
}

static int epoch_hand(struct work *w, const struct key_place *p, const linli_id *record, const struct entitled_list *list)
{
    struct arena a = {0};
    struct edit e = {.count = 0};
    struct record_state state;
    unsigned *has = arena_array(&a, list->count, sizeof(*has));
    seal_keys keys;
    unsigned ours = ring_epoch(&w->r->ring, record, keys);
    int rv = has == NULL ? LINLI_E_NOMEM : LINLI_OK;

    if (rv == LINLI_OK && ours != 0)
        rv = view_load(w->txn, &a, p->number, record, &state);
    if (rv == LINLI_OK && ours != 0) {
        wrapped(&state, list, has);
        rv = wraps_commit(w, p, record, list, ours, (const uint8_t(*)[AEAD_KEY_BYTES])keys, has, &e);
    }
    crypto_wipe(keys, sizeof(keys));
    edit_free(&e);
    arena_free(&a);
    return rv;
}

/* Does somebody have the keys of this epoch who is not entitled to them, or no more? Its maker may be among them. */
static int known_to_others(struct work *w, const struct key_place *p, const linli_id *record, const struct entitled_list *list,
                           bool *out)
{
    struct arena a = {0};
    struct record_state state = {0};
    int rv = view_load(w->txn, &a, p->number, record, &state);
    const struct group_state *g = record_group(&state, group_number(SEAL_KEY_WRAPS, RULE_SET, CLASS_PUBLIC));

    *out = false;
    for (size_t i = 0; g != NULL && i < g->count && !*out; i++) {
        struct entitled to = {.mask = 0};
        bool among = false;
        if (!wrap_of(g->cells[i].key, &to))
            continue;
        for (size_t k = 0; k < list->count; k++)
            among = among || memcmp(list->at[k].device, to.device, KEY_BYTES) == 0;
        *out = !among && !entitled_is_self(w->r, &to);
    }
    arena_free(&a);
    return rv;
}

/* The epoch that is written with; NULL when there is none. */
static const struct known_epoch *newest_epoch(const struct epochs *epochs)
{
    const struct known_epoch *newest = NULL;

    for (size_t i = 0; i < epochs->count; i++) {
        const struct known_epoch *e = &epochs->at[i];
        if (newest == NULL || e->epoch > newest->epoch ||
            (e->epoch == newest->epoch && id_compare(&e->record, &newest->record) > 0))
            newest = e;
    }
    return newest;
}

/* Somebody who has the newest keys has lost the right to them: the next epoch is without. Who has them here sees to it. */
static int rotate_if_due(struct work *w, const struct key_place *p, const struct epochs *epochs, const struct entitled_list *list)
{
    const struct known_epoch *newest = newest_epoch(epochs);
    seal_keys keys;
    bool due = false;
    int rv = LINLI_OK;

    if (newest != NULL && ring_epoch(&w->r->ring, &newest->record, keys) != 0)
        rv = known_to_others(w, p, &newest->record, list, &due);
    crypto_wipe(keys, sizeof(keys));
    return rv == LINLI_OK && due ? epoch_make(w, p, newest->epoch + 1) : rv;
}

static bool own_epoch(const struct epochs *epochs)
{
    for (size_t i = 0; i < epochs->count; i++)
        if (epochs->at[i].epoch > 0)
            return true;
    return false;
}

static int tend_epochs(struct work *w, const struct key_place *p, const struct entitled_list *list)
{
    struct epochs epochs = {.count = 0};
    bool keeps = p->kind == LINLI_COMMUNITY || p->kind == LINLI_PATCH;
    int rv = epochs_find(w, p, &epochs);

    if (rv == LINLI_OK && keeps && !own_epoch(&epochs) && entitled_self_among(w->r, list))
        rv = epoch_make(w, p, 1);
    else if (rv == LINLI_OK)
        rv = rotate_if_due(w, p, &epochs, list);
    for (size_t i = 0; i < epochs.count && rv == LINLI_OK; i++)
        rv = epoch_hand(w, p, &epochs.at[i].record, list);
    mem_free(epochs.at);
    return rv;
}

static int tend_scope(struct work *w, uint32_t number)
{
    struct entitled_list list = {.count = 0};
    struct key_place p;
    bool manage = false;
    int rv = key_place_read(w, number, &p);

    if (rv == LINLI_OK)
        rv = key_place_manage(w, &p, &manage);
    if (rv != LINLI_OK || !manage)
        return rv;
    rv = entitled_find(w, &p, &list);
    if (rv == LINLI_OK)
        rv = tend_epochs(w, &p, &list);
    mem_free(list.at);
    return rv;
}

/* --- what is marked --- */

struct numbers {
    uint32_t *at;
    size_t count, room;
    int failed;
};

static bool child_add(void *ctx, uint32_t child, const linli_id *id)
{
    struct numbers *n = ctx;

    (void)id;
    n->failed = mem_grow(&n->at, &n->room, n->count + 1, sizeof(*n->at));
    if (n->failed == LINLI_OK)
        n->at[n->count++] = child;
    return n->failed == LINLI_OK;
}

/* The scope and those right below it: whoever is entitled in a community is so in its patches. */
static int tend_around(struct work *w, uint32_t number)
{
    struct numbers below = {.failed = LINLI_OK};
    int rv = tend_scope(w, number);

    if (rv == LINLI_OK)
        rv = scope_children(w->txn, number, child_add, &below);
    rv = rv == LINLI_OK ? below.failed : rv;
    for (size_t i = 0; i < below.count && rv == LINLI_OK; i++)
        rv = tend_scope(w, below.at[i]);
    mem_free(below.at);
    return rv;
}

struct marks {
    linli_id *at;
    size_t count, room, most;
    int failed;
};

static bool mark_take(void *ctx, span key, span value)
{
    struct marks *m = ctx;

    (void)value;
    if (m->count == m->most)
        return false;
    m->failed = key.size != ID_BYTES ? LINLI_E_CORRUPT : mem_grow(&m->at, &m->room, m->count + 1, sizeof(*m->at));
    if (m->failed == LINLI_OK)
        memcpy(m->at[m->count++].b, key.at, ID_BYTES);
    return m->failed == LINLI_OK;
}

int keys_tend(struct work *w, size_t most)
{
    struct marks marks = {.most = most};
    int rv = note_each(w->txn, NOTE_TEND, mark_take, &marks);

    rv = rv == LINLI_OK ? marks.failed : rv;
    w->r->tend_due = marks.count == marks.most;
    for (size_t i = 0; i < marks.count && rv == LINLI_OK; i++) {
        uint32_t number;
        rv = note_delete(w->txn, NOTE_TEND, span_of(marks.at[i].b, ID_BYTES)); /* what is made here marks it again */
        if (rv == LINLI_OK)
            rv = scope_number(w->txn, &marks.at[i], &number);
        if (rv == LINLI_OK)
            rv = tend_around(w, number);
        rv = rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
    }
    mem_free(marks.at);
    return rv;
}

static int tend_step(struct work *w, void *ctx)
{
    (void)ctx;
    return keys_tend(w, TEND_MOST);
}

int replica_keys_tend(struct replica *r)
{
    return r->tend_due ? work_run(r, tend_step, NULL) : LINLI_OK;
}
