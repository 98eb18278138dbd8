/* tests: replica: the people that rights are given to and taken from: an office, a captain who goes, and one who stays. */
#ifndef LINLI_TESTS_STORY_H
#define LINLI_TESTS_STORY_H

#include "look.h"

/* A made-up community with two patches' worth of people. */
struct story {
    struct town town;
    struct replica *office, *captain, *other;
    struct device_keys keys;     /* the captain's */
    linli_id root, patch;
};

static inline void story_start(struct story *s)
{
    town_start(&s->town);
    s->office = town_root(&s->town);
    s->root = replica_identity(s->office)->root_scope;
    s->patch = scope_add(s->office, &s->root, "patch 1");
    device_make(&s->town, &s->keys);
    s->captain = town_join_keys(&s->town, s->office, &s->patch, LINLI_CAPTAIN, &s->keys);
    s->other = town_join(&s->town, s->office, &s->patch, LINLI_CAPTAIN);
    meet(s->office, s->captain);
    meet(s->office, s->other);
}

static inline struct linli_revoke order_on(const struct device_keys *keys)
{
    struct linli_revoke order = {.reason = LINLI_REASON_LEFT};

    memcpy(order.device, keys->sign_public, KEY_BYTES);
    return order;
}

static inline struct linli_revoked revoke(struct replica *by, const struct device_keys *keys)
{
    struct linli_revoke order = order_on(keys);
    struct linli_revoked done;

    assert_ok(replica_revoke(by, &order, &done));
    return done;
}

/* What one replica has of a scope, handed on by whoever has it: no session asks the sender for his rights. */
static inline void hand_on(struct replica *from, struct replica *to, const linli_id *scope)
{
    meet_scope(from, to, scope, 7);
}

static inline void hand_on_all(const struct story *s, struct replica *from, struct replica *to)
{
    hand_on(from, to, &s->root);
    hand_on(from, to, &s->patch);
}

#endif
