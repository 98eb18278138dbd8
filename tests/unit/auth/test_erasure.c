/*
 * tests: orders to erase: nothing in one can be changed, each has one encoding, what it names is found, and it counts for what
 * its issuer could have written.
 */
#include "unit.h"

#include "../changeset/widen.h"
#include "auth/certificate.h"
#include "auth/erasure.h"
#include "auth/statement_form.h"
#include "codec/reader.h"
#include "codec/writer.h"
#include "people.h"

enum { PERSONAL = 1 << 1, SENSITIVE = 1 << 2, PARTS = 5 };

struct office {
    struct buf root_file, above, said;
    struct root root;
    struct person office;
    struct held held;
    struct erasure erasure;
    struct grant_source source;
    bool fails;
};

static struct erasure_part part_of(int author, uint64_t seq, uint32_t part)
{
    struct erasure_part p = {.seq = seq, .part = part};

    memset(p.author.key, author, KEY_BYTES);
    p.author.incarnation = 7;
    return p;
}

static struct statement head_of(const struct office *o, const struct grant *issuer)
{
    struct statement head = {.by_root = issuer == NULL, .network = o->root.network, .path = path_of("a"),
                             .issued_ms = 1700000002000U};

    head.issuer = issuer != NULL ? issuer->id : o->root.first.id;
    head.root_version = issuer == NULL;
    memset(head.salt, 0x68, sizeof(head.salt));
    return head;
}

/* Not in order: making one sorts them. */
static int say(struct erasure *e, const struct person *signer, struct buf *out)
{
    struct erasure_part parts[PARTS] = {part_of(9, 4, 1), part_of(8, 300, 0), part_of(9, 4, 0), part_of(8, 2, 1023),
                                        part_of(9, 3, 2)};

    buf_clear(out);
    return erasure_make(signer->secret, e, parts, PARTS, out);
}

static struct erasure draft(const struct office *o, const struct grant *issuer, unsigned classes)
{
    struct erasure e = {.head = head_of(o, issuer), .classes = classes, .reason = 2};

    memset(e.record.b, 0x44, ID_BYTES);
    return e;
}

static int start(void **state)
{
    static struct office o;
    struct person root_key = person(100);

    o = (struct office){.fails = false};
    o.root = people_root(1, 1, &o.root_file);
    o.office = person(1);
    o.source = (struct grant_source){held_find, &o.held, NULL};
    struct grant above = grant_draft(&o.root, NULL, &o.office, "a", RIGHT_ALL, 0);
    if (grant_issue(&o.root, &root_key, &above, &o.held, &o.above) != 0)
        return -1;
    o.held.grants[o.held.count++] = above;
    o.erasure = draft(&o, &o.held.grants[0], PERSONAL | SENSITIVE);
    *state = &o;
    return say(&o.erasure, &o.office, &o.said) == LINLI_OK ? 0 : -1;
}

static int stop(void **state)
{
    struct office *o = *state;

    buf_free(&o->root_file);
    buf_free(&o->above);
    buf_free(&o->said);
    return 0;
}

struct walked {
    struct erasure_part at[PARTS];
    size_t count, most;
};

static bool walk(void *ctx, const struct erasure_part *part)
{
    struct walked *w = ctx;

    w->at[w->count++] = *part;
    return w->count < w->most;
}

static void an_order_decodes_to_what_was_said(void **state)
{
    struct office *o = *state;
    struct erasure e;
    struct statement st;
    struct walked all = {.most = PARTS + 1}, two = {.most = 2};

    assert_ok(erasure_decode(buf_span(&o->said), &e));
    assert_ok(statement_decode(buf_span(&o->said), &st));
    assert_true(hash_equal(&st.id, &o->erasure.head.id) && hash_equal(&e.head.id, &st.id));
    assert_true(id_equal(&e.head.scope, &o->held.grants[0].scope));
    assert_int_equal(e.head.kind, STATEMENT_ERASURE);
    assert_int_equal(e.record.b[3], 0x44);
    assert_int_equal(e.classes, PERSONAL | SENSITIVE);
    assert_int_equal(e.reason, 2);
    erasure_each(&e, walk, &all);
    assert_int_equal(all.count, PARTS);
    assert_int_equal(all.at[0].seq, 2);
    assert_int_equal(all.at[0].part, 1023);
    assert_int_equal(all.at[1].seq, 300);
    assert_int_equal(all.at[2].author.key[0], 9);
    assert_int_equal(all.at[2].author.incarnation, 7);
    assert_int_equal(all.at[4].part, 1);
    erasure_each(&e, walk, &two);
    assert_int_equal(two.count, 2);
    struct revocation revocation;
    struct ruling ruling;
    assert_code(revocation_decode(buf_span(&o->said), &revocation), LINLI_E_FORMAT);
    assert_code(ruling_decode(buf_span(&o->said), &ruling), LINLI_E_FORMAT);
}

static void what_it_names_is_found_and_nothing_beside_it(void **state)
{
    struct office *o = *state;
    struct erasure e;
    struct erasure_part part = part_of(8, 300, 0);

    assert_ok(erasure_decode(buf_span(&o->said), &e));
    assert_true(erasure_names(&e, &part));
    part.part = 1;
    assert_false(erasure_names(&e, &part));
    part = part_of(9, 300, 0);
    assert_false(erasure_names(&e, &part));
    part = part_of(8, 300, 0);
    part.author.incarnation = 8; /* the same device, another log */
    assert_false(erasure_names(&e, &part));
    part = part_of(8, 0, 0);
    assert_false(erasure_names(&e, &part));
}

static void a_byte_turned_is_refused(void **state)
{
    struct office *o = *state;

    assert_ok(statement_check(&o->root, buf_span(&o->said), &o->source));
    for (size_t i = 0; i < o->said.size; i++) {
        o->said.at[i] ^= (uint8_t)(1 << i % 8);
        assert_int_not_equal(statement_check(&o->root, buf_span(&o->said), &o->source), LINLI_OK);
        o->said.at[i] ^= (uint8_t)(1 << i % 8);
    }
}

/* --- form --- */

static int decode_body(span body)
{
    static const uint8_t signature[SIGNATURE_BYTES];
    struct buf certificate = {0};
    struct erasure e;

    write_array(&certificate, 2);
    write_bin(&certificate, body.at, body.size);
    write_bin(&certificate, signature, sizeof(signature));
    int rv = erasure_decode(buf_span(&certificate), &e);
    buf_free(&certificate);
    return rv;
}

static void body_refused(void *ctx, span variant)
{
    (void)ctx;
    assert_code(decode_body(variant), LINLI_E_FORMAT);
}

static span body_of(const struct buf *certificate)
{
    struct reader r;

    reader_start(&r, buf_span(certificate));
    reader_array(&r, 2);
    return reader_bin(&r, LIMIT_STATEMENT_BYTES);
}

static void nothing_but_the_one_encoding_is_accepted(void **state)
{
    struct office *o = *state;
    span body = body_of(&o->said);
    uint8_t copy[LIMIT_STATEMENT_BYTES];

    assert_ok(decode_body(body));
    assert_true(widen_each(body, body_refused, NULL) >= 15);
    for (size_t size = 0; size < o->said.size; size++) {
        struct erasure e;
        assert_int_not_equal(erasure_decode(span_of(o->said.at, size), &e), LINLI_OK);
    }
    memcpy(copy, body.at, body.size);
    copy[1] = STATEMENT_RULING;
    assert_code(decode_body(span_of(copy, body.size)), LINLI_E_FORMAT);
}

/* An order whose own items are `items`, behind the head of a good one. */
static int decode_items(struct office *o, size_t fields, span items)
{
    struct buf body = {0};

    statement_head_write(&o->erasure.head, fields, &body);
    write_raw(&body, items);
    assert_ok(body.failed);
    int rv = decode_body(buf_span(&body));
    buf_free(&body);
    return rv;
}

struct log_of_one {
    int author;
    size_t items;      /* of its array */
    uint64_t pairs[4]; /* seq, part, seq, part */
};

static int decode_logs(struct office *o, unsigned classes, const struct log_of_one *logs, size_t count)
{
    uint8_t encoded[AUTHOR_BYTES];
    linli_id record = {{0}};
    struct buf items = {0};

    write_bin(&items, record.b, ID_BYTES);
    write_uint(&items, classes);
    write_uint(&items, 0);
    write_array(&items, count);
    for (size_t i = 0; i < count; i++) {
        memset(encoded, logs[i].author, sizeof(encoded));
        write_array(&items, logs[i].items);
        write_bin(&items, encoded, sizeof(encoded));
        for (size_t k = 0; k + 1 < logs[i].items; k++)
            write_uint(&items, logs[i].pairs[k]);
    }
    int rv = decode_items(o, 4, buf_span(&items));
    buf_free(&items);
    return rv;
}

/* So many parts of one log. */
static int decode_many(struct office *o, size_t count)
{
    static const uint8_t encoded[AUTHOR_BYTES] = {1};
    struct buf items = {0};

    write_bin(&items, o->erasure.record.b, ID_BYTES);
    write_uint(&items, PERSONAL);
    write_uint(&items, 0);
    write_array(&items, 1);
    write_array(&items, 1 + 2 * count);
    write_bin(&items, encoded, sizeof(encoded));
    for (size_t i = 0; i < count; i++) {
        write_uint(&items, i + 1);
        write_uint(&items, 0);
    }
    int rv = decode_items(o, 4, buf_span(&items));
    buf_free(&items);
    return rv;
}

static void what_is_not_of_the_form_is_refused(void **state)
{
    static const struct {
        unsigned classes;
        size_t count;
        struct log_of_one logs[2];
        int code;
    } cases[] = {
        {PERSONAL, 0, {{0}}, LINLI_OK},                               /* about what may still come */
        {PERSONAL, 1, {{1, 5, {1, 0, 1, 1}}}, LINLI_OK},
        {PERSONAL, 2, {{1, 3, {5, 3}}, {2, 3, {1, 0}}}, LINLI_OK},
        {0, 1, {{1, 3, {1, 0}}}, LINLI_E_FORMAT},                     /* of no class */
        {1, 1, {{1, 3, {1, 0}}}, LINLI_E_FORMAT},                     /* what is public stays */
        {PERSONAL | 1, 1, {{1, 3, {1, 0}}}, LINLI_E_FORMAT},
        {8, 1, {{1, 3, {1, 0}}}, LINLI_E_FORMAT},
        {PERSONAL, 1, {{1, 1, {0}}}, LINLI_E_FORMAT},                 /* a log of which nothing is named */
        {PERSONAL, 1, {{1, 2, {1}}}, LINLI_E_FORMAT},
        {PERSONAL, 1, {{1, 4, {1, 0, 2}}}, LINLI_E_FORMAT},
        {PERSONAL, 1, {{1, 3, {0, 0}}}, LINLI_E_FORMAT},              /* no changeset has that seq, nor that many parts */
        {PERSONAL, 1, {{1, 3, {1, LIMIT_PARTS}}}, LINLI_E_FORMAT},
        {PERSONAL, 1, {{1, 5, {1, 1, 1, 1}}}, LINLI_E_FORMAT},        /* twice, and out of order */
        {PERSONAL, 1, {{1, 5, {2, 0, 1, 0}}}, LINLI_E_FORMAT},
        {PERSONAL, 2, {{2, 3, {1, 0}}, {1, 3, {1, 0}}}, LINLI_E_FORMAT},
        {PERSONAL, 2, {{1, 3, {1, 0}}, {1, 3, {2, 0}}}, LINLI_E_FORMAT}, /* one log stands once */
    };
    struct office *o = *state;

    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_code(decode_logs(o, cases[i].classes, cases[i].logs, cases[i].count), cases[i].code);
    assert_code(decode_items(o, 1, span_of("\xc0", 1)), LINLI_E_FORMAT);
    for (size_t over = 0; over < 2; over++)
        assert_code(decode_many(o, ERASURE_PARTS_MAX + over), over == 0 ? LINLI_OK : LINLI_E_FORMAT);
}

static void what_no_order_may_hold_is_not_signed(void **state)
{
    struct office *o = *state;
    struct erasure_part parts[ERASURE_PARTS_MAX + 1] = {part_of(1, 1, 1), part_of(1, 1, 1)};
    struct erasure e = draft(o, &o->held.grants[0], PERSONAL);
    struct buf out = {0};

    assert_code(erasure_make(o->office.secret, &e, parts, 2, &out), LINLI_E_ARG); /* one part twice */
    e.reason = 256;
    assert_code(erasure_make(o->office.secret, &e, parts, 1, &out), LINLI_E_ARG);
    e.reason = 0;
    e.classes = 1;
    assert_code(erasure_make(o->office.secret, &e, parts, 1, &out), LINLI_E_ARG);
    e.classes = 0;
    assert_code(erasure_make(o->office.secret, &e, parts, 1, &out), LINLI_E_ARG);
    e.classes = PERSONAL;
    assert_ok(erasure_make(o->office.secret, &e, NULL, 0, &out));
    buf_clear(&out);
    for (uint64_t i = 0; i < ERASURE_PARTS_MAX + 1; i++)
        parts[i] = part_of(1, i + 1, 0);
    assert_code(erasure_make(o->office.secret, &e, parts, ERASURE_PARTS_MAX + 1, &out), LINLI_E_LIMIT);
    assert_ok(erasure_make(o->office.secret, &e, parts, ERASURE_PARTS_MAX, &out));
    struct erasure back;
    assert_ok(erasure_decode(buf_span(&out), &back));
    buf_clear(&out);
    for (uint64_t i = 0; i < ERASURE_PARTS_MAX; i++)
        parts[i] = part_of((int)(i % 100), UINT64_MAX - i, 1000);
    assert_code(erasure_make(o->office.secret, &e, parts, ERASURE_PARTS_MAX, &out), LINLI_E_LIMIT);
    assert_int_equal(out.size, 0);
    buf_free(&out);
}

/* --- for what it counts --- */

static int no_revocations(void *ctx, struct arena *a, const uint8_t device[KEY_BYTES], struct revocation **out, size_t *count)
{
    const struct office *o = ctx;

    (void)a;
    (void)device;
    *out = NULL;
    *count = 0;
    return o->fails ? LINLI_E_DISK : LINLI_OK;
}

static unsigned counts(struct office *o, const struct erasure *e, int code)
{
    struct standing_source source = {{held_find, &o->held, NULL}, no_revocations, NULL, o, NULL};
    struct arena a = {0};
    unsigned classes = 9;

    assert_code(standing_erasure(&source, &a, e, &classes), code);
    arena_free(&a);
    return classes;
}

static void it_counts_for_what_its_issuer_could_write(void **state)
{
    static const struct {
        unsigned rights, said, counts;
    } cases[] = {
        {RIGHT_ALL, PERSONAL | SENSITIVE, PERSONAL | SENSITIVE},
        {RIGHT_ALL, SENSITIVE, SENSITIVE},
        {RIGHT_MANAGE | RIGHT_WRITE_PUBLIC << 1, PERSONAL | SENSITIVE, PERSONAL},
        {RIGHT_MANAGE | RIGHT_WRITE_PUBLIC << 1, SENSITIVE, 0},
        {RIGHT_WRITE_PUBLIC << 1 | RIGHT_WRITE_PUBLIC << 2, PERSONAL | SENSITIVE, 0}, /* may not manage */
    };
    struct office *o = *state;

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        o->held.grants[0].rights = cases[i].rights;
        struct erasure e = draft(o, &o->held.grants[0], cases[i].said);
        assert_int_equal(counts(o, &e, LINLI_OK), cases[i].counts);
    }
    struct erasure by_root = draft(o, NULL, PERSONAL | SENSITIVE);
    assert_int_equal(counts(o, &by_root, LINLI_OK), PERSONAL | SENSITIVE);
}

static void one_that_does_not_stand_counts_for_nothing(void **state)
{
    struct office *o = *state;
    struct erasure e = draft(o, &o->held.grants[0], PERSONAL);

    o->fails = true;
    assert_int_equal(counts(o, &e, LINLI_E_DISK), 0);
    o->fails = false;
    o->held.grants[0].by_root = false; /* under a grant that is not held */
    memset(o->held.grants[0].issuer.b, 3, HASH_BYTES);
    assert_int_equal(counts(o, &e, LINLI_OK), 0);
    o->held.count = 0;
    assert_int_equal(counts(o, &e, LINLI_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_order_decodes_to_what_was_said, start, stop),
        cmocka_unit_test_setup_teardown(what_it_names_is_found_and_nothing_beside_it, start, stop),
        cmocka_unit_test_setup_teardown(a_byte_turned_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(nothing_but_the_one_encoding_is_accepted, start, stop),
        cmocka_unit_test_setup_teardown(what_is_not_of_the_form_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(what_no_order_may_hold_is_not_signed, start, stop),
        cmocka_unit_test_setup_teardown(it_counts_for_what_its_issuer_could_write, start, stop),
        cmocka_unit_test_setup_teardown(one_that_does_not_stand_counts_for_nothing, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
