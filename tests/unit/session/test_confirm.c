/* tests: session: receipts are asked for with a settle and answered when both have settled; hello tells who has heard other things. */
#include "unit.h"

#include "pair.h"
#include "session/message.h"

static const struct session_receipts node = {.signs = true, .run = 3};
static const struct session_receipts device = {.peer_may_sign = true};

/* A device that calls (a), or is called (b), and a node; what both hold is alike. */
static void prepare(struct session_pair *p, uint64_t seed, const struct session_receipts *a, const struct session_receipts *b)
{
    unsigned numbers[] = {1};
    struct scope_path path = fake_path(1, numbers);

    pair_prepare(p, seed);
    fake_write(&p->a.store, &path, 1, 10);
    fake_write(&p->b.store, &path, 1, 10);
    p->a.config.receipts = *a;
    p->b.config.receipts = *b;
}

static void finish(struct session_pair *p)
{
    assert_true(p->a.settled && p->b.settled && p->a.closed && p->b.closed);
    assert_code(p->a.close_code, LINLI_OK);
    assert_code(p->b.close_code, LINLI_OK);
    assert_ok(p->a.step_code);
    assert_ok(p->b.step_code);
}

static void whoever_called_gets_a_receipt_before_it_goes(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct session_pair p;
        prepare(&p, seed, &device, &node);
        pair_sync(&p);
        finish(&p);
        assert_int_equal(p.a.receipts, 1);
        assert_true(p.a.taken == 1 && p.b.signing == 1);
        assert_true(p.a.asked_with == 0 && p.b.shown == 0);
        assert_int_equal(p.b.receipts, 0);
        pair_free(&p);
    }
}

static void whoever_was_called_gets_one_too(void **state)
{
    (void)state;
    struct session_receipts both = node;

    both.peer_may_sign = true;
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct session_pair p;
        prepare(&p, seed, &node, &device);
        pair_sync(&p);
        finish(&p);
        assert_true(p.b.receipts == 1 && p.a.receipts == 0);
        pair_free(&p);
        prepare(&p, seed, &both, &both); /* two nodes */
        pair_sync(&p);
        finish(&p);
        assert_true(p.b.receipts == 1 && p.a.receipts == 1);
        pair_free(&p);
    }
}

static void after_work_that_moved_the_receipt_is_of_what_both_then_hold(void **state)
{
    (void)state;
    unsigned numbers[] = {1};
    struct scope_path path = fake_path(1, numbers);

    for (uint64_t seed = 0; seed < 40; seed++) {
        struct session_pair p;
        prepare(&p, seed, &device, &node);
        fake_write(&p.a.store, &path, 2, 7);
        fake_write(&p.b.store, &path, 3, 7);
        pair_sync(&p);
        finish(&p);
        assert_true(p.a.receipts == 1 && pair_equal(&p));
        pair_free(&p);
    }
}

static void nothing_is_asked_of_who_does_not_sign_or_has_signed_it(void **state)
{
    (void)state;
    struct session_receipts knows = device, stranger = {.signs = false};
    struct session_pair p;

    prepare(&p, 1, &device, &stranger); /* it does not sign */
    pair_sync(&p);
    finish(&p);
    assert_int_equal(p.a.receipts + p.b.signing, 0);
    pair_free(&p);
    prepare(&p, 1, &stranger, &node); /* it signs, but is no node as far as is known here */
    pair_sync(&p);
    finish(&p);
    assert_int_equal(p.a.receipts + p.b.signing, 0);
    pair_free(&p);
    prepare(&p, 1, &device, &node);
    pair_sync(&p);
    size_t bytes = p.a.bytes_out;
    knows.settled = p.a.settled_on;
    knows.known = span_of("known", 5);
    knows.known_run = node.run;
    pair_free(&p);
    prepare(&p, 1, &knows, &node); /* it was given one for this */
    pair_sync(&p);
    finish(&p);
    assert_int_equal(p.a.receipts + p.b.signing, 0);
    assert_true(p.a.bytes_out < bytes);
    pair_free(&p);
}

static void a_node_that_was_opened_again_is_asked(void **state)
{
    (void)state;
    const uint64_t runs[] = {4, 0, UINT64_MAX};
    struct session_pair p;

    prepare(&p, 1, &device, &node);
    pair_sync(&p);
    linli_hash settled = p.a.settled_on;
    pair_free(&p);
    for (size_t i = 0; i < sizeof(runs) / sizeof(*runs); i++) {
        struct session_receipts knows = device;
        knows.settled = settled;
        knows.known = span_of("known", 5);
        knows.known_run = runs[i];
        prepare(&p, 1, &knows, &node);
        pair_sync(&p);
        finish(&p);
        assert_int_equal(p.a.receipts, 1);
        assert_true(p.b.shown == 5 && p.a.asked_with == 5);
        pair_free(&p);
    }
}

static void not_now_is_an_answer(void **state)
{
    (void)state;
    struct session_pair p;

    prepare(&p, 1, &device, &node);
    p.b.signs_never = true;
    pair_sync(&p);
    finish(&p);
    assert_true(p.b.signing == 1 && p.a.receipts == 0);
    pair_free(&p);
}

static void what_the_other_has_not_heard_is_told_once(void **state)
{
    (void)state;
    struct session_receipts some = {.heard = {1}}, others = {.heard = {2}}, none = {.signs = false};
    struct session_pair p;

    prepare(&p, 1, &some, &others);
    pair_sync(&p);
    finish(&p);
    assert_true(p.a.heard == 1 && p.b.heard == 1);
    assert_true(p.a.heard_plain == 1 + 2 + 5 && p.a.heard_listing == 4);
    pair_free(&p);
    prepare(&p, 1, &some, &some);
    pair_sync(&p);
    finish(&p);
    assert_true(p.a.heard == 0 && p.b.heard == 0);
    pair_free(&p);
    prepare(&p, 1, &some, &none); /* who has heard nothing has nothing to tell */
    pair_sync(&p);
    finish(&p);
    assert_true(p.a.heard == 0 && p.b.heard == 1);
    pair_free(&p);
}

/* So many receipts of each kind, of so many bytes. */
static int heard_of(size_t plain, size_t plain_bytes, size_t listing, size_t listing_bytes)
{
    static const uint8_t nothing[HEARD_LISTING_BYTES + 1];
    struct buf m = {0};
    struct heard_receipts out;
    uint64_t kind;
    span body;

    write_array(&m, 2);
    write_uint(&m, MESSAGE_HEARD);
    write_map(&m, 2);
    write_uint(&m, 1);
    write_array(&m, plain);
    for (size_t i = 0; i < plain; i++)
        write_bin(&m, nothing, plain_bytes);
    write_uint(&m, 2);
    write_array(&m, listing);
    for (size_t i = 0; i < listing; i++)
        write_bin(&m, nothing, listing_bytes);
    int rv = message_open(buf_span(&m), &kind, &body);
    if (rv == LINLI_OK)
        rv = heard_decode(body, &out);
    buf_free(&m);
    return rv;
}

static void what_was_heard_is_bounded(void **state)
{
    (void)state;
    assert_ok(heard_of(0, 0, 0, 0));
    assert_ok(heard_of(HEARD_MAX, LIMIT_STATEMENT_BYTES, 0, 0));
    assert_ok(heard_of(HEARD_MAX - 1, 9, 1, HEARD_LISTING_BYTES));
    assert_code(heard_of(HEARD_MAX, 9, 1, 9), LINLI_E_FORMAT);
    assert_code(heard_of(1, 9, HEARD_MAX, 9), LINLI_E_FORMAT);
    assert_code(heard_of(1, LIMIT_STATEMENT_BYTES + 1, 0, 0), LINLI_E_FORMAT);
    assert_code(heard_of(0, 0, 1, HEARD_LISTING_BYTES + 1), LINLI_E_FORMAT);
}

static void who_asks_says_that_it_reads_receipts_that_list(void **state)
{
    (void)state;
    struct session_pair p;
    struct settle asked = {.round = 1, .asks = true}, read;
    uint64_t kind;
    span body;

    prepare(&p, 1, &device, &node);
    pair_sync(&p);
    finish(&p);
    assert_true(p.b.lists);
    pair_free(&p);
    for (int lists = 0; lists < 2; lists++) { /* an older program says nothing of it */
        struct buf m = {0};
        asked.lists = lists != 0;
        assert_ok(settle_encode(&m, &asked));
        assert_ok(message_open(buf_span(&m), &kind, &body));
        assert_ok(settle_decode(body, &read));
        assert_int_equal(read.lists, asked.lists);
        buf_free(&m);
    }
}

static void hear_control(struct side *x, struct buf *m)
{
    side_hear(x, STREAM_CONTROL, buf_span(m));
    buf_free(m);
}

static void a_receipt_that_nobody_asked_for_ends_the_session(void **state)
{
    (void)state;
    struct session_pair p;
    struct buf m = {0};

    prepare(&p, 1, &device, &node);
    pair_meet(&p, true);
    while (pair_turn(&p))
        ;
    assert_int_equal(p.a.receipts, 1);
    assert_ok(receipt_message_encode(&m, span_of("again", 5)));
    hear_control(&p.a, &m);
    assert_true(p.a.closed);
    assert_code(p.a.close_code, LINLI_E_PROTOCOL);
    pair_free(&p);
}

static void what_was_heard_comes_once_in_a_session(void **state)
{
    (void)state;
    struct session_pair p;

    prepare(&p, 1, &device, &node);
    pair_meet(&p, true);
    while (pair_turn(&p))
        ;
    for (int i = 0; i < 2; i++) {
        struct buf m = {0};
        assert_false(p.a.closed);
        assert_ok(heard_encode(&m, &(struct heard_receipts){.plain = span_of("\x90", 1)}));
        hear_control(&p.a, &m);
    }
    assert_true(p.a.closed && p.a.heard == 1 && p.a.heard_listing == 0);
    assert_code(p.a.close_code, LINLI_E_PROTOCOL);
    pair_free(&p);
}

static void an_answer_that_does_not_come_is_not_waited_for_for_ever(void **state)
{
    (void)state;
    struct session_pair p;

    prepare(&p, 1, &device, &node);
    pair_meet(&p, false);
    while (pair_turn(&p) && !p.a.settled)
        ;
    while (p.a.out[STREAM_CONTROL].count > 0)
        side_write(&p.a);
    assert_false(p.a.closed); /* it waits */
    p.a.now_ms += 31 * 1000;
    side_event(&p.a, EVENT_TIMER);
    assert_true(p.a.closed && p.a.receipts == 0);
    assert_code(p.a.close_code, LINLI_E_TIMEOUT);
    pair_free(&p);
}

static void live_changes_are_confirmed_by_a_round_a_while_later(void **state)
{
    (void)state;
    unsigned numbers[] = {1};
    struct scope_path path = fake_path(1, numbers);
    struct session_pair p;

    prepare(&p, 1, &device, &node);
    pair_meet(&p, true);
    while (pair_turn(&p))
        ;
    assert_int_equal(p.a.receipts, 1);
    struct session_event event = {.kind = EVENT_CHANGED, .author = fake_author(1)};
    event.seq = fake_write(&p.a.store, &path, 1, 1);
    path_scope(&p.a.store.network, &path, &event.scope);
    side_step(&p.a, &event);
    while (pair_turn(&p))
        ;
    assert_true(pair_equal(&p) && p.a.receipts == 1);
    p.a.now_ms += 29 * 1000;
    p.b.now_ms += 29 * 1000;
    side_event(&p.a, EVENT_TIMER);
    while (pair_turn(&p))
        ;
    assert_int_equal(p.a.receipts, 1);
    p.a.now_ms += 2 * 1000;
    p.b.now_ms += 2 * 1000;
    side_event(&p.a, EVENT_TIMER);
    while (pair_turn(&p))
        ;
    assert_int_equal(p.a.receipts, 2);
    assert_false(p.a.closed || p.b.closed);
    pair_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_called_gets_a_receipt_before_it_goes),
        cmocka_unit_test(whoever_was_called_gets_one_too),
        cmocka_unit_test(after_work_that_moved_the_receipt_is_of_what_both_then_hold),
        cmocka_unit_test(nothing_is_asked_of_who_does_not_sign_or_has_signed_it),
        cmocka_unit_test(a_node_that_was_opened_again_is_asked),
        cmocka_unit_test(not_now_is_an_answer),
        cmocka_unit_test(what_the_other_has_not_heard_is_told_once),
        cmocka_unit_test(what_was_heard_is_bounded),
        cmocka_unit_test(who_asks_says_that_it_reads_receipts_that_list),
        cmocka_unit_test(a_receipt_that_nobody_asked_for_ends_the_session),
        cmocka_unit_test(what_was_heard_comes_once_in_a_session),
        cmocka_unit_test(live_changes_are_confirmed_by_a_round_a_while_later),
        cmocka_unit_test(an_answer_that_does_not_come_is_not_waited_for_for_ever),
    };
    return UNIT_RUN(tests);
}
