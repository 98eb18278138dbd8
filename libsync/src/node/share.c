/*
 * node: a peer's share of a turn of the loop. One that sends without pause is worked off in short pieces, and is not read
 * meanwhile, so that the others wait for a piece and not for all of it. What one read brought and was not worked off waits here:
 * at most READ_BYTES. A peer of which too much waits to leave is not worked off either: each question would add an answer. Nor
 * is one that rests (pace.c).
 */
#include <string.h>

#include "node/internal.h"

void share_begin(struct peer *p)
{
    const struct node *n = p->node;
    /* Then larger pieces cost nobody anything, and save transactions. Who was here a moment ago may be back in the next. */
    bool alone = n->peer_count == 1 && pace_alone(n, &p->pace);

    if (p->share.end_ns != 0 && p->share.turn == n->turn)
        return;
    p->share = (struct share){.turn = n->turn,
                              .end_ns = uv_hrtime() + (alone ? SHARE_NS_ALONE : SHARE_NS),
                              .runs_end = n->batch.count + (alone ? SHARE_RUNS_ALONE : SHARE_RUNS),
                              .run_bytes_end = n->batch.bytes + (alone ? BATCH_BYTES : SHARE_RUN_BYTES)};
}

static bool choked(const struct peer *p)
{
    return p->wire.unsent_bytes > UNSENT_MAX && p->stage != PEER_LEAVING;
}

bool share_over(const struct peer *p)
{
    const struct share *share = &p->share;
    const struct batch *batch = &p->node->batch;

    return choked(p) || batch->count >= share->runs_end || batch->bytes >= share->run_bytes_end || uv_hrtime() >= share->end_ns;
}

bool share_pending(const struct peer *p)
{
    return p->rest != NULL;
}

static void line_up(struct peer *p)
{
    struct node *n = p->node;

    p->due = true;
    p->due_next = NULL;
    if (n->due_last != NULL)
        n->due_last->due_next = p;
    else
        n->due_first = p;
    n->due_last = p;
    n->due_count++;
}

void share_wake(struct peer *p)
{
    struct node *n = p->node;

    if (p->due || !(p->written || (share_pending(p) && !choked(p))) || p->stage == PEER_CLOSING)
        return;
    line_up(p);
    (void)uv_async_send(&n->wake); /* so the loop turns once more at once */
}

void share_forget(struct peer *p)
{
    struct node *n = p->node;
    struct peer *before = NULL;

    if (!p->due)
        return;
    for (struct peer *at = n->due_first; at != p; at = at->due_next)
        before = at;
    if (before != NULL)
        before->due_next = p->due_next;
    else
        n->due_first = p->due_next;
    if (n->due_last == p)
        n->due_last = before;
    n->due_count--;
    p->due = false;
}

static bool rests(const struct peer *p)
{
    return p->stage == PEER_TALKING && pace_rests(p->node, &p->pace);
}

/* Strangers have no account: what all of them may cost is bounded by the lobby. */
static void heard(struct peer *p, uint64_t began_ns)
{
    if (p->stage >= PEER_TALKING)
        pace_heard(p->node, &p->pace, began_ns);
}

static size_t work_off(struct peer *p, span bytes)
{
    uint64_t began_ns = uv_hrtime();
    size_t used = peer_bytes(p, bytes);

    heard(p, began_ns);
    return used;
}

static void write_on(struct peer *p)
{
    uint64_t began_ns = uv_hrtime();
    int rv = wire_flush(p);

    if (rv != LINLI_OK)
        peer_cut(p, rv);
    else if (!p->wire.writing)
        peer_drained(p);
    heard(p, began_ns);
}

void share_written(struct peer *p)
{
    p->written = rests(p);
    if (!p->written)
        write_on(p);
    share_wake(p);
}

void share_bytes(struct peer *p, span bytes)
{
    ALWAYS(!share_pending(p));
    if (p->stage == PEER_LEAVING)
        return; /* taken off the line, so that our goodbye is not lost; of no consequence, and not worth opening */
    size_t used = rests(p) ? 0 : work_off(p, bytes), left = bytes.size - used;
    if (p->stage == PEER_CLOSING || left == 0)
        return;
    p->rest = mem_alloc(sizeof(*p->rest) + left);
    if (p->rest == NULL) {
        peer_cut(p, LINLI_E_NOMEM);
        return;
    }
    *p->rest = (struct rest){.size = left};
    memcpy(p->rest->bytes, bytes.at + used, left);
    wire_set_reading(p);
    share_wake(p);
}

static void work_on_rest(struct peer *p)
{
    struct rest *rest = p->rest;

    if (p->stage == PEER_LEAVING)
        rest->used = rest->size;
    else
        rest->used += work_off(p, span_of(rest->bytes + rest->used, rest->size - rest->used));
    if (p->stage == PEER_CLOSING || rest->used < rest->size)
        return;
    share_forget(p); /* what left meanwhile may have woken it for this very rest */
    mem_free(rest);
    p->rest = NULL;
    wire_set_reading(p);
}

static void work_on(struct peer *p)
{
    bool written = p->written && !p->wire.writing;

    p->written = false;
    if (written)
        write_on(p);
    if (p->rest != NULL && p->stage != PEER_CLOSING && !choked(p))
        work_on_rest(p);
    share_wake(p);
}

/* Who is due gets one share, unless it rests; who is due again by then waits for the next turn. */
void share_turn(struct node *n)
{
    bool resting = false;

    for (size_t left = n->due_count; left > 0 && n->due_first != NULL; left--) {
        struct peer *p = n->due_first;
        share_forget(p);
        if (rests(p)) {
            line_up(p);
            resting = true;
        } else {
            work_on(p);
        }
    }
    if (resting)
        pace_wake(n);
}
