/* replica: a device's rights taken back: one act, in as many revocations as it needs (proto/authority.md 6). */
#include <string.h>

#include "codec/writer.h"
#include "replica/ceremony.h"
#include "replica/revoking.h"

/*
 * What fits in one certificate, at the longest path, and beside all the signatures that the root can have; two acts of as many
 * pages as there can be are within what each replica keeps of one issuer on one device.
 */
struct page_room {
    size_t cuts, kept;
};
static const struct page_room BY_GRANT = {30, 42}, BY_ROOT = {18, 36};

struct revoking {
    struct work *w;
    const struct linli_revoke *asked;
    struct linli_revoked *done;
    struct scope_path path;      /* whose grants end, there and below */
    struct grant by;             /* ours, under which it is said; */
    struct root_draft *draft;         /* or, when it is the root's to say, where it is written down */
    struct page_room room;
    struct grant ended;          /* the deepest of the grants that end */
    linli_id act;
    struct revoke_lists lists;
};

/* --- by what right, and where --- */

static int path_of(struct work *w, const linli_id *scope, struct scope_path *out)
{
    uint32_t number;
    int rv = scope_number(w->txn, scope, &number);

    return rv == LINLI_OK ? tree_path(w->txn, number, out) : rv;
}

/* How many of the device's grants at `path` and below end when it is said under `by` (NULL: by the root); the deepest of them. */
static int grants_ended(struct revoking *v, const struct scope_path *path, const struct grant *by, size_t *count,
                        struct grant *deepest, bool *any)
{
    struct standing_source source = standing_of(v->w->txn);
    span ids;
    int rv = authority_of_device(v->w->txn, v->asked->device, &ids);

    *count = 0;
    *any = false;
    for (size_t at = 0; at < ids.size && rv == LINLI_OK; at += HASH_BYTES) {
        struct held_grant held;
        linli_hash id;
        bool usable = false;
        memcpy(id.b, ids.at + at, HASH_BYTES);
        rv = authority_get(v->w->txn, &id, &held);
        if (rv == LINLI_OK && path_contains(path, &held.grant.path))
            rv = standing_usable(v->w->txn, &held.grant, &usable);
        *any = *any || usable;
        bool outranked = false;
        if (rv == LINLI_OK && usable)
            rv = by != NULL ? standing_outranks(&source, by, &held.grant, &outranked) : LINLI_OK;
        outranked = outranked || (usable && by == NULL); /* the root outranks everybody */
        if (!outranked)
            continue;
        if (*count == 0 || held.grant.path.depth > deepest->path.depth)
            *deepest = held.grant;
        ++*count;
    }
    return rv;
}

/* Our grant under which most of them end. */
static int right_find(struct revoking *v)
{
    struct replica *r = v->w->r;
    bool held = false;
    int rv = LINLI_OK;

    for (size_t i = 0; i < r->own_count && rv == LINLI_OK; i++) {
        const struct grant *by = &r->own[i].grant;
        struct scope_path path = by->path;
        struct grant deepest = {.by_root = false};
        bool usable = false, any;
        size_t count;
        if (!id_is_zero(&v->asked->scope))
            rv = path_of(v->w, &v->asked->scope, &path);
        if (rv == LINLI_OK && (by->rights & RIGHT_MANAGE) != 0 && clock_now_ms(&r->clock) < r->own[i].term_end_ms)
            rv = standing_usable(v->w->txn, by, &usable);
        if (rv == LINLI_OK)
            rv = grants_ended(v, &path, by, &count, &deepest, &any);
        if (rv != LINLI_OK)
            break;
        held = held || any;
        if (!usable || !path_contains(&by->path, &path) || count <= v->done->grants)
            continue;
        v->done->grants = count;
        v->by = *by;
        v->path = path;
        v->ended = deepest;
    }
    if (rv == LINLI_OK && v->done->grants == 0)
        rv = held ? LINLI_E_REFUSED : LINLI_E_NOT_FOUND;
    return rv;
}

static int right_of_root(struct revoking *v)
{
    bool any;
    int rv = id_is_zero(&v->asked->scope) ? LINLI_OK : path_of(v->w, &v->asked->scope, &v->path);

    if (rv == LINLI_OK)
        rv = grants_ended(v, &v->path, NULL, &v->done->grants, &v->ended, &any);
    return rv == LINLI_OK && v->done->grants == 0 ? LINLI_E_NOT_FOUND : rv;
}

/* --- the act --- */

static int lists_find(struct revoking *v)
{
    v->lists = (struct revoke_lists){.asked = v->asked,
                                     .path = &v->path,
                                     .cuts_most = v->room.cuts * REVOCATION_PAGES_MAX,
                                     .kept_most = v->room.kept * REVOCATION_PAGES_MAX};
    return revoke_lists_find(v->w, &v->lists);
}

/* The record that a statement travels in, in the scope of its path. */
int statement_record(struct work *w, const struct statement *st, span certificate, span grant, const char *note)
{
    struct edit e = {.count = 0}, *edits[] = {&e};
    linli_id record;

    statement_record_id(&st->id, &record);
    int rv = edit_life(&e, &st->scope, &record, TYPE_STATEMENT);
    if (rv == LINLI_OK)
        rv = edit_bin(&e, &st->scope, &record, TYPE_STATEMENT, STATEMENT_CERTIFICATE, certificate);
    if (rv == LINLI_OK && grant.size > 0)
        rv = edit_bin(&e, &st->scope, &record, TYPE_STATEMENT, STATEMENT_GRANT_ADMITTED, grant);
    if (rv == LINLI_OK && note != NULL)
        rv = edit_text(&e, &st->scope, &record, TYPE_STATEMENT, STATEMENT_NOTE, note);
    if (rv == LINLI_OK)
        rv = commit_edits(w, edits, 1, NULL);
    edit_free(&e);
    return rv;
}

void statement_start(struct replica *r, const struct grant *by, const struct scope_path *path, struct statement *out)
{
    *out = (struct statement){.issuer = by->id, .network = r->self.network, .path = *path,
                              .issued_ms = clock_now_ms(&r->clock)};
    rng_fill(&r->rng, out->salt, sizeof(out->salt));
}

static size_t pages_of(size_t rows, size_t room)
{
    return (rows + room - 1) / room;
}

static int page_say(struct revoking *v, size_t page, size_t pages, const linli_hash *admitted)
{
    struct revocation said = {.act = v->act, .page = (unsigned)page + 1, .pages = (unsigned)pages, .reason = v->asked->reason, .strict = v->asked->strict,
                              .admits = admitted != NULL};
    const struct revoke_lists *l = &v->lists;
    size_t cut = page * v->room.cuts, kept = page * v->room.kept;
    size_t cuts = cut < l->cut_count ? l->cut_count - cut : 0, keeps = kept < l->kept_count ? l->kept_count - kept : 0;
    struct work *w = v->w;
    struct buf certificate = {0};
    struct arena a = {0};
    span grant = {NULL, 0};
    bool added;

    if (v->draft != NULL)
        root_head(w, &v->draft->signers[0], &v->path, &said.head);
    else
        statement_start(w->r, &v->by, &v->path, &said.head);
    memcpy(said.device, v->asked->device, KEY_BYTES);
    int rv = LINLI_OK;
    if (admitted != NULL) {
        said.admitted = *admitted;
        rv = grant_row_get(w->txn, admitted, &grant);
        grant = rv == LINLI_OK ? arena_copy(&a, grant) : grant; /* whoever hears of the act hears of the grant, too */
        rv = rv == LINLI_OK && grant.at == NULL ? LINLI_E_NOMEM : rv;
    }
    if (rv == LINLI_OK)
        rv = revocation_make(v->draft != NULL ? NULL : w->r->self.sign_secret, &said, l->cuts + cut,
                             cuts < v->room.cuts ? cuts : v->room.cuts, l->kept + kept, keeps < v->room.kept ? keeps : v->room.kept,
                             &certificate);
    if (rv == LINLI_OK)
        rv = v->draft != NULL ? root_draft_add(v->draft, buf_span(&certificate)) : authority_enter(w, buf_span(&certificate), &added);
    if (rv == LINLI_OK && v->draft == NULL)
        rv = statement_record(w, &said.head, buf_span(&certificate), grant, page == 0 ? v->asked->note : NULL);
    buf_free(&certificate);
    arena_free(&a);
    return rv;
}

static int act_say(struct revoking *v, const linli_hash *admitted)
{
    size_t pages = pages_of(v->lists.cut_count, v->room.cuts), more = pages_of(v->lists.kept_count, v->room.kept);
    int rv = LINLI_OK;

    pages = pages > more ? pages : more;
    pages = pages > 0 ? pages : 1;
    for (size_t page = 0; page < pages && rv == LINLI_OK; page++)
        rv = page_say(v, page, pages, admitted);
    return rv;
}

/* The device goes on in another scope: a grant like the one that ends. */
static int admit(struct revoking *v, linli_hash *granted)
{
    struct grant_order order = {.scope = v->asked->admit, .after = &v->act, .role = v->ended.role, .rights = v->ended.rights,
                                .expires_ms = v->ended.expires_ms};
    struct arena a = {0};
    const char *name;

    memcpy(order.subject, v->ended.subject, KEY_BYTES);
    memcpy(order.seal, v->ended.seal, KEY_BYTES);
    int rv = grant_holder(v->w->r, v->w->txn, &a, &v->ended, &name);
    if (rv == LINLI_OK) {
        order.name = span_of(name, strlen(name));
        rv = grant_give(v->w, &order, granted);
    }
    arena_free(&a);
    return rv;
}

static int revoke_step(struct work *w, void *ctx)
{
    struct revoking *v = ctx;
    linli_hash granted;
    bool admits = !id_is_zero(&v->asked->admit);

    v->w = w;
    *v->done = (struct linli_revoked){.grants = 0};
    rng_fill(&w->r->rng, v->act.b, ID_BYTES);
    int rv = right_find(v);
    if (rv == LINLI_OK)
        rv = lists_find(v);
    if (rv == LINLI_OK && admits)
        rv = admit(v, &granted);
    if (rv == LINLI_OK)
        rv = act_say(v, admits ? &granted : NULL);
    if (rv == LINLI_OK)
        rv = statements_follow(w);
    if (rv == LINLI_OK)
        rv = keys_tend(w, SIZE_MAX); /* what is sealed from now on is not for that device */
    if (rv != LINLI_OK)
        return rv;
    v->done->act = v->act;
    v->done->logs = v->lists.logs;
    v->done->kept = v->lists.kept_count;
    v->done->left = v->lists.left;
    return LINLI_OK;
}

int replica_revoke(struct replica *r, const struct linli_revoke *revoke, struct linli_revoked *out)
{
    struct revoking v = {.asked = revoke, .done = out, .room = BY_GRANT};
    int rv = work_run(r, revoke_step, &v);

    if (rv != LINLI_OK)
        *out = (struct linli_revoked){.grants = 0};
    return rv;
}

int revoke_draft(struct work *w, const struct linli_revoke *revoke, struct root_draft *draft)
{
    struct linli_revoked done = {.grants = 0};
    struct revoking v = {.w = w, .asked = revoke, .done = &done, .draft = draft, .room = BY_ROOT};
    int rv = right_of_root(&v);

    rng_fill(&w->r->rng, v.act.b, ID_BYTES);
    if (rv == LINLI_OK)
        rv = lists_find(&v);
    return rv == LINLI_OK ? act_say(&v, NULL) : rv;
}
