/* session: our detail of a scope beside the peer's: what the peer lacks is queued, what differs below is gone into. */
#include <stdlib.h>
#include <string.h>

#include "session/internal.h"

/*
 * One log as both have it; `peer` may be NULL. A frozen log goes out with its branches, which a read past the frozen head
 * gives, to a peer that has not frozen it, or not so early (proto/changeset.md 7).
 */
static int compare_log(struct session *s, const linli_id *scope, const struct detail_head *own,
                       const struct detail_head *peer)
{
    uint64_t peer_seq = peer == NULL ? 0 : peer->seq;
    struct job job = {.kind = JOB_LOG, .scope = *scope, .author = own->author, .from = peer_seq + 1, .to = own->seq};

    if (own->frozen && (peer == NULL || !peer->frozen || own->seq < peer_seq)) {
        job.from = (peer_seq < own->seq ? peer_seq : own->seq) + 1;
        job.to = UINT64_MAX;
        return sendq_log(s, &job);
    }
    if (peer != NULL && peer->frozen && !own->frozen)
        return LINLI_OK; /* theirs to send */
    if (peer != NULL && own->seq == peer_seq)
        return hash_equal(&own->id, &peer->id) ? LINLI_OK : ask_from(s, scope, &own->author, own->seq);
    return own->seq > peer_seq ? sendq_log(s, &job) : LINLI_OK;
}

static int compare_logs(struct session *s, const linli_id *scope, const struct sides *own, const struct sides *peer)
{
    size_t k = 0, peers = peer->detail.heads.count;

    for (size_t i = 0; i < own->detail.heads.count; i++) {
        while (k < peers && author_compare(&peer->heads[k].author, &own->heads[i].author) < 0)
            k++;
        bool both = k < peers && author_equal(&peer->heads[k].author, &own->heads[i].author);
        int rv = compare_log(s, scope, &own->heads[i], both ? &peer->heads[k] : NULL);
        if (rv != LINLI_OK)
            return rv;
    }
    return LINLI_OK;
}

static int add_child(struct session *s, const linli_id *scope, const uint8_t nonce[16], unsigned flags)
{
    linli_id id;
    scope_child(scope, nonce, &id);
    return todo_add(&s->todo, &id, flags | TODO_SUBTREE);
}

/* From the last to the first, as the order is last in first out. */
static int compare_children(struct session *s, const linli_id *scope, const struct sides *own, const struct sides *peer)
{
    size_t i = own->detail.children.count, k = peer->detail.children.count;
    int rv = LINLI_OK;

    while ((i > 0 || k > 0) && rv == LINLI_OK) {
        const struct detail_child *mine = i > 0 ? &own->children[i - 1] : NULL;
        const struct detail_child *theirs = k > 0 ? &peer->children[k - 1] : NULL;
        int order = mine == NULL ? -1 : theirs == NULL ? 1 : order_children(mine, theirs);
        if (order > 0) {
            rv = add_child(s, scope, mine->nonce, TODO_SAY | TODO_LACKED);
        } else if (order < 0) {
            rv = add_child(s, scope, theirs->nonce, TODO_HEAR);
        } else if (!hash_equal(&mine->digest, &theirs->digest)) {
            rv = add_child(s, scope, mine->nonce, TODO_SAY);
        }
        i -= order >= 0 ? 1 : 0;
        k -= order <= 0 ? 1 : 0;
    }
    return rv;
}

static int read_certificates(struct session *s, const linli_hash *ids, size_t count)
{
    struct session_action *action = action_add(s, ACTION_READ_CERTIFICATES);
    if (action == NULL)
        return LINLI_E_NOMEM;
    span copy = arena_copy(&s->out->arena, span_of(ids, count * sizeof(*ids)));
    if (copy.at == NULL)
        return LINLI_E_NOMEM;
    action->ids = (const linli_hash *)(const void *)copy.at; /* an arena aligns to 16 */
    action->id_count = count;
    s->reads++;
    return LINLI_OK;
}

static bool among(const linli_hash *sorted, size_t count, const linli_hash *id)
{
    return count > 0 && bsearch(id, sorted, count, sizeof(*sorted), order_hashes) != NULL;
}

/* Those of ours that were found lacking go out in our order, which puts issuers first. */
static int send_lacking(struct session *s, const struct sides *own, const struct buf *lacking)
{
    linli_hash batch[CERTIFICATES_MAX];
    linli_hash *ids = (linli_hash *)(void *)lacking->at;
    size_t count = lacking->size / sizeof(*ids), batched = 0;
    int rv = LINLI_OK;

    if (count == 0)
        return LINLI_OK;
    qsort(ids, count, sizeof(*ids), order_hashes);
    for (size_t i = 0; i < own->detail.grants.count && rv == LINLI_OK; i++) {
        if (among(ids, count, &own->grants[i]))
            batch[batched++] = own->grants[i];
        if (batched == CERTIFICATES_MAX || (batched > 0 && i + 1 == own->detail.grants.count)) {
            rv = read_certificates(s, batch, batched);
            batched = 0;
        }
    }
    return rv;
}

/* What lies between two marks: of one page, or of all. */
struct stretch {
    struct marks before, after;
    struct buf *lacking; /* grants of ours that the peer's pages so far passed over */
};

static int compare_grants(struct session *s, const struct sides *own, const struct sides *peer, const struct stretch *at)
{
    int rv = LINLI_OK;

    for (size_t i = 0; i < own->detail.grants.count && rv == LINLI_OK; i++) {
        const linli_hash *id = &own->grants[i];
        if (marks_cover(&at->before, &at->after, SECTION_GRANTS, id) && !among(peer->grants, peer->detail.grants.count, id))
            rv = buf_append(at->lacking, id->b, sizeof(id->b));
    }
    if (rv == LINLI_OK && at->after.ended[SECTION_GRANTS]) {
        rv = send_lacking(s, own, at->lacking);
        buf_free(at->lacking);
    }
    return rv;
}

static int compare_sides(struct session *s, struct sides *own, struct sides *peer, struct stretch *at)
{
    linli_id scope;
    bool subtree = own->detail.subtree && peer->detail.subtree;

    path_scope(&s->config.network, &own->detail.path, &scope);
    int rv = compare_grants(s, own, peer, at);
    sides_cut(own, &at->before, &at->after);
    if (rv == LINLI_OK)
        rv = compare_logs(s, &scope, own, peer);
    if (rv == LINLI_OK && subtree)
        rv = compare_children(s, &scope, own, peer);
    return rv;
}

/* A page of the peer's, in order, and what it covers. */
static int page_open(struct session *s, struct arena *a, span peer, struct sides *theirs, struct stretch *at)
{
    int rv = sides_open(a, peer, theirs);

    if (rv != LINLI_OK)
        return rv;
    sides_sort_grants(theirs);
    *at = (struct stretch){.before = s->heard.marks, .lacking = &s->heard.lacking};
    rv = marks_pass(&s->heard.marks, theirs);
    at->after = s->heard.marks;
    return rv;
}

int compare_details(struct session *s, span own, span peer)
{
    struct arena arena = {0};
    struct sides ours = {0}, theirs = {0};
    struct stretch at;

    int rv = sides_open(&arena, own, &ours);
    if (rv == LINLI_OK)
        rv = page_open(s, &arena, peer, &theirs, &at);
    if (rv == LINLI_OK)
        rv = compare_sides(s, &ours, &theirs, &at);
    arena_free(&arena);
    return rv;
}

int compare_send_all(struct session *s, span own)
{
    struct arena arena = {0};
    struct sides ours = {0}, nothing = {0};
    struct buf lacking = {0};
    struct stretch all = {.lacking = &lacking};

    int rv = sides_open(&arena, own, &ours);
    nothing.detail.subtree = ours.detail.subtree;
    (void)marks_pass(&all.after, &nothing); /* one page that is the last: all of it */
    if (rv == LINLI_OK)
        rv = compare_sides(s, &ours, &nothing, &all);
    buf_free(&lacking);
    arena_free(&arena);
    return rv;
}

int compare_expect_all(struct session *s, const linli_id *scope, span peer)
{
    struct arena arena = {0};
    struct sides theirs = {0};
    struct stretch at;
    int rv = page_open(s, &arena, peer, &theirs, &at);

    for (size_t i = 0; rv == LINLI_OK && theirs.detail.subtree && i < theirs.detail.children.count; i++)
        rv = add_child(s, scope, theirs.children[i].nonce, TODO_HEAR);
    arena_free(&arena);
    return rv;
}
