/* tests: grants: nothing in one can be changed, and none reaches beyond the one above it. */
#include "unit.h"

#include "../changeset/widen.h"
#include "codec/writer.h"
#include "people.h"

struct office {
    struct buf root_file, certificate, above_certificate;
    struct root root;
    struct person office, device, other;
    struct held held;
    struct grant above, g;
    struct grant_source source;
};

static int start(void **state)
{
    static struct office o;

    o = (struct office){0};
    o.root = people_root(1, 2, &o.root_file);
    o.office = person(1);
    o.device = person(2);
    o.other = person(3);
    o.source = (struct grant_source){held_find, &o.held, NULL};
    o.above = grant_draft(&o.root, NULL, &o.office, "a", RIGHT_ALL, 0);
    struct person root_key = person(100);
    if (grant_issue(&o.root, &root_key, &o.above, &o.held, &o.above_certificate) != 0)
        return -1;
    o.held.grants[o.held.count++] = o.above;
    o.g = grant_draft(&o.root, &o.above, &o.device, "ab", RIGHT_READ | RIGHT_WRITE, 1800000000000U);
    if (grant_issue(&o.root, &o.office, &o.g, &o.held, &o.certificate) != 0)
        return -1;
    *state = &o;
    return 0;
}

static int stop(void **state)
{
    struct office *o = *state;

    buf_free(&o->root_file);
    buf_free(&o->certificate);
    buf_free(&o->above_certificate);
    return 0;
}

static void a_grant_decodes_to_what_was_drafted(void **state)
{
    struct office *o = *state;
    struct grant draft = grant_draft(&o->root, &o->above, &o->device, "ab", RIGHT_READ | RIGHT_WRITE, 1800000000000U);
    struct buf certificate = {0};

    assert_ok(grant_make(o->office.secret, &draft, &certificate));
    assert_true(span_equal(buf_span(&certificate), buf_span(&o->certificate)));
    assert_true(hash_equal(&draft.id, &o->g.id));
    assert_true(id_equal(&draft.scope, &o->g.scope));
    assert_false(o->g.by_root);
    assert_true(hash_equal(&o->g.issuer, &o->above.id));
    assert_memory_equal(o->g.subject, o->device.key, KEY_BYTES);
    assert_int_equal(o->g.seal[0], 0x66);
    assert_int_equal(o->g.salt[15], 0x67);
    assert_int_equal(o->g.role, ROLE_CLERK);
    assert_int_equal(o->g.rights, RIGHT_READ | RIGHT_WRITE);
    assert_int_equal(o->g.issued_ms, 1700000001000U);
    assert_int_equal(o->g.expires_ms, 1800000000000U);
    assert_int_equal(o->g.path.depth, 2);
    assert_true(o->above.by_root && o->above.root_version == 1);
    linli_id record;
    grant_record_id(&draft.id, &record);
    assert_int_equal(record.b[0], draft.id.b[0] | 1);
    assert_memory_equal(record.b + 1, draft.id.b + 1, ID_BYTES - 1);
    buf_free(&certificate);
}

/* The old signature under each body that differs in one field. */
static void any_field_changed_after_signing_is_refused(void **state)
{
    struct office *o = *state;

    for (unsigned field = 0; field < 14; field++) {
        struct grant t = o->g;
        struct buf tampered = {0};
        switch (field) {
        case 0: t.network.b[0] ^= 1; break;
        case 1: t.salt[0] ^= 1; break;
        case 2: t.issuer.b[31] ^= 1; break;
        case 3: t.path.nonce[1][3] ^= 1; break;
        case 4: t.path = path_of("abc"); break;
        case 5: t.path = path_of("a"); break;
        case 6: t.subject[0] ^= 1; break;
        case 7: t.seal[31] ^= 1; break;
        case 8: t.role = ROLE_NODE; break;
        case 9: t.rights &= ~(unsigned)RIGHT_READ_PUBLIC; break;
        case 10: t.issued_ms++; break;
        case 11: t.expires_ms = 0; break;
        case 12: t.salt[7] ^= 1; break;
        case 13: t.rights |= RIGHT_MANAGE; break;
        }
        assert_ok(grant_make(o->other.secret, &t, &tampered));
        memcpy(tampered.at + tampered.size - SIGNATURE_BYTES, o->certificate.at + o->certificate.size - SIGNATURE_BYTES,
               SIGNATURE_BYTES);
        assert_ok(grant_decode(buf_span(&tampered), &t));
        assert_false(hash_equal(&t.id, &o->g.id));
        assert_code(grant_check(&o->root, &t, &o->source), field == 0   ? LINLI_E_NETWORK
                                                            : field == 2 ? LINLI_E_WAIT
                                                                         : LINLI_E_SIGNATURE);
        buf_free(&tampered);
    }
    struct grant g = o->g; /* what stands beside the certificate is of no weight */
    g.rights = RIGHT_ALL;
    g.by_root = true;
    assert_ok(grant_check(&o->root, &g, &o->source));
}

static void any_bit_turned_is_refused(void **state)
{
    struct office *o = *state;
    struct grant g;

    for (size_t bit = 0; bit < 8 * o->certificate.size; bit++) {
        o->certificate.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
        int rv = grant_decode(buf_span(&o->certificate), &g);
        if (rv == LINLI_OK)
            rv = grant_check(&o->root, &g, &o->source);
        assert_int_not_equal(rv, LINLI_OK);
        o->certificate.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void a_grant_lies_within_the_one_above_it(void **state)
{
    static const struct {
        const char *name, *above, *path;
        unsigned above_rights, rights;
        int code;
    } cases[] = {
        {"the same scope", "a", "a", RIGHT_ALL, RIGHT_ALL, LINLI_OK},
        {"a scope below", "a", "abc", RIGHT_ALL, 0, LINLI_OK},
        {"the scope above", "a", "", RIGHT_ALL, RIGHT_READ, LINLI_E_REFUSED},
        {"a scope beside", "a", "b", RIGHT_ALL, RIGHT_READ, LINLI_E_REFUSED},
        {"a scope beside, below", "ab", "acb", RIGHT_ALL, RIGHT_READ, LINLI_E_REFUSED},
        {"issuer may not manage", "a", "a", RIGHT_ALL & ~RIGHT_MANAGE, RIGHT_READ, LINLI_E_REFUSED},
        {"rights of a captain to manage", "a", "a", RIGHT_MANAGE | RIGHT_READ, RIGHT_MANAGE | RIGHT_READ, LINLI_OK},
        {"a right that the issuer has not", "a", "a", RIGHT_MANAGE | RIGHT_READ, RIGHT_WRITE_PUBLIC, LINLI_E_REFUSED},
        {"one right too many", "a", "a", RIGHT_ALL & ~RIGHT_READ_SENSITIVE, RIGHT_ALL, LINLI_E_REFUSED},
    };
    struct office *o = *state;
    struct person root_key = person(100);

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct held held = {0};
        struct buf above_certificate = {0}, certificate = {0};
        struct grant above = grant_draft(&o->root, NULL, &o->office, cases[i].above, cases[i].above_rights, 0);
        assert_ok(grant_issue(&o->root, &root_key, &above, &held, &above_certificate));
        struct grant g = grant_draft(&o->root, &above, &o->device, cases[i].path, cases[i].rights, 0);
        assert_code(grant_issue(&o->root, &o->office, &g, &held, &certificate), LINLI_E_WAIT);
        held.grants[held.count++] = above;
        int rv = grant_issue(&o->root, &o->office, &g, &held, &certificate);
        if (rv != cases[i].code)
            fail_msg("%s: %s", cases[i].name, linli_code_name(rv));
        assert_code(grant_issue(&o->root, &o->other, &g, &held, &certificate), LINLI_E_SIGNATURE);
        buf_free(&above_certificate);
        buf_free(&certificate);
    }
}

/* Two of three keys, no fewer, no more, none twice. */
static void the_root_says_what_as_many_of_its_keys_sign_as_its_document_asks(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t count;
        struct signing by[3];
        int code;
    } cases[] = {
        {"two of three", 2, {{100, 0}, {102, 2}}, LINLI_OK},
        {"two others", 2, {{101, 1}, {102, 2}}, LINLI_OK},
        {"one", 1, {{100, 0}}, LINLI_E_SIGNATURE},
        {"none: a draft", 0, {{0, 0}}, LINLI_E_SIGNATURE},
        {"all three", 3, {{100, 0}, {101, 1}, {102, 2}}, LINLI_E_SIGNATURE},
        {"one key twice", 2, {{100, 0}, {100, 0}}, LINLI_E_SIGNATURE},
        {"one key under two indexes", 2, {{100, 0}, {100, 1}}, LINLI_E_SIGNATURE},
        {"not rising", 2, {{102, 2}, {100, 0}}, LINLI_E_SIGNATURE},
        {"under one another's index", 2, {{101, 0}, {100, 1}}, LINLI_E_SIGNATURE},
        {"an index that is not there", 2, {{100, 0}, {103, 3}}, LINLI_E_SIGNATURE},
        {"the first is a stranger's", 2, {{9, 0}, {102, 2}}, LINLI_E_SIGNATURE},
    };
    struct buf file = {0}, certificate = {0};
    struct root root = people_root(2, 3, &file);
    struct person device = person(2);
    struct held held = {0};
    struct grant_source source = {held_find, &held, NULL};
    struct grant g = grant_draft(&root, NULL, &device, "", RIGHT_ALL, 0);

    assert_code(grant_issue(&root, &device, &g, &held, &certificate), LINLI_E_SIGNATURE);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct grant said;
        signed_by_root("linli/grant/1", cases[i].by, cases[i].count, &certificate);
        assert_ok(grant_decode(buf_span(&certificate), &said));
        assert_true(hash_equal(&said.id, &g.id)); /* the id is the body's alone */
        int rv = grant_check(&root, &said, &source);
        if (rv != cases[i].code)
            fail_msg("%s: %s", cases[i].name, linli_code_name(rv));
    }
    buf_free(&certificate);
    buf_free(&file);
}

static void the_root_speaks_under_a_document_that_is_held(void **state)
{
    struct office *o = *state;
    struct buf certificate = {0};
    struct person key = person(100);
    struct grant g = grant_draft(&o->root, NULL, &o->device, "", RIGHT_ALL, 0);

    assert_ok(grant_issue(&o->root, &key, &g, &o->held, &certificate));
    g.root_version = 2; /* the id is of the first */
    assert_code(grant_issue(&o->root, &key, &g, &o->held, &certificate), LINLI_E_SIGNATURE);
    g.issuer.b[0] ^= 1;
    assert_code(grant_issue(&o->root, &key, &g, &o->held, &certificate), LINLI_E_WAIT);
    g.network.b[9] ^= 1;
    assert_code(grant_issue(&o->root, &key, &g, &o->held, &certificate), LINLI_E_NETWORK);
    buf_free(&certificate);
}

/* A grant's key signs once; the root's signatures come by the index and signature. */
static void signatures_of_another_length_are_no_certificate(void **state)
{
    struct office *o = *state;
    struct person key = person(100);
    struct grant said, by_root = grant_draft(&o->root, NULL, &o->device, "", RIGHT_ALL, 0);
    struct buf certificate = {0};
    struct signing by[ROOT_SIGNATURES_MAX + 1];

    for (unsigned i = 0; i < COUNT_OF(by); i++)
        by[i] = (struct signing){100, i};
    assert_ok(grant_make(o->office.secret, &o->g, &certificate));
    signed_by_root("linli/grant/1", by, 1, &certificate);
    assert_code(grant_decode(buf_span(&certificate), &said), LINLI_E_FORMAT);
    assert_ok(grant_issue(&o->root, &key, &by_root, &o->held, &certificate));
    for (size_t cut = 1; cut < ROOT_SIGNATURE_BYTES; cut += 31) {
        struct certified halves;
        struct buf odd = {0};
        assert_ok(certificate_split(buf_span(&certificate), LIMIT_GRANT_BYTES, &halves));
        write_array(&odd, 2);
        write_bin(&odd, halves.body.at, halves.body.size);
        write_bin(&odd, halves.signatures.at, halves.signatures.size - cut);
        assert_code(grant_decode(buf_span(&odd), &said), LINLI_E_FORMAT);
        buf_free(&odd);
    }
    buf_free(&certificate);
}

/* Whatever it is dated, nothing new can be granted when one's own term, or that of one above, is over. */
static void what_is_granted_after_the_issuers_term_is_refused(void **state)
{
    struct office *o = *state;
    struct person root_key = person(100);

    for (int over = 0; over <= 1; over++) {
        struct held held = {0};
        struct buf above_certificate = {0}, deputy_certificate = {0}, certificate = {0};
        struct grant above = grant_draft(&o->root, NULL, &o->office, "a", RIGHT_ALL, 1700000001000U + 2 - (uint64_t)over);
        above.issued_ms = 1700000000000U;
        assert_ok(grant_issue(&o->root, &root_key, &above, &held, &above_certificate));
        held.grants[held.count++] = above;
        struct grant deputy = grant_draft(&o->root, &above, &o->other, "a", RIGHT_ALL, 0);
        deputy.issued_ms = 1700000000000U;
        assert_ok(grant_issue(&o->root, &o->office, &deputy, &held, &deputy_certificate));
        held.grants[held.count++] = deputy;
        struct grant g = grant_draft(&o->root, &above, &o->device, "a", RIGHT_READ, 0);
        g.issued_ms++;
        assert_code(grant_issue(&o->root, &o->office, &g, &held, &certificate), over ? LINLI_E_REFUSED : LINLI_OK);
        g.issuer = deputy.id;
        assert_code(grant_issue(&o->root, &o->other, &g, &held, &certificate), over ? LINLI_E_REFUSED : LINLI_OK);
        buf_free(&above_certificate);
        buf_free(&deputy_certificate);
        buf_free(&certificate);
    }
}

static void a_chain_is_at_most_eight_long_and_ends_with_its_earliest_term(void **state)
{
    struct office *o = *state;
    struct held held = {0};
    struct buf certificates[LIMIT_CHAIN + 1] = {{0}};
    struct grant_source source = {held_find, &held, NULL};
    struct grant last = {0};

    for (unsigned i = 0; i <= LIMIT_CHAIN; i++) {
        struct person signer = i == 0 ? person(100) : person((int)(10 + i)), subject = person((int)(11 + i));
        uint64_t now = 1700000001000U, ends[] = {0, now + 5000, 0, now + 4000, now + 9000, 0, now + 3000, now + 8000, 0};
        struct grant g = grant_draft(&o->root, i == 0 ? NULL : &last, &subject, "", RIGHT_ALL, ends[i]);
        int rv = grant_issue(&o->root, &signer, &g, &held, &certificates[i]);
        assert_code(rv, i < LIMIT_CHAIN ? LINLI_OK : LINLI_E_REFUSED);
        uint64_t end_ms = 0, least = UINT64_MAX;
        for (unsigned k = 0; k <= i; k++)
            if (ends[k] != 0 && ends[k] < least)
                least = ends[k];
        assert_code(grant_term(&g, &source, &end_ms), rv);
        if (rv == LINLI_OK)
            assert_int_equal(end_ms, least);
        held.grants[held.count++] = g;
        last = g;
    }
    held.grants[2].id.b[0] ^= 1; /* a link is not held */
    uint64_t end_ms;
    assert_code(grant_term(&held.grants[5], &source, &end_ms), LINLI_E_WAIT);
    assert_code(grant_check(&o->root, &held.grants[5], &source), LINLI_E_WAIT);
    for (unsigned i = 0; i <= LIMIT_CHAIN; i++)
        buf_free(&certificates[i]);
}

static void refused(void *ctx, span variant)
{
    struct grant g;

    (void)ctx;
    assert_code(grant_decode(variant, &g), LINLI_E_FORMAT);
}

/* Put `body` in a certificate with an empty signature and decode it. */
static int decode_body(span body)
{
    static const uint8_t signature[SIGNATURE_BYTES];
    struct buf certificate = {0};
    struct grant g;

    write_array(&certificate, 2);
    write_bin(&certificate, body.at, body.size);
    write_bin(&certificate, signature, sizeof(signature));
    int rv = grant_decode(buf_span(&certificate), &g);
    buf_free(&certificate);
    return rv;
}

static void body_refused(void *ctx, span variant)
{
    (void)ctx;
    assert_code(decode_body(variant), LINLI_E_FORMAT);
}

static void nothing_but_the_one_encoding_is_accepted(void **state)
{
    struct office *o = *state;
    struct grant g;
    struct reader r;

    for (size_t size = 0; size < o->certificate.size; size++)
        assert_int_not_equal(grant_decode(span_of(o->certificate.at, size), &g), LINLI_OK);
    assert_int_equal(widen_each(buf_span(&o->certificate), refused, NULL), 3);
    reader_start(&r, buf_span(&o->certificate));
    reader_array(&r, 2);
    span body = reader_bin(&r, LIMIT_GRANT_BYTES);
    assert_ok(decode_body(body));
    assert_true(widen_each(body, body_refused, NULL) >= 12);
    uint8_t copy[LIMIT_GRANT_BYTES];
    memcpy(copy, body.at, body.size);
    copy[1] = 2; /* a newer version */
    assert_code(decode_body(span_of(copy, body.size)), LINLI_E_VERSION);
    copy[1] = 0;
    assert_code(decode_body(span_of(copy, body.size)), LINLI_E_FORMAT);
    copy[1] = 1;
    copy[0]++;
    copy[body.size] = 0x90; /* acts superseded, and none of them */
    assert_code(decode_body(span_of(copy, body.size + 1)), LINLI_E_FORMAT);
    assert_code(decode_body(span_of("\x01", 1)), LINLI_E_FORMAT);         /* no array */
    assert_code(decode_body(span_of("\x92\x01\xc0", 3)), LINLI_E_FORMAT); /* too few fields of this version */
    assert_code(grant_decode(span_of("\x91\xc4\x00", 3), &g), LINLI_E_FORMAT); /* no signature */
    assert_code(grant_decode(span_of("\x92\xc4\x00\x01", 4), &g), LINLI_E_FORMAT);
    buf_extend(&o->certificate, LIMIT_GRANT_BYTES);
    assert_code(grant_decode(buf_span(&o->certificate), &g), LINLI_E_LIMIT);
}

static void what_no_certificate_may_hold_is_not_signed(void **state)
{
    struct office *o = *state;
    struct buf out = {0};

    for (unsigned i = 0; i < 6; i++) {
        struct grant g = o->g;
        if (i == 0)
            g.role = 0;
        if (i == 1)
            g.role = 256;
        if (i == 2)
            g.rights = RIGHT_ALL + 1;
        if (i == 3)
            g.path.depth = LIMIT_SCOPE_DEPTH;
        if (i == 4) {
            g.by_root = true;
            g.root_version = 0;
        }
        if (i == 5)
            memset(g.subject, 0, KEY_BYTES); /* a point of order 4 */
        assert_code(grant_make(o->office.secret, &g, &out), LINLI_E_ARG);
    }
    assert_int_equal(out.size, 0);
    assert_int_equal(grant_rights_of_role(ROLE_NODE), RIGHT_ALL);
    assert_int_equal(grant_rights_of_role(ROLE_CLERK), RIGHT_ALL);
    assert_int_equal(grant_rights_of_role(ROLE_CAPTAIN), RIGHT_ALL & ~RIGHT_MANAGE);
    assert_int_equal(grant_rights_of_role(ROLE_VIEWER), RIGHT_READ_PUBLIC);
    assert_int_equal(grant_rights_of_role((enum grant_role)(ROLE_VIEWER + 100)), 0); /* of a newer version */
}

static void a_grant_without_a_whole_certificate_is_not_checked_further(void **state)
{
    struct office *o = *state;
    struct grant g = o->g;

    g.certificate.size--;
    assert_code(grant_check(&o->root, &g, &o->source), LINLI_E_LIMIT); /* more is announced than there is */
}

static void a_grant_below_one_of_another_network_is_refused(void **state)
{
    struct office *o = *state;

    o->held.grants[0].network.b[0] ^= 1;
    assert_code(grant_check(&o->root, &o->g, &o->source), LINLI_E_NETWORK);
}

static int make(void *ctx)
{
    struct office *o = ctx;
    struct grant g = o->g;
    struct buf out = {0};
    int rv = grant_make(o->office.secret, &g, &out);

    buf_free(&out);
    return rv;
}

static void memory_that_runs_out_is_said_and_nothing_leaks(void **state)
{
    assert_true(heap_each_failure(make, *state) > 1);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, start, stop)
    const struct CMUnitTest tests[] = {
        CASE(a_grant_decodes_to_what_was_drafted),
        CASE(any_field_changed_after_signing_is_refused),
        CASE(any_bit_turned_is_refused),
        CASE(a_grant_lies_within_the_one_above_it),
        cmocka_unit_test(the_root_says_what_as_many_of_its_keys_sign_as_its_document_asks),
        CASE(the_root_speaks_under_a_document_that_is_held),
        CASE(signatures_of_another_length_are_no_certificate),
        CASE(a_chain_is_at_most_eight_long_and_ends_with_its_earliest_term),
        CASE(what_is_granted_after_the_issuers_term_is_refused),
        CASE(nothing_but_the_one_encoding_is_accepted),
        CASE(what_no_certificate_may_hold_is_not_signed),
        CASE(a_grant_without_a_whole_certificate_is_not_checked_further),
        CASE(a_grant_below_one_of_another_network_is_refused),
        CASE(memory_that_runs_out_is_said_and_nothing_leaks),
    };
    return UNIT_RUN(tests);
}
