/*
 * replica tests: what is new for a device since the last meeting: one entry a log, nothing of what it wrote itself, nothing that is not shared; and
 * notes that are damaged, old or too far behind are told from good ones.
 */
#include "unit.h"

#include "town.h"

struct street {
    struct town town;
    struct replica *node, *captain, *neighbour;
    linli_id patch, next;
    struct shared_scope shared;
    struct log_news news[8];
    size_t count;
    linli_id epoch;
    bool all;
};

static const linli_id EPOCH = {{9, 9, 9, 9}};

static int start(void **state)
{
    struct street *s = calloc(1, sizeof(*s));

    town_start(&s->town);
    s->node = town_root(&s->town);
    s->patch = scope_add(s->node, &s->node->self.root_scope, "1");
    s->next = scope_add(s->node, &s->node->self.root_scope, "2");
    s->captain = town_join(&s->town, s->node, &s->patch, LINLI_CAPTAIN);
    s->neighbour = town_join(&s->town, s->node, &s->patch, LINLI_CAPTAIN);
    meet(s->node, s->captain);
    meet(s->node, s->neighbour);
    s->shared = (struct shared_scope){.id = s->patch, .subtree = true};
    assert_ok(replica_scope_path(s->node, &s->patch, &s->shared.path));
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

static void note_now(struct street *s)
{
    struct peer_met met = {.epoch = EPOCH};

    memcpy(met.device, s->captain->self.sign_public, KEY_BYTES);
    assert_ok(replica_arrival(s->node, &met.arrival));
    assert_ok(replica_met(s->node, &met, 1));
}

static int look(struct street *s, size_t max)
{
    return replica_news(s->node, s->captain->self.sign_public, &s->shared, 1, &s->epoch, s->news, max, &s->count,
                        &s->all);
}

static void nothing_is_known_of_who_was_never_met(void **state)
{
    struct street *s = *state;

    assert_ok(look(s, 8));
    assert_true(id_is_zero(&s->epoch));
    assert_int_equal(s->count, 0);
}

static void what_came_since_is_one_entry_a_log(void **state)
{
    struct street *s = *state;

    (void)building_new(&s->town, s->node, &s->patch, "before");
    note_now(s);
    assert_ok(look(s, 8));
    assert_true(id_equal(&s->epoch, &EPOCH));
    assert_int_equal(s->count, 0);

    uint64_t node_seq = head_at(s->node, &s->patch, &s->node->author).seq;
    for (unsigned i = 0; i < 3; i++) {
        (void)building_new(&s->town, s->node, &s->patch, "by the node");
        (void)building_new(&s->town, s->node, &s->next, "not shared");
        (void)building_new(&s->town, s->captain, &s->patch, "its own");
        (void)building_new(&s->town, s->neighbour, &s->patch, "by another");
        meet(s->node, s->captain);
        meet(s->node, s->neighbour);
    }
    assert_ok(look(s, 8));
    assert_int_equal(s->count, 2); /* the node's log, and the neighbour's */
    for (size_t i = 0; i < 2; i++) {
        assert_true(id_equal(&s->news[i].scope, &s->patch));
        bool own = author_equal(&s->news[i].author, &s->node->author);
        assert_true(own || author_equal(&s->news[i].author, &s->neighbour->author));
        assert_int_equal(s->news[i].from, own ? node_seq + 1 : 1);
        assert_int_equal(s->news[i].to, s->news[i].from + 2);
    }
}

/* Rows that say that so many changesets came to the other patch. */
static void rows_elsewhere(struct street *s, unsigned count)
{
    struct store_txn *txn = NULL;
    struct log_row row = {.entry = span_of("made up", 7)};
    uint32_t scope;

    assert_ok(store_begin(s->node->store, true, &txn));
    assert_ok(scope_number(txn, &s->next, &scope));
    for (unsigned i = 1; i <= count; i++) {
        assert_ok(arrival_next(txn, &row.arrival));
        assert_ok(log_put(txn, scope, 1, i, &row));
    }
    assert_ok(store_commit(txn));
}

static void more_than_can_be_told_is_left_to_a_walk(void **state)
{
    struct street *s = *state;
    enum { TOO_MANY = 4097 };

    note_now(s);
    (void)building_new(&s->town, s->node, &s->patch, "by the node");
    (void)building_new(&s->town, s->neighbour, &s->patch, "by another");
    meet(s->node, s->neighbour);
    assert_ok(look(s, 1)); /* two logs, and room for one */
    assert_true(!s->all && id_equal(&s->epoch, &EPOCH));
    assert_int_equal(s->count, 0);
    assert_ok(look(s, 2));
    assert_true(s->all);
    assert_int_equal(s->count, 2);
    rows_elsewhere(s, TOO_MANY);
    assert_ok(look(s, 8));
    assert_true(!s->all && id_equal(&s->epoch, &EPOCH));
    assert_int_equal(s->count, 0);
}

static uint64_t commits(struct replica *r)
{
    struct store_txn *txn = NULL;
    uint64_t count = 0;

    assert_ok(store_begin(r->store, false, &txn));
    assert_ok(store_commits(txn, &count));
    store_abort(txn);
    return count;
}

static void a_meeting_that_changed_nothing_writes_nothing(void **state)
{
    struct street *s = *state;

    note_now(s);
    uint64_t before = commits(s->node);
    note_now(s);
    assert_int_equal(commits(s->node), before);
    (void)building_new(&s->town, s->node, &s->patch, "more");
    note_now(s);
    assert_int_equal(commits(s->node), before + 2);
}

static void a_note_outlives_the_program_and_a_damaged_one_is_told(void **state)
{
    struct street *s = *state;
    struct store_txn *txn = NULL;

    note_now(s);
    (void)building_new(&s->town, s->node, &s->patch, "more");
    s->node = house_reopen(&s->town, 0);
    assert_ok(look(s, 8));
    assert_true(id_equal(&s->epoch, &EPOCH));
    assert_int_equal(s->count, 1);
    assert_ok(store_begin(s->node->store, true, &txn));
    assert_ok(note_put(txn, NOTE_MET, span_of(s->captain->self.sign_public, KEY_BYTES), span_of("short", 5)));
    assert_ok(store_commit(txn));
    assert_code(look(s, 8), LINLI_E_CORRUPT);
    note_now(s); /* and put right by the next meeting */
    assert_ok(look(s, 8));
}

/* Who moved away may be the only one to have what it wrote here: it is asked for that, and nobody else is. */
static void what_a_device_wrote_it_is_asked_for_wherever_that_was(void **state)
{
    struct street *s = *state;
    struct part_wanted wanted[4];
    struct buf run = {0}, part = {0};
    uint64_t last;
    size_t count = 0;
    linli_id resident = id_new(&s->town);
    struct edit edit = {.count = 0}, *edits[] = {&edit};

    record_id_make_fit(&resident, TYPE_RESIDENT);
    assert_ok(edit_life(&edit, &s->patch, &resident, TYPE_RESIDENT));
    assert_ok(edit_text(&edit, &s->patch, &resident, TYPE_RESIDENT, RESIDENT_NAME, "made up"));
    assert_ok(replica_commit(s->captain, edits, 1, NULL));
    edit_free(&edit);
    assert_ok(replica_read_run(s->captain, &s->patch, &s->captain->author, 1, 1u << CLASS_PUBLIC, LIMIT_RUN_BYTES, &run, &last));
    assert_int_equal(ingest(s->node, buf_span(&run)).outcome, INGEST_STORED);
    assert_ok(replica_wants(s->node, s->neighbour->self.sign_public, NULL, 0, wanted, COUNT_OF(wanted), &count));
    assert_int_equal(count, 0);
    assert_ok(replica_wants(s->node, s->captain->self.sign_public, NULL, 0, wanted, COUNT_OF(wanted), &count));
    assert_int_equal(count, 1);
    assert_ok(replica_read_part(s->captain, &wanted[0].scope, &wanted[0].author, wanted[0].seq, wanted[0].part, 7, &part));
    assert_ok(replica_part_fill(s->node, &wanted[0].scope, &wanted[0].author, wanted[0].seq, wanted[0].part, buf_span(&part)));
    assert_ok(replica_wants(s->node, s->captain->self.sign_public, NULL, 0, wanted, COUNT_OF(wanted), &count));
    assert_int_equal(count, 0);
    buf_free(&run);
    buf_free(&part);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_known_of_who_was_never_met, start, stop),
        cmocka_unit_test_setup_teardown(what_came_since_is_one_entry_a_log, start, stop),
        cmocka_unit_test_setup_teardown(more_than_can_be_told_is_left_to_a_walk, start, stop),
        cmocka_unit_test_setup_teardown(a_meeting_that_changed_nothing_writes_nothing, start, stop),
        cmocka_unit_test_setup_teardown(what_a_device_wrote_it_is_asked_for_wherever_that_was, start, stop),
        cmocka_unit_test_setup_teardown(a_note_outlives_the_program_and_a_damaged_one_is_told, start, stop),
    };
    return UNIT_RUN(tests);
}
