/*
 * replica tests: receipts of those who read everything beside those of somebody who reads a patch and what is above it: what a node withholds from
 * the one is noticed with what it signed for the other, whichever of them it is.
 */
#include "receipts_street.h"

struct square { /* the street, and an office that reads all of it */
    struct street *street;
    struct replica *node, *office, *captain;
    struct buf all, some;      /* the last receipts of the office and of the captain */
};

static int square_start(void **state)
{
    struct square *q = calloc(1, sizeof(*q));
    void *street;

    start(&street);
    q->street = street;
    q->node = q->street->node;
    q->captain = q->street->one;
    q->office = town_join(&q->street->town, q->node, &q->node->self.root_scope, LINLI_CLERK);
    (void)building_new(&q->street->town, q->node, &q->street->patch[0], "A");
    (void)building_new(&q->street->town, q->node, &q->street->patch[0], "B");
    meet(q->node, q->office);
    meet(q->node, q->captain);
    *state = q;
    return 0;
}

static int square_stop(void **state)
{
    struct square *q = *state;
    void *street = q->street;

    buf_free(&q->all);
    buf_free(&q->some);
    free(q);
    return stop(&street);
}

/* The node signs something else than it holds, as its first or its next receipt beside `like`; `to` hears of it. */
static void lie_like(struct square *q, struct replica *to, const struct buf *like, bool before, const linli_id *scope, bool subtree,
                     int statements, int weight)
{
    struct receipt_element e;
    struct buf bytes = {0};
    struct receipt r;

    assert_ok(receipt_decode(buf_span(like), &r));
    r.mark.number += before ? UINT64_MAX : 1;
    r.lists = false;
    assert_ok(replica_element(q->node, scope, subtree, &e));
    e.statements += (uint64_t)statements;
    e.weight += (uint64_t)weight;
    assert_ok(receipt_make(q->node->self.sign_secret, &r, &e, 1, &bytes));
    span said = buf_span(&bytes);
    assert_ok(replica_receipts_hear(to, &said, 1));
    buf_free(&bytes);
}

static size_t noticed(struct replica *r, enum linli_warning_kind kind)
{
    return warnings(r).kinds[kind];
}

static void both_notice(struct square *q, enum linli_warning_kind kind)
{
    assert_int_equal(warnings(q->office).count + warnings(q->captain).count, 0); /* by itself neither can know */
    tell(q->office, q->captain);
    assert_int_equal(noticed(q->captain, kind), 1);
    tell(q->captain, q->office);
    assert_int_equal(noticed(q->office, kind), 1);
    assert_int_equal(warnings(q->office).count + warnings(q->captain).count, 2);
}

/* --- noticed --- */

static void records_that_a_captain_is_not_shown_are_noticed_with_the_offices_receipt(void **state)
{
    struct square *q = *state;

    assert_ok(ask(q->office, q->node, &q->all));
    lie_like(q, q->captain, &q->all, false, &q->street->patch[0], true, 0, -1);
    both_notice(q, LINLI_WARNING_RECORDS_WITHHELD);
}

static void records_that_the_office_is_not_shown_are_noticed_with_a_captains_receipt(void **state)
{
    struct square *q = *state;

    assert_ok(ask(q->office, q->node, &q->all));
    lie_like(q, q->captain, &q->all, true, &q->street->patch[0], true, 0, 1);
    both_notice(q, LINLI_WARNING_RECORDS_WITHHELD);
}

static void a_revocation_that_a_captain_is_not_shown_is_noticed_with_the_offices_receipt(void **state)
{
    struct square *q = *state;
    struct replica *thief = town_join(&q->street->town, q->node, &q->street->patch[1], LINLI_CAPTAIN);
    struct linli_revoke order = {.reason = LINLI_REASON_RETIRED};
    struct linli_revoked done;

    memcpy(order.device, thief->self.sign_public, KEY_BYTES);
    assert_ok(replica_revoke(q->node, &order, &done));
    meet(q->node, q->office);
    assert_ok(ask(q->office, q->node, &q->all));
    lie_like(q, q->captain, &q->all, false, &q->node->self.root_scope, false, -1, 0); /* of the root alone: that is what he reads */
    both_notice(q, LINLI_WARNING_RIGHTS_WITHHELD);
}

static void a_revocation_that_the_office_is_not_shown_is_noticed_with_a_captains_receipt(void **state)
{
    struct square *q = *state;

    assert_ok(ask(q->office, q->node, &q->all));
    lie_like(q, q->captain, &q->all, true, &q->node->self.root_scope, false, 1, 0);
    both_notice(q, LINLI_WARNING_RIGHTS_WITHHELD);
}

static void two_contents_of_one_size_are_noticed_across_kinds(void **state)
{
    struct square *q = *state;
    struct receipt_element e;
    struct buf bytes = {0};
    struct receipt r;

    assert_ok(ask(q->office, q->node, &q->all));
    assert_ok(receipt_decode(buf_span(&q->all), &r));
    assert_true(r.lists);
    r.mark.number++;
    r.lists = false;
    assert_ok(replica_element(q->node, &q->street->patch[0], true, &e));
    e.digest.b[0] ^= 1;
    assert_ok(receipt_make(q->node->self.sign_secret, &r, &e, 1, &bytes));
    span said = buf_span(&bytes);
    assert_ok(replica_receipts_hear(q->captain, &said, 1));
    buf_free(&bytes);
    both_notice(q, LINLI_WARNING_FORKED);
}

static void it_is_noticed_when_much_was_learnt_since(void **state)
{
    struct square *q = *state;

    assert_ok(ask(q->office, q->node, &q->all));
    struct buf first = {0};
    assert_ok(buf_append(&first, q->all.at, q->all.size));
    lie_like(q, q->captain, &first, false, &q->street->patch[0], true, 0, -1);
    for (unsigned i = 0; i < 3; i++) { /* what the office holds and what it was last given are of other figures now */
        (void)building_new(&q->street->town, q->node, &q->street->patch[0], "more");
        meet(q->node, q->office);
        assert_ok(ask(q->office, q->node, &q->all));
    }
    both_notice(q, LINLI_WARNING_RECORDS_WITHHELD);
    buf_free(&first);
}

static void an_entry_is_passed_on_by_who_was_shown_it(void **state)
{
    struct square *q = *state;
    struct replica *second = town_join(&q->street->town, q->node, &q->street->patch[0], LINLI_CAPTAIN);

    meet(q->node, q->office);
    meet(q->node, q->captain);
    meet(q->node, second);
    assert_ok(ask(q->office, q->node, &q->all));
    lie_like(q, second, &q->all, false, &q->street->patch[0], true, 0, -1);
    tell(q->office, q->captain);
    tell(q->captain, second);
    assert_int_equal(noticed(second, LINLI_WARNING_RECORDS_WITHHELD), 1);
    assert_int_equal(noticed(q->captain, LINLI_WARNING_RECORDS_WITHHELD), 0);
}

static void an_entry_comes_to_who_had_heard_of_the_receipt_without_it(void **state)
{
    struct square *q = *state;
    span all;

    assert_ok(ask(q->office, q->node, &q->all));
    all = buf_span(&q->all);
    assert_ok(replica_receipts_hear(q->captain, &all, 1));
    lie_like(q, q->captain, &q->all, false, &q->street->patch[0], true, 0, -1);
    both_notice(q, LINLI_WARNING_RECORDS_WITHHELD);
}

/* --- nobody is accused who did nothing --- */

static void an_honest_node_is_accused_of_nothing(void **state)
{
    struct square *q = *state;

    for (unsigned i = 0; i < MANY; i++) {
        (void)building_new(&q->street->town, i % 2 ? q->captain : q->node, &q->street->patch[0], "C");
        meet(q->node, q->captain);
        if (i % 3 != 0) {
            meet(q->node, q->office);
            assert_ok(ask(q->office, q->node, &q->all));
        }
        assert_ok(ask(q->captain, q->node, &q->some));
        tell(q->office, q->captain);
        tell(q->captain, q->office);
    }
    assert_int_equal(warnings(q->office).count + warnings(q->captain).count + warnings(q->node).count, 0);
}

static void what_two_kinds_of_readers_have_heard_is_the_same_once_they_have_told_each_other(void **state)
{
    struct square *q = *state;
    struct receipts_meeting a, b;
    span all;

    assert_ok(ask(q->captain, q->node, &q->some));
    (void)building_new(&q->street->town, q->node, &q->street->patch[0], "C");
    meet(q->node, q->office);
    assert_ok(ask(q->office, q->node, &q->all));
    all = buf_span(&q->all);
    assert_ok(replica_receipts_hear(q->captain, &all, 1)); /* the same highest, and one can show more of it */
    for (unsigned told = 0; told < 2; told++) {
        meeting_of(q->office, q->captain, &a);
        meeting_of(q->captain, q->office, &b);
        assert_int_equal(memcmp(a.heard, b.heard, 8) == 0, told);
        tell(q->office, q->captain);
        tell(q->captain, q->office);
    }
}

/* --- evidence --- */

struct proof {
    size_t count;
    enum receipt_verdict verdict;
};

static bool prove(void *ctx, const struct linli_warning *warning)
{
    struct proof *p = ctx;
    struct receipt two[2];

    for (unsigned i = 0; i < 2; i++) {
        assert_ok(receipt_told_decode(span_of(warning->certificate[i], warning->certificate_size[i]), &two[i]));
        assert_ok(receipt_verify(&two[i]));
    }
    p->count++;
    p->verdict = receipt_compare(&two[0], &two[1]);
    return true;
}

static void the_evidence_holds_for_anybody(void **state)
{
    struct square *q = *state;
    struct replica *both[] = {q->office, q->captain};

    assert_ok(ask(q->office, q->node, &q->all));
    lie_like(q, q->captain, &q->all, false, &q->street->patch[0], true, 0, -1);
    both_notice(q, LINLI_WARNING_RECORDS_WITHHELD);
    for (unsigned i = 0; i < 2; i++) {
        struct proof p = {.count = 0};
        assert_ok(replica_warning_each(both[i], prove, &p));
        assert_true(p.count == 1 && p.verdict == RECEIPTS_RECORDS_WITHHELD);
    }
}

/* --- what is signed --- */

/* The node answers the office, whose own digests are true, with another list or with none. */
static void answer_with(struct square *q, const linli_hash *list, uint64_t number)
{
    struct receipt_element held[8], said[8];
    struct shared_scope *scopes;
    size_t count = shared_of(q->office, q->node, &scopes, held);
    struct buf bytes = {0};
    struct receipt r = {.network = q->office->self.network, .incarnation = 9, .mark = {0, 0, number}, .lists = list != NULL};

    mem_free(scopes);
    memcpy(said, held, sizeof(held));
    memcpy(r.node, q->node->self.sign_public, KEY_BYTES);
    r.list = list != NULL ? *list : r.list;
    assert_ok(receipt_make(q->node->self.sign_secret, &r, said, count, &bytes));
    struct receipt_answer answer = {.node = r.node, .certificate = buf_span(&bytes), .elements = held, .count = count};
    assert_ok(replica_receipt_take(q->office, &answer));
    buf_free(&bytes);
}

static void a_list_that_is_not_so_is_misstated(void **state)
{
    struct square *q = *state;
    linli_hash made_up = {{1}};

    answer_with(q, &made_up, 5);
    assert_int_equal(noticed(q->office, LINLI_WARNING_MISSTATED), 1);
    assert_int_equal(warnings(q->office).count, 1);
}

/* One more than is kept was said in another patch than the node knows of: the sums are the same, what is listed is not. */
static void a_bound_reached(struct replica *r, const linli_id *patch)
{
    const linli_id *both[] = {patch, &r->self.root_scope};
    struct store_txn *txn = NULL;
    struct digest_row row;
    uint32_t number;

    assert_ok(store_begin(r->store, true, &txn));
    for (unsigned i = 0; i < 2; i++) {
        assert_ok(scope_number(txn, both[i], &number));
        assert_ok(digest_get(txn, number, &row));
        row.own_figures.statements += i == 0 ? RECEIPT_FULL : 0;
        row.subtree_figures.statements += RECEIPT_FULL;
        assert_ok(digest_put(txn, number, &row));
    }
    assert_ok(store_commit(txn));
}

static void where_ids_come_and_go_a_list_is_not_judged(void **state)
{
    struct square *q = *state;

    a_bound_reached(q->node, &q->street->patch[0]);
    a_bound_reached(q->office, &q->street->patch[1]);
    assert_ok(ask(q->office, q->node, &q->all));
    assert_int_equal(warnings(q->office).count, 0);
    assert_true(q->all.size > 0);
}

static void a_node_that_listed_before_lists_again_and_an_old_program_may_not(void **state)
{
    struct square *q = *state;
    struct receipt r;

    answer_with(q, NULL, 5); /* it never did */
    assert_int_equal(warnings(q->office).count, 0);
    assert_ok(ask(q->office, q->node, &q->all));
    assert_ok(receipt_decode(buf_span(&q->all), &r));
    answer_with(q, &r.list, 6);
    assert_int_equal(noticed(q->office, LINLI_WARNING_MISSTATED), 0);
    answer_with(q, NULL, 7);
    assert_int_equal(noticed(q->office, LINLI_WARNING_MISSTATED), 1);
}

static void who_asks_for_none_is_given_no_list(void **state)
{
    struct square *q = *state;
    struct receipt_element held[8];
    struct shared_scope *scopes;
    struct receipt r;
    size_t count = shared_of(q->office, q->node, &scopes, held);

    mem_free(scopes);
    assert_ok(replica_receipt_sign(q->node, held, count, false, (span){NULL, 0}, &q->all));
    assert_ok(receipt_decode(buf_span(&q->all), &r));
    assert_false(r.lists);
}

/* --- bounds --- */

static bool count_row(void *ctx, span key, span value)
{
    size_t *rows = ctx;

    (void)key;
    *rows += value.size > 0;
    return true;
}

static void what_was_listed_goes_with_its_receipt(void **state)
{
    struct square *q = *state;
    struct store_txn *txn = NULL;
    size_t receipts = 0, lists = 0;

    for (unsigned i = 0; i < MANY; i++) {
        (void)building_new(&q->street->town, q->node, &q->street->patch[0], "C");
        meet(q->node, q->office);
        assert_ok(ask(q->office, q->node, &q->all));
    }
    assert_ok(store_begin(q->office->store, false, &txn));
    assert_ok(note_each(txn, NOTE_RECEIPT, count_row, &receipts));
    assert_ok(note_each(txn, NOTE_LISTED, count_row, &lists));
    store_abort(txn);
    assert_true(receipts == 4 && lists == 4);
}

/* Entries of other scopes, many of them and all true, do not keep away those that one needs. */
static void entries_of_ones_own_path_go_before_others(void **state)
{
    struct square *q = *state;
    struct receipt_list list;
    struct store_txn *txn = NULL;
    struct buf rows = {0}, told[2] = {{0}};
    struct list_entry entries[RECEIPT_ENTRIES_MAX];
    struct arena arena = {.last = NULL};
    struct list_tree tree;
    struct receipt r;

    for (unsigned i = 0; i < RECEIPT_ENTRIES_MAX; i++) {
        struct receipt_element e = {.scope = {{0, (uint8_t)i}}};
        assert_ok(list_add(&rows, &e));
    }
    struct receipt_element own = {.scope = q->street->patch[0], .subtree = true};
    assert_ok(list_add(&rows, &own));
    list_sort(&rows);
    assert_ok(list_tree_make(buf_span(&rows), &tree));
    for (unsigned late = 0; late < 2; late++) {
        struct receipt_element e = {.scope = q->node->self.root_scope};
        struct buf bytes = {0}, with = {0};
        size_t row = 0, count = 0, last = 0;
        r = (struct receipt){.network = q->node->self.network, .incarnation = 9, .mark = {0, 0, 5}, .lists = true,
                             .list = *list_tree_top(&tree)};
        memcpy(r.node, q->node->self.sign_public, KEY_BYTES);
        assert_ok(receipt_make(q->node->self.sign_secret, &r, &e, 1, &bytes));
        assert_ok(receipt_decode(buf_span(&bytes), &r));
        assert_true(list_find(buf_span(&rows), &own.scope, true, &row, &e));
        for (size_t i = 0; i <= RECEIPT_ENTRIES_MAX; i++)
            if ((i == row) == late && count < RECEIPT_ENTRIES_MAX)
                list_entry_make(&tree, buf_span(&rows), last = i, arena_alloc(&arena, LIST_PATH_BYTES_MAX), &entries[count++]);
        assert_true(late == 0 || last == row);
        assert_ok(receipt_entries_write(entries, count, &with));
        r.entries = buf_span(&with);
        assert_ok(receipt_told_write(&r, &told[late]));
        span said = buf_span(&told[late]);
        assert_ok(replica_receipts_hear(q->captain, &said, 1));
        buf_free(&bytes);
        buf_free(&with);
    }
    assert_ok(store_begin(q->captain->store, false, &txn));
    assert_ok(receipts_load(txn, q->node->self.sign_public, &list));
    assert_int_equal(list.count, 1);
    struct receipt_said kept;
    receipt_said(&list.at[0], &kept);
    assert_int_equal(kept.count, 1 + RECEIPT_ENTRIES_MAX);
    assert_non_null(receipt_said_find(&kept, &own.scope, true));
    receipts_free(&list);
    store_abort(txn);
    list_tree_free(&tree);
    arena_free(&arena);
    for (unsigned i = 0; i < 2; i++)
        buf_free(&told[i]);
    buf_free(&rows);
}

/* --- very many scopes --- */

/* As if something were held of each. */
static void hold(struct store_txn *txn, const linli_id *ids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct digest_row row = {.own = {{1}}, .subtree = {{2}}};
        uint32_t number;
        assert_ok(scope_number(txn, &ids[i], &number));
        assert_ok(digest_put(txn, number, &row));
    }
}

static void where_there_are_too_many_scopes_the_lowest_level_is_not_listed(void **state)
{
    enum { PATCHES = LIST_ROWS_MAX / 2, AT_ONCE = 256 };
    struct square *q = *state;
    struct receipt_element e, found;
    struct store_txn *txn = NULL;
    struct buf rows = {0};
    linli_id parents[AT_ONCE], ids[AT_ONCE];
    struct linli_scope_spec specs[AT_ONCE];
    char names[AT_ONCE][16];
    size_t row;

    linli_id below = scope_add(q->node, &q->street->patch[0], "below");
    assert_ok(replica_element(q->node, &q->node->self.root_scope, true, &e));
    for (unsigned made = 0; made < PATCHES; made += AT_ONCE) {
        for (unsigned i = 0; i < AT_ONCE; i++) {
            parents[i] = below;
            (void)snprintf(names[i], sizeof(names[i]), "%u", made + i);
            specs[i] = (struct linli_scope_spec){.kind = LINLI_PATCH, .name = names[i]};
        }
        assert_ok(replica_scope_add(q->node, parents, specs, AT_ONCE, ids));
        assert_ok(store_begin(q->node->store, true, &txn));
        hold(txn, ids, AT_ONCE);
        assert_ok(store_commit(txn));
        assert_ok(store_begin(q->node->store, false, &txn));
        buf_clear(&rows);
        assert_ok(list_gather(txn, &e, 1, &rows));
        store_abort(txn);
        assert_true(list_find(buf_span(&rows), &below, true, &row, &found));
        assert_int_equal(list_find(buf_span(&rows), &ids[0], true, &row, &found), made + AT_ONCE < PATCHES);
    }
    assert_int_equal(rows.size, 4 * 2 * LIST_ROW_BYTES); /* the root, two patches, and the one below */
    buf_free(&rows);
}

int main(void)
{
#define SQUARE(f) cmocka_unit_test_setup_teardown(f, square_start, square_stop)
    const struct CMUnitTest tests[] = {
        SQUARE(records_that_a_captain_is_not_shown_are_noticed_with_the_offices_receipt),
        SQUARE(records_that_the_office_is_not_shown_are_noticed_with_a_captains_receipt),
        SQUARE(a_revocation_that_a_captain_is_not_shown_is_noticed_with_the_offices_receipt),
        SQUARE(a_revocation_that_the_office_is_not_shown_is_noticed_with_a_captains_receipt),
        SQUARE(two_contents_of_one_size_are_noticed_across_kinds),
        SQUARE(it_is_noticed_when_much_was_learnt_since),
        SQUARE(an_entry_is_passed_on_by_who_was_shown_it),
        SQUARE(an_entry_comes_to_who_had_heard_of_the_receipt_without_it),
        SQUARE(an_honest_node_is_accused_of_nothing),
        SQUARE(what_two_kinds_of_readers_have_heard_is_the_same_once_they_have_told_each_other),
        SQUARE(the_evidence_holds_for_anybody),
        SQUARE(a_list_that_is_not_so_is_misstated),
        SQUARE(where_ids_come_and_go_a_list_is_not_judged),
        SQUARE(a_node_that_listed_before_lists_again_and_an_old_program_may_not),
        SQUARE(who_asks_for_none_is_given_no_list),
        SQUARE(what_was_listed_goes_with_its_receipt),
        SQUARE(entries_of_ones_own_path_go_before_others),
        SQUARE(where_there_are_too_many_scopes_the_lowest_level_is_not_listed),
    };
    return UNIT_RUN(tests);
}
