/* tests: replica: a device whose invitation asks for it waits until somebody has compared the digits. */
#include "town.h"

struct office {
    struct town town;
    struct replica *node;
    struct invitation inv;
    struct device_keys d, other;
    struct buf answer;
};

static void office_open(struct office *o, bool confirm)
{
    memset(o, 0, sizeof(*o));
    town_start(&o->town);
    o->node = town_root(&o->town);
    device_make(&o->town, &o->d);
    device_make(&o->town, &o->other);
    o->d.code = 123456;
    o->other.code = 654321;
    invite_as(o->node, &replica_identity(o->node)->root_scope, LINLI_CLERK, confirm, &o->inv);
}

static void office_close(struct office *o)
{
    buf_free(&o->answer);
    town_end(&o->town);
}

static size_t grants_of(const struct replica *r, const struct device_keys *d)
{
    struct store_txn *txn = NULL;
    span ids = {NULL, 0};

    assert_ok(store_begin(r->store, false, &txn));
    assert_ok(authority_of_device(txn, d->sign_public, &ids));
    store_abort(txn);
    return ids.size / HASH_BYTES;
}

static bool seen_one(void *ctx, const struct linli_enrol_request *request)
{
    struct linli_enrol_request *out = ctx;

    out->since_ms++; /* counts */
    out->code = request->code;
    assert_string_equal(request->name, "Made-up Holder");
    assert_string_equal(request->device_name, "made-up phone");
    assert_int_equal(request->role, LINLI_CLERK);
    return true;
}

static void nothing_is_granted_before_the_digits_were_compared(void **state)
{
    struct office o;
    struct linli_enrol_request seen = {0};

    (void)state;
    office_open(&o, true);
    assert_code(enrol(o.node, &o.inv, &o.d, &o.answer), LINLI_E_WAIT);
    o.d.again = true;
    assert_code(enrol(o.node, &o.inv, &o.d, &o.answer), LINLI_E_WAIT);
    assert_int_equal(o.answer.size, 0);
    assert_int_equal(grants_of(o.node, &o.d), 0);
    assert_ok(replica_enrol_each(o.node, seen_one, &seen));
    assert_int_equal(seen.since_ms, 1);
    assert_int_equal(seen.code, 123456);
    assert_code(replica_enrol_confirm(o.node, 123457), LINLI_E_NOT_FOUND);
    assert_int_equal(grants_of(o.node, &o.d), 0);
    assert_ok(replica_enrol_confirm(o.node, 123456));
    assert_int_equal(grants_of(o.node, &o.d), 1);
    assert_ok(enrol(o.node, &o.inv, &o.d, &o.answer));
    struct replica *clerk = join(&o.town, &o.d, buf_span(&o.answer));
    struct linli_status status;
    assert_ok(replica_status(clerk, &status));
    assert_int_equal(status.role, LINLI_CLERK);
    office_close(&o);
}

/* The line was lost just as the office confirmed: the device's next call is answered. */
static void a_device_that_was_confirmed_while_away_is_let_in(void **state)
{
    struct office o;

    (void)state;
    office_open(&o, true);
    assert_code(enrol(o.node, &o.inv, &o.d, &o.answer), LINLI_E_WAIT);
    assert_ok(replica_enrol_confirm(o.node, 123456));
    replica_enrol_gone(o.node, o.d.sign_public);
    o.d.code = 777;
    assert_ok(enrol(o.node, &o.inv, &o.d, &o.answer));
    office_close(&o);
}

static void a_device_that_hung_up_cannot_be_confirmed(void **state)
{
    struct office o;

    (void)state;
    office_open(&o, true);
    assert_code(enrol(o.node, &o.inv, &o.d, &o.answer), LINLI_E_WAIT);
    replica_enrol_gone(o.node, o.d.sign_public);
    assert_code(replica_enrol_confirm(o.node, 123456), LINLI_E_NOT_FOUND);
    o.d.code = 777;
    assert_code(enrol(o.node, &o.inv, &o.d, &o.answer), LINLI_E_WAIT);
    assert_code(replica_enrol_confirm(o.node, 123456), LINLI_E_NOT_FOUND);
    assert_ok(replica_enrol_confirm(o.node, 777));
    office_close(&o);
}

/* Whoever photographed the invitation comes, too, and shows other digits. */
static void of_two_that_come_with_one_invitation_the_confirmed_one_gets_it(void **state)
{
    struct office o;

    (void)state;
    office_open(&o, true);
    assert_code(enrol(o.node, &o.inv, &o.other, &o.answer), LINLI_E_WAIT);
    assert_code(enrol(o.node, &o.inv, &o.d, &o.answer), LINLI_E_WAIT);
    assert_ok(replica_enrol_confirm(o.node, 123456));
    o.d.again = o.other.again = true;
    assert_code(enrol(o.node, &o.inv, &o.other, &o.answer), LINLI_E_USED);
    assert_ok(enrol(o.node, &o.inv, &o.d, &o.answer));
    assert_int_equal(grants_of(o.node, &o.other), 0);
    office_close(&o);
}

static void equal_digits_confirm_nobody(void **state)
{
    struct office o;

    (void)state;
    office_open(&o, true);
    o.other.code = o.d.code;
    assert_code(enrol(o.node, &o.inv, &o.other, &o.answer), LINLI_E_WAIT);
    assert_code(enrol(o.node, &o.inv, &o.d, &o.answer), LINLI_E_WAIT);
    assert_code(replica_enrol_confirm(o.node, 123456), LINLI_E_EXISTS);
    assert_int_equal(grants_of(o.node, &o.d) + grants_of(o.node, &o.other), 0);
    office_close(&o);
}

static void a_rejected_device_ends_its_invitation(void **state)
{
    struct office o;

    (void)state;
    office_open(&o, true);
    assert_code(enrol(o.node, &o.inv, &o.other, &o.answer), LINLI_E_WAIT);
    assert_code(enrol(o.node, &o.inv, &o.d, &o.answer), LINLI_E_WAIT);
    assert_ok(replica_enrol_reject(o.node, 654321));
    assert_code(replica_enrol_confirm(o.node, 123456), LINLI_E_NOT_FOUND);
    o.d.again = true;
    assert_code(enrol(o.node, &o.inv, &o.d, &o.answer), LINLI_E_NOT_FOUND);
    o.d.again = false;
    assert_code(enrol(o.node, &o.inv, &o.d, &o.answer), LINLI_E_NOT_FOUND);
    assert_int_equal(grants_of(o.node, &o.d) + grants_of(o.node, &o.other), 0);
    office_close(&o);
}

static void waiting_ends_with_the_invitation(void **state)
{
    struct office o;

    (void)state;
    office_open(&o, true);
    assert_code(enrol(o.node, &o.inv, &o.d, &o.answer), LINLI_E_WAIT);
    o.town.now_ms = o.inv.expires_ms;
    assert_code(replica_enrol_confirm(o.node, 123456), LINLI_E_EXPIRED);
    o.d.again = true;
    assert_code(enrol(o.node, &o.inv, &o.d, &o.answer), LINLI_E_EXPIRED);
    assert_int_equal(grants_of(o.node, &o.d), 0);
    office_close(&o);
}

/* Somebody between the two could else call until the digits agree with those on the phone. */
static void an_invitation_shows_digits_a_few_times_and_is_void_then(void **state)
{
    struct office o;
    unsigned shown = 0;

    (void)state;
    office_open(&o, true);
    for (o.d.code = 0; o.d.code < 100; o.d.code++)
        shown += enrol(o.node, &o.inv, &o.d, &o.answer) == LINLI_E_WAIT;
    assert_int_equal(shown, 32);
    assert_code(enrol(o.node, &o.inv, &o.other, &o.answer), LINLI_E_NOT_FOUND);
    office_close(&o);
}

static int enrol_at(struct office *o, struct device_keys *d)
{
    return enrol(o->node, &o->inv, d, &o->answer);
}

static void a_node_may_ask_it_of_all_but_viewers(void **state)
{
    struct office o;
    static const enum linli_role roles[] = {LINLI_NODE, LINLI_CLERK, LINLI_CAPTAIN, LINLI_VIEWER};

    (void)state;
    office_open(&o, false);
    for (size_t i = 0; i < COUNT_OF(roles); i++) {
        struct device_keys d;
        device_make(&o.town, &d);
        d.confirm_all = true;
        invite_as(o.node, &replica_identity(o.node)->root_scope, roles[i], false, &o.inv);
        assert_code(enrol_at(&o, &d), roles[i] == LINLI_VIEWER ? LINLI_OK : LINLI_E_WAIT);
    }
    office_close(&o);
}

static void few_wait_at_a_time(void **state)
{
    struct office o;
    unsigned waiting = 0;

    (void)state;
    office_open(&o, true);
    for (unsigned i = 0; i < 100; i++) {
        struct device_keys d;
        device_make(&o.town, &d);
        invite_as(o.node, &replica_identity(o.node)->root_scope, LINLI_CLERK, true, &o.inv);
        int rv = enrol_at(&o, &d);
        assert_true(rv == LINLI_E_WAIT || rv == LINLI_E_LIMIT);
        waiting += rv == LINLI_E_WAIT;
    }
    assert_int_equal(waiting, 64);
    office_close(&o);
}

struct asking {
    struct office *o;
    struct buf request;
};

static int ask_and_hang_up(void *ctx)
{
    struct asking *a = ctx;
    struct enrol_ask ask = {.secret = a->o->inv.secret, .request = buf_span(&a->request), .code = 1};
    struct linli_enrol_request said;
    int rv = replica_enrol(a->o->node, &ask, &a->o->answer, &said);

    replica_enrol_gone(a->o->node, a->o->d.sign_public);
    return rv == LINLI_E_WAIT ? LINLI_OK : rv;
}

static void memory_that_runs_out_leaves_nobody_waiting(void **state)
{
    struct office o;
    struct asking a = {.o = &o};

    (void)state;
    office_open(&o, true);
    write_map(&a.request, 2);
    write_uint(&a.request, 1);
    write_bin(&a.request, o.d.sign_public, KEY_BYTES);
    write_uint(&a.request, 2);
    write_bin(&a.request, o.d.seal_public, KEY_BYTES);
    assert_ok(ask_and_hang_up(&a)); /* the list of those who wait has its room from now on */
    assert_true(heap_each_failure(ask_and_hang_up, &a) > 1);
    assert_int_equal(grants_of(o.node, &o.d), 0);
    buf_free(&a.request);
    office_close(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_granted_before_the_digits_were_compared),
        cmocka_unit_test(a_device_that_was_confirmed_while_away_is_let_in),
        cmocka_unit_test(a_device_that_hung_up_cannot_be_confirmed),
        cmocka_unit_test(of_two_that_come_with_one_invitation_the_confirmed_one_gets_it),
        cmocka_unit_test(equal_digits_confirm_nobody),
        cmocka_unit_test(a_rejected_device_ends_its_invitation),
        cmocka_unit_test(waiting_ends_with_the_invitation),
        cmocka_unit_test(an_invitation_shows_digits_a_few_times_and_is_void_then),
        cmocka_unit_test(a_node_may_ask_it_of_all_but_viewers),
        cmocka_unit_test(few_wait_at_a_time),
        cmocka_unit_test(memory_that_runs_out_leaves_nobody_waiting),
    };
    return UNIT_RUN(tests);
}
