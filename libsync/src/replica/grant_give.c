/* replica: a grant given: issued under one of ours, entered, and written down in the scope that it speaks of. */
#include <stdlib.h>
#include <string.h>

#include "codec/writer.h"
#include "replica/ceremony.h"

int grant_issuer(struct work *w, const struct scope_path *path, unsigned rights, const struct held_grant **out)
{
    const struct replica *r = w->r;
    uint64_t now_ms = clock_now_ms(&r->clock);

    for (size_t i = 0; i < r->own_count; i++) {
        const struct held_grant *held = &r->own[i];
        bool usable;
        if ((held->grant.rights & RIGHT_MANAGE) == 0 || (rights & ~held->grant.rights) != 0 ||
            now_ms >= held->term_end_ms || !path_contains(&held->grant.path, path))
            continue;
        int rv = standing_usable(w->txn, &held->grant, &usable);
        if (rv != LINLI_OK)
            return rv;
        if (usable) {
            *out = held;
            return LINLI_OK;
        }
    }
    return LINLI_E_REFUSED;
}

static int act_compare(const void *x, const void *y)
{
    return id_compare(x, y);
}

/* A device that was turned out before is admitted again: the grant names the acts that it supersedes. */
int grant_after(struct work *w, const linli_id *also, struct grant *g)
{
    struct standing_source source = standing_of(w->txn);
    struct arena a = {0};
    struct revocation *acts = NULL;
    size_t count = 0;
    int rv = standing_endings(&source, &a, g, &acts, &count); /* what ends nothing needs no mention */

    if (also != NULL)
        g->after[g->after_count++] = *also;
    for (size_t i = 0; i < count && rv == LINLI_OK; i++) {
        bool there = false;
        for (unsigned k = 0; k < g->after_count; k++)
            there = there || id_equal(&g->after[k], &acts[i].act);
        if (there)
            continue;
        if (g->after_count == AFTER_MAX)
            rv = replica_fail(w->r, LINLI_E_LIMIT, "this device was turned out too often");
        else
            g->after[g->after_count++] = acts[i].act;
    }
    if (g->after_count > 1)
        qsort(g->after, g->after_count, sizeof(g->after[0]), act_compare);
    arena_free(&a);
    return rv;
}

static int issue(struct work *w, const struct grant_order *order, struct grant *g, struct buf *certificate)
{
    struct replica *r = w->r;
    const struct held_grant *issuer = NULL;
    bool added;
    uint32_t scope;
    int rv = scope_number(w->txn, &order->scope, &scope);

    *g = (struct grant){.network = r->self.network, .role = order->role, .issued_ms = clock_now_ms(&r->clock),
                        .expires_ms = order->expires_ms, .rights = order->rights};
    memcpy(g->subject, order->subject, KEY_BYTES);
    memcpy(g->seal, order->seal, KEY_BYTES);
    rng_fill(&r->rng, g->salt, sizeof(g->salt));
    if (rv == LINLI_OK)
        rv = tree_path(w->txn, scope, &g->path);
    if (rv == LINLI_OK)
        rv = grant_issuer(w, &g->path, g->rights, &issuer);
    if (rv == LINLI_OK) {
        g->issuer = issuer->grant.id;
        rv = grant_after(w, order->after, g);
    }
    if (rv != LINLI_OK)
        return rv;
    rv = grant_make(r->self.sign_secret, g, certificate);
    return rv == LINLI_OK ? authority_enter(w, buf_span(certificate), &added) : rv;
}

static int text_field(struct edit *e, const linli_id *scope, const linli_id *record, linli_field field, span text)
{
    struct buf item = {0};

    if (text.size == 0)
        return LINLI_OK;
    write_text(&item, (const char *)text.at, text.size);
    int rv = item.failed;
    if (rv == LINLI_OK)
        rv = edit_field(e, scope, record, TYPE_GRANT, field, buf_span(&item));
    buf_free(&item);
    return rv;
}

/* The grant's record in the scope that it speaks of: so it travels like everything else. */
int grant_record(struct work *w, const struct grant_order *order, const struct grant *g, span certificate)
{
    struct edit e = {.count = 0}, *edits[] = {&e};
    linli_id record;
    int rv;

    grant_record_id(&g->id, &record);
    rv = edit_life(&e, &order->scope, &record, TYPE_GRANT);
    if (rv == LINLI_OK)
        rv = edit_bin(&e, &order->scope, &record, TYPE_GRANT, GRANT_CERTIFICATE, certificate);
    if (rv == LINLI_OK)
        rv = text_field(&e, &order->scope, &record, GRANT_NAME, order->name);
    if (rv == LINLI_OK)
        rv = text_field(&e, &order->scope, &record, GRANT_DEVICE, order->device_name);
    if (rv == LINLI_OK)
        rv = commit_edits(w, edits, 1, NULL);
    edit_free(&e);
    return rv;
}

int grant_give(struct work *w, const struct grant_order *order, linli_hash *id)
{
    struct buf certificate = {0};
    struct grant g;
    int rv = issue(w, order, &g, &certificate);

    if (rv == LINLI_OK)
        rv = grant_record(w, order, &g, buf_span(&certificate));
    if (rv == LINLI_OK)
        rv = keys_issue(w, &g);
    *id = g.id;
    buf_free(&certificate);
    return rv;
}
