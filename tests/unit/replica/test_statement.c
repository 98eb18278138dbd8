/* tests: replica: statements that come in great numbers, in any order, and what is learned from what they let in. */
#include "look.h"

enum { FLOOD = REVOCATIONS_KEPT + 12 };

struct story {
    struct town town;
    struct replica *office, *captain, *other;
    struct device_keys keys; /* the captain's */
    linli_id root, patch;
};

static void story_start(struct story *s)
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

/* One more act of the office on the captain, which lists nothing. */
static void act_make(const struct story *s, unsigned number, struct buf *certificate)
{
    struct revocation r = {.page = 1, .pages = 1};

    statement_start(s->office, &s->office->own[0].grant, &s->office->own[0].grant.path, &r.head);
    r.act.b[0] = (uint8_t)number;
    memcpy(r.device, s->keys.sign_public, KEY_BYTES);
    assert_ok(revocation_make(s->office->self.sign_secret, &r, NULL, 0, NULL, 0, certificate));
}

static size_t noted(struct replica *r, const struct device_keys *keys)
{
    struct store_txn *txn = NULL;
    span ids;

    assert_ok(store_begin(r->store, false, &txn));
    assert_ok(ids_of_note(txn, NOTE_REVOKED, span_of(keys->sign_public, KEY_BYTES), &ids));
    size_t count = ids.size / HASH_BYTES;
    store_abort(txn);
    return count;
}

static bool held_one(void *ctx, const linli_hash *id, span certificate)
{
    (void)id;
    (void)certificate;
    ++*(size_t *)ctx;
    return true;
}

/* How many certificates there are, of all kinds. */
static size_t held(struct replica *r)
{
    struct store_txn *txn = NULL;
    size_t count = 0;

    assert_ok(store_begin(r->store, false, &txn));
    assert_ok(grant_row_each(txn, NULL, held_one, &count));
    store_abort(txn);
    return count;
}

static void hand_on(struct replica *from, struct replica *to, const linli_id *scope)
{
    meet_scope(from, to, scope, 7);
}

static void whatever_the_order_of_a_flood_all_keep_the_same(void **state)
{
    struct story s;
    struct buf acts[FLOOD] = {{0}};
    size_t added, put_out = 0;

    (void)state;
    story_start(&s);
    struct replica *third = town_join(&s.town, s.office, &s.patch, LINLI_CAPTAIN);
    linli_id early = building_new(&s.town, s.captain, &s.patch, "before");
    meet(s.captain, s.office);
    meet(s.office, s.other);
    meet(s.office, third);
    for (unsigned i = 0; i < FLOOD; i++)
        act_make(&s, i, &acts[i]);
    for (size_t i = 0; i < FLOOD; i++) {
        span one = buf_span(&acts[i]), last = buf_span(&acts[FLOOD - 1 - i]);
        assert_ok(replica_grants_add(s.other, &one, 1, &added));
        put_out += added;
        assert_ok(replica_grants_add(third, &last, 1, &added));
    }
    assert_true(put_out > REVOCATIONS_KEPT); /* some came in, and went again */
    assert_int_equal(noted(s.other, &s.keys), REVOCATIONS_KEPT);
    assert_same(s.other, third, &s.root);
    assert_same(s.other, third, &s.patch);
    meet(s.other, third);
    assert_int_equal(noted(third, &s.keys), REVOCATIONS_KEPT);
    assert_building(third, &early, BUILDING_NAME, "");
    assert_verifies(s.other);
    assert_verifies(third);
    for (size_t i = 0; i < FLOOD; i++)
        buf_free(&acts[i]);
    town_end(&s.town);
}

/* Of a clerk who was turned out, each in the same disorder: revocations of devices that nobody has heard of. */
static void what_is_said_after_ones_end_is_bounded_whatever_came_first(void **state)
{
    enum { BATCH = 100, SAID = UNKEPT_MAX + BATCH };
    static struct buf said[SAID];
    static span list[SAID];
    struct story s;
    struct device_keys clerk_keys;
    struct linli_revoked done;
    size_t added;

    (void)state;
    story_start(&s);
    device_make(&s.town, &clerk_keys);
    struct replica *clerk = town_join_keys(&s.town, s.office, &s.root, LINLI_CLERK, &clerk_keys);
    meet(s.office, clerk);
    for (unsigned i = 0; i < SAID; i++) {
        struct revocation r = {.page = 1, .pages = 1};
        statement_start(clerk, &clerk->own[0].grant, &clerk->own[0].grant.path, &r.head);
        memset(r.device, 77, KEY_BYTES);
        be64_put(r.device, i);
        assert_ok(revocation_make(clerk->self.sign_secret, &r, NULL, 0, NULL, 0, &said[i]));
        list[i] = buf_span(&said[i]);
    }
    meet(s.office, s.other);
    assert_ok(replica_grants_add(s.other, list, SAID, &added)); /* before it is known that they are void */
    size_t before = held(s.other);
    struct linli_revoke order = {.reason = LINLI_REASON_STOLEN, .strict = true};
    memcpy(order.device, clerk_keys.sign_public, KEY_BYTES);
    assert_ok(replica_revoke(s.office, &order, &done));
    size_t without = held(s.office);
    for (size_t at = SAID; at > 0; at -= at > BATCH ? BATCH : at)
        assert_ok(replica_grants_add(s.office, list + (at > BATCH ? at - BATCH : 0), at > BATCH ? BATCH : at, &added));
    assert_int_equal(held(s.office), without + UNKEPT_MAX);
    hand_on(s.office, s.other, &s.root);
    assert_true(held(s.other) < before);
    hand_on(s.office, s.other, &s.patch);
    linli_hash mine = digest_of(s.office, &s.root), theirs = digest_of(s.other, &s.root);
    assert_memory_equal(mine.b, theirs.b, HASH_BYTES); /* not what is shown: he may read less */
    assert_verifies(s.office);
    assert_verifies(s.other);
    for (unsigned i = 0; i < SAID; i++)
        buf_free(&said[i]);
    town_end(&s.town);
}

/* The whole of a log, as one run. */
static void log_pass(struct replica *from, struct replica *to, const linli_id *scope, enum ingest_outcome outcome)
{
    struct buf run = {0};
    uint64_t last;

    assert_ok(replica_read_run(from, scope, &from->author, 1, 7, LIMIT_RUN_BYTES, &run, &last));
    assert_int_equal(ingest(to, buf_span(&run)).outcome, outcome);
    buf_free(&run);
}

/* A clerk who was turned out invited somebody: the office knows of that only from the record, which it adopts. */
static void what_waits_for_a_grant_goes_on_when_its_record_is_adopted(void **state)
{
    struct story s;
    struct device_keys clerk_keys;
    struct linli_ruling adopt = {.adopt = true};
    struct linli_revoked done;
    struct linli_ruled ruled;

    (void)state;
    story_start(&s);
    device_make(&s.town, &clerk_keys);
    struct replica *clerk = town_join_keys(&s.town, s.office, &s.root, LINLI_CLERK, &clerk_keys);
    meet(s.office, clerk);
    struct linli_revoke order = {.reason = LINLI_REASON_LEFT};
    memcpy(order.device, clerk_keys.sign_public, KEY_BYTES);
    assert_ok(replica_revoke(s.office, &order, &done));
    struct replica *late = town_join(&s.town, clerk, &s.patch, LINLI_CAPTAIN);
    (void)building_new(&s.town, late, &s.patch, "late");
    log_pass(late, s.office, &s.patch, INGEST_WAITING);
    log_pass(clerk, s.office, &s.patch, INGEST_STORED);
    assert_int_equal(head_at(s.office, &s.patch, &late->author).seq, 0);
    memcpy(adopt.device, clerk_keys.sign_public, KEY_BYTES);
    assert_ok(replica_rule(s.office, &adopt, &ruled));
    assert_int_equal(head_at(s.office, &s.patch, &late->author).seq, 1);
    assert_verifies(s.office);
    town_end(&s.town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_the_order_of_a_flood_all_keep_the_same),
        cmocka_unit_test(what_is_said_after_ones_end_is_bounded_whatever_came_first),
        cmocka_unit_test(what_waits_for_a_grant_goes_on_when_its_record_is_adopted),
    };
    return UNIT_RUN(tests);
}
