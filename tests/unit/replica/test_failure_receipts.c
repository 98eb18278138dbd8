/* replica tests: receipts when memory runs out or a row is damaged: heard, told and passed on whole or not at all. */
#include "receipts_street.h"

static int count_once(void *ctx)
{
    struct street *s = ctx;
    struct counted c = {.count = 0};
    uint64_t count;
    int rv = replica_unconfirmed(s->one, &count);

    if (rv == LINLI_OK)
        rv = replica_receipt_each(s->one, count_receipt, &c);
    return rv == LINLI_OK ? replica_warning_each(s->one, count_warning, &c) : rv;
}

static void each_allocation_fails_without_a_trace(void **state)
{
    struct street *s = *state;
    struct receipt_element held[8];
    struct shared_scope *scopes;
    struct buf known = {0};
    bool failed = true;

    (void)building_new(&s->town, s->one, &s->patch[0], "A");
    assert_true(each_failure(s->one, &s->patch[0], count_once, s) > 1);
    meet(s->node, s->one);
    size_t count = shared_of(s->one, s->node, &scopes, held);
    mem_free(scopes);
    for (size_t n = 1; failed; n++) { /* what the node had signed was not heard, and that is all */
        heap_fail_at(n);
        int rv = answer(s->one, s->node, held, count, &known);
        failed = heap_failed();
        heap_unwatch();
        assert_code(rv, failed ? LINLI_E_NOMEM : LINLI_OK);
        assert_int_equal(unconfirmed(s->one), failed);
    }
    lie(s, s->one, 5, 3, 10);
    assert_int_equal(warnings(s->one).count, 1); /* another incarnation */
    buf_free(&known);
}

struct exchange {
    struct replica *r;
    const linli_author *peer;
    struct shared_scope *scopes;
    size_t count;
    span heard;
    struct receipt_answer answer;
};

static int meet_work(void *ctx)
{
    const struct exchange *x = ctx;
    struct receipts_meeting meeting;
    int rv = replica_receipts_meet(x->r, x->peer, x->scopes, x->count, &meeting);

    if (rv == LINLI_OK)
        receipts_meeting_free(&meeting);
    return rv;
}

static int pass_on_work(void *ctx)
{
    const struct exchange *x = ctx;
    struct buf plain = {0}, listing = {0};
    int rv = replica_receipts_heard(x->r, x->peer->key, x->scopes, x->count, &plain, &listing);

    buf_free(&plain);
    buf_free(&listing);
    return rv;
}

static int hear_work(void *ctx)
{
    const struct exchange *x = ctx;

    return replica_receipts_hear(x->r, &x->heard, 1);
}

static int take_work(void *ctx)
{
    const struct exchange *x = ctx;

    return replica_receipt_take(x->r, &x->answer);
}

static void what_is_heard_or_passed_on_is_so_whole_or_not_at_all(void **state)
{
    struct street *s = *state;
    struct receipt_element held[8], signed_as[8], e = {.scope = s->node->self.root_scope};
    struct exchange x = {.r = s->one, .peer = &s->node->author};
    struct buf receipt = {0}, heard = {0}, own = {0};

    (void)building_new(&s->town, s->one, &s->patch[0], "A");
    meet(s->node, s->one);
    x.count = shared_of(s->one, s->node, &x.scopes, held);
    memcpy(signed_as, held, sizeof(held));
    assert_ok(replica_receipt_sign(s->node, signed_as, x.count, true, (span){NULL, 0}, &receipt));
    x.answer = (struct receipt_answer){.node = s->node->self.sign_public, .certificate = buf_span(&receipt),
                                       .elements = held, .count = x.count, .settled = {{1}}};
    assert_true(each_failure(s->one, &s->patch[0], take_work, &x) > 1);
    assert_int_equal(unconfirmed(s->one), 0);
    assert_true(each_failure(s->one, &s->patch[0], meet_work, &x) > 1);
    mem_free(x.scopes);
    x.peer = &s->two->author;
    x.count = shared_of(s->one, s->two, &x.scopes, NULL);
    assert_true(each_failure(s->one, &s->patch[0], meet_work, &x) > 1);
    assert_true(each_failure(s->one, &s->patch[0], pass_on_work, &x) > 1);
    mem_free(x.scopes);
    struct receipt r = {.network = s->one->self.network, .incarnation = 100, .issued_ms = 1000};
    memcpy(r.node, s->node->self.sign_public, KEY_BYTES);
    assert_ok(receipt_make(s->node->self.sign_secret, &r, &e, 1, &heard));
    x.heard = buf_span(&heard);
    assert_true(each_failure(s->one, &s->patch[0], hear_work, &x) > 1);
    assert_int_equal(warnings(s->one).kinds[LINLI_WARNING_ANEW], 1);
    assert_true(each_failure(s->one, &s->patch[0], count_once, s) > 1);
    r.incarnation = s->node->author.incarnation; /* of a time that the node itself has not seen yet */
    r.mark = (struct receipt_mark){.opened = 1000, .run = 9, .number = 1001};
    assert_ok(receipt_make(s->node->self.sign_secret, &r, &e, 1, &own));
    x.r = s->node;
    x.heard = buf_span(&own);
    assert_true(each_failure(s->node, &s->patch[0], hear_work, &x) > 1);
    assert_true(warnings(s->node).self);
    buf_free(&receipt);
    buf_free(&heard);
    buf_free(&own);
}

/* Somebody who reads everything is given a list, and shows entries of it to a captain who was told less. */
static void a_list_is_taken_shown_and_heard_whole_or_not_at_all(void **state)
{
    struct street *s = *state;
    struct replica *office = town_join(&s->town, s->node, &s->node->self.root_scope, LINLI_CLERK);
    struct receipt_element held[8], signed_as[8], e;
    struct exchange x = {.r = office};
    struct buf receipt = {0}, plain = {0}, listing = {0}, lie = {0};
    struct receipt r;

    (void)building_new(&s->town, s->node, &s->patch[0], "A");
    meet(s->node, office);
    meet(s->node, s->one);
    x.count = shared_of(office, s->node, &x.scopes, held);
    mem_free(x.scopes);
    memcpy(signed_as, held, sizeof(held));
    assert_ok(replica_receipt_sign(s->node, signed_as, x.count, true, (span){NULL, 0}, &receipt));
    x.answer = (struct receipt_answer){.node = s->node->self.sign_public, .certificate = buf_span(&receipt),
                                       .elements = held, .count = x.count, .settled = {{1}}};
    assert_true(each_failure(office, &s->patch[0], take_work, &x) > 1);
    x.peer = &s->one->author;
    x.count = shared_of(office, s->one, &x.scopes, NULL);
    assert_true(each_failure(office, &s->patch[0], meet_work, &x) > 1);
    assert_true(each_failure(office, &s->patch[0], pass_on_work, &x) > 1);
    assert_ok(replica_receipts_heard(office, s->one->self.sign_public, x.scopes, x.count, &plain, &listing));
    mem_free(x.scopes);
    x.r = s->one;
    x.heard = buf_span(&receipt); /* first without an entry */
    assert_true(each_failure(s->one, &s->patch[0], hear_work, &x) > 1);
    assert_ok(receipt_decode(buf_span(&receipt), &r));
    assert_ok(replica_element(s->node, &s->patch[0], true, &e));
    e.weight--;
    r.lists = false;
    r.mark.number++;
    assert_ok(receipt_make(s->node->self.sign_secret, &r, &e, 1, &lie));
    x.heard = buf_span(&lie);
    assert_true(each_failure(s->one, &s->patch[0], hear_work, &x) > 1);
    assert_int_equal(warnings(s->one).count, 0);
    struct reader at;
    reader_start(&at, buf_span(&listing));
    assert_int_equal(reader_array(&at, 24), 1);
    x.heard = reader_bin(&at, RECEIPT_TOLD_BYTES);
    assert_true(each_failure(s->one, &s->patch[0], hear_work, &x) > 1);
    assert_int_equal(warnings(s->one).kinds[LINLI_WARNING_RECORDS_WITHHELD], 1);
    x.heard = buf_span(&lie); /* and somebody who was given the list hears what does not go with it */
    assert_true(each_failure(office, &s->patch[0], hear_work, &(struct exchange){.r = office, .heard = x.heard}) > 1);
    assert_int_equal(warnings(office).kinds[LINLI_WARNING_RECORDS_WITHHELD], 1);
    buf_free(&receipt);
    buf_free(&plain);
    buf_free(&listing);
    buf_free(&lie);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, start, stop)
    const struct CMUnitTest tests[] = {
        CASE(each_allocation_fails_without_a_trace),
        CASE(what_is_heard_or_passed_on_is_so_whole_or_not_at_all),
        CASE(a_list_is_taken_shown_and_heard_whole_or_not_at_all),
    };
    return UNIT_RUN(tests);
}
