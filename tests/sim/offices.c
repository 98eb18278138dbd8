/*
 * sim: who may manage takes rights back: devices are turned out, moved, admitted again, and what they wrote too late is adopted
 * or rejected, by whoever thinks that he may, in whatever he happens to know.
 */
#include "sim.h"

/* --- who is concerned --- */

bool touched(const struct world *w, const struct place *p)
{
    while (p->number != 0) {
        if (p->revoked)
            return true;
        p = p->clone_of != p->number ? &w->places[p->clone_of] : &w->places[p->enrol.by];
    }
    return false;
}


/* The device of that key, with its clones. */
static bool same_device(const struct place *p, const uint8_t key[KEY_BYTES])
{
    return p->enrolled && memcmp(p->author.key, key, KEY_BYTES) == 0;
}

struct settling {
    struct world *w;
    const struct place *of;
    unsigned usable;
};

static bool grant_settle(void *ctx, const struct linli_grant *grant)
{
    struct settling *s = ctx;

    for (unsigned i = 0; i < s->w->scope_count && !grant->revoked; i++)
        if (same_device(s->of, grant->device) && id_equal(&s->w->scopes[i].id, &grant->scope))
            s->usable |= 1u << i;
    return true;
}

/* The scopes for which a place has a grant that nothing ends, as this one sees it. */
static unsigned usable_at(struct world *w, const struct place *viewer, const struct place *of)
{
    struct settling s = {w, of, 0};
    int rv = replica_grant_each(viewer->store->replica, grant_settle, &s);

    if (rv != LINLI_OK)
        world_fail(w, "the grants that %u holds: %s", viewer->number, linli_code_name(rv));
    return s.usable;
}

void offices_settle(struct world *w, const struct place *viewer)
{
    for (unsigned i = 0; i < w->place_count; i++) {
        struct place *p = &w->places[i];
        p->usable = p->up && !p->sick ? usable_at(w, viewer, p) : 0;
    }
}

/* --- acts --- */

static bool refusal(const struct place *p, int rv)
{
    return rv == LINLI_E_NOT_FOUND || rv == LINLI_E_REFUSED || rv == LINLI_E_CLOCK || (rv == LINLI_E_FORK && !p->honest);
}

static struct place *somebody(struct world *w, const struct place *but)
{
    for (unsigned tries = 0; tries < 8; tries++) {
        struct place *v = &w->places[draw(w, w->place_count)];
        if (v->number != 0 && v != but && v->enrolled)
            return v;
    }
    return NULL;
}

static void named(struct world *w, const struct place *v, unsigned granted)
{
    for (unsigned i = 0; i < w->place_count; i++)
        if (same_device(&w->places[i], v->author.key)) {
            w->places[i].revoked = w->places[i].ended = true;
            w->places[i].granted |= granted;
        }
}

struct heads_cut {
    struct world *w;
    struct place *victim;
    linli_id scope;
};

static bool head_cut(void *ctx, const linli_author *author, uint64_t seq, const linli_hash *id, bool frozen)
{
    struct heads_cut *h = ctx;
    struct world *w = h->w;

    (void)id;
    (void)frozen;
    if (memcmp(author->key, h->victim->author.key, KEY_BYTES) != 0)
        return true;
    ALWAYS(mem_grow(&w->cuts, &w->cut_room, w->cut_count + 1, sizeof(*w->cuts)) == LINLI_OK);
    w->cuts[w->cut_count++] = (struct root_cut){h->victim->number, h->scope, author->incarnation, seq};
    return true;
}

/* The root's first act on everything that a device may: nothing that comes later widens it. */
static void root_cuts(struct world *w, struct place *v)
{
    if (v->cut_by_root)
        return;
    v->cut_by_root = true;
    for (unsigned s = 0; s < w->scope_count; s++) {
        struct heads_cut h = {w, v, w->scopes[s].id};
        (void)replica_head_each(w->places[0].store->replica, &h.scope, head_cut, &h);
    }
}

int office_turns_out(struct place *root, struct place *v)
{
    struct linli_revoke order = {.reason = LINLI_REASON_STOLEN};
    struct linli_revoked done;

    memcpy(order.device, v->author.key, KEY_BYTES);
    int rv = linli_revoke(root->store, &order, &done);
    if (rv != LINLI_OK)
        return rv;
    named(root->world, v, 0);
    root_cuts(root->world, v);
    return LINLI_OK;
}

static void revoke(struct world *w, struct place *p, struct place *v, bool move)
{
    struct linli_revoke order = {.reason = (enum linli_reason)draw(w, LINLI_REASON_RETIRED + 1), .strict = chance(w, 300)};
    unsigned scope = (unsigned)draw(w, w->scope_count);
    struct linli_revoked done;

    memcpy(order.device, v->author.key, KEY_BYTES);
    if (move)
        order.admit = w->scopes[scope].id;
    else if (chance(w, 400))
        order.scope = w->scopes[scope].id;
    if (chance(w, 250))
        order.since_ms = place_now(p) - draw(w, 6 * 60 * 60 * 1000);
    int rv = linli_revoke(p->store, &order, &done);
    world_log(w, "%u %s %u, scope %u: %s, %u grants, %u logs, %u kept", p->number, move ? "moves" : "revokes", v->number,
              move || !id_is_zero(&order.scope) ? scope : 0, linli_code_name(rv),
              (unsigned)done.grants, (unsigned)done.logs, (unsigned)done.kept);
    if (rv != LINLI_OK && !refusal(p, rv))
        world_fail(w, "%u revokes %u: %s: %s", p->number, v->number, linli_code_name(rv), linli_store_error(p->store));
    if (rv != LINLI_OK)
        return;
    w->faults[move ? FAULT_MOVE : FAULT_REVOKE]++;
    named(w, v, move ? 1u << scope : 0);
    if (!move && p->number == 0 && id_is_zero(&order.scope))
        root_cuts(w, v);
}

static void admit(struct world *w, struct place *p, struct place *v)
{
    if (!v->ended || !v->honest || !v->up || v->sick)
        return;
    unsigned scope = chance(w, 500) ? v->scope : p->scope;
    int rv = admit_again(v, p, scope);
    world_log(w, "%u admits %u again: %s", p->number, v->number, linli_code_name(rv));
    if (rv != LINLI_OK && !refusal(p, rv))
        world_fail(w, "%u admits %u again: %s: %s", p->number, v->number, linli_code_name(rv), linli_store_error(v->store));
    if (rv != LINLI_OK)
        return;
    w->faults[FAULT_AGAIN]++;
    v->granted |= 1u << scope;
    v->ended = false;
}

static void rule(struct world *w, struct place *p, struct place *v)
{
    struct linli_ruling ruling = {.adopt = chance(w, 600), .any_device = chance(w, 200)};
    struct linli_ruled ruled;

    memcpy(ruling.device, v->author.key, KEY_BYTES);
    if (chance(w, 300))
        ruling.scope = w->scopes[draw(w, w->scope_count)].id;
    if (chance(w, 300) && w->record_count > 0)
        ruling.record = w->records[draw(w, w->record_count)];
    int rv = linli_aside_rule(p->store, &ruling, &ruled);
    world_log(w, "%u %s what %u wrote: %s, %u parts, %u refused", p->number, ruling.adopt ? "adopts" : "rejects", v->number, linli_code_name(rv),
              (unsigned)ruled.done, (unsigned)ruled.refused);
    if (rv != LINLI_OK && !refusal(p, rv))
        world_fail(w, "%u rules: %s: %s", p->number, linli_code_name(rv), linli_store_error(p->store));
    if (rv != LINLI_OK)
        return;
    w->faults[FAULT_RULE]++;
    for (unsigned i = 0; i < w->place_count; i++)
        if (ruling.adopt && (ruling.any_device || same_device(&w->places[i], v->author.key)))
            w->places[i].adopted = true;
}

void office_act(struct world *w, struct place *p)
{
    if (p->sick || (p->role != LINLI_NODE && p->role != LINLI_CLERK) || !chance(w, w->mix.revokes))
        return;
    struct place *v = somebody(w, p);
    uint64_t n = draw(w, 10);
    if (v == NULL)
        return;
    (void)place_runs(p);
    if (n < 3)
        revoke(w, p, v, false);
    else if (n < 5)
        revoke(w, p, v, true);
    else if (n < 7)
        admit(w, p, v);
    else
        rule(w, p, v);
    w->runs = NULL;
}
