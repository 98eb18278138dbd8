/* replica: keys are made, and wrapped for those who may open with them (proto/sealing.md 5). */
#include <string.h>

#include "auth/certificate.h"
#include "codec/writer.h"
#include "replica/reading.h"

enum { WRAPS_PER_EDIT = 128, TEND_MOST = 64 };

int keys_sealing(struct work *w, bool *out)
{
    const struct replica *r = w->r;
    int rv = LINLI_OK;

    *out = false;
    for (size_t i = 0; i < r->own_count && rv == LINLI_OK && !*out; i++) {
        span chain[LIMIT_CHAIN];
        size_t length;
        struct grant first;
        rv = authority_chain(w->txn, &r->own[i].grant.id, chain, &length);
        if (rv == LINLI_OK)
            rv = grant_decode(chain[0], &first);
        *out = rv == LINLI_OK && (first.rights & RIGHT_OPEN) != 0;
    }
    return rv;
}

/* --- who is entitled --- */

struct entitled {
    uint8_t device[KEY_BYTES], seal[DH_BYTES];
    unsigned mask;
};
struct entitled_list {
    struct work *w;
    struct entitled *at;
    size_t count, room;
    int failed;
};

static int entitled_add(struct entitled_list *list, const struct grant *g, unsigned mask)
{
    for (size_t i = 0; i < list->count; i++)
        if (memcmp(list->at[i].device, g->subject, KEY_BYTES) == 0 && memcmp(list->at[i].seal, g->seal, DH_BYTES) == 0) {
            list->at[i].mask |= mask;
            return LINLI_OK;
        }
    int rv = mem_grow(&list->at, &list->room, list->count + 1, sizeof(*list->at));
    if (rv != LINLI_OK)
        return rv;
    struct entitled *e = &list->at[list->count++];
    memcpy(e->device, g->subject, KEY_BYTES);
    memcpy(e->seal, g->seal, DH_BYTES);
    e->mask = mask;
    return LINLI_OK;
}

static bool grant_entitles(void *ctx, const linli_hash *id, span certificate)
{
    struct entitled_list *list = ctx;
    struct grant_source source = authority_source(list->w->txn);
    struct grant g;
    uint64_t end_ms;

    (void)id;
    if (certificate_kind(certificate) != STATEMENT_GRANT)
        return true;
    list->failed = LINLI_E_CORRUPT; /* what is held was good when it came in */
    if (grant_decode(certificate, &g) != LINLI_OK || grant_term(&g, &source, &end_ms) != LINLI_OK)
        return false;
    bool usable = false;
    list->failed = seal_mask_of(&g) != 0 ? standing_usable(list->w->txn, &g, &usable) : LINLI_OK;
    if (usable && clock_now_ms(&list->w->r->clock) < end_ms)
        list->failed = entitled_add(list, &g, seal_mask_of(&g));
    return list->failed == LINLI_OK;
}

/* One scope, as far as keys go. */
struct place {
    uint32_t number;
    struct scope_row row;
    struct scope_path path;
    linli_id above;              /* its parent's id */
    enum linli_scope_kind kind;
};

static int kind_read(struct work *w, struct arena *a, struct place *p)
{
    const struct linli_schema_field *field =
        linli_schema_field_by_number(linli_schema_type_by_number(TYPE_SCOPE), SCOPE_KIND);
    struct record_state state = {0};
    struct group_reading reading = {0};
    int64_t kind = 0;
    int rv = view_load(w->txn, a, p->row.parent == 0 ? p->number : p->row.parent, &p->row.id, &state);
    const struct group_state *g = rv == LINLI_OK ? record_group(&state, schema_group_of(field)) : NULL;

    if (g != NULL)
        rv = reading_group(a, g, &w->r->names, &reading);
    if (rv == LINLI_OK && reading.count > 0 && value_number(reading_field(reading.values[0]->bytes, SCOPE_KIND), &kind) &&
        kind >= LINLI_CITY && kind <= LINLI_PATCH)
        p->kind = (enum linli_scope_kind)kind;
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

static int place_read(struct work *w, uint32_t number, struct place *out)
{
    struct arena a = {0};
    struct scope_row above;
    int rv;

    *out = (struct place){.number = number};
    rv = scope_get(w->txn, number, &out->row);
    if (rv == LINLI_OK)
        rv = tree_path(w->txn, number, &out->path);
    if (rv == LINLI_OK && out->row.parent != 0) {
        rv = scope_get(w->txn, out->row.parent, &above);
        out->above = above.id;
    }
    if (rv == LINLI_OK)
        rv = kind_read(w, &a, out);
    arena_free(&a);
    return rv;
}

static int entitled_find(struct work *w, const struct place *p, struct entitled_list *out)
{
    *out = (struct entitled_list){.w = w};
    int rv = grant_row_each(w->txn, &p->row.id, grant_entitles, out);

    rv = rv == LINLI_OK ? out->failed : rv;
    if (rv == LINLI_OK && p->kind == LINLI_PATCH && p->row.parent != 0)
        rv = grant_row_each(w->txn, &p->above, grant_entitles, out);
    return rv == LINLI_OK ? out->failed : rv;
}

/* --- what this device may do there --- */

static bool may_manage(struct work *w, const struct place *p)
{
    const struct replica *r = w->r;
    const struct draft_part part = {.cls = CLASS_PUBLIC, .manage = true};
    linli_hash grant;

    return authority_for(r, w->txn, &p->path, &part, 1, hlc_make(clock_now_ms(&r->clock), 0), NULL, &grant) == LINLI_OK;
}

static bool is_self(const struct replica *r, const struct entitled *e)
{
    return memcmp(e->device, r->self.sign_public, KEY_BYTES) == 0;
}

static bool self_among(const struct replica *r, const struct entitled_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (is_self(r, &list->at[i]))
            return true;
    return false;
}

/* Who makes keys has had them: it keeps those of the classes that its grants open anywhere above. */
static int self_add(struct entitled_list *list, const struct place *p)
{
    const struct replica *r = list->w->r;
    struct grant self = {.by_root = false};
    unsigned mask = 0;

    for (size_t i = 0; i < r->own_count; i++)
        if (path_contains(&r->own[i].grant.path, &p->path))
            mask |= seal_mask_of(&r->own[i].grant);
    memcpy(self.subject, r->self.sign_public, KEY_BYTES);
    memcpy(self.seal, r->self.seal_public, DH_BYTES);
    return mask != 0 ? entitled_add(list, &self, mask) : LINLI_OK;
}

/* --- the epochs of a scope --- */

struct epochs {
    struct work *w;
    const struct place *place;
    struct known_epoch {
        linli_id record;
        uint64_t epoch;
    } * at;
    size_t count, room;
    int failed;
};

static bool epoch_add(void *ctx, const linli_id *record)
{
    struct epochs *e = ctx;
    struct arena a = {0};
    struct record_state state;
    struct seal_epoch epoch;

    e->failed = view_load(e->w->txn, &a, e->place->number, record, &state);
    if (e->failed == LINLI_OK && epoch_read(&e->w->r->self.network, &e->place->row.id, record, &state, &epoch)) {
        e->failed = mem_grow(&e->at, &e->room, e->count + 1, sizeof(*e->at));
        if (e->failed == LINLI_OK)
            e->at[e->count++] = (struct known_epoch){*record, epoch.epoch};
    }
    arena_free(&a);
    return e->failed == LINLI_OK;
}

static int epochs_find(struct work *w, const struct place *p, struct epochs *out)
{
    *out = (struct epochs){.w = w, .place = p};
    int rv = index_each(w->txn, p->number, TYPE_SEAL_KEY, 0, (span){NULL, 0}, epoch_add, out);

    return rv == LINLI_OK ? out->failed : rv;
}

/* --- records --- */

static int wrap_edit(struct work *w, struct edit *e, const struct place *p, const linli_id *record, const struct entitled *to,
                     unsigned mask, const seal_keys keys)
{
    struct buf wrap = {0}, element = {0}, in = {0};
    int rv = wrap_make(to->device, to->seal, mask, keys, &w->r->rng, &wrap);

    write_bool(&in, true);
    if (rv == LINLI_OK)
        write_bin(&element, wrap.at, wrap.size);
    if (rv == LINLI_OK)
        rv = element.failed != LINLI_OK ? element.failed : in.failed;
    if (rv == LINLI_OK)
        rv = edit_add(e, &p->row.id, record, TYPE_SEAL_KEY, group_number(SEAL_KEY_WRAPS, RULE_SET, CLASS_PUBLIC),
                      buf_span(&element), buf_span(&in));
    buf_free(&wrap);
    buf_free(&element);
    buf_free(&in);
    return rv == LINLI_E_PROTOCOL ? LINLI_OK : rv; /* a grant that names no sealing key: there is nobody to open it */
}

static int epoch_edit(struct edit *e, const struct place *p, const struct seal_epoch *epoch, const linli_id *record)
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

/* Wrap the keys in `ours` for each of the list that `needs` (NULL: for all); as many changesets as it takes. */
static int wraps_commit(struct work *w, const struct place *p, const linli_id *record, const struct entitled_list *list,
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

/* A new epoch. The ring has it when this is done: it is learned like anybody's. */
static int epoch_make(struct work *w, const struct place *p, uint64_t number)
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
        rv = self_add(&list, p);
    if (rv == LINLI_OK)
        rv = epoch_edit(&e, p, &epoch, &record);
    if (rv == LINLI_OK)
        rv = wraps_commit(w, p, &record, &list, SEAL_MASK_ALL, (const uint8_t(*)[AEAD_KEY_BYTES])keys, NULL, &e);
    crypto_wipe(keys, sizeof(keys));
    edit_free(&e);
    mem_free(list.at);
    return rv;
}

/* --- handing on what is here --- */

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

static int epoch_hand(struct work *w, const struct place *p, const linli_id *record, const struct entitled_list *list)
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
static int known_to_others(struct work *w, const struct place *p, const linli_id *record, const struct entitled_list *list,
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
        *out = !among && !is_self(w->r, &to);
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
static int rotate_if_due(struct work *w, const struct place *p, const struct epochs *epochs, const struct entitled_list *list)
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

static int tend_epochs(struct work *w, const struct place *p, const struct entitled_list *list)
{
    struct epochs epochs = {.count = 0};
    bool keeps = p->kind == LINLI_COMMUNITY || p->kind == LINLI_PATCH;
    int rv = epochs_find(w, p, &epochs);

    if (rv == LINLI_OK && keeps && !own_epoch(&epochs) && self_among(w->r, list))
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
    struct place p;
    int rv = place_read(w, number, &p);

    if (rv != LINLI_OK || !may_manage(w, &p))
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

/* --- before a commit, and when a grant is issued --- */

/* The first keys of a scope: epoch 0 when who makes them is not entitled there, until somebody who is makes epoch 1. */
static int first_make(struct work *w, const struct place *p)
{
    struct entitled_list list = {.count = 0};
    struct epochs epochs = {.count = 0};
    int rv = epochs_find(w, p, &epochs);

    if (rv == LINLI_OK)
        rv = entitled_find(w, p, &list);
    if (rv == LINLI_OK && epochs.count == 0 && may_manage(w, p))
        rv = epoch_make(w, p, self_among(w->r, &list) ? 1 : 0);
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
            struct place p;
            uint32_t number;
            if (cls == LINLI_SEAL_NONE || ring_newest(&w->r->ring, &op->scope, cls) != NULL)
                continue;
            rv = scope_number(w->txn, &op->scope, &number);
            if (rv == LINLI_OK)
                rv = place_read(w, number, &p);
            if (rv == LINLI_OK)
                rv = first_make(w, &p);
            if (rv == LINLI_OK && ring_newest(&w->r->ring, &op->scope, cls) == NULL)
                rv = replica_fail(w->r, LINLI_E_SEALED, "no key of class %u", (unsigned)cls);
        }
    return rv;
}

int keys_issue(struct work *w, const struct grant *g)
{
    struct place p;
    uint32_t number;
    int rv = scope_number(w->txn, &g->scope, &number);

    if (rv == LINLI_OK)
        rv = place_read(w, number, &p);
    if (rv == LINLI_OK && seal_mask_of(g) != 0 && (g->rights & RIGHT_MANAGE) == 0)
        rv = first_make(w, &p); /* who may manage makes them itself */
    return rv == LINLI_OK ? keys_tend(w, SIZE_MAX) : rv;
}

/* --- rotating --- */

static int rotate_scope(struct work *w, uint32_t number)
{
    struct epochs epochs = {.count = 0};
    struct place p;
    uint64_t last = 0;
    bool held = false;
    seal_keys keys;
    int rv = place_read(w, number, &p);

    if (rv == LINLI_OK)
        rv = epochs_find(w, &p, &epochs);
    for (size_t i = 0; i < epochs.count && rv == LINLI_OK; i++) {
        last = epochs.at[i].epoch > last ? epochs.at[i].epoch : last;
        held = held || ring_epoch(&w->r->ring, &epochs.at[i].record, keys) != 0;
    }
    crypto_wipe(keys, sizeof(keys));
    mem_free(epochs.at);
    return rv == LINLI_OK && held && may_manage(w, &p) ? epoch_make(w, &p, last + 1) : rv;
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
