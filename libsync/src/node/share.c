/*
 * node: a peer's share of a turn of the loop. One that sends without pause is worked off in short pieces, and is not read
 * meanwhile, so that the others wait for a piece and not for all of it. What one read brought and was not worked off waits here:
 * at most READ_BYTES. A peer of which too much waits to leave is not worked off either: each question would add an answer.
 */
#include <string.h>

#include "node/internal.h"

void share_begin(struct peer *p)
{
    const struct node *n = p->node;
    bool alone = n->peer_count == 1; /* then larger pieces cost nobody anything, and save transactions */

    if (p->share.end_ns != 0 && p->share.turn == n->turn)
        return;
    p->share = (struct share){.turn = n->turn,
                              .end_ns = uv_hrtime() + SHARE_NS,
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

void share_wake(struct peer *p)
{
    struct node *n = p->node;

    if (p->due || !share_pending(p) || choked(p) || p->stage == PEER_CLOSING)
        return;
    p->due = true;
    p->rest->next = NULL;
    if (n->due_last != NULL)
        n->due_last->rest->next = p;
    else
        n->due_first = p;
    n->due_last = p;
    n->due_count++;
    (void)uv_async_send(&n->wake); /* so the loop turns once more at once */
}

void share_forget(struct peer *p)
{
    struct node *n = p->node;
    struct peer *before = NULL;

    if (!p->due)
        return;
    for (struct peer *at = n->due_first; at != p; at = at->rest->next)
        before = at;
    if (before != NULL)
        before->rest->next = p->rest->next;
    else
        n->due_first = p->rest->next;
    if (n->due_last == p)
        n->due_last = before;
    n->due_count--;
    p->due = false;
}

void share_bytes(struct peer *p, span bytes)
{
    ALWAYS(!share_pending(p));
    if (p->stage == PEER_LEAVING)
        return; /* taken off the line, so that our goodbye is not lost; of no consequence, and not worth opening */
    size_t used = peer_bytes(p, bytes), left = bytes.size - used;
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

static void work_on(struct peer *p)
{
    struct rest *rest = p->rest;

    if (p->stage == PEER_LEAVING)
        rest->used = rest->size;
    else
        rest->used += peer_bytes(p, span_of(rest->bytes + rest->used, rest->size - rest->used));
    if (p->stage == PEER_CLOSING)
        return;
    if (rest->used == rest->size) {
        share_forget(p); /* what left meanwhile may have woken it for this very rest */
        mem_free(rest);
        p->rest = NULL;
        wire_set_reading(p);
    }
    share_wake(p);
}

/* Who is due gets one share; who is due again by then waits for the next turn. */
void share_turn(struct node *n)
{
    for (size_t left = n->due_count; left > 0 && n->due_first != NULL; left--) {
        struct peer *p = n->due_first;
        share_forget(p);
        work_on(p);
    }
}
