/*
 * node: what a peer costs, and when it rests. One loop does everything for everybody, and a piece of work that has begun is not
 * broken off: who gives work without end makes the others wait for a piece each time they are heard. So each has an account of
 * the time that was spent on it. It may be FREE_NS in debt, which an ordinary session never is, and pays back a nanosecond in
 * REST; one that is deeper in debt rests until it is not, as long as others were heard lately. Alone it never waits.
 */
#include "node/internal.h"

enum {
    REST = 3,
    FREE_NS = 20 * 1000 * 1000,
    LATELY_NS = 20 * 1000 * 1000,
    REST_MS = 1 /* the loop's clock knows no less */
};

static bool in_debt(const struct pace *p, uint64_t now_ns)
{
    return p->debt_ns > FREE_NS + (now_ns - p->since_ns) / REST;
}

void pace_add(struct pace *p, uint64_t cost_ns)
{
    uint64_t now_ns = uv_hrtime(), paid_ns = (now_ns - p->since_ns) / REST;

    p->debt_ns = (p->debt_ns > paid_ns ? p->debt_ns - paid_ns : 0) + cost_ns;
    p->since_ns = now_ns;
}

void pace_heard(struct node *n, struct pace *p, uint64_t began_ns)
{
    pace_add(p, uv_hrtime() - began_ns);
    if (in_debt(p, p->since_ns))
        return; /* others need not give way to this one */
    if (n->heard[0].who != p)
        n->heard[1] = n->heard[0];
    n->heard[0] = (struct hearing){.who = p, .at_ns = p->since_ns};
}

bool pace_rests(const struct node *n, const struct pace *p)
{
    const struct hearing *other = &n->heard[n->heard[0].who == p];
    uint64_t now_ns = uv_hrtime();

    return other->who != NULL && now_ns < other->at_ns + LATELY_NS && in_debt(p, now_ns);
}

static void rested(uv_timer_t *timer)
{
    struct node *n = timer->data;

    if (n->closing)
        return;
    share_turn(n);
    lobby_turn(n);
}

void pace_wake(struct node *n)
{
    if (!n->closing && !uv_is_active((uv_handle_t *)&n->rest))
        (void)uv_timer_start(&n->rest, rested, REST_MS, 0);
}
