/*
 * node: what a peer costs, and when it rests. One loop does everything for everybody, and a piece of work that has begun is not
 * broken off: who gives work without end makes the others wait for a piece each time they are heard. So each has an account of
 * the time that was spent on it. It may be FREE_NS in debt, which an ordinary session never is, and pays back a nanosecond in
 * REST; one that is deeper in debt rests until it is not, as long as others were heard lately. Alone it never waits.
 */
#include <string.h>

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

bool pace_alone(const struct node *n, const struct pace *p)
{
    const struct hearing *other = &n->heard[n->heard[0].who == p];

    return other->who == NULL || uv_hrtime() >= other->at_ns + LATELY_NS;
}

bool pace_rests(const struct node *n, const struct pace *p)
{
    return !pace_alone(n, p) && in_debt(p, uv_hrtime());
}

static uint64_t owed_ns(const struct pace *p, uint64_t now_ns)
{
    uint64_t paid_ns = (now_ns - p->since_ns) / REST;

    return p->debt_ns > paid_ns ? p->debt_ns - paid_ns : 0;
}

void pace_parted(struct node *n, const uint8_t device[KEY_BYTES], const struct pace *p)
{
    uint64_t now_ns = uv_hrtime(), owed = owed_ns(p, now_ns);
    struct debtor *place = &n->debtors[0];

    for (size_t i = 0; i < DEBTORS_MAX; i++) {
        struct debtor *d = &n->debtors[i];
        if (owed_ns(&d->pace, now_ns) > 0 && memcmp(d->device, device, KEY_BYTES) == 0) { /* another connection of it went before */
            pace_add(&d->pace, owed);
            return;
        }
        if (owed_ns(&d->pace, now_ns) < owed_ns(&place->pace, now_ns))
            place = d;
    }
    if (owed <= owed_ns(&place->pace, now_ns))
        return;
    memcpy(place->device, device, KEY_BYTES);
    place->pace = (struct pace){owed, now_ns};
}

void pace_returned(struct node *n, const uint8_t device[KEY_BYTES], struct pace *p)
{
    for (size_t i = 0; i < DEBTORS_MAX; i++) {
        struct debtor *d = &n->debtors[i];
        if (d->pace.debt_ns == 0 || memcmp(d->device, device, KEY_BYTES) != 0)
            continue;
        pace_add(p, owed_ns(&d->pace, uv_hrtime()));
        *d = (struct debtor){.pace = {0, 0}};
        return;
    }
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
