/* replica: a device's rights taken back: one act, in as many revocations as it needs (proto/authority.md 6). */
#include <stdlib.h>
#include <string.h>

#include "auth/certificate.h"
#include "codec/writer.h"
#include "replica/ceremony.h"

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
    struct cut_row *cuts;
    size_t cut_count, cut_room;
    linli_hash *kept;
    size_t kept_count, kept_room;
    uint32_t scope;              /* whose heads are looked at */
    linli_id scope_id;
    bool recalls;                /* the device said more than is kept: what was put out is looked for in its logs */
    int failed;
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

/* --- what it lists --- */

/* The last changeset of the log that was stamped before `since_ms`; none when it is zero. */
static int cut_back(struct revoking *v, uint32_t author, struct cut_row *cut)
{
    struct log_row row;
    int rv = LINLI_OK;

    while (cut->seq > 0 && v->asked->since_ms != 0) {
        rv = log_get(v->w->txn, v->scope, author, cut->seq, &row);
        if (rv != LINLI_OK || hlc_ms(row.stamp) < v->asked->since_ms)
            break;
        cut->seq--;
        cut->id = (linli_hash){{0}};
    }
    if (rv == LINLI_OK && cut->seq > 0) {
        rv = log_get(v->w->txn, v->scope, author, cut->seq, &row);
        cut->id = row.id;
    }
    return rv == LINLI_E_NOT_FOUND ? LINLI_E_CORRUPT : rv;
}

/* What the device itself granted, revoked or ruled stays good; of a key in the wrong hands, only what it said before. */
static bool kept_add(void *ctx, const linli_hash *id, span certificate)
{
    struct revoking *v = ctx;
    struct statement st = {.by_root = true};
    struct grant g, issuer;
    span above;

    if (grant_decode(certificate, &g) == LINLI_OK)
        st = (struct statement){.by_root = g.by_root, .issuer = g.issuer, .path = g.path, .issued_ms = g.issued_ms};
    else if (statement_decode(certificate, &st) != LINLI_OK)
        return true;
    if (st.by_root || !path_contains(&v->path, &st.path) || grant_row_get(v->w->txn, &st.issuer, &above) != LINLI_OK ||
        grant_decode(above, &issuer) != LINLI_OK || memcmp(issuer.subject, v->asked->device, KEY_BYTES) != 0 ||
        (v->asked->since_ms != 0 && st.issued_ms >= v->asked->since_ms))
        return true;
    v->failed = mem_grow(&v->kept, &v->kept_room, v->kept_count + 1, sizeof(*v->kept));
    if (v->failed == LINLI_OK)
        v->kept[v->kept_count++] = *id;
    return v->failed == LINLI_OK;
}

/* The same of what was put out. */
static int kept_recall(void *ctx, span certificate)
{
    struct revoking *v = ctx;
    struct grant_source source = authority_source(v->w->txn);
    struct statement st;
    int rv = statement_check(&v->w->r->self.root, certificate, &source);

    if (rv == LINLI_OK)
        rv = statement_decode(certificate, &st);
    if (rv != LINLI_OK)
        return authority_fault(rv) ? LINLI_OK : rv;
    for (size_t i = 0; i < v->kept_count; i++)
        if (hash_equal(&v->kept[i], &st.id))
            return LINLI_OK; /* its record was written twice */
    (void)kept_add(v, &st.id, certificate);
    return v->failed;
}

static bool cut_add(void *ctx, uint32_t author, const struct head_row *head)
{
    struct revoking *v = ctx;
    struct replica *r = v->w->r;

    if (author == 0 || author > r->author_count) {
        v->failed = LINLI_E_CORRUPT;
        return false;
    }
    if (memcmp(r->authors[author - 1].key, v->asked->device, KEY_BYTES) != 0)
        return true;
    struct cut_row cut = {v->scope_id, r->authors[author - 1].incarnation, head->seq, head->id};
    v->failed = cut_back(v, author, &cut);
    if (v->failed == LINLI_OK)
        v->failed = mem_grow(&v->cuts, &v->cut_room, v->cut_count + 1, sizeof(*v->cuts));
    if (v->failed == LINLI_OK)
        v->cuts[v->cut_count++] = cut;
    if (v->failed == LINLI_OK && v->recalls)
        v->failed = recall_each(v->w, v->scope, author, cut.seq, kept_recall, v);
    return v->failed == LINLI_OK;
}

/* Every log of the device in the scope of the act and below it. */
static int cuts_find(struct revoking *v)
{
    int rv = full_of(v->w->txn, v->asked->device, &v->recalls);

    for (v->scope = 1; rv == LINLI_OK; v->scope++) {
        struct scope_path at;
        struct scope_row row;
        rv = scope_get(v->w->txn, v->scope, &row);
        if (rv == LINLI_OK)
            rv = tree_path(v->w->txn, v->scope, &at);
        if (rv != LINLI_OK || !path_contains(&v->path, &at))
            continue;
        v->scope_id = row.id;
        rv = head_each(v->w->txn, v->scope, cut_add, v);
        rv = rv == LINLI_OK ? v->failed : rv;
    }
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv; /* after the last one */
}

/* --- the act --- */

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

static int page_say(struct revoking *v, size_t page, size_t pages, const linli_hash *admitted)
{
    struct revocation said = {.act = v->act, .page = (unsigned)page + 1, .pages = (unsigned)pages, .reason = v->asked->reason, .strict = v->asked->strict,
                              .admits = admitted != NULL};
    size_t cut = page * v->room.cuts, kept = page * v->room.kept;
    size_t cuts = cut < v->cut_count ? v->cut_count - cut : 0, keeps = kept < v->kept_count ? v->kept_count - kept : 0;
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
        rv = revocation_make(v->draft != NULL ? NULL : w->r->self.sign_secret, &said, v->cuts + cut,
                             cuts < v->room.cuts ? cuts : v->room.cuts, v->kept + kept, keeps < v->room.kept ? keeps : v->room.kept,
                             &certificate);
    if (rv == LINLI_OK)
        rv = v->draft != NULL ? root_draft_add(v->draft, buf_span(&certificate)) : authority_enter(w, buf_span(&certificate), &added);
    if (rv == LINLI_OK && v->draft == NULL)
        rv = statement_record(w, &said.head, buf_span(&certificate), grant, page == 0 ? v->asked->note : NULL);
    buf_free(&certificate);
    arena_free(&a);
    return rv;
}

static int longest_first(const void *x, const void *y)
{
    const struct cut_row *a = x, *b = y;

    return (a->seq < b->seq) - (a->seq > b->seq);
}

/*
 * A device that wrote more logs than an act can list must not be safe from it for that: the longest logs are listed, and the
 * others are cut to nothing. But what is kept cannot be left out unseen: others hold their rights by it.
 */
static int act_say(struct revoking *v, const linli_hash *admitted)
{
    size_t pages = (v->cut_count + v->room.cuts - 1) / v->room.cuts, more = (v->kept_count + v->room.kept - 1) / v->room.kept;
    int rv = LINLI_OK;

    if (more > REVOCATION_PAGES_MAX)
        return LINLI_E_LIMIT;
    if (pages > REVOCATION_PAGES_MAX)
        qsort(v->cuts, v->cut_count, sizeof(*v->cuts), longest_first);
    pages = pages > more ? pages : more;
    pages = pages > REVOCATION_PAGES_MAX ? REVOCATION_PAGES_MAX : pages > 0 ? pages : 1;
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
    v->cut_count = v->kept_count = 0; /* a first try may have been given up */
    *v->done = (struct linli_revoked){.grants = 0};
    rng_fill(&w->r->rng, v->act.b, ID_BYTES);
    int rv = right_find(v);
    if (rv == LINLI_OK)
        rv = cuts_find(v);
    if (rv == LINLI_OK)
        rv = grant_row_each(w->txn, NULL, kept_add, v);
    rv = rv == LINLI_OK ? v->failed : rv;
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
    v->done->logs = v->cut_count;
    v->done->kept = v->kept_count;
    return LINLI_OK;
}

int replica_revoke(struct replica *r, const struct linli_revoke *revoke, struct linli_revoked *out)
{
    struct revoking v = {.asked = revoke, .done = out, .room = BY_GRANT};
    int rv = work_run(r, revoke_step, &v);

    if (rv != LINLI_OK)
        *out = (struct linli_revoked){.grants = 0};
    mem_free(v.cuts);
    mem_free(v.kept);
    return rv;
}

int revoke_draft(struct work *w, const struct linli_revoke *revoke, struct root_draft *draft)
{
    struct linli_revoked done = {.grants = 0};
    struct revoking v = {.w = w, .asked = revoke, .done = &done, .draft = draft, .room = BY_ROOT};
    int rv = right_of_root(&v);

    rng_fill(&w->r->rng, v.act.b, ID_BYTES);
    if (rv == LINLI_OK)
        rv = cuts_find(&v);
    if (rv == LINLI_OK)
        rv = grant_row_each(w->txn, NULL, kept_add, &v);
    rv = rv == LINLI_OK ? v.failed : rv;
    if (rv == LINLI_OK)
        rv = act_say(&v, NULL);
    mem_free(v.cuts);
    mem_free(v.kept);
    return rv;
}
