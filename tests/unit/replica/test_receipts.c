/* replica tests: receipts given, taken and heard; what is noticed; what is kept, and how much of it. */
#include "receipts_street.h"

/* --- honest --- */

static void work_is_confirmed_when_a_receipt_covers_it(void **state)
{
    struct street *s = *state;
    struct buf known = {0};
    struct counted c = {.count = 0};

    assert_int_equal(unconfirmed(s->one), 0);
    (void)building_new(&s->town, s->one, &s->patch[0], "A");
    (void)building_new(&s->town, s->one, &s->patch[0], "B");
    assert_int_equal(unconfirmed(s->one), 2);
    meet(s->node, s->one);
    assert_int_equal(unconfirmed(s->one), 2); /* that it was sent is no proof */
    assert_ok(ask(s->one, s->node, &known));
    assert_int_equal(unconfirmed(s->one), 0);
    (void)building_new(&s->town, s->one, &s->patch[0], "C");
    assert_int_equal(unconfirmed(s->one), 1);
    assert_code(ask(s->one, s->node, &known), LINLI_E_CLOSED); /* the node does not hold it so */
    assert_int_equal(unconfirmed(s->one), 1);
    assert_ok(replica_receipt_each(s->one, count_receipt, &c));
    assert_true(c.count == 1 && c.ours == 1);
    (void)building_new(&s->town, s->node, &s->patch[0], "D");
    assert_int_equal(unconfirmed(s->node), 0); /* a node's own is where it belongs */
    assert_int_equal(warnings(s->one).count + warnings(s->node).count, 0);
    buf_free(&known);
}

static void what_was_written_meanwhile_is_not_covered(void **state)
{
    struct street *s = *state;
    struct receipt_element held[8], signed_as[8];
    struct shared_scope *scopes;
    struct buf receipt = {0};
    size_t count = shared_of(s->one, s->node, &scopes, held);

    mem_free(scopes);
    memcpy(signed_as, held, sizeof(held));
    assert_ok(replica_receipt_sign(s->node, signed_as, count, true, (span){NULL, 0}, &receipt));
    (void)building_new(&s->town, s->one, &s->patch[0], "A");
    struct receipt_answer answer = {.node = s->node->self.sign_public, .certificate = buf_span(&receipt), .elements = held,
                                    .count = count};
    assert_ok(replica_receipt_take(s->one, &answer));
    assert_int_equal(unconfirmed(s->one), 1);
    assert_int_equal(warnings(s->one).count, 0);
    buf_free(&receipt);
}

static void only_a_node_signs_and_only_a_nodes_receipt_counts(void **state)
{
    struct street *s = *state;
    struct buf known = {0}, bytes = {0};
    struct receipt_element held[8];
    struct shared_scope *scopes;
    struct receipt forged = {.network = s->one->self.network, .incarnation = 1};
    size_t count = shared_of(s->one, s->two, &scopes, held);
    struct counted c = {.count = 0};

    mem_free(scopes);
    assert_code(ask(s->one, s->two, &known), LINLI_E_REFUSED);
    memcpy(forged.node, s->two->self.sign_public, KEY_BYTES);
    assert_ok(receipt_make(s->two->self.sign_secret, &forged, held, count, &bytes));
    struct receipt_answer answer = {.node = s->two->self.sign_public, .certificate = buf_span(&bytes), .elements = held,
                                    .count = count};
    assert_code(replica_receipt_take(s->one, &answer), LINLI_E_REFUSED);
    answer.node = s->node->self.sign_public; /* it answers for somebody else */
    assert_code(replica_receipt_take(s->one, &answer), LINLI_E_SIGNATURE);
    span said[2] = {buf_span(&bytes), span_of("no certificate", 14)};
    assert_ok(replica_receipts_hear(s->one, said, 2)); /* passed over */
    buf_clear(&bytes);
    memcpy(forged.node, s->node->self.sign_public, KEY_BYTES);
    assert_ok(receipt_make(s->two->self.sign_secret, &forged, held, count, &bytes));
    answer.certificate = said[0] = buf_span(&bytes);
    assert_code(replica_receipt_take(s->one, &answer), LINLI_E_SIGNATURE);
    assert_ok(replica_receipts_hear(s->one, said, 1));
    forged.network.b[0] ^= 1;
    buf_clear(&bytes);
    assert_ok(receipt_make(s->node->self.sign_secret, &forged, held, count, &bytes));
    answer.certificate = buf_span(&bytes);
    assert_code(replica_receipt_take(s->one, &answer), LINLI_E_NETWORK);
    assert_ok(replica_receipt_each(s->one, count_receipt, &c));
    assert_int_equal(c.count + warnings(s->one).count, 0);
    buf_free(&bytes);
}

static void numbers_rise_whatever_is_closed_and_opened_again(void **state)
{
    struct street *s = *state;
    struct buf known = {0};
    uint64_t last = 0;

    for (unsigned i = 0; i < 3 * MANY; i++) {
        struct receipt r;
        assert_ok(ask(s->one, s->node, &known));
        assert_ok(receipt_decode(buf_span(&known), &r));
        assert_true(r.mark.number > last);
        last = r.mark.number;
        if (i % 5 == 4)
            s->node = house_reopen(&s->town, 0);
        if (i % 7 == 6) {
            (void)building_new(&s->town, s->node, &s->patch[0], "A");
            meet(s->node, s->one);
        }
    }
    assert_int_equal(warnings(s->one).count + warnings(s->node).count, 0);
    buf_free(&known);
}

static void what_two_have_heard_is_the_same_once_they_have_told_each_other(void **state)
{
    struct street *s = *state;
    struct buf known[2] = {{0}};
    struct receipts_meeting a, b;
    static const uint8_t nothing[8];

    meeting_of(s->one, s->two, &a);
    assert_memory_equal(a.heard, nothing, 8);
    assert_ok(ask(s->one, s->node, &known[0]));
    assert_ok(ask(s->two, s->node, &known[1]));
    meeting_of(s->one, s->two, &a);
    meeting_of(s->two, s->one, &b);
    assert_memory_not_equal(a.heard, b.heard, 8);
    tell(s->one, s->two);
    tell(s->two, s->one);
    meeting_of(s->one, s->two, &a);
    meeting_of(s->two, s->one, &b);
    assert_memory_equal(a.heard, b.heard, 8);
    assert_memory_not_equal(a.heard, nothing, 8);
    meeting_of(s->one, s->node, &a); /* of the two that meet nothing is passed on */
    assert_memory_equal(a.heard, nothing, 8);
    assert_true(a.known.size > 0 && !a.signs);
    receipts_meeting_free(&a);
    meeting_of(s->node, s->one, &b);
    assert_true(b.signs && b.known.size == 0);
    assert_int_equal(warnings(s->one).count + warnings(s->two).count, 0);
    buf_free(&known[0]);
    buf_free(&known[1]);
}

static void a_receipt_is_asked_for_again_after_a_day(void **state)
{
    struct street *s = *state;
    struct buf known = {0};
    struct receipts_meeting a;

    assert_ok(ask(s->one, s->node, &known));
    meeting_of(s->one, s->node, &a);
    assert_int_equal(a.settled.b[0], 1);
    receipts_meeting_free(&a);
    s->town.now_ms += UINT64_C(24) * 60 * 60 * 1000;
    meeting_of(s->one, s->node, &a);
    assert_int_equal(a.settled.b[0], 0);
    receipts_meeting_free(&a);
    buf_free(&known);
}

/* --- noticed --- */

static void folder_copy(const char *from, const char *to)
{
    char command[300];

    snprintf(command, sizeof(command), "rm -rf '%s' && cp -a '%s' '%s'", to, from, to);
    assert_int_equal(system(command), 0);
}

/* The node's folder as it is now, beside it. */
static void image_take(struct street *s, char image[96])
{
    snprintf(image, 96, "%s.old", s->town.houses[0].dir);
    replica_close(s->node);
    folder_copy(s->town.houses[0].dir, image);
    struct replica_config config = town_config(&s->town, &s->town.houses[0]);
    assert_ok(replica_open(&config, &s->town.houses[0].replica));
    s->node = s->town.houses[0].replica;
}

static void image_put_back(struct street *s, const char *image)
{
    char command[200];

    replica_close(s->node);
    folder_copy(image, s->town.houses[0].dir);
    snprintf(command, sizeof(command), "rm -rf '%s'", image);
    assert_int_equal(system(command), 0);
    struct replica_config config = town_config(&s->town, &s->town.houses[0]);
    assert_ok(replica_open(&config, &s->town.houses[0].replica));
    s->node = s->town.houses[0].replica;
}

static void a_node_that_was_put_back_says_so_and_begins_anew(void **state)
{
    struct street *s = *state;
    struct buf known = {0};
    char image[96];

    image_take(s, image);
    linli_id building = building_new(&s->town, s->one, &s->patch[0], "A");
    meet(s->node, s->one);
    assert_ok(ask(s->one, s->node, &known));
    image_put_back(s, image);
    uint64_t incarnation = s->node->self.incarnation;
    meet(s->node, s->one); /* it is filled again */
    assert_ok(ask(s->one, s->node, &known));
    assert_true(s->node->self.incarnation != incarnation);
    struct counted at_node = warnings(s->node), at_one = warnings(s->one);
    assert_true(at_node.count == 1 && at_node.kinds[LINLI_WARNING_ROLLED_BACK] == 1 && at_node.self);
    assert_true(at_one.count == 1 && at_one.kinds[LINLI_WARNING_ANEW] == 1 && !at_one.self);
    linli_id scope;
    struct arena a = {0};
    struct record_state loaded;
    assert_ok(replica_load(s->node, &a, &building, &scope, &loaded));
    arena_free(&a);
    assert_ok(ask(s->one, s->node, &known)); /* and that is all */
    assert_int_equal(warnings(s->node).count + warnings(s->one).count, 2);
    s->node = house_reopen(&s->town, 0);
    assert_true(s->node->self.incarnation != incarnation);
    buf_free(&known);
}

static void a_node_that_hears_from_others_that_it_was_put_back(void **state)
{
    struct street *s = *state;
    struct buf known = {0};
    char image[96];

    image_take(s, image);
    assert_ok(ask(s->one, s->node, &known));
    image_put_back(s, image);
    uint64_t incarnation = s->node->self.incarnation;
    span said = buf_span(&known);
    assert_ok(replica_receipts_hear(s->node, &said, 1));
    assert_true(s->node->self.incarnation != incarnation && warnings(s->node).self);
    incarnation = s->node->self.incarnation;
    assert_ok(replica_receipts_hear(s->node, &said, 1)); /* of an incarnation that is over */
    assert_true(s->node->self.incarnation == incarnation);
    buf_free(&known);
}

static void two_stories_are_noticed_when_those_who_heard_them_meet(void **state)
{
    struct street *s = *state;

    lie(s, s->one, 5, 3, 10);
    lie(s, s->two, 6, 2, 20); /* it withholds a revocation from two */
    assert_int_equal(warnings(s->one).count + warnings(s->two).count, 0);
    tell(s->one, s->two);
    tell(s->two, s->one);
    assert_int_equal(warnings(s->one).kinds[LINLI_WARNING_RIGHTS_WITHHELD], 1);
    assert_int_equal(warnings(s->two).kinds[LINLI_WARNING_RIGHTS_WITHHELD], 1);
    lie(s, s->one, 7, 3, 9);
    assert_int_equal(warnings(s->one).kinds[LINLI_WARNING_RECORDS_WITHHELD], 1);
    lie(s, s->one, 6, 3, 11);
    assert_int_equal(warnings(s->one).kinds[LINLI_WARNING_FORKED], 1);
    assert_int_equal(warnings(s->one).count, 3);
}

/* Somebody says more than is kept of him: ids come and go at the node, and it withholds nothing. */
static void a_node_at_a_bound_is_accused_of_nothing(void **state)
{
    struct street *s = *state;
    struct buf known = {0};
    struct replica *two[] = {s->node, s->one};
    size_t added;

    for (unsigned i = 0; i < REVOCATIONS_KEPT + MANY; i++) {
        struct revocation r = {.page = 1, .pages = 1};
        struct buf certificate = {0};
        statement_start(s->node, &s->node->own[0].grant, &s->node->own[0].grant.path, &r.head);
        memset(r.device, 77, KEY_BYTES);
        assert_ok(revocation_make(s->node->self.sign_secret, &r, NULL, 0, NULL, 0, &certificate));
        span one = buf_span(&certificate);
        for (size_t k = 0; k < COUNT_OF(two); k++)
            assert_ok(replica_grants_add(two[k], &one, 1, &added));
        buf_free(&certificate);
        assert_ok(ask(s->one, s->node, &known));
    }
    assert_int_equal(warnings(s->one).count + warnings(s->node).count, 0);
    buf_free(&known);
}

static void what_is_not_so_is_kept_as_evidence_and_confirms_nothing(void **state)
{
    struct street *s = *state;
    struct receipt_element held[8], other[8];
    struct shared_scope *scopes;
    struct buf bytes = {0};
    size_t count = shared_of(s->one, s->node, &scopes, held);
    struct counted c = {.count = 0};

    mem_free(scopes);
    memcpy(other, held, sizeof(held));
    struct receipt r = {.network = s->one->self.network, .incarnation = 9};
    memcpy(r.node, s->node->self.sign_public, KEY_BYTES);
    (void)building_new(&s->town, s->one, &s->patch[0], "A");
    other[0].weight++;
    assert_ok(receipt_make(s->node->self.sign_secret, &r, other, count, &bytes));
    struct receipt_answer answer = {.node = r.node, .certificate = buf_span(&bytes), .elements = held, .count = count};
    assert_ok(replica_receipt_take(s->one, &answer));
    assert_int_equal(warnings(s->one).kinds[LINLI_WARNING_MISSTATED], 1);
    assert_int_equal(unconfirmed(s->one), 1);
    assert_ok(replica_receipt_each(s->one, count_receipt, &c));
    assert_int_equal(c.count, 0);
    buf_free(&bytes);
}

static void an_answer_that_is_not_newer_than_the_question_tells_of_an_older_state(void **state)
{
    struct street *s = *state;
    struct receipt_element held[8];
    struct shared_scope *scopes;
    struct buf known = {0};
    size_t count = shared_of(s->one, s->node, &scopes, held);

    mem_free(scopes);
    assert_ok(ask(s->one, s->node, &known));
    (void)building_new(&s->town, s->two, &s->patch[1], "A"); /* elsewhere: what these two share is as it was */
    struct receipt_answer answer = {.node = s->node->self.sign_public, .certificate = buf_span(&known), .shown = buf_span(&known),
                                    .elements = held, .count = count};
    assert_ok(replica_receipt_take(s->one, &answer));
    assert_int_equal(warnings(s->one).kinds[LINLI_WARNING_ROLLED_BACK], 1);
    buf_free(&known);
}

/* --- bounds --- */

/* What the node signs, whatever it is, comes to somebody's ears. */
static void say(struct street *s, struct replica *to, struct receipt *r, const linli_id *scope, uint64_t statements)
{
    struct receipt_element e = {.scope = *scope, .statements = statements, .weight = 10};
    struct buf bytes = {0};

    r->network = to->self.network;
    memcpy(r->node, s->node->self.sign_public, KEY_BYTES);
    assert_ok(receipt_make(s->node->self.sign_secret, r, &e, 1, &bytes));
    span said = buf_span(&bytes);
    assert_ok(replica_receipts_hear(to, &said, 1));
    buf_free(&bytes);
}

static void say_anew(struct street *s, struct replica *to, uint64_t incarnation)
{
    struct receipt r = {.incarnation = incarnation, .issued_ms = TOWN_NOW_MS * 2 + incarnation};

    say(s, to, &r, &s->node->self.root_scope, 0);
}

static void kept_of(struct street *s, struct replica *r, struct receipt_list *list)
{
    struct store_txn *txn = NULL;

    assert_ok(store_begin(r->store, false, &txn));
    assert_ok(receipts_load(txn, s->node->self.sign_public, list));
    store_abort(txn); /* their certificates are gone with it */
}

static void of_each_node_a_few_are_kept(void **state)
{
    struct street *s = *state;
    struct receipt_list list;
    struct buf known = {0};
    size_t ours = 0, first = 0;

    assert_ok(ask(s->one, s->node, &known));
    for (uint64_t i = 1; i <= MANY; i++)
        lie(s, s->one, i, i, i);
    kept_of(s, s->one, &list);
    assert_int_equal(list.count, 4 + 1);
    receipts_free(&list);
    for (uint64_t i = 0; i < MANY; i++)
        say_anew(s, s->one, 100 + i);
    kept_of(s, s->one, &list);
    assert_int_equal(list.count, 4 + 15); /* of 16 incarnations; those heard of first, and the last */
    for (size_t i = 0; i < list.count; i++) {
        uint64_t incarnation = list.at[i].incarnation;
        ours += incarnation == s->node->self.incarnation;
        first += incarnation == 9;
        assert_true(incarnation < 100 || incarnation > 100 + MANY || incarnation - 100 < 13 || incarnation == 100 + MANY - 1);
    }
    assert_true(ours == 1 && first == 4);
    receipts_free(&list);
    buf_free(&known);
}

static void of_one_number_the_first_stays(void **state)
{
    struct street *s = *state;

    lie(s, s->one, 5, 3, 10);
    lie(s, s->one, 5, 1, 10);
    lie(s, s->one, 6, 2, 10);
    assert_int_equal(warnings(s->one).kinds[LINLI_WARNING_FORKED], 1);
    assert_int_equal(warnings(s->one).kinds[LINLI_WARNING_RIGHTS_WITHHELD], 1);
}

static void a_node_cannot_make_others_forget_what_it_signed(void **state)
{
    struct street *s = *state;

    lie(s, s->one, 5, 3, 10);
    for (uint64_t i = 0; i < 2 * MANY; i++) { /* of what nobody has heard of */
        struct receipt r = {.incarnation = 9, .mark = {0, 0, 100 + i}, .issued_ms = TOWN_NOW_MS * 2};
        linli_id scope = {{2, (uint8_t)i}};
        say(s, s->one, &r, &scope, 1000);
    }
    for (uint64_t i = 0; i < 2 * MANY; i++) /* of incarnations of the far future */
        say_anew(s, s->one, 100 + i);
    assert_int_equal(warnings(s->one).kinds[LINLI_WARNING_RIGHTS_WITHHELD], 0);
    lie(s, s->two, 6, 2, 10);
    tell(s->two, s->one);
    assert_int_equal(warnings(s->one).kinds[LINLI_WARNING_RIGHTS_WITHHELD], 1);
}

static void a_node_cannot_keep_two_from_telling_each_other(void **state)
{
    struct street *s = *state;
    struct receipts_meeting a, b;
    struct receipt top = {.incarnation = 9, .mark = {0, 0, 1000}};
    linli_id nowhere = {{2}};

    lie(s, s->one, 5, 3, 10);
    lie(s, s->two, 6, 2, 10);
    say(s, s->one, &top, &nowhere, 1);
    say(s, s->two, &top, &nowhere, 1);
    meeting_of(s->one, s->two, &a);
    meeting_of(s->two, s->one, &b);
    assert_memory_not_equal(a.heard, b.heard, 8); /* though both have the same highest */
    tell(s->one, s->two);
    assert_int_equal(warnings(s->two).kinds[LINLI_WARNING_RIGHTS_WITHHELD], 1);
}

static void a_node_cannot_fill_what_is_passed_on(void **state)
{
    struct street *s = *state;
    struct replica *liar = town_relay(&s->town, s->node, &s->node->self.root_scope), *honest = s->node;
    struct buf known = {0};
    struct counted c = {.count = 0};

    meet(s->node, s->one);
    meet(s->node, s->two);
    assert_ok(ask(s->one, honest, &known));
    s->node = liar;
    for (uint64_t i = 0; i < 16; i++)
        for (uint64_t n = 0; n < 3; n++) {
            struct receipt r = {.incarnation = i, .mark = {0, 0, UINT64_MAX - n}};
            say(s, s->one, &r, &s->one->self.root_scope, 1000 - n);
        }
    s->node = honest;
    tell(s->one, s->two);
    assert_ok(replica_receipt_each(s->two, count_receipt, &c));
    assert_int_equal(c.count, 2);
    buf_free(&known);
}

static void who_is_no_node_any_more_is_not_heard(void **state)
{
    struct street *s = *state;
    struct replica *gone = town_relay(&s->town, s->node, &s->patch[0]), *root = s->node;
    struct linli_revoke order = {.reason = LINLI_REASON_RETIRED};
    struct linli_revoked done;
    struct counted c = {.count = 0};

    memcpy(order.device, gone->self.sign_public, KEY_BYTES);
    assert_ok(replica_revoke(root, &order, &done));
    meet(root, s->one);
    s->node = gone;
    lie(s, s->one, 5, 3, 10);
    lie(s, s->one, 6, 2, 10);
    s->node = root;
    assert_ok(replica_receipt_each(s->one, count_receipt, &c));
    assert_int_equal(c.count + warnings(s->one).count, 0);
}

struct evidence {
    uint64_t first, last;
};

static bool anew_note(void *ctx, const struct linli_warning *warning)
{
    struct evidence *e = ctx;

    if (warning->kind != LINLI_WARNING_ANEW)
        return true;
    e->first = e->first == 0 || warning->incarnation < e->first ? warning->incarnation : e->first;
    e->last = warning->incarnation > e->last ? warning->incarnation : e->last;
    return true;
}

static void of_each_kind_the_first_evidence_is_kept_and_the_last(void **state)
{
    struct street *s = *state;
    struct evidence e = {0, 0};

    lie(s, s->one, 5, 3, 10);
    lie(s, s->one, 6, 2, 10);
    for (uint64_t i = 0; i < 2 * MANY; i++) {
        s->town.now_ms -= 1000; /* whatever its own clock says */
        say_anew(s, s->one, 100 + i);
    }
    assert_ok(replica_warning_each(s->one, anew_note, &e));
    assert_true(e.first == 100 && e.last == 100 + 2 * MANY - 1);
    assert_int_equal(warnings(s->one).count, 3);
    assert_int_equal(warnings(s->one).kinds[LINLI_WARNING_RIGHTS_WITHHELD], 1);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, start, stop)
    const struct CMUnitTest tests[] = {
        CASE(work_is_confirmed_when_a_receipt_covers_it),
        CASE(a_node_at_a_bound_is_accused_of_nothing),
        CASE(what_was_written_meanwhile_is_not_covered),
        CASE(only_a_node_signs_and_only_a_nodes_receipt_counts),
        CASE(numbers_rise_whatever_is_closed_and_opened_again),
        CASE(what_two_have_heard_is_the_same_once_they_have_told_each_other),
        CASE(a_receipt_is_asked_for_again_after_a_day),
        CASE(a_node_that_was_put_back_says_so_and_begins_anew),
        CASE(a_node_that_hears_from_others_that_it_was_put_back),
        CASE(two_stories_are_noticed_when_those_who_heard_them_meet),
        CASE(what_is_not_so_is_kept_as_evidence_and_confirms_nothing),
        CASE(an_answer_that_is_not_newer_than_the_question_tells_of_an_older_state),
        CASE(of_each_node_a_few_are_kept),
        CASE(of_one_number_the_first_stays),
        CASE(a_node_cannot_make_others_forget_what_it_signed),
        CASE(a_node_cannot_keep_two_from_telling_each_other),
        CASE(a_node_cannot_fill_what_is_passed_on),
        CASE(who_is_no_node_any_more_is_not_heard),
        CASE(of_each_kind_the_first_evidence_is_kept_and_the_last),
    };
    return UNIT_RUN(tests);
}
