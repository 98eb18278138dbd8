/* session: our detail of a scope beside the peer's: what the peer lacks is queued, what differs below is gone into. */
#include <stdlib.h>
#include <string.h>

#include "session/internal.h"

/* The lists of one detail, sorted. */
struct sides {
    struct detail detail;
    struct detail_head *heads;
    linli_hash *grants;
    struct detail_child *children;
};

static int order_heads(const void *a, const void *b)
{
    return author_compare(&((const struct detail_head *)a)->author, &((const struct detail_head *)b)->author);
}

static int order_hashes(const void *a, const void *b)
{
    return hash_compare((const linli_hash *)a, (const linli_hash *)b);
}

static int order_children(const void *a, const void *b)
{
    return memcmp(((const struct detail_child *)a)->nonce, ((const struct detail_child *)b)->nonce, 16);
}

static int side_open(struct arena *a, span body, struct sides *out)
{
    int rv = detail_decode(body, &out->detail);
    if (rv != LINLI_OK)
        return rv;
    struct list heads = out->detail.heads, grants = out->detail.grants, children = out->detail.children;
    out->heads = arena_array(a, heads.count, sizeof(*out->heads));
    out->grants = arena_array(a, grants.count, sizeof(*out->grants));
    out->children = arena_array(a, children.count, sizeof(*out->children));
    if (out->heads == NULL || out->grants == NULL || out->children == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < heads.count; i++)
        detail_head_next(&heads, &out->heads[i]);
    for (size_t i = 0; i < grants.count; i++)
        detail_grant_next(&grants, &out->grants[i]);
    for (size_t i = 0; i < children.count; i++)
        detail_child_next(&children, &out->children[i]);
    qsort(out->heads, heads.count, sizeof(*out->heads), order_heads);
    qsort(out->children, children.count, sizeof(*out->children), order_children);
    return LINLI_OK;
}

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

/* Ours that the peer does not name, in our order, which puts issuers first. */
static int compare_grants(struct session *s, const struct sides *own, const struct sides *peer)
{
    size_t lacking = 0, peers = peer->detail.grants.count;
    int rv = LINLI_OK;

    if (peers > 0)
        qsort(peer->grants, peers, sizeof(*peer->grants), order_hashes);
    for (size_t i = 0; i < own->detail.grants.count; i++)
        if (peers == 0 || bsearch(&own->grants[i], peer->grants, peers, sizeof(*peer->grants), order_hashes) == NULL)
            own->grants[lacking++] = own->grants[i];
    for (size_t i = 0; i < lacking && rv == LINLI_OK; i += CERTIFICATES_MAX)
        rv = read_certificates(s, own->grants + i, lacking - i < CERTIFICATES_MAX ? lacking - i : CERTIFICATES_MAX);
    return rv;
}

static int compare_sides(struct session *s, const struct sides *own, const struct sides *peer)
{
    linli_id scope;
    bool subtree = own->detail.subtree && peer->detail.subtree;

    path_scope(&s->config.network, &own->detail.path, &scope);
    int rv = compare_grants(s, own, peer);
    if (rv == LINLI_OK)
        rv = compare_logs(s, &scope, own, peer);
    if (rv == LINLI_OK && subtree)
        rv = compare_children(s, &scope, own, peer);
    return rv;
}

int compare_details(struct session *s, span own, span peer)
{
    struct arena arena = {0};
    struct sides ours = {0}, theirs = {0};

    int rv = side_open(&arena, own, &ours);
    if (rv == LINLI_OK)
        rv = side_open(&arena, peer, &theirs);
    if (rv == LINLI_OK)
        rv = compare_sides(s, &ours, &theirs);
    arena_free(&arena);
    return rv;
}

int compare_send_all(struct session *s, span own)
{
    struct arena arena = {0};
    struct sides ours = {0}, nothing = {0};

    int rv = side_open(&arena, own, &ours);
    nothing.detail.subtree = ours.detail.subtree;
    if (rv == LINLI_OK)
        rv = compare_sides(s, &ours, &nothing);
    arena_free(&arena);
    return rv;
}

int compare_expect_all(struct session *s, const linli_id *scope, span peer)
{
    struct detail detail;
    struct detail_child child;
    int rv = detail_decode(peer, &detail);

    for (size_t i = 0; rv == LINLI_OK && detail.subtree && i < detail.children.count; i++) {
        detail_child_next(&detail.children, &child);
        rv = add_child(s, scope, child.nonce, TODO_HEAR);
    }
    return rv;
}
