/* tests: receipts: nothing in one can be changed, each has one encoding, and what two of them tell about their node. */
#include "unit.h"

#include "../changeset/widen.h"
#include "auth/certificate.h"
#include "auth/receipt.h"
#include "base/mem.h"
#include "codec/limits.h"
#include "people.h"

enum { ELEMENTS = 3 };

static const struct issuer node_itself = {.by_root = false};

static struct receipt_element element(int scope, uint64_t statements, uint64_t weight)
{
    struct receipt_element e = {.subtree = scope == 1, .statements = statements, .weight = weight};

    memset(e.scope.b, scope, sizeof(e.scope.b));
    memset(e.digest.b, (int)(statements * 16 + weight), sizeof(e.digest.b));
    return e;
}

static struct receipt plain(uint64_t number)
{
    struct person node = person(7);
    struct receipt r = {.incarnation = 5, .mark = {.opened = 10, .run = 3, .number = number}, .issued_ms = 1700000003000U};

    memset(r.network.b, 0x21, sizeof(r.network.b));
    memcpy(r.node, node.key, KEY_BYTES);
    return r;
}

static int make(struct receipt *r, struct receipt_element *elements, size_t count, struct buf *out)
{
    return receipt_make(person(7).secret, r, elements, count, out);
}

/* Three elements, not in order. */
static void sample(struct buf *out)
{
    struct receipt r = plain(12);
    struct receipt_element elements[ELEMENTS] = {element(3, 1, 2), element(1, 0, 9), element(2, 7, 0)};

    assert_ok(make(&r, elements, ELEMENTS, out));
}

static void what_was_signed_is_read_again(void **state)
{
    (void)state;
    struct buf bytes = {0};
    struct receipt made = plain(12), read;
    struct receipt_element elements[ELEMENTS] = {element(3, 1, 2), element(1, 0, 9), element(2, 7, 0)}, e;

    assert_ok(make(&made, elements, ELEMENTS, &bytes));
    assert_ok(receipt_decode(buf_span(&bytes), &read));
    assert_ok(receipt_verify(&read));
    assert_true(hash_equal(&made.id, &read.id) && hash_equal(&made.network, &read.network));
    assert_memory_equal(made.node, read.node, KEY_BYTES);
    assert_true(read.incarnation == 5 && read.mark.opened == 10 && read.mark.run == 3 && read.mark.number == 12);
    assert_true(read.issued_ms == made.issued_ms);
    for (int i = 0; i < ELEMENTS; i++) {
        assert_true(receipt_element(&read, (size_t)i, &e));
        assert_int_equal(e.scope.b[0], i + 1);
        assert_int_equal(e.subtree, i == 0);
    }
    assert_false(receipt_element(&read, ELEMENTS, &e));
    assert_true(receipt_says(&read, elements, ELEMENTS));
    buf_free(&bytes);
}

static void it_says_exactly_what_it_says(void **state)
{
    (void)state;
    struct buf bytes = {0};
    struct receipt read;
    struct receipt_element good[ELEMENTS + 1] = {element(3, 1, 2), element(1, 0, 9), element(2, 7, 0), element(4, 0, 0)};

    sample(&bytes);
    assert_ok(receipt_decode(buf_span(&bytes), &read));
    assert_true(receipt_says(&read, good, ELEMENTS));
    assert_false(receipt_says(&read, good, ELEMENTS - 1));
    assert_false(receipt_says(&read, good, ELEMENTS + 1));
    for (int field = 0; field < 5; field++) {
        struct receipt_element other[ELEMENTS];
        memcpy(other, good, sizeof(other));
        other[1].scope.b[0] ^= field == 0;
        other[1].subtree ^= field == 1;
        other[1].digest.b[0] ^= field == 2;
        other[1].statements += field == 3;
        other[1].weight += field == 4;
        assert_false(receipt_says(&read, other, ELEMENTS));
    }
    buf_free(&bytes);
}

static void a_receipt_that_cannot_be_is_not_made(void **state)
{
    (void)state;
    struct buf bytes = {0};
    struct receipt r = plain(12);
    struct receipt_element many[RECEIPT_ELEMENTS_MAX + 1];

    for (int i = 0; i <= RECEIPT_ELEMENTS_MAX; i++)
        many[i] = element(i + 1, UINT64_MAX, UINT64_MAX);
    assert_int_equal(make(&r, many, 0, &bytes), LINLI_E_ARG);
    assert_int_equal(make(&r, many, RECEIPT_ELEMENTS_MAX + 1, &bytes), LINLI_E_ARG);
    many[1].scope = many[0].scope;
    assert_int_equal(make(&r, many, 2, &bytes), LINLI_E_ARG);
    many[1] = element(2, UINT64_MAX, UINT64_MAX);
    r.mark.number = 9; /* below what it says the store was opened at */
    assert_int_equal(make(&r, many, 2, &bytes), LINLI_E_ARG);
    assert_int_equal(bytes.size, 0);
    r.mark = (struct receipt_mark){UINT64_MAX, UINT64_MAX, UINT64_MAX};
    r.issued_ms = UINT64_MAX;
    assert_ok(make(&r, many, RECEIPT_ELEMENTS_MAX, &bytes)); /* the largest fits */
    assert_true(bytes.size <= LIMIT_STATEMENT_BYTES);
    assert_ok(receipt_decode(buf_span(&bytes), &r));
    bytes.cap = bytes.size; /* no room for another */
    assert_int_equal(make(&r, many, 1, &bytes), LINLI_E_LIMIT);
    buf_free(&bytes);
}

static void no_byte_of_it_can_be_changed(void **state)
{
    (void)state;
    struct buf bytes = {0};
    struct receipt read;

    sample(&bytes);
    for (size_t i = 0; i < bytes.size; i++) {
        bytes.at[i] ^= 0x10;
        assert_true(receipt_decode(buf_span(&bytes), &read) != LINLI_OK || receipt_verify(&read) != LINLI_OK);
        assert_true(receipt_decode(span_of(bytes.at, i), &read) != LINLI_OK);
        bytes.at[i] ^= 0x10;
    }
    assert_ok(receipt_decode(buf_span(&bytes), &read));
    buf_free(&bytes);
}

/* A body with one thing changed, signed by the node all the same. */
static int decode_changed(size_t at, uint8_t xor)
{
    struct buf bytes = {0}, again = {0};
    struct receipt read;
    struct certified said;

    sample(&bytes);
    assert_ok(certificate_split(buf_span(&bytes), LIMIT_STATEMENT_BYTES, &said));
    uint8_t *copy = mem_dup(said.body.at, said.body.size);
    assert_non_null(copy);
    copy[at] ^= xor;
    assert_ok(certificate_sign(person(7).secret, &node_itself, "linli/receipt/1", span_of(copy, said.body.size), &again));
    int rv = receipt_decode(buf_span(&again), &read);
    mem_free(copy);
    buf_free(&bytes);
    buf_free(&again);
    return rv;
}

static void a_body_of_another_form_is_refused(void **state)
{
    (void)state;
    /* 99 | 01 | c4 20 network | c4 20 node | c4 08 incarnation | 0a opened | c4 08 run | 0c number | cf issued | 93 elements */
    enum { VERSION = 1, OPENED = 2 + 34 + 34 + 10, NUMBER = OPENED + 1 + 10, ELEMENTS_AT = NUMBER + 1 + 9, FIRST = ELEMENTS_AT + 1 };
    enum { ELEMENT_BYTES = 1 + 18 + 1 + 34 + 1 + 1 };

    assert_ok(decode_changed(NUMBER, 0));
    assert_int_equal(decode_changed(VERSION, 1 ^ 3), LINLI_E_VERSION);
    assert_int_equal(decode_changed(VERSION, 1 ^ 2), LINLI_E_FORMAT);       /* without a list */
    assert_int_equal(decode_changed(VERSION, 1 ^ 0), LINLI_E_FORMAT);
    assert_int_equal(decode_changed(NUMBER, 12 ^ 9), LINLI_E_FORMAT);       /* below `opened` */
    assert_int_equal(decode_changed(OPENED, 10 ^ 13), LINLI_E_FORMAT);
    assert_int_equal(decode_changed(FIRST + 3, 1 ^ 2), LINLI_OK);           /* 2 1 .. < 2 2 .. */
    assert_int_equal(decode_changed(FIRST + 3, 1 ^ 4), LINLI_E_FORMAT);     /* not rising */
    assert_int_equal(decode_changed(FIRST + ELEMENT_BYTES + 3, 2 ^ 1), LINLI_OK); /* 1 1 .. < 1 2 .. */
    assert_int_equal(decode_changed(0, 0x99 ^ 0x98), LINLI_E_FORMAT);       /* another count of items */
}

/* A receipt written by hand: so many elements, of so many fields. */
static int decode_elements(size_t count, size_t fields)
{
    struct receipt r = plain(12), read;
    uint8_t eight[8] = {0};
    struct buf body = {0}, bytes = {0};

    write_array(&body, 9);
    write_uint(&body, 1);
    write_bin(&body, r.network.b, HASH_BYTES);
    write_bin(&body, r.node, KEY_BYTES);
    write_bin(&body, eight, sizeof(eight));
    write_uint(&body, r.mark.opened);
    write_bin(&body, eight, sizeof(eight));
    write_uint(&body, r.mark.number);
    write_uint(&body, r.issued_ms);
    write_array(&body, count);
    for (size_t i = 0; i < count; i++) {
        struct receipt_element e = element((int)i + 1, 2, 3);
        write_array(&body, fields);
        write_bin(&body, e.scope.b, ID_BYTES);
        write_bool(&body, e.subtree);
        write_bin(&body, e.digest.b, HASH_BYTES);
        for (size_t k = 3; k < fields; k++)
            write_uint(&body, k);
    }
    assert_ok(certificate_sign(person(7).secret, &node_itself, "linli/receipt/1", buf_span(&body), &bytes));
    int rv = receipt_decode(buf_span(&bytes), &read);
    buf_free(&body);
    buf_free(&bytes);
    return rv;
}

static void an_element_says_five_things_and_one_there_is(void **state)
{
    (void)state;
    assert_ok(decode_elements(2, 5));
    assert_code(decode_elements(2, 4), LINLI_E_FORMAT);
    assert_code(decode_elements(2, 6), LINLI_E_FORMAT);
    assert_code(decode_elements(0, 5), LINLI_E_FORMAT);
}

/* The root signs by an index and a signature; a node is not the root. */
static void a_receipt_is_signed_as_a_node_signs(void **state)
{
    (void)state;
    static const struct issuer root = {.by_root = true};
    struct buf bytes = {0}, again = {0};
    struct certified said;
    struct receipt read;

    sample(&bytes);
    assert_ok(certificate_split(buf_span(&bytes), LIMIT_STATEMENT_BYTES, &said));
    assert_ok(certificate_sign(person(7).secret, &root, "linli/receipt/1", said.body, &again));
    assert_code(receipt_decode(buf_span(&again), &read), LINLI_E_FORMAT);
    buf_free(&bytes);
    buf_free(&again);
}

static void a_certificate_of_another_kind_is_no_receipt(void **state)
{
    (void)state;
    static const uint8_t bodies[][2] = {{0x91, 0x01}, {0x91, 0x03}, {0x91, 0xc0}, {0xc0, 0x01}};
    struct receipt read;
    struct buf bytes = {0};

    for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
        size_t size = bodies[i][0] == 0xc0 ? 1 : 2;
        buf_clear(&bytes);
        assert_ok(certificate_sign(person(7).secret, &node_itself, "linli/receipt/1", span_of(bodies[i], size), &bytes));
        assert_int_equal(receipt_decode(buf_span(&bytes), &read), i == 1 ? LINLI_E_VERSION : LINLI_E_FORMAT);
    }
    buf_free(&bytes);
}

static void a_receipt_without_elements_says_nothing(void **state)
{
    (void)state;
    struct receipt r = {.mark = {.number = 1}};
    struct receipt_element e;

    assert_false(receipt_element(&r, 0, &e));
    r.certificate = span_of("\xc0", 1);
    assert_int_not_equal(receipt_verify(&r), LINLI_OK);
}

/* --- two of them --- */

struct pair {
    uint64_t opened, run, number; /* of the second; the first: 10, 3, 12 */
    struct receipt_element elements[2];
    size_t count;
    enum receipt_verdict verdict;
};

static enum receipt_verdict compared(const struct pair *p)
{
    struct buf x = {0}, y = {0};
    struct receipt first = plain(12), second = plain(p->number), a, b;
    struct receipt_element elements[2] = {element(1, 3, 9), element(2, 5, 4)}, others[2];

    memcpy(others, p->elements, sizeof(others));
    second.mark.opened = p->opened;
    second.mark.run = p->run;
    assert_ok(make(&first, elements, 2, &x));
    assert_ok(make(&second, others, p->count, &y));
    assert_ok(receipt_decode(buf_span(&x), &a));
    assert_ok(receipt_decode(buf_span(&y), &b));
    enum receipt_verdict verdict = receipt_compare(&a, &b);
    assert_int_equal(receipt_compare(&b, &a), verdict); /* whichever is the newer */
    assert_int_equal(receipt_compare(&a, &a), RECEIPTS_AGREE);
    buf_free(&x);
    buf_free(&y);
    return verdict;
}

static void two_receipts_tell_whether_they_go_together(void **state)
{
    (void)state;
    struct receipt_element one = element(1, 3, 9), two = element(2, 5, 4), lied = element(1, 3, 9), alone = element(1, 0, 0);
    lied.digest.b[0] ^= 1;
    alone.subtree = false;
    const struct pair pairs[] = {
        {10, 3, 13, {one, two}, 2, RECEIPTS_AGREE},
        {10, 3, 13, {element(1, 4, 9), element(2, 5, 5)}, 2, RECEIPTS_AGREE},
        {10, 3, 13, {element(3, 0, 0), element(4, 0, 0)}, 2, RECEIPTS_AGREE},            /* nothing in common */
        {10, 3, 13, {element(2, 6, 4), element(3, 0, 0)}, 2, RECEIPTS_AGREE},
        {10, 3, 13, {alone}, 1, RECEIPTS_AGREE},                                         /* alone is not with what is below */
        {10, 3, 12, {element(1, 4, 9)}, 1, RECEIPTS_FORKED},                             /* one number twice */
        {20, 4, 20, {one}, 1, RECEIPTS_AGREE},                                           /* opened again since */
        {12, 4, 20, {one}, 1, RECEIPTS_ROLLED_BACK},                                     /* from a state before the first */
        {9, 4, 10, {one}, 1, RECEIPTS_ROLLED_BACK},
        {9, 4, 9, {one}, 1, RECEIPTS_AGREE},
        {10, 4, 20, {one}, 1, RECEIPTS_ROLLED_BACK},                                     /* one state, opened twice */
        {10, 3, 13, {element(1, 2, 99), two}, 2, RECEIPTS_RIGHTS_WITHHELD},
        {10, 3, 13, {element(1, 3, 8), two}, 2, RECEIPTS_RECORDS_WITHHELD},
        {10, 3, 13, {element(1, 3, 8), element(2, 4, 9)}, 2, RECEIPTS_RIGHTS_WITHHELD},  /* what is worse is said */
        {10, 3, 13, {element(1, 9, 8), two}, 2, RECEIPTS_RECORDS_WITHHELD},
        {10, 3, 13, {lied, element(2, 6, 3)}, 2, RECEIPTS_RECORDS_WITHHELD},
        {10, 3, 13, {lied, two}, 2, RECEIPTS_FORKED},                                    /* so much, and of other content */
        {10, 3, 11, {element(1, 4, 9), two}, 2, RECEIPTS_RIGHTS_WITHHELD},               /* it was the first that lacked it */
        {10, 3, 11, {element(1, 2, 9), two}, 2, RECEIPTS_AGREE},
        {10, 3, 13, {element(1, RECEIPT_FULL + 2, 9), two}, 2, RECEIPTS_AGREE},          /* ids come and go there */
        {10, 3, 11, {element(1, RECEIPT_FULL, 9), two}, 2, RECEIPTS_RIGHTS_WITHHELD},    /* a bound that was reached stays so */
        {10, 3, 13, {element(1, RECEIPT_FULL + 2, 8), two}, 2, RECEIPTS_RECORDS_WITHHELD},
        {10, 3, 13, {element(1, RECEIPT_FULL, 9), element(2, 4, 4)}, 2, RECEIPTS_RIGHTS_WITHHELD},
    };

    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
        if (compared(&pairs[i]) != pairs[i].verdict)
            fail_msg("pair %zu: %d", i, (int)compared(&pairs[i]));
}

static void one_covers_another_when_it_says_as_much_of_each_scope_that_is_asked(void **state)
{
    static const struct {
        uint64_t x[2], y[2]; /* statements and weight of scope 3 */
        bool covers;
    } rows[] = {{{1, 2}, {1, 2}, true}, {{2, 2}, {1, 2}, true}, {{1, 3}, {1, 2}, true}, {{0, 9}, {1, 2}, false},
                {{9, 1}, {1, 2}, false}};
    linli_id scopes[2] = {element(3, 0, 0).scope, element(2, 0, 0).scope};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct receipt_element xs[2] = {element(3, rows[i].x[0], rows[i].x[1]), element(1, 0, 0)};
        struct receipt_element ys[2] = {element(3, rows[i].y[0], rows[i].y[1]), element(1, 5, 5)};
        struct receipt made[2] = {plain(12), plain(13)}, x, y;
        struct buf bytes[2] = {{0}};
        assert_ok(make(&made[0], xs, 2, &bytes[0]));
        assert_ok(make(&made[1], ys, 2, &bytes[1]));
        assert_ok(receipt_decode(buf_span(&bytes[0]), &x));
        assert_ok(receipt_decode(buf_span(&bytes[1]), &y));
        assert_true(receipt_covers(&x, &y, scopes, 2) == rows[i].covers);
        assert_true(receipt_covers(&x, &y, scopes + 1, 1)); /* neither speaks of it */
        linli_id both[2] = {scopes[0], element(1, 0, 0).scope};
        assert_false(receipt_covers(&x, &y, both, 2));
        buf_free(&bytes[0]);
        buf_free(&bytes[1]);
    }
}

static void two_incarnations_say_nothing_about_each_other(void **state)
{
    (void)state;
    struct receipt a = plain(12), b = plain(11);

    b.incarnation++;
    assert_int_equal(receipt_compare(&a, &b), RECEIPTS_ANEW);
}

static int make_once(void *ctx)
{
    struct buf bytes = {0};
    struct receipt r = plain(12);
    struct receipt_element e = element(1, 2, 3);

    (void)ctx;
    int rv = make(&r, &e, 1, &bytes);
    buf_free(&bytes);
    return rv;
}

static void memory_that_runs_out_is_said_and_nothing_leaks(void **state)
{
    (void)state;
    assert_true(heap_each_failure(make_once, NULL) > 1);
}

static void variant_refused(void *ctx, span variant)
{
    struct buf bytes = {0};
    struct receipt read;

    (void)ctx;
    assert_ok(certificate_sign(person(7).secret, &node_itself, "linli/receipt/1", variant, &bytes));
    assert_code(receipt_decode(buf_span(&bytes), &read), LINLI_E_FORMAT);
    buf_free(&bytes);
}

static void nothing_but_the_one_encoding_is_accepted(void **state)
{
    (void)state;
    struct buf bytes = {0};
    struct certified said;

    sample(&bytes);
    assert_ok(certificate_split(buf_span(&bytes), LIMIT_STATEMENT_BYTES, &said));
    assert_int_equal(widen_each(said.body, variant_refused, NULL), 24);
    buf_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_signed_is_read_again),
        cmocka_unit_test(it_says_exactly_what_it_says),
        cmocka_unit_test(a_receipt_that_cannot_be_is_not_made),
        cmocka_unit_test(no_byte_of_it_can_be_changed),
        cmocka_unit_test(a_body_of_another_form_is_refused),
        cmocka_unit_test(an_element_says_five_things_and_one_there_is),
        cmocka_unit_test(a_receipt_is_signed_as_a_node_signs),
        cmocka_unit_test(a_certificate_of_another_kind_is_no_receipt),
        cmocka_unit_test(a_receipt_without_elements_says_nothing),
        cmocka_unit_test(two_receipts_tell_whether_they_go_together),
        cmocka_unit_test(one_covers_another_when_it_says_as_much_of_each_scope_that_is_asked),
        cmocka_unit_test(two_incarnations_say_nothing_about_each_other),
        cmocka_unit_test(nothing_but_the_one_encoding_is_accepted),
        cmocka_unit_test(memory_that_runs_out_is_said_and_nothing_leaks),
    };
    return UNIT_RUN(tests);
}
