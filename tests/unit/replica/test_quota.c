/*
 * replica tests: of what one device writes in one scope no more is taken than its quota: what is held back stays with its author and is taken when
 * time has passed; nothing that was taken goes, and nobody else is kept from anything.
 */
#include "unit.h"

#include "look.h"

enum { ENOUGH = 40 };

struct street {
    struct town town;
    struct replica *node, *flood, *other;
    linli_id patch, next;
};

/* A node that takes little at a time, a captain who writes much, and another one of the same patch. */
static int start(void **state)
{
    struct street *s = calloc(1, sizeof(*s));

    town_start(&s->town);
    s->node = town_root(&s->town);
    s->patch = scope_add(s->node, &s->node->self.root_scope, "1");
    s->next = scope_add(s->node, &s->node->self.root_scope, "2");
    s->flood = town_join(&s->town, s->node, &s->patch, LINLI_CAPTAIN);
    s->other = town_join(&s->town, s->node, &s->patch, LINLI_CAPTAIN);
    meet(s->node, s->flood);
    meet(s->node, s->other);
    s->node->quota = s->other->quota = (struct quota){.first_bytes = 10000, .daily_bytes = 24 * 60 * 100};
    *state = s;
    return 0;
}

static int stop(void **state)
{
    struct street *s = *state;

    town_end(&s->town);
    free(s);
    return 0;
}

static void write_much(struct street *s, struct replica *r, const linli_id *scope)
{
    for (unsigned i = 0; i < ENOUGH; i++)
        (void)building_new(&s->town, r, scope, "much");
}

static uint64_t held(struct replica *r, const linli_id *scope, const struct replica *of)
{
    return head_at(r, scope, &of->author).seq;
}

/* One run of one changeset of who wrote it, the next that is not held. */
static enum ingest_outcome give_next(struct street *s, struct replica *from, struct replica *to)
{
    struct buf run = {0};
    uint64_t last;

    assert_ok(replica_read_run(from, &s->patch, &from->author, held(to, &s->patch, from) + 1, 7, 1, &run, &last));
    struct ingested out = ingest(to, buf_span(&run));
    assert_int_equal(out.advanced, out.outcome == INGEST_STORED);
    buf_free(&run);
    return out.outcome;
}

static void give_all(struct street *s, struct replica *from, struct replica *to)
{
    while (held(to, &s->patch, from) < held(from, &s->patch, from) && give_next(s, from, to) == INGEST_STORED)
        ;
}

static void what_is_too_much_stays_with_its_author_until_time_has_passed(void **state)
{
    struct street *s = *state;
    uint64_t before = 0;

    write_much(s, s->flood, &s->patch);
    for (unsigned day = 0; held(s->node, &s->patch, s->flood) < ENOUGH; day++) {
        give_all(s, s->flood, s->node);
        uint64_t now = held(s->node, &s->patch, s->flood);
        assert_true(now > before && (now < ENOUGH || day > 0)); /* each time some of it, and never all at once */
        before = now;
        s->town.now_ms += 60 * 60 * 1000;
    }
    assert_int_equal(held(s->flood, &s->patch, s->flood), ENOUGH); /* and nothing is lost where it was written */
}

static void what_comes_behind_it_is_held_back_and_not_asked_for(void **state)
{
    struct street *s = *state;
    struct buf run = {0};
    uint64_t last;

    write_much(s, s->flood, &s->patch);
    give_all(s, s->flood, s->node);
    uint64_t had = held(s->node, &s->patch, s->flood);
    assert_ok(replica_read_run(s->flood, &s->patch, &s->flood->author, had + 3, 7, 1, &run, &last));
    struct ingested out = ingest(s->node, buf_span(&run));
    assert_true(out.outcome == INGEST_HELD_BACK && out.head == had);
    buf_clear(&run);
    assert_ok(replica_read_run(s->flood, &s->patch, &s->flood->author, 1, 7, 1, &run, &last)); /* what is held is no news */
    assert_int_equal(ingest(s->node, buf_span(&run)).outcome, INGEST_STORED);
    buf_free(&run);
}

static void nobody_else_is_kept_from_anything(void **state)
{
    struct street *s = *state;
    linli_id id, elsewhere;

    write_much(s, s->flood, &s->patch);
    give_all(s, s->flood, s->node);
    assert_true(held(s->node, &s->patch, s->flood) < ENOUGH);
    id = building_new(&s->town, s->other, &s->patch, "other");
    meet(s->other, s->node);
    assert_building(s->node, &id, BUILDING_NAME, "other");
    struct replica *next = town_join(&s->town, s->node, &s->next, LINLI_CAPTAIN);
    meet(s->node, next);
    elsewhere = building_new(&s->town, next, &s->next, "elsewhere");
    meet(next, s->node);
    assert_building(s->node, &elsewhere, BUILDING_NAME, "elsewhere");
}

static void who_is_turned_out_is_turned_out_at_any_quota(void **state)
{
    struct street *s = *state;
    struct linli_revoke order = {.reason = LINLI_REASON_RETIRED};
    struct linli_revoked done;

    write_much(s, s->flood, &s->patch);
    give_all(s, s->flood, s->node);
    s->node->quota = s->other->quota = (struct quota){.first_bytes = 0};
    memcpy(order.device, s->flood->self.sign_public, KEY_BYTES);
    assert_ok(replica_revoke(s->node, &order, &done));
    meet(s->node, s->other);
    struct store_txn *txn = NULL;
    span revocations;
    assert_ok(store_begin(s->other->store, false, &txn));
    assert_ok(ids_of_note(txn, NOTE_REVOKED, span_of(s->flood->self.sign_public, KEY_BYTES), &revocations));
    assert_int_equal(revocations.size, HASH_BYTES);
    store_abort(txn);
}

/* Whatever one has taken any other takes from it, at that moment or later. */
static void what_one_replica_took_another_takes(void **state)
{
    struct street *s = *state;

    write_much(s, s->flood, &s->patch);
    give_all(s, s->flood, s->node);
    for (unsigned i = 0; i < 3; i++) {
        s->town.now_ms += 10 * 60 * 1000;
        give_all(s, s->flood, s->node);
    }
    s->town.now_ms += 60 * 1000;
    meet(s->node, s->other); /* in larger runs, and all at once */
    assert_true(held(s->node, &s->patch, s->flood) < ENOUGH);
    assert_int_equal(held(s->other, &s->patch, s->flood), held(s->node, &s->patch, s->flood));
}

static uint64_t counted(struct street *s, const uint8_t key[KEY_BYTES])
{
    uint8_t name[ID_BYTES + KEY_BYTES];
    struct store_txn *txn = NULL;
    span value;

    memcpy(name, s->patch.b, ID_BYTES);
    memcpy(name + ID_BYTES, key, KEY_BYTES);
    assert_ok(store_begin(s->node->store, false, &txn));
    assert_ok(note_get(txn, NOTE_TAKEN, span_of(name, sizeof(name)), &value));
    uint64_t bytes = be64_get(value.at);
    store_abort(txn);
    return bytes;
}

/* Else who may read less would take more than others take from him. */
static void what_may_not_be_read_counts_as_what_may(void **state)
{
    struct street *s = *state;
    uint64_t bytes[2];

    for (unsigned absent = 0; absent < 2; absent++) {
        struct part part = {.carried = absent != 0 ? PART_ABSENT : PART_HELD, .size = 5000};
        struct changeset cs = {.parts = &part, .part_count = 1};
        struct log log = {.scope_id = s->patch, .name = {.key = {(uint8_t)(1 + absent)}}};
        struct work w = {.r = s->node};
        assert_ok(store_begin(s->node->store, true, &w.txn));
        assert_ok(quota_count(&w, &log, &cs, 1));
        assert_ok(quota_count(&w, &log, &cs, 1));
        assert_ok(store_commit(w.txn));
        bytes[absent] = counted(s, log.name.key);
    }
    assert_int_equal(bytes[0], bytes[1]);
    assert_int_equal(bytes[0], 2 * (512 + 64 + 5000));
}

static void another_incarnation_is_the_same_device(void **state)
{
    struct street *s = *state;
    struct store_txn *txn = NULL;
    struct log log = {.scope_id = s->patch};
    struct work w = {.r = s->node};
    bool reached = false;

    write_much(s, s->flood, &s->patch);
    give_all(s, s->flood, s->node);
    assert_ok(store_begin(s->node->store, false, &txn));
    w.txn = txn;
    log.name = s->flood->author;
    assert_ok(tree_path(txn, 2, &log.path));
    log.name.incarnation++;
    assert_ok(quota_reached(&w, &log, &reached));
    assert_true(reached);
    log.name.key[0] ^= 1;
    assert_ok(quota_reached(&w, &log, &reached));
    assert_false(reached);
    store_abort(txn);
}

static void whoever_manages_a_scope_may_write_more_there(void **state)
{
    struct street *s = *state;
    struct replica *clerk = town_join(&s->town, s->node, &s->patch, LINLI_CLERK);

    meet(s->node, clerk);
    write_much(s, clerk, &s->patch);
    write_much(s, s->flood, &s->patch);
    give_all(s, clerk, s->node);
    give_all(s, s->flood, s->node);
    assert_int_equal(held(s->node, &s->patch, clerk), ENOUGH);
    assert_true(held(s->node, &s->patch, s->flood) < ENOUGH);
}

static void ones_own_log_comes_back_whole(void **state)
{
    struct street *s = *state;

    write_much(s, s->flood, &s->patch);
    give_all(s, s->flood, s->node);
    s->flood->quota = (struct quota){.first_bytes = 0};
    struct buf run = {0};
    uint64_t last;
    assert_ok(replica_read_run(s->node, &s->patch, &s->flood->author, 1, 7, LIMIT_RUN_BYTES, &run, &last));
    assert_int_equal(ingest(s->flood, buf_span(&run)).outcome, INGEST_STORED);
    bool reached = true;
    struct log log = {.scope_id = s->patch, .name = s->flood->author};
    struct work w = {.r = s->flood};
    assert_ok(quota_reached(&w, &log, &reached));
    assert_false(reached);
    buf_free(&run);
}

static void let_in(struct street *s, const linli_id *scope, const struct device_keys *keys)
{
    struct invitation inv;
    struct buf answer = {0};

    invite(s->node, scope, LINLI_CAPTAIN, &inv);
    assert_ok(enrol(s->node, &inv, keys, &answer));
    buf_free(&answer);
}

/* A run of `count` changesets, each of another building. */
static void hand_writes(struct street *s, struct hand *hand, size_t count, struct buf *run)
{
    struct hand start = *hand;
    struct buf entries = {0};
    size_t sizes[ENOUGH];

    for (size_t i = 0; i < count; i++) {
        struct hand_write write = {.type = TYPE_BUILDING, .record = id_new(&s->town), .text = "much",
                                   .group = group_number(BUILDING_NAME, RULE_REGISTER, CLASS_PUBLIC)};
        sizes[i] = hand_write(hand, &write, &entries);
    }
    buf_clear(run);
    hand_run(&start, hand, buf_span(&entries), sizes, count, run);
    buf_free(&entries);
}

/* One after another until no more is taken, of what was written one is left. */
static void hand_fills(struct street *s, struct hand *hand, struct replica *r)
{
    struct buf run = {0};

    do
        hand_writes(s, hand, 1, &run);
    while (ingest(r, buf_span(&run)).outcome == INGEST_STORED);
    assert_int_equal(ingest(r, buf_span(&run)).outcome, INGEST_HELD_BACK);
    buf_free(&run);
}

/* Who was let in elsewhere long ago writes no more here for that: not all who read this scope know of it. */
static void what_it_may_elsewhere_counts_for_nobody(void **state)
{
    struct street *s = *state;
    struct device_keys keys;
    struct ingested out[2];
    struct buf run = {0};

    device_make(&s->town, &keys);
    let_in(s, &s->next, &keys);
    s->town.now_ms += 60 * 60 * 1000;
    let_in(s, &s->patch, &keys);
    meet(s->node, s->other);
    linli_hash grant = grant_of(s->other, &keys);
    struct hand hand = hand_make(s->node, &keys, &s->patch, &grant, s->town.now_ms);
    do {
        hand_writes(s, &hand, 1, &run);
        out[0] = ingest(s->node, buf_span(&run));
        out[1] = ingest(s->other, buf_span(&run));
        assert_int_equal(out[0].outcome, out[1].outcome);
    } while (out[0].outcome == INGEST_STORED);
    buf_free(&run);
    assert_int_equal(out[0].outcome, INGEST_HELD_BACK);
}

/* Else who writes much would never be found out to write one thing to one and another to others. */
static void a_fork_is_seen_at_any_quota(void **state)
{
    struct street *s = *state;
    struct device_keys keys;
    struct buf run = {0};

    device_make(&s->town, &keys);
    let_in(s, &s->patch, &keys);
    linli_hash grant = grant_of(s->node, &keys);
    struct hand hand = hand_make(s->node, &keys, &s->patch, &grant, s->town.now_ms);
    hand_writes(s, &hand, 1, &run);
    assert_int_equal(ingest(s->node, buf_span(&run)).outcome, INGEST_STORED);
    struct hand branch = hand;
    hand_fills(s, &hand, s->node);
    hand_writes(s, &branch, hand.seq, &run); /* longer than what is held */
    assert_int_equal(ingest(s->node, buf_span(&run)).outcome, INGEST_FORKED);
    assert_true(head_at(s->node, &s->patch, &hand.author).frozen);
    assert_int_equal(head_at(s->node, &s->patch, &hand.author).seq, 1);
    buf_free(&run);
}

struct two_faced {
    struct device_keys keys;
    struct hand logs[3]; /* of three incarnations */
};

static void two_faced_start(struct street *s, struct two_faced *d)
{
    device_make(&s->town, &d->keys);
    let_in(s, &s->patch, &d->keys);
    meet(s->node, s->other);
    linli_hash grant = grant_of(s->other, &d->keys);
    for (unsigned i = 0; i < COUNT_OF(d->logs); i++) {
        d->logs[i] = hand_make(s->node, &d->keys, &s->patch, &grant, s->town.now_ms);
        d->logs[i].author.incarnation = 1 + i;
    }
}

/* One changeset that cites this head, as a run. */
static void hand_cites(struct street *s, struct hand *hand, const struct seen_head *seen, struct buf *run)
{
    struct hand_write write = {.type = TYPE_BUILDING, .record = id_new(&s->town), .text = "cites", .seen = seen,
                               .group = group_number(BUILDING_NAME, RULE_REGISTER, CLASS_PUBLIC)};

    buf_clear(run);
    hand_one(hand, &write, run);
}

/* Each of two is full of another log, and has built upon it; and one of the logs stands on yet another. */
static void what_others_build_upon_comes_beyond_the_quota(void **state)
{
    struct street *s = *state;
    struct two_faced d;
    struct buf run = {0};

    two_faced_start(s, &d);
    hand_fills(s, &d.logs[2], s->node);
    hand_writes(s, &d.logs[1], 1, &run);
    assert_int_equal(ingest(s->other, buf_span(&run)).outcome, INGEST_STORED);
    struct seen_head seen = {d.logs[1].author, 1, d.logs[1].id};
    hand_cites(s, &d.logs[0], &seen, &run);
    assert_int_equal(ingest(s->other, buf_span(&run)).outcome, INGEST_STORED);
    hand_fills(s, &d.logs[1], s->other);
    linli_id by_node = building_new(&s->town, s->node, &s->patch, "by the node");
    linli_id by_other = building_new(&s->town, s->other, &s->patch, "by the other");
    for (unsigned i = 0; i < 6; i++)
        meet(s->node, s->other);
    assert_building(s->other, &by_node, BUILDING_NAME, "by the node");
    assert_building(s->node, &by_other, BUILDING_NAME, "by the other");
    assert_same(s->node, s->other, &s->patch);
    buf_free(&run);
}

static void what_a_device_cites_of_itself_opens_nothing(void **state)
{
    struct street *s = *state;
    struct two_faced d;
    struct seen_head far = {.seq = 1000};
    struct buf run = {0};

    two_faced_start(s, &d);
    far.author = d.logs[0].author;
    hand_cites(s, &d.logs[1], &far, &run);
    assert_int_equal(ingest(s->node, buf_span(&run)).outcome, INGEST_WAITING);
    hand_fills(s, &d.logs[0], s->node);
    assert_true(counted(s, d.keys.sign_public) < 2 * s->node->quota.first_bytes);
    buf_free(&run);
}

static void who_is_in_league_with_it_opens_four_times_and_no_more(void **state)
{
    struct street *s = *state;
    struct two_faced d;
    struct device_keys keys;
    struct buf run = {0};

    two_faced_start(s, &d);
    device_make(&s->town, &keys);
    let_in(s, &s->patch, &keys);
    linli_hash grant = grant_of(s->node, &keys);
    struct hand league = hand_make(s->node, &keys, &s->patch, &grant, s->town.now_ms);
    struct seen_head far = {d.logs[0].author, 1000, {{1}}};
    hand_cites(s, &league, &far, &run);
    assert_int_equal(ingest(s->node, buf_span(&run)).outcome, INGEST_WAITING);
    hand_fills(s, &d.logs[0], s->node);
    assert_true(counted(s, d.keys.sign_public) / s->node->quota.first_bytes == 4);
    buf_free(&run);
}

static bool key_take(void *ctx, span key, span value)
{
    (void)value;
    return buf_append(ctx, key.at, key.size) == LINLI_OK;
}

/* As programs left it that knew of no quota. */
static int uncount(struct work *w, void *ctx)
{
    struct buf keys = {0};
    int rv = note_each(w->txn, NOTE_TAKEN, key_take, &keys);

    (void)ctx;
    for (size_t at = 0; at < keys.size && rv == LINLI_OK; at += ID_BYTES + KEY_BYTES)
        rv = note_delete(w->txn, NOTE_TAKEN, span_of(keys.at + at, ID_BYTES + KEY_BYTES));
    buf_free(&keys);
    return rv;
}

static void what_was_held_before_there_was_a_quota_is_counted(void **state)
{
    struct street *s = *state;

    write_much(s, s->flood, &s->patch);
    give_all(s, s->flood, s->node);
    uint64_t bytes = counted(s, s->flood->author.key);
    assert_ok(work_run(s->node, uncount, NULL));
    s->node = house_reopen(&s->town, 0);
    assert_int_equal(counted(s, s->flood->author.key), bytes);
    s->node = house_reopen(&s->town, 0);
    assert_int_equal(counted(s, s->flood->author.key), bytes); /* once */
    s->node->quota = (struct quota){.first_bytes = 10000};
    assert_int_equal(give_next(s, s->flood, s->node), INGEST_HELD_BACK);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, start, stop)
    const struct CMUnitTest tests[] = {
        CASE(what_is_too_much_stays_with_its_author_until_time_has_passed),
        CASE(what_comes_behind_it_is_held_back_and_not_asked_for),
        CASE(nobody_else_is_kept_from_anything),
        CASE(who_is_turned_out_is_turned_out_at_any_quota),
        CASE(what_one_replica_took_another_takes),
        CASE(what_may_not_be_read_counts_as_what_may),
        CASE(another_incarnation_is_the_same_device),
        CASE(whoever_manages_a_scope_may_write_more_there),
        CASE(ones_own_log_comes_back_whole),
        CASE(what_it_may_elsewhere_counts_for_nobody),
        CASE(a_fork_is_seen_at_any_quota),
        CASE(what_others_build_upon_comes_beyond_the_quota),
        CASE(what_a_device_cites_of_itself_opens_nothing),
        CASE(who_is_in_league_with_it_opens_four_times_and_no_more),
        CASE(what_was_held_before_there_was_a_quota_is_counted),
    };
    return UNIT_RUN(tests);
}
