/* replica: who may open what is sealed in a scope (proto/sealing.md 4), and the epochs of its keys. */
#include "replica/entitled.h"

#include <string.h>

#include "auth/certificate.h"
#include "replica/reading.h"

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
    if (list->failed == LINLI_OK && usable && clock_now_ms(&list->w->r->clock) < end_ms)
        list->failed = entitled_add(list, &g, seal_mask_of(&g));
    return list->failed == LINLI_OK;
}

static int kind_read(struct work *w, struct arena *a, struct key_place *p)
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

int key_place_read(struct work *w, uint32_t number, struct key_place *out)
{
    struct arena a = {0};
    struct scope_row above;
    int rv;

    *out = (struct key_place){.number = number};
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

int entitled_find(struct work *w, const struct key_place *p, struct entitled_list *out)
{
    *out = (struct entitled_list){.w = w};
    int rv = grant_row_each(w->txn, &p->row.id, grant_entitles, out);

    rv = rv == LINLI_OK ? out->failed : rv;
    if (rv == LINLI_OK && p->kind == LINLI_PATCH && p->row.parent != 0)
        rv = grant_row_each(w->txn, &p->above, grant_entitles, out);
    return rv == LINLI_OK ? out->failed : rv;
}

/* --- what this device may do there --- */

int key_place_manage(struct work *w, const struct key_place *p, bool *may)
{
    const struct replica *r = w->r;
    const struct draft_part part = {.cls = CLASS_PUBLIC, .manage = true};
    linli_hash grant;

    int rv = authority_for(r, w->txn, &p->path, &part, 1, hlc_make(clock_now_ms(&r->clock), 0), NULL, &grant);

    *may = rv == LINLI_OK;
    return rv == LINLI_E_REFUSED ? LINLI_OK : rv;
}

bool entitled_is_self(const struct replica *r, const struct entitled *e)
{
    return memcmp(e->device, r->self.sign_public, KEY_BYTES) == 0;
}

bool entitled_self_among(const struct replica *r, const struct entitled_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (entitled_is_self(r, &list->at[i]))
            return true;
    return false;
}

int entitled_self_add(struct entitled_list *list, const struct key_place *p)
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

int epochs_find(struct work *w, const struct key_place *p, struct epochs *out)
{
    *out = (struct epochs){.w = w, .place = p};
    int rv = index_each(w->txn, p->number, TYPE_SEAL_KEY, 0, (span){NULL, 0}, epoch_add, out);

    return rv == LINLI_OK ? out->failed : rv;
}
