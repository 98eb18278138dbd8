/* tests: replica: a device whose log has three branches, one that parts earlier, and an honest log that cites one of them. */
#ifndef LINLI_TESTS_FORKS_H
#define LINLI_TESTS_FORKS_H

#include "look.h"

enum { BRANCHES = 3, BEFORE = 3 };

struct scene {
    struct town town;
    struct replica *node;
    linli_id root, patch, building;
    struct device_keys keys, other_keys;
    struct hand hand, other;
    struct buf shared, branch[BRANCHES], deep, cites;
};

static inline struct hand hand_in(struct scene *s, struct device_keys *keys)
{
    struct invitation inv;
    struct buf answer = {0};

    device_make(&s->town, keys);
    invite(s->node, &s->patch, LINLI_CAPTAIN, &inv);
    assert_ok(enrol(s->node, &inv, keys, &answer));
    buf_free(&answer);
    linli_hash grant = grant_of(s->node, keys);
    return hand_make(s->node, keys, &s->patch, &grant, s->town.now_ms);
}

static inline struct hand_write write_of(const struct scene *s, const char *text, const struct context_entry *own)
{
    return (struct hand_write){.type = TYPE_BUILDING, .record = s->building, .text = text,
                               .group = group_number(BUILDING_NAME, RULE_REGISTER, CLASS_PUBLIC),
                               .ctx = {(struct context_entry *)(uintptr_t)own, own != NULL && own->seq > 0}};
}

/* `count` changesets from here on, as one run. */
static inline void grow(struct scene *s, struct hand *h, const char *text, size_t count, struct buf *run)
{
    struct hand start = *h;
    struct buf entries = {0};
    size_t sizes[8];

    for (size_t i = 0; i < count; i++) {
        struct context_entry own = {0, h->seq};
        struct hand_write w = write_of(s, text, &own);
        sizes[i] = hand_write(h, &w, &entries);
    }
    hand_run(&start, h, buf_span(&entries), sizes, count, run);
    buf_free(&entries);
}

/* A shared beginning; three branches after it; one that parts earlier; and an honest log that cites a branch. */
static inline void scene_start(struct scene *s)
{
    static const char *const names[BRANCHES] = {"branch A", "branch B", "branch C"};
    struct hand end[BRANCHES];

    memset(s, 0, sizeof(*s));
    town_start(&s->town);
    s->node = town_root(&s->town);
    s->root = replica_identity(s->node)->root_scope;
    s->patch = scope_add(s->node, &s->root, "patch 1");
    s->building = building_new(&s->town, s->node, &s->patch, "block 1");
    s->hand = hand_in(s, &s->keys);
    s->other = hand_in(s, &s->other_keys);
    grow(s, &s->hand, "shared", 1, &s->shared);
    struct hand early = s->hand;
    buf_clear(&s->shared);
    s->hand = hand_make(s->node, &s->keys, &s->patch, &s->hand.grant, s->town.now_ms);
    grow(s, &s->hand, "shared", BEFORE, &s->shared);
    for (size_t i = 0; i < BRANCHES; i++) {
        end[i] = s->hand;
        grow(s, &end[i], names[i], 2 + i, &s->branch[i]);
    }
    grow(s, &early, "deep", 2, &s->deep);
    struct seen_head seen = {end[0].author, end[0].seq, end[0].id};
    struct context_entry shown = {1, end[0].seq};
    struct hand_write w = write_of(s, "honest", &shown);
    w.seen = &seen;
    w.group = group_number(BUILDING_FLOORS, RULE_REGISTER, CLASS_PUBLIC);
    hand_one(&s->other, &w, &s->cites);
}

static inline void scene_end(struct scene *s)
{
    buf_free(&s->shared);
    for (size_t i = 0; i < BRANCHES; i++)
        buf_free(&s->branch[i]);
    buf_free(&s->deep);
    buf_free(&s->cites);
    town_end(&s->town);
}

static inline struct replica *scene_copy(struct scene *s)
{
    struct replica *r = town_relay(&s->town, s->node, &s->root);

    meet(s->node, r);
    return r;
}

static inline void copy_drop(struct scene *s)
{
    house_remove(&s->town.houses[--s->town.count]);
}

#endif
