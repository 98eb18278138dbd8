/* tests: replica: runs in every order, cut everywhere, twice, with bad ones among them: the same verdicts, the same digest. */
#include "town.h"

/* A patch with its node; captains whose logs the test writes by hand, citing each other. */
struct scene {
    struct town town;
    struct replica *node, *copy;
    linli_id root, patch, building;
    struct device_keys keys[3];
    linli_hash grants[3];
    struct hand hands[3];
};

static linli_hash grant_of(struct replica *node, const struct device_keys *d)
{
    struct store_txn *txn = NULL;
    linli_hash out;
    span ids;

    assert_ok(store_begin(node->store, false, &txn));
    assert_ok(authority_of_device(txn, d->sign_public, &ids));
    assert_int_equal(ids.size, 32);
    memcpy(out.b, ids.at, 32);
    store_abort(txn);
    return out;
}

static void scene_start(struct scene *s, size_t hands)
{
    struct invitation inv;
    struct buf answer = {0};

    memset(s, 0, sizeof(*s));
    town_start(&s->town);
    s->node = town_root(&s->town);
    s->root = replica_identity(s->node)->root_scope;
    s->patch = scope_add(s->node, &s->root, "patch 1");
    s->building = building_new(&s->town, s->node, &s->patch, "block 1");
    for (size_t i = 0; i < hands; i++) {
        device_make(&s->town, &s->keys[i]);
        invite(s->node, &s->patch, LINLI_CAPTAIN, &inv);
        assert_ok(enrol(s->node, &inv, &s->keys[i], &answer));
        s->grants[i] = grant_of(s->node, &s->keys[i]);
        s->hands[i] = hand_make(s->node, &s->keys[i], &s->patch, &s->grants[i], s->town.now_ms);
        buf_clear(&answer);
    }
    buf_free(&answer);
}

/* A replica that holds what the node holds. */
static struct replica *scene_copy(struct scene *s)
{
    struct replica *r = town_relay(&s->town, s->node, &s->root);

    meet(s->node, r);
    return r;
}

static struct hand_write name_write(const struct scene *s, const char *text)
{
    return (struct hand_write){.type = TYPE_BUILDING, .record = s->building,
                               .group = group_number(BUILDING_NAME, RULE_REGISTER, CLASS_PUBLIC), .text = text};
}

static struct seen_head head_of(const struct hand *h)
{
    return (struct seen_head){h->author, h->seq, h->id};
}

/* --- one log: every cut, every order, twice --- */

enum { ENTRIES = 5, CUTS = ENTRIES * (ENTRIES + 1) / 2 };

static void every_cut_of_a_log_in_any_order_gives_the_same(void **state)
{
    struct scene s;
    struct hand at[ENTRIES + 1];
    struct buf entries = {0}, runs[CUTS] = {{0}};
    size_t sizes[ENTRIES], offset[ENTRIES + 1] = {0}, count = 0;

    (void)state;
    scene_start(&s, 1);
    at[0] = s.hands[0];
    for (size_t i = 0; i < ENTRIES; i++) {
        char text[16];
        snprintf(text, sizeof(text), "name %zu", i);
        struct hand_write w = name_write(&s, text);
        struct context_entry own = {0, i};
        w.ctx = i > 0 ? (struct context){&own, 1} : (struct context){NULL, 0};
        at[i + 1] = at[i];
        sizes[i] = hand_write(&at[i + 1], &w, &entries);
        offset[i + 1] = offset[i] + sizes[i];
    }
    for (size_t from = 0; from < ENTRIES; from++)
        for (size_t to = from + 1; to <= ENTRIES; to++)
            hand_run(&at[from], &at[to], span_of(entries.at + offset[from], offset[to] - offset[from]), sizes + from,
                     to - from, &runs[count++]);
    assert_int_equal(count, CUTS);
    struct replica *whole = scene_copy(&s);
    assert_int_equal(ingest(whole, buf_span(&runs[ENTRIES - 1])).advanced, ENTRIES);
    for (unsigned round = 0; round < 3; round++) {
        struct replica *r = scene_copy(&s);
        for (unsigned tries = 0; tries < 4 * CUTS; tries++) {
            struct ingested out = ingest(r, buf_span(&runs[rng_below(&s.town.seed, CUTS)]));
            assert_true(out.outcome == INGEST_STORED || out.outcome == INGEST_GAP);
            if (out.outcome == INGEST_GAP)
                assert_int_equal(out.from, out.head + 1);
        }
        for (size_t i = 0; i < CUTS; i++)
            ingest(r, buf_span(&runs[i]));
        assert_same(r, whole, &s.patch);
        assert_building(r, &s.building, BUILDING_NAME, "name 4");
        house_remove(&s.town.houses[--s.town.count]);
    }
    for (size_t i = 0; i < CUTS; i++)
        buf_free(&runs[i]);
    buf_free(&entries);
    town_end(&s.town);
}

/* --- three logs that cite each other: all orders --- */

enum { WEB = 6 };

/* Six runs of three authors, each citing the one before. */
static void web_make(struct scene *s, struct buf runs[WEB])
{
    struct seen_head seen = {.seq = 0};

    for (size_t i = 0; i < WEB; i++) {
        struct hand *h = &s->hands[i % 3];
        struct hand_write w = name_write(s, i % 2 == 0 ? "even" : "odd");
        char text[16];
        struct context_entry shown[2] = {{0, h->seq}, {1, seen.seq}};
        snprintf(text, sizeof(text), "name %zu", i);
        w.text = text;
        if (i > 0)
            w.seen = &seen;
        if (i > 0) /* the other captain is the first that this log cites; index 1 names it */
            w.ctx = h->seq > 0 ? (struct context){shown, 2} : (struct context){shown + 1, 1};
        hand_one(h, &w, &runs[i]);
        seen = head_of(h);
    }
}

static void permute(size_t order[WEB], uint64_t index)
{
    size_t left[WEB];

    for (size_t i = 0; i < WEB; i++)
        left[i] = i;
    for (size_t i = 0; i < WEB; i++) {
        size_t pick = (size_t)(index % (WEB - i));
        index /= WEB - i;
        order[i] = left[pick];
        memmove(left + pick, left + pick + 1, (WEB - i - pick - 1) * sizeof(*left));
    }
}

static void what_cites_the_unseen_waits_and_any_order_gives_the_same(void **state)
{
    struct scene s;
    struct buf runs[WEB] = {{0}};
    size_t order[WEB];
    struct linli_status status;

    (void)state;
    scene_start(&s, 3);
    web_make(&s, runs);
    struct replica *ordered = scene_copy(&s);
    for (size_t i = 0; i < WEB; i++)
        assert_int_equal(ingest(ordered, buf_span(&runs[i])).outcome, INGEST_STORED);
    for (uint64_t index = 0; index < 720; index += 47) {
        struct replica *r = scene_copy(&s);
        permute(order, index);
        for (unsigned twice = 0; twice < 3; twice++) /* what had a gap is sent again */
            for (size_t i = 0; i < WEB; i++)
                ingest(r, buf_span(&runs[order[i]]));
        assert_same(r, ordered, &s.patch);
        assert_ok(replica_status(r, &status));
        assert_int_equal(status.waiting + status.set_aside, 0);
        house_remove(&s.town.houses[--s.town.count]);
    }
    for (size_t i = 0; i < WEB; i++)
        buf_free(&runs[i]);
    town_end(&s.town);
}

/* Its author is known, and what it cites of it is not here, or is not what is here. */
static void what_cites_past_the_end_or_another_branch_waits(void **state)
{
    struct scene s;
    struct buf first = {0}, second = {0}, citing = {0}, mistaken = {0};
    struct linli_status status;

    (void)state;
    scene_start(&s, 3);
    struct hand_write w = name_write(&s, "first");
    hand_one(&s.hands[0], &w, &first);
    w.text = "second";
    hand_one(&s.hands[0], &w, &second);
    struct seen_head seen = head_of(&s.hands[0]);
    struct context_entry shown = {1, seen.seq};
    w = name_write(&s, "citing");
    w.seen = &seen;
    w.ctx = (struct context){&shown, 1};
    hand_one(&s.hands[1], &w, &citing);
    struct seen_head other = seen;
    other.id.b[0] ^= 1;
    w.seen = &other;
    w.text = "mistaken";
    hand_one(&s.hands[2], &w, &mistaken);

    struct replica *r = scene_copy(&s);
    ingest(r, buf_span(&first));
    assert_int_equal(ingest(r, buf_span(&citing)).outcome, INGEST_WAITING);
    assert_int_equal(head_at(r, &s.patch, &s.hands[1].author).seq, 0);
    ingest(r, buf_span(&second));
    assert_int_equal(head_at(r, &s.patch, &s.hands[1].author).seq, 1);
    assert_int_equal(ingest(r, buf_span(&mistaken)).outcome, INGEST_WAITING);
    assert_int_equal(head_at(r, &s.patch, &s.hands[2].author).seq, 0);
    assert_ok(replica_status(r, &status));
    assert_int_equal(status.waiting, 1);
    buf_free(&first);
    buf_free(&second);
    buf_free(&citing);
    buf_free(&mistaken);
    town_end(&s.town);
}

static void a_run_that_waits_survives_a_restart(void **state)
{
    struct scene s;
    struct buf runs[WEB] = {{0}};
    struct linli_status status;

    (void)state;
    scene_start(&s, 3);
    web_make(&s, runs);
    struct replica *r = scene_copy(&s);
    size_t house = s.town.count - 1;
    assert_int_equal(ingest(r, buf_span(&runs[2])).outcome, INGEST_WAITING);
    assert_int_equal(ingest(r, buf_span(&runs[1])).outcome, INGEST_WAITING);
    assert_ok(replica_status(r, &status));
    assert_int_equal(status.waiting, 2);
    r = house_reopen(&s.town, house);
    assert_int_equal(ingest(r, buf_span(&runs[0])).outcome, INGEST_STORED);
    assert_ok(replica_status(r, &status));
    assert_int_equal(status.waiting, 0);
    assert_building(r, &s.building, BUILDING_NAME, "name 2");
    for (size_t i = 0; i < WEB; i++)
        buf_free(&runs[i]);
    town_end(&s.town);
}

static void two_runs_that_cite_into_each_other_both_go_in(void **state)
{
    struct scene s;
    struct buf entries[2] = {{0}}, runs[2] = {{0}};
    size_t sizes[2][4];
    struct hand start[2];
    uint64_t last;

    (void)state;
    scene_start(&s, 2);
    start[0] = s.hands[0];
    start[1] = s.hands[1];
    for (size_t i = 0; i < 8; i++) { /* turn by turn, each citing the other's last */
        struct hand *h = &s.hands[i % 2], *other = &s.hands[1 - i % 2];
        struct hand_write w = name_write(&s, "turn");
        struct seen_head seen = head_of(other);
        w.seen = i > 0 ? &seen : NULL;
        sizes[i % 2][i / 2] = hand_write(h, &w, &entries[i % 2]);
    }
    for (size_t i = 0; i < 2; i++)
        hand_run(&start[i], &s.hands[i], buf_span(&entries[i]), sizes[i], 4, &runs[i]);
    struct replica *r = scene_copy(&s), *third = scene_copy(&s);
    struct ingested out = ingest(r, buf_span(&runs[1]));
    assert_int_equal(out.outcome, INGEST_WAITING);
    assert_int_equal(out.head, 0);
    out = ingest(third, buf_span(&runs[0]));
    assert_int_equal(out.outcome, INGEST_WAITING); /* its first is in, and is served with the run that proves it */
    assert_int_equal(out.head, 1);
    buf_clear(&entries[0]);
    assert_ok(replica_read_run(third, &s.patch, &s.hands[0].author, 1, 7, LIMIT_RUN_BYTES, &entries[0], &last));
    assert_int_equal(last, 4);
    out = ingest(r, buf_span(&entries[0]));
    assert_int_equal(out.outcome, INGEST_STORED);
    ingest(third, buf_span(&runs[1]));
    assert_same(r, third, &s.patch);
    assert_int_equal(head_at(r, &s.patch, &s.hands[1].author).seq, 4);
    for (size_t i = 0; i < 2; i++) {
        buf_free(&entries[i]);
        buf_free(&runs[i]);
    }
    town_end(&s.town);
}

static void bad_runs_are_refused_and_do_not_touch_their_neighbours(void **state)
{
    struct scene s;
    struct buf good[2] = {{0}}, bad = {0}, stale = {0};
    struct ingested outs[4];
    int codes[4];

    (void)state;
    scene_start(&s, 2);
    struct hand other = s.hands[1];
    struct hand_write w = name_write(&s, "name");
    hand_one(&s.hands[0], &w, &good[0]);
    hand_one(&s.hands[1], &w, &good[1]);
    other.seq = 0;
    hand_one(&other, &w, &bad);
    bad.at[bad.size - 1] ^= 1;
    struct hand back = s.hands[0];
    back.stamp -= 5; /* a stamp before that of the changeset before it */
    hand_one(&back, &w, &stale);
    struct replica *r = scene_copy(&s), *clean = scene_copy(&s);
    span runs[] = {buf_span(&bad), buf_span(&good[0]), buf_span(&stale), buf_span(&good[1])};
    assert_ok(replica_ingest(r, runs, 4, outs, codes));
    assert_code(codes[0], LINLI_E_SIGNATURE);
    assert_ok(codes[1]);
    assert_code(codes[2], LINLI_E_FORMAT);
    assert_ok(codes[3]);
    ingest(clean, buf_span(&good[1]));
    ingest(clean, buf_span(&good[0]));
    assert_same(r, clean, &s.patch);
    runs[0] = span_of("\xc1", 1);
    assert_ok(replica_ingest(r, runs, 1, outs, codes));
    assert_code(codes[0], LINLI_E_FORMAT);
    buf_free(&good[0]);
    buf_free(&good[1]);
    buf_free(&bad);
    buf_free(&stale);
    town_end(&s.town);
}

/* --- what is not allowed --- */

static linli_hash grant_make_for(struct scene *s, const struct device_keys *d, unsigned rights, uint64_t expires_ms,
                                 const linli_id *scope)
{
    struct grant g = {.network = s->node->self.network, .role = ROLE_CAPTAIN, .rights = rights, .expires_ms = expires_ms,
                      .issuer = s->node->own[0].grant.id};
    struct buf certificate = {0};
    size_t added;

    assert_ok(replica_scope_path(s->node, scope, &g.path));
    memcpy(g.subject, d->sign_public, 32);
    assert_ok(grant_make(s->node->self.sign_secret, &g, &certificate));
    span one = buf_span(&certificate);
    assert_ok(replica_grants_add(s->node, &one, 1, &added));
    assert_int_equal(added, 1);
    buf_free(&certificate);
    return g.id;
}

static void what_is_not_allowed_is_set_aside_everywhere_and_never_shown(void **state)
{
    enum { CASES = 5 };
    struct scene s;
    struct buf runs[CASES] = {{0}};
    struct device_keys d[CASES];
    struct hand hands[CASES];
    struct linli_status x, y;

    (void)state;
    scene_start(&s, 1);
    linli_id other = scope_add(s.node, &s.root, "patch 2");
    const uint64_t ends[CASES] = {0, 0, 0, s.town.now_ms, 0};
    const unsigned rights[CASES] = {RIGHT_READ | RIGHT_WRITE, RIGHT_READ | RIGHT_WRITE_PERSONAL, RIGHT_READ | RIGHT_WRITE,
                                    RIGHT_READ | RIGHT_WRITE, RIGHT_READ | RIGHT_WRITE};
    for (size_t i = 0; i < CASES; i++) {
        struct hand_write w = name_write(&s, "not allowed");
        device_make(&s.town, &d[i]);
        linli_hash grant = grant_make_for(&s, &d[i], rights[i], ends[i], i == 0 ? &other : &s.patch);
        hands[i] = hand_make(s.node, &d[i], &s.patch, &grant, s.town.now_ms);
        if (i == 2) { /* needs the right to manage */
            w.type = TYPE_SCOPE;
            w.record = id_new(&s.town);
        }
        w.belie = false;
        struct context_entry unseen = {0, 7};
        if (i == 4)
            w.ctx = (struct context){&unseen, 1}; /* names what the log does not cite */
        hand_one(&hands[i], &w, &runs[i]);
    }
    struct replica *r = scene_copy(&s);
    for (size_t i = 0; i < CASES; i++) {
        struct ingested out = ingest(r, buf_span(&runs[i]));
        assert_int_equal(out.outcome, INGEST_STORED);
        assert_int_equal(out.set_aside, 1);
    }
    assert_building(r, &s.building, BUILDING_NAME, "block 1");
    meet(r, s.node); /* passed on */
    assert_same(r, s.node, &s.patch);
    assert_ok(replica_status(r, &x));
    assert_ok(replica_status(s.node, &y));
    assert_int_equal(x.set_aside, CASES);
    assert_int_equal(y.set_aside, CASES);
    assert_int_equal(x.conflicts, 0);
    for (size_t i = 0; i < CASES; i++)
        buf_free(&runs[i]);
    town_end(&s.town);
}

static void a_run_waits_for_the_grant_that_it_cites(void **state)
{
    struct scene s;
    struct buf run = {0}, certificate = {0};
    struct device_keys d;
    size_t added;

    (void)state;
    scene_start(&s, 1);
    struct replica *r = scene_copy(&s);
    device_make(&s.town, &d);
    linli_hash grant = grant_make_for(&s, &d, RIGHT_READ | RIGHT_WRITE, 0, &s.patch);
    struct hand h = hand_make(s.node, &d, &s.patch, &grant, s.town.now_ms);
    struct hand_write w = name_write(&s, "late");
    hand_one(&h, &w, &run);
    assert_int_equal(ingest(r, buf_span(&run)).outcome, INGEST_WAITING);
    assert_building(r, &s.building, BUILDING_NAME, "block 1");
    assert_ok(replica_read_certificate(s.node, &grant, &certificate));
    span one = buf_span(&certificate);
    assert_ok(replica_grants_add(r, &one, 1, &added));
    assert_int_equal(added, 1);
    assert_building(r, &s.building, BUILDING_NAME, "late");
    buf_free(&run);
    buf_free(&certificate);
    town_end(&s.town);
}

static bool holds(struct replica *r, const linli_id *scope)
{
    linli_hash digest;
    int rv = replica_digest(r, scope, true, &digest);

    assert_true(rv == LINLI_OK || rv == LINLI_E_NOT_FOUND);
    return rv == LINLI_OK && !hash_equal(&digest, &(linli_hash){{0}});
}

static void a_scope_that_is_only_named_is_held_from_its_first_good_run(void **state)
{
    static const uint8_t nonce[16] = "a made-up child";
    struct scene s;
    struct scope_path path;
    struct ingested out;
    struct buf good = {0}, bad = {0};
    linli_id child;
    int code;

    (void)state;
    scene_start(&s, 1);
    assert_ok(replica_scope_path(s.node, &s.patch, &path));
    memcpy(path.nonce[path.depth++], nonce, sizeof(nonce));
    scope_child(&s.patch, nonce, &child);
    struct hand hand = hand_make(s.node, &s.keys[0], &child, &s.grants[0], s.town.now_ms);
    struct hand_write w = name_write(&s, "block 1");
    hand_one(&hand, &w, &good);
    assert_ok(buf_append(&bad, good.at, good.size));
    bad.at[bad.size - 1] ^= 1;
    struct replica *r = scene_copy(&s);
    linli_hash before = digest_of(r, &s.root);
    assert_ok(replica_ingest_below(r, &path, buf_span(&bad), &out, &code));
    assert_code(code, LINLI_E_SIGNATURE);
    assert_false(holds(r, &child));
    linli_hash after = digest_of(r, &s.root);
    assert_memory_equal(before.b, after.b, 32);
    assert_ok(replica_ingest_below(r, &path, buf_span(&good), &out, &code));
    assert_ok(code);
    assert_int_equal(out.advanced, 1);
    assert_true(holds(r, &child));
    buf_free(&good);
    buf_free(&bad);
    town_end(&s.town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut_of_a_log_in_any_order_gives_the_same),
        cmocka_unit_test(what_cites_the_unseen_waits_and_any_order_gives_the_same),
        cmocka_unit_test(what_cites_past_the_end_or_another_branch_waits),
        cmocka_unit_test(a_run_that_waits_survives_a_restart),
        cmocka_unit_test(two_runs_that_cite_into_each_other_both_go_in),
        cmocka_unit_test(bad_runs_are_refused_and_do_not_touch_their_neighbours),
        cmocka_unit_test(what_is_not_allowed_is_set_aside_everywhere_and_never_shown),
        cmocka_unit_test(a_run_waits_for_the_grant_that_it_cites),
        cmocka_unit_test(a_scope_that_is_only_named_is_held_from_its_first_good_run),
    };
    return UNIT_RUN(tests);
}
