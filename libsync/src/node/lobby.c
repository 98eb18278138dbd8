/*
 * node: the lobby: who has come and is not let in yet. Their places are few, and to answer a handshake is dear: two new keys,
 * two agreements, a signature. So message 1 is checked at once, which takes the network's key and is cheap, and its answer
 * waits for a turn; all strangers together have one account (pace.c). Who is answered next, and who makes room where none is
 * free, is one order (`behind`): first come addresses that a member came from lately, then those of which, with their neighbours,
 * the fewest are here. There is no budget for one address: many captains stand behind one of a mobile network. It may have
 * what is free, and is the first to give it back.
 */
#include <string.h>

#include "node/internal.h"

enum {
    MEMBERS = 4096,
    FAR_SHIFT = 16,               /* of an address as below: an IPv4 /32 in its /16, an IPv6 /64 in its /48 */
    MEMBER_SHARE = 16,            /* more than this from a member's address: others are there, too */
    GRACE_MS = 1000,              /* for the other side to say message 3 */
    ANSWERS_NS = 150 * 1000,      /* of one turn of the loop */
    STRANGERS_WEIGHT = 4,         /* what is done for strangers counts so many times, while others are heard */
    HELD_IN_ALL = 512 * 1024      /* by all, beyond what each costs by itself */
};

enum place_state { PLACE_CAME, PLACE_ASKS /* its message 1 was good */, PLACE_GUEST /* it was answered */ };
struct place {
    struct peer *peer;
    uint64_t number, since_ms; /* in the order of coming; of the last change of state */
    uint64_t address;
    unsigned near, far;        /* how many are here from its address, and from its neighbourhood */
    size_t held_bytes;
    enum place_state state;
};
struct lobby {
    struct place at[WAITING_MAX + GUESTS_MAX];
    size_t count, guests, held_bytes;
    uint64_t came;
    uint64_t members[MEMBERS];
};

int lobby_open(struct node *n)
{
    n->lobby = mem_zalloc(1, sizeof(*n->lobby));
    return n->lobby == NULL ? LINLI_E_NOMEM : LINLI_OK;
}

void lobby_free(struct node *n)
{
    mem_free(n->lobby);
    n->lobby = NULL;
}

/* --- addresses --- */

/* The first 64 bits of IPv6, as each line has so many to itself; IPv4 where IPv6 has room for it. */
static uint64_t address_of(const struct sockaddr *from)
{
    static const uint8_t mapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    const uint8_t *four = (const uint8_t *)&((const struct sockaddr_in *)(const void *)from)->sin_addr;
    const uint8_t *six = (const uint8_t *)&((const struct sockaddr_in6 *)(const void *)from)->sin6_addr;

    if (from->sa_family == AF_INET6 && memcmp(six, mapped, sizeof(mapped)) != 0)
        return be64_get(six);
    return UINT64_C(0xffff) << 32 | be32_get(from->sa_family == AF_INET6 ? six + sizeof(mapped) : four);
}

static uint64_t *member_slot(struct lobby *l, uint64_t address)
{
    return &l->members[(address * UINT64_C(0x9e3779b97f4a7c15) >> 32) % MEMBERS];
}

/* `place`, which is among them, has come, or goes. */
static void recount(struct lobby *l, struct place *place, bool comes)
{
    unsigned near = 0, far = 0;

    for (size_t i = 0; i < l->count; i++) {
        struct place *at = &l->at[i];
        bool same = at->address == place->address;
        if (at->address >> FAR_SHIFT != place->address >> FAR_SHIFT)
            continue;
        near += same;
        far++;
        at->near = !same ? at->near : comes ? at->near + 1 : at->near - 1;
        at->far = comes ? at->far + 1 : at->far - 1;
    }
    place->near = near;
    place->far = far;
}

/* --- the order --- */

static bool of_member(struct lobby *l, const struct place *place)
{
    return *member_slot(l, place->address) == place->address && place->near <= MEMBER_SHARE;
}

static bool behind(struct lobby *l, const struct place *a, const struct place *b)
{
    bool member_a = of_member(l, a), member_b = of_member(l, b);

    if (member_a != member_b)
        return member_b;
    if (a->far != b->far)
        return a->far > b->far;
    return a->near != b->near ? a->near > b->near : a->number < b->number;
}

static struct place *next_to_answer(struct lobby *l)
{
    struct place *best = NULL;

    for (size_t i = 0; i < l->count; i++)
        if (l->at[i].state == PLACE_ASKS && (best == NULL || behind(l, best, &l->at[i])))
            best = &l->at[i];
    return best;
}

/* Guests, or the others; those that had their time, or all. */
static struct place *first_to_go(struct lobby *l, bool guests, uint64_t since_ms)
{
    struct place *worst = NULL;

    for (size_t i = 0; i < l->count; i++)
        if ((l->at[i].state == PLACE_GUEST) == guests && l->at[i].since_ms <= since_ms &&
            (worst == NULL || behind(l, &l->at[i], worst)))
            worst = &l->at[i];
    return worst;
}

/* --- coming and going --- */

void lobby_enter(struct peer *p, const struct sockaddr *from)
{
    struct lobby *l = p->node->lobby;

    if (l->count - l->guests == WAITING_MAX)
        peer_cut(first_to_go(l, false, UINT64_MAX)->peer, LINLI_E_LIMIT);
    struct place *place = &l->at[l->count++];
    *place = (struct place){.peer = p, .number = l->came++, .since_ms = uv_now(&p->node->loop),
                            .address = address_of(from)};
    recount(l, place, true);
    p->place = l->count;
}

void lobby_leave(struct peer *p, bool let_in)
{
    struct lobby *l = p->node->lobby;

    if (p->place == 0)
        return;
    struct place *place = &l->at[p->place - 1];
    recount(l, place, false);
    l->guests -= place->state == PLACE_GUEST;
    l->held_bytes -= place->held_bytes;
    if (let_in)
        *member_slot(l, place->address) = place->address;
    *place = l->at[--l->count];
    place->peer->place = p->place;
    p->place = 0;
    (void)uv_async_send(&p->node->wake); /* there is room for another */
}

static size_t held_by(const struct peer *p)
{
    const struct channel *c = p->channel;
    size_t held = c->in.room + c->plain.room + c->peer.chain.room + p->held_bytes + p->wire.unsent_bytes;

    for (size_t i = 0; i < STREAM_COUNT; i++)
        held += c->frames.partial[i].room;
    return held + (p->rest != NULL ? p->rest->size : 0);
}

/* Who holds most goes first: what one may send before it is known is more than each of a crowd may. */
static void weigh(struct lobby *l, struct place *place)
{
    l->held_bytes -= place->held_bytes;
    place->held_bytes = held_by(place->peer);
    l->held_bytes += place->held_bytes;
    while (l->held_bytes > HELD_IN_ALL) {
        struct place *most = &l->at[0];
        for (size_t i = 1; i < l->count; i++)
            most = l->at[i].held_bytes > most->held_bytes ? &l->at[i] : most;
        peer_cut(most->peer, LINLI_E_LIMIT);
    }
}

void lobby_heard(struct peer *p)
{
    struct lobby *l = p->node->lobby;

    if (p->place == 0)
        return;
    struct place *place = &l->at[p->place - 1];
    if (place->state == PLACE_CAME && channel_owes_answer(p->channel)) {
        place->state = PLACE_ASKS;
        (void)uv_async_send(&p->node->wake);
    }
    weigh(l, place);
}

/* --- answering --- */

/* A member's address need not wait until others had their time. */
static bool make_guest(struct node *n, struct place *place)
{
    struct lobby *l = n->lobby;
    uint64_t now_ms = uv_now(&n->loop), grace_end_ms = now_ms >= GRACE_MS ? now_ms - GRACE_MS : 0;
    struct peer *p = place->peer;

    if (l->guests == GUESTS_MAX) {
        const struct place *out = first_to_go(l, true, of_member(l, place) ? UINT64_MAX : grace_end_ms);
        if (out == NULL)
            return false;
        peer_cut(out->peer, LINLI_E_LIMIT);
    }
    place = &l->at[p->place - 1]; /* the last took the place of the one that went */
    place->state = PLACE_GUEST;
    place->since_ms = now_ms;
    l->guests++;
    return true;
}

static void answer(struct peer *p, bool stranger)
{
    struct node *n = p->node;
    uint64_t began_ns = uv_hrtime();

    peer_answer(p);
    if (stranger)
        pace_add(&n->strangers, STRANGERS_WEIGHT * (uv_hrtime() - began_ns));
    else
        pace_heard(n, &p->pace, began_ns);
}

void lobby_turn(struct node *n)
{
    uint64_t end_ns = uv_hrtime() + ANSWERS_NS;
    struct place *next;

    while (n->lobby != NULL && (next = next_to_answer(n->lobby)) != NULL) {
        struct peer *p = next->peer;
        if (uv_hrtime() >= end_ns) {
            (void)uv_async_send(&n->wake); /* the loop turns once more at once */
            return;
        }
        bool stranger = !of_member(n->lobby, next);
        if (stranger && pace_rests(n, &n->strangers)) {
            pace_wake(n);
            return;
        }
        if (!make_guest(n, next))
            return; /* until one goes, or had its time */
        answer(p, stranger);
    }
}
