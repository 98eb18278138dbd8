/* tests: replica: statements that come in great numbers, in any order, and what is learned from what they let in. */
#include "auth/erasure.h"
#include "rows.h"
#include "said.h"

enum { FLOOD = REVOCATIONS_KEPT + 12 };

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
    struct linli_revoke order = order_on(&clerk_keys);
    order.strict = true;
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

/* Orders to erase of a clerk who was turned out: they say nothing, and are no reason to write the store anew. */
static void orders_after_ones_end_are_bounded_whatever_came_first(void **state)
{
    enum { SAID = UNKEPT_MAX + 40 };
    static struct buf said[SAID];
    struct story s;
    struct device_keys keys;
    struct linli_revoked done;
    size_t added;

    (void)state;
    story_start(&s);
    device_make(&s.town, &keys);
    struct replica *clerk = town_join_keys(&s.town, s.office, &s.root, LINLI_CLERK, &keys);
    linli_id building = building_new(&s.town, s.captain, &s.patch, "stays");
    meet(s.captain, s.office);
    meet(s.office, clerk);
    meet(s.office, s.other);
    struct linli_revoke order = order_on(&keys);
    order.since_ms = s.town.now_ms;
    for (unsigned i = 0; i < SAID; i++) {
        struct erasure e = {.record = building, .classes = 1 << 1};
        struct erasure_part part = {s.captain->author, 1, 0};
        statement_start(clerk, &clerk->own[0].grant, &s.captain->own[0].grant.path, &e.head);
        assert_ok(erasure_make(clerk->self.sign_secret, &e, &part, 1, &said[i]));
    }
    assert_ok(replica_revoke(s.office, &order, &done));
    hand_on_all(&s, s.office, s.other);
    size_t without = held(s.office);
    for (size_t i = 0; i < SAID; i++) {
        span one = buf_span(&said[i]), last = buf_span(&said[SAID - 1 - i]);
        assert_ok(replica_grants_add(s.office, &one, 1, &added));
        assert_ok(replica_grants_add(s.other, &last, 1, &added));
    }
    assert_int_equal(held(s.office), without + UNKEPT_MAX);
    assert_int_equal(held(s.other), held(s.office));
    assert_same(s.office, s.other, &s.patch);
    assert_false(s.office->stale || s.other->stale);
    assert_building(s.office, &building, BUILDING_NAME, "stays");
    assert_verifies(s.office);
    assert_verifies(s.other);
    for (unsigned i = 0; i < SAID; i++)
        buf_free(&said[i]);
    town_end(&s.town);
}

/* A clerk, what he said of the captain, and what a thief says of him with the same key. */
struct robbed {
    struct story s;
    struct replica *clerk;
    struct device_keys keys;
    struct buf honest, flood[REVOCATIONS_KEPT];
    linli_hash id; /* of the honest one: greater than those of the flood, as whoever draws salts can have it */
};

static void robbed_start(struct robbed *t)
{
    enum { HIGH = 0xc0 };
    struct revocation r = {.page = 1, .pages = 1};

    memset(t, 0, sizeof(*t));
    story_start(&t->s);
    device_make(&t->s.town, &t->keys);
    t->clerk = town_join_keys(&t->s.town, t->s.office, &t->s.root, LINLI_CLERK, &t->keys);
    (void)building_new(&t->s.town, t->s.captain, &t->s.patch, "before");
    meet(t->s.captain, t->s.office);
    meet(t->s.office, t->clerk);
    meet(t->s.office, t->s.other);
    for (size_t i = 0; i <= COUNT_OF(t->flood); i++) {
        struct buf *out = i < COUNT_OF(t->flood) ? &t->flood[i] : &t->honest;
        statement_start(t->clerk, &t->clerk->own[0].grant, &t->clerk->own[0].grant.path, &r.head);
        memcpy(r.device, t->s.keys.sign_public, KEY_BYTES);
        do {
            buf_clear(out);
            r.head.salt[0]++;
            assert_ok(revocation_make(t->clerk->self.sign_secret, &r, NULL, 0, NULL, 0, out));
        } while ((r.head.id.b[0] >= HIGH) != (out == &t->honest));
    }
    t->id = r.head.id;
}

/* The clerk writes down what he said himself. */
static int write_down(struct work *w, void *ctx)
{
    struct robbed *t = ctx;
    struct statement st;
    bool added;
    int rv = authority_enter(w, buf_span(&t->honest), &added);

    if (rv == LINLI_OK)
        rv = statement_decode(buf_span(&t->honest), &st);
    return rv == LINLI_OK ? statement_record(w, &st, buf_span(&t->honest), (span){NULL, 0}, NULL) : rv;
}

static void flood_take(struct robbed *t, struct replica *r)
{
    size_t added;

    for (size_t i = 0; i < COUNT_OF(t->flood); i++) {
        span one = buf_span(&t->flood[i]);
        assert_ok(replica_grants_add(r, &one, 1, &added));
    }
}

static bool in_force(struct replica *r, const struct device_keys *keys)
{
    struct store_txn *txn = NULL;
    struct held_grant held;
    bool usable = false;
    linli_hash grant = grant_of(r, keys);

    assert_ok(store_begin(r->store, false, &txn));
    assert_ok(authority_get(txn, &grant, &held));
    assert_ok(standing_usable(txn, &held.grant, &usable));
    store_abort(txn);
    return usable;
}

static void robbed_end(struct robbed *t)
{
    for (size_t i = 0; i < COUNT_OF(t->flood); i++)
        buf_free(&t->flood[i]);
    buf_free(&t->honest);
    town_end(&t->s.town);
}

/* The office turns the clerk out; his act goes on, and the captain stays out, whatever came first to whom. */
static void a_thief_puts_out_nothing_that_an_act_lists(void **state)
{
    static struct robbed t;
    struct linli_revoked done;
    size_t added;

    (void)state;
    robbed_start(&t);
    struct story *s = &t.s;
    assert_ok(work_run(t.clerk, write_down, &t));
    meet(t.clerk, s->office);
    assert_true(holds(s->office, &t.id));
    struct linli_revoke order = order_on(&t.keys);
    order.strict = true;
    assert_ok(replica_revoke(s->office, &order, &done));
    flood_take(&t, s->office); /* void from the first on */
    flood_take(&t, s->other);  /* before it hears of either */
    span honest = buf_span(&t.honest);
    assert_ok(replica_grants_add(s->other, &honest, 1, &added));
    assert_false(holds(s->other, &t.id));
    for (unsigned i = 0; i < 2; i++) {
        hand_on(s->office, s->other, &s->root);
        hand_on(s->office, s->other, &s->patch);
    }
    assert_true(holds(s->office, &t.id) && holds(s->other, &t.id));
    assert_false(in_force(s->office, &s->keys));
    assert_false(in_force(s->other, &s->keys));
    linli_hash mine = digest_of(s->office, &s->root), theirs = digest_of(s->other, &s->root);
    assert_memory_equal(mine.b, theirs.b, HASH_BYTES);
    assert_verifies(s->office);
    assert_verifies(s->other);
    robbed_end(&t);
}

/* It was put out everywhere before the clerk was turned out: then it comes back from his log. */
static void what_was_put_out_everywhere_is_found_in_its_issuers_log(void **state)
{
    static struct robbed t;
    struct linli_revoked done;

    (void)state;
    robbed_start(&t);
    struct story *s = &t.s;
    assert_ok(work_run(t.clerk, write_down, &t));
    meet(t.clerk, s->office);
    meet(s->office, s->other);
    flood_take(&t, s->office);
    flood_take(&t, s->other);
    flood_take(&t, t.clerk);
    assert_false(holds(s->office, &t.id) || holds(s->other, &t.id) || holds(t.clerk, &t.id));
    struct linli_revoke order = order_on(&t.keys);
    order.strict = true;
    assert_ok(replica_revoke(s->office, &order, &done));
    assert_true(holds(s->office, &t.id));
    hand_on(s->office, s->other, &s->root);
    assert_true(holds(s->other, &t.id));
    assert_false(in_force(s->other, &s->keys));
    assert_verifies(s->office);
    assert_verifies(s->other);
    robbed_end(&t);
}

/* The office's act spares what the clerk revoked: then whoever has the clerk's key cannot make it as if it had not been said. */
static void what_an_act_spares_is_put_out_by_nothing_else_that_is_said(void **state)
{
    enum { SAID = UNKEPT_MAX + 20 };
    static struct robbed t;
    static struct buf said[SAID];
    static span list[SAID];
    struct linli_revoked done;
    size_t added;

    (void)state;
    robbed_start(&t);
    struct story *s = &t.s;
    struct linli_revoke order = order_on(&t.keys);
    revocations_made_up(t.clerk, said, list, SAID);
    assert_ok(replica_revoke(s->office, &order, &done));
    hand_on_all(s, s->office, s->other);
    span honest = buf_span(&t.honest);
    assert_ok(replica_grants_add(s->office, &honest, 1, &added)); /* it comes late, and stands */
    assert_false(in_force(s->office, &s->keys));
    assert_ok(replica_grants_add(s->office, list, SAID, &added));
    assert_ok(replica_grants_add(s->other, list, SAID, &added));
    assert_ok(replica_grants_add(s->other, &honest, 1, &added));
    assert_true(holds(s->office, &t.id) && holds(s->other, &t.id));
    assert_false(in_force(s->office, &s->keys) || in_force(s->other, &s->keys));
    linli_hash mine = digest_of(s->office, &s->root), theirs = digest_of(s->other, &s->root);
    assert_memory_equal(mine.b, theirs.b, HASH_BYTES);
    assert_verifies(s->office);
    for (unsigned i = 0; i < SAID; i++)
        buf_free(&said[i]);
    robbed_end(&t);
}

/* Of what is said in another scope, who holds only this one knows nothing, and must keep the same of this one. */
static void bounds_are_those_of_one_scope(void **state)
{
    struct story s;
    size_t added;

    (void)state;
    story_start(&s);
    linli_id beside = scope_add(s.office, &s.root, "patch 2");
    struct store_txn *txn = NULL;
    struct scope_path there;
    uint32_t number;
    assert_ok(store_begin(s.office->store, false, &txn));
    assert_ok(scope_number(txn, &beside, &number));
    assert_ok(tree_path(txn, number, &there));
    store_abort(txn);
    for (unsigned i = 0; i < FLOOD; i++) {
        struct revocation r = {.page = 1, .pages = 1};
        struct buf certificate = {0};
        statement_start(s.office, &s.office->own[0].grant, i < FLOOD / 2 ? &s.captain->own[0].grant.path : &there, &r.head);
        memcpy(r.device, s.keys.sign_public, KEY_BYTES);
        assert_ok(revocation_make(s.office->self.sign_secret, &r, NULL, 0, NULL, 0, &certificate));
        span one = buf_span(&certificate);
        assert_ok(replica_grants_add(s.office, &one, 1, &added));
        if (i < FLOOD / 2)
            assert_ok(replica_grants_add(s.other, &one, 1, &added)); /* who has no right to the other patch */
        buf_free(&certificate);
    }
    linli_hash mine = digest_of(s.office, &s.patch), theirs = digest_of(s.other, &s.patch);
    assert_memory_equal(mine.b, theirs.b, HASH_BYTES);
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

/* Receipts do not count one by one what somebody said who said much: whoever withholds it must withhold the log in which it stands, too. */
static void what_is_said_comes_with_the_log_of_who_said_it(void **state)
{
    struct story s;

    (void)state;
    story_start(&s);
    meet(s.office, s.other);
    (void)revoke(s.office, &s.keys);
    assert_int_equal(noted(s.other, &s.keys), 0);
    log_pass(s.office, s.other, &s.root, INGEST_STORED);
    assert_int_equal(noted(s.other, &s.keys), 1);
    assert_false(in_force(s.other, &s.keys));
    town_end(&s.town);
}

/* A clerk who was turned out invited somebody: the office knows of that only from the record, which it adopts. */
static void what_waits_for_a_grant_goes_on_when_its_record_is_adopted(void **state)
{
    struct story s;
    struct device_keys clerk_keys;
    struct linli_ruling adopt = {.adopt = true};
    struct linli_ruled ruled;

    (void)state;
    story_start(&s);
    device_make(&s.town, &clerk_keys);
    struct replica *clerk = town_join_keys(&s.town, s.office, &s.root, LINLI_CLERK, &clerk_keys);
    meet(s.office, clerk);
    (void)revoke(s.office, &clerk_keys);
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

/* A statement is held under its id as a grant is: who names it as a grant names one that is not held. */
static void the_id_of_a_statement_is_no_grant(void **state)
{
    struct story s;
    struct buf run = {0};
    linli_hash act;

    (void)state;
    story_start(&s);
    (void)revoke(s.office, &s.keys);
    struct store_txn *txn = NULL;
    span ids;
    assert_ok(store_begin(s.office->store, false, &txn));
    assert_ok(ids_of_note(txn, NOTE_REVOKED, span_of(s.keys.sign_public, KEY_BYTES), &ids));
    memcpy(act.b, ids.at, HASH_BYTES);
    store_abort(txn);
    s.keys.incarnation++;
    struct hand h = hand_make(s.office, &s.keys, &s.patch, &act, s.town.now_ms);
    hand_one(&h, &(struct hand_write){.type = TYPE_BUILDING, .record = id_new(&s.town), .text = "forged",
                                      .group = group_number(BUILDING_NAME, RULE_REGISTER, CLASS_PUBLIC)}, &run);
    assert_int_equal(ingest(s.office, buf_span(&run)).outcome, INGEST_WAITING);
    buf_free(&run);
    town_end(&s.town);
}

/* Is the grant among the certificates that a device shows when it meets somebody? */
static bool shows(struct replica *r, const linli_hash *grant)
{
    struct buf chain = {0};
    struct reader in;
    bool found = false;

    assert_ok(replica_own_chain(r, &chain));
    reader_start(&in, buf_span(&chain));
    for (size_t left = reader_array(&in, LIMIT_CHAIN); left > 0; left--) {
        struct grant g;
        assert_ok(grant_decode(reader_bin(&in, LIMIT_GRANT_BYTES), &g));
        found = found || hash_equal(&g.id, grant);
    }
    buf_free(&chain);
    return found;
}

static void who_came_and_went_often_shows_the_grant_that_holds(void **state)
{
    struct story s;

    (void)state;
    story_start(&s);
    for (unsigned i = 0; i <= LIMIT_CHAIN; i++) { /* more than a handshake has room for */
        struct invitation inv;
        struct buf answer = {0};
        (void)revoke(s.office, &s.keys);
        invite(s.office, &s.patch, LINLI_CAPTAIN, &inv);
        assert_ok(enrol(s.office, &inv, &s.keys, &answer));
        buf_free(&answer);
    }
    hand_on_all(&s, s.office, s.captain);
    linli_hash newest = grant_of(s.office, &s.keys), oldest = s.captain->own[0].grant.id;
    assert_true(shows(s.captain, &newest));
    assert_true(shows(s.captain, &oldest)); /* where there is room, what ended goes, too */
    town_end(&s.town);
}

/* Each in a commit of its own, by an office that nobody turned out. */
static void orders_that_count_are_marked_when_there_are_many(void **state)
{
    static struct buf said[UNKEPT_MAX];
    struct story s;
    struct receipt_element element;
    size_t added;

    (void)state;
    story_start(&s);
    linli_id building = building_new(&s.town, s.captain, &s.patch, "goes");
    meet(s.captain, s.office);
    for (unsigned i = 0; i < UNKEPT_MAX; i++) {
        struct erasure e = {.record = building, .classes = 1 << 1};
        struct erasure_part part = {s.captain->author, 1, 0};
        statement_start(s.office, &s.office->own[0].grant, &s.captain->own[0].grant.path, &e.head);
        assert_ok(erasure_make(s.office->self.sign_secret, &e, &part, 1, &said[i]));
        assert_ok(replica_element(s.office, &s.patch, false, &element));
        assert_true(element.statements < RECEIPT_FULL);
        assert_ok(replica_grants_add(s.office, (span[]){buf_span(&said[i])}, 1, &added));
        assert_int_equal(added, 1);
    }
    assert_ok(replica_element(s.office, &s.patch, false, &element));
    assert_true(element.statements >= RECEIPT_FULL);
    assert_verifies(s.office);
    for (unsigned i = 0; i < UNKEPT_MAX; i++)
        buf_free(&said[i]);
    town_end(&s.town);
}

/* An order to erase whatever comes of a record there, and an act on a device that nobody has heard of. */
static size_t cost_of(struct story *s, const struct scope_path *path, unsigned number, bool order)
{
    struct erasure e = {.record = id_new(&s->town), .classes = 1 << 1};
    struct revocation r = {.page = 1, .pages = 1};
    struct buf said = {0};
    size_t added;

    statement_start(s->office, &s->office->own[0].grant, path, order ? &e.head : &r.head);
    memset(r.device, 77, KEY_BYTES);
    be64_put(r.device, number);
    assert_ok(order ? erasure_make(s->office->self.sign_secret, &e, NULL, 0, &said)
                    : revocation_make(s->office->self.sign_secret, &r, NULL, 0, NULL, 0, &said));
    span one = buf_span(&said);
    rows_fail_at(ROWS_UNREAD, 0);
    assert_ok(replica_grants_add(s->office, &one, 1, &added));
    size_t calls = rows_counted();
    rows_unwatch();
    assert_int_equal(added, 1);
    buf_free(&said);
    return calls;
}

/* Only the digest looks at all that is held in the scope; elsewhere the office may have said any amount. */
static void what_was_said_elsewhere_costs_nothing(void **state)
{
    enum { SAID = 100, LITTLE = 20 };
    struct story s;
    struct scope_path elsewhere;

    (void)state;
    story_start(&s);
    linli_id other = scope_add(s.office, &s.root, "patch 2");
    assert_ok(replica_scope_path(s.office, &other, &elsewhere));
    const struct scope_path *here = &s.captain->own[0].grant.path;
    size_t order = cost_of(&s, here, 0, true), act = cost_of(&s, here, 1, false);
    for (unsigned i = 0; i < SAID; i++)
        (void)cost_of(&s, &elsewhere, 0, true);
    assert_true(cost_of(&s, here, 2, true) < order + LITTLE);
    assert_true(cost_of(&s, here, 3, false) < act + LITTLE);
    assert_verifies(s.office);
    town_end(&s.town);
}

/* As many acts on one device as are kept: from then on some come and go. */
static void acts_on_one_device_are_marked_when_there_are_many(void **state)
{
    struct story s;
    struct receipt_element element;
    struct buf act = {0};
    size_t added;

    (void)state;
    story_start(&s);
    for (unsigned i = 0; i < REVOCATIONS_KEPT; i++) {
        assert_ok(replica_element(s.office, &s.root, false, &element));
        assert_true(element.statements < RECEIPT_FULL);
        buf_clear(&act);
        act_make(&s, i, &act);
        span one = buf_span(&act);
        assert_ok(replica_grants_add(s.office, &one, 1, &added));
        assert_int_equal(added, 1);
    }
    assert_ok(replica_element(s.office, &s.root, false, &element));
    assert_true(element.statements >= RECEIPT_FULL);
    buf_free(&act);
    town_end(&s.town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_the_order_of_a_flood_all_keep_the_same),
        cmocka_unit_test(what_is_said_after_ones_end_is_bounded_whatever_came_first),
        cmocka_unit_test(a_thief_puts_out_nothing_that_an_act_lists),
        cmocka_unit_test(what_was_put_out_everywhere_is_found_in_its_issuers_log),
        cmocka_unit_test(what_an_act_spares_is_put_out_by_nothing_else_that_is_said),
        cmocka_unit_test(bounds_are_those_of_one_scope),
        cmocka_unit_test(orders_after_ones_end_are_bounded_whatever_came_first),
        cmocka_unit_test(orders_that_count_are_marked_when_there_are_many),
        cmocka_unit_test(acts_on_one_device_are_marked_when_there_are_many),
        cmocka_unit_test(what_was_said_elsewhere_costs_nothing),
        cmocka_unit_test(the_id_of_a_statement_is_no_grant),
        cmocka_unit_test(who_came_and_went_often_shows_the_grant_that_holds),
        cmocka_unit_test(what_is_said_comes_with_the_log_of_who_said_it),
        cmocka_unit_test(what_waits_for_a_grant_goes_on_when_its_record_is_adopted),
    };
    return UNIT_RUN(tests);
}
