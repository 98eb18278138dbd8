/*
 * node: logs that advanced, from any thread to the loop, and from the loop to the sessions that share them. What the loop
 * stored itself it tells at once, knowing where it came from; the word of it that comes back by node_post is dropped.
 */
#include <string.h>

#include "node/internal.h"

int posts_open(struct node *n)
{
    if (uv_mutex_init(&n->posts.lock) != 0)
        return LINLI_E_NOMEM;
    n->has_lock = true;
    n->posts.echo = mem_zalloc(ECHO_ROOM, sizeof(*n->posts.echo));
    return n->posts.echo == NULL ? LINLI_E_NOMEM : LINLI_OK;
}

void posts_free(struct node *n)
{
    if (n->has_lock)
        uv_mutex_destroy(&n->posts.lock);
    n->has_lock = false;
    mem_free(n->posts.at);
    mem_free(n->posts.echo);
    n->posts.at = n->posts.echo = NULL;
}

static struct post *echo_of(struct node *n, const linli_id *scope, const linli_author *author)
{
    uint64_t a, b;

    memcpy(&a, scope->b, sizeof(a));
    memcpy(&b, author->key, sizeof(b));
    return &n->posts.echo[((a ^ b ^ author->incarnation) * UINT64_C(0x9e3779b97f4a7c15) >> 32) % ECHO_ROOM];
}

static bool same_log(const struct post *p, const linli_id *scope, const linli_author *author)
{
    return id_equal(&p->scope, scope) && author_equal(&p->author, author);
}

void posts_told(struct node *n, const struct post *post)
{
    uv_mutex_lock(&n->posts.lock);
    *echo_of(n, &post->scope, &post->author) = *post;
    uv_mutex_unlock(&n->posts.lock);
}

/* The newest word on a log replaces an older one that was not told yet. */
static void keep(struct posts *posts, const struct linli_event *event)
{
    for (size_t i = posts->count; i > 0 && i + 16 > posts->count; i--) {
        struct post *p = &posts->at[i - 1];
        if (same_log(p, &event->scope, &event->author)) {
            p->seq = event->seq > p->seq ? event->seq : p->seq;
            return;
        }
    }
    if (posts->count == POSTS_MAX || mem_grow(&posts->at, &posts->room, posts->count + 1, sizeof(*posts->at)) != LINLI_OK) {
        posts->lost = true;
        return;
    }
    posts->at[posts->count++] = (struct post){.scope = event->scope, .author = event->author, .seq = event->seq};
}

void node_post(struct node *n, const struct linli_event *event)
{
    if (event->kind == LINLI_EVENT_AUTHORITY) {
        uv_mutex_lock(&n->posts.lock);
        n->posts.authority = true;
        uv_mutex_unlock(&n->posts.lock);
        uv_async_send(&n->wake);
        return;
    }
    if (event->kind != LINLI_EVENT_SCOPE_HEADS)
        return;
    uv_mutex_lock(&n->posts.lock);
    const struct post *echo = echo_of(n, &event->scope, &event->author);
    bool told = same_log(echo, &event->scope, &event->author) && echo->seq >= event->seq;
    if (!told)
        keep(&n->posts, event);
    uv_mutex_unlock(&n->posts.lock);
    if (!told)
        uv_async_send(&n->wake);
}

void posts_tell_one(struct node *n, const struct post *post, uint64_t from, const struct peer *origin)
{
    struct scope_path path;
    struct peer *next;

    host_enter(n);
    int rv = replica_scope_path(n->host.replica, &post->scope, &path);
    uint64_t now_ms = replica_now_ms(n->host.replica);
    host_leave(n);
    if (rv != LINLI_OK)
        return;
    for (struct peer *p = n->peers; p != NULL; p = next) {
        next = p->next;
        if (p == origin || p->session == NULL || p->stage != PEER_TALKING ||
            decide_read(p->access.grants, p->access.term_end_ms, p->access.count, &path, now_ms) == 0)
            continue;
        struct session_event event = {.kind = EVENT_CHANGED, .scope = post->scope, .author = post->author,
                                      .seq = post->seq, .from = from};
        peer_step(p, &event);
    }
}

/* Somebody's rights were spoken of: whoever may not be here any more leaves. */
static void access_look_again(struct node *n)
{
    struct peer *next;

    for (struct peer *p = n->peers; p != NULL; p = next) {
        next = p->next;
        if (p->session == NULL || p->stage != PEER_TALKING)
            continue;
        host_enter(n);
        int rv = access_renew(p);
        host_leave(n);
        if (rv == LINLI_E_REFUSED)
            peer_refuse(p, BYE_REFUSED, rv);
        else if (rv != LINLI_OK)
            peer_cut(p, rv);
    }
}

void posts_tell(struct node *n)
{
    struct posts *posts = &n->posts;

    uv_mutex_lock(&posts->lock);
    struct post *taken = posts->at;
    size_t count = posts->count;
    bool lost = posts->lost, authority = posts->authority;
    posts->at = NULL;
    posts->count = posts->room = 0;
    posts->lost = posts->authority = false;
    uv_mutex_unlock(&posts->lock);

    for (size_t i = 0; i < count; i++)
        posts_tell_one(n, &taken[i], 0, NULL);
    mem_free(taken);
    struct peer *next;
    for (struct peer *p = lost ? n->peers : NULL; p != NULL; p = next) {
        struct session_event event = {.kind = EVENT_CHANGED}; /* no scope: anything may have changed */
        next = p->next;
        if (p->session != NULL && p->stage == PEER_TALKING)
            peer_step(p, &event);
    }
    if (authority) /* last, so that a device whose rights were taken back has been told so */
        access_look_again(n);
}
