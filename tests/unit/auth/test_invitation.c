/* tests: invitations: what a QR code may hold, and nothing else. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "base/check.h"
#include "codec/writer.h"

static struct invitation sample(size_t addresses)
{
    struct invitation inv = {.expires_ms = 1800000000000U, .address_count = addresses};

    memset(inv.network.b, 0x21, HASH_BYTES);
    memset(inv.secret, 0x22, sizeof(inv.secret));
    for (size_t i = 0; i < addresses && i < 8; i++) {
        memset(inv.addresses[i], 'a' + (int)i, sizeof(inv.addresses[i]) - 1);
        memcpy(inv.addresses[i], "192.0.2.7:", 10); /* an address of the documentation block */
        inv.addresses[i][i == 0 ? 14 : 63] = '\0';
    }
    return inv;
}

static void an_invitation_is_parsed_as_it_was_written(void **state)
{
    (void)state;
    for (size_t count = 0; count <= 8; count++) {
        struct invitation inv = sample(count), got;
        struct buf uri = {0};
        assert_ok(invitation_text(&inv, &uri));
        assert_int_equal(strlen((const char *)uri.at), uri.size);
        assert_memory_equal(uri.at, "linli:", 6);
        assert_ok(invitation_parse((const char *)uri.at, &got));
        assert_true(hash_equal(&got.network, &inv.network));
        assert_memory_equal(got.secret, inv.secret, sizeof(inv.secret));
        assert_int_equal(got.expires_ms, inv.expires_ms);
        assert_int_equal(got.address_count, count);
        for (size_t i = 0; i < count; i++)
            assert_string_equal(got.addresses[i], inv.addresses[i]);
        buf_free(&uri);
    }
}

static void anything_shorter_or_longer_is_refused(void **state)
{
    (void)state;
    struct invitation inv = sample(2), got;
    struct buf uri = {0};
    char text[1024];

    assert_ok(invitation_text(&inv, &uri));
    for (size_t size = 0; size < uri.size; size++) {
        memcpy(text, uri.at, size);
        text[size] = '\0';
        assert_code(invitation_parse(text, &got), LINLI_E_FORMAT);
        assert_int_equal(got.address_count, 0);
    }
    for (int c = 1; c < 256; c++) {
        memcpy(text, uri.at, uri.size);
        text[uri.size] = (char)c;
        text[uri.size + 1] = '\0';
        assert_code(invitation_parse(text, &got), LINLI_E_FORMAT);
    }
    buf_free(&uri);
}

static void garbage_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",      "linli",     "linli:",          "LINLI:lAE",        "http://example.org/",
                                        "linli:=", "linli: lA", "linli:////",      "linli:kA",         "linli:wA",
                                        "linli:lf8", "linli:lQA", "linli:\xe9\x82\xbb"};
    struct invitation got;

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        assert_code(invitation_parse(texts[i], &got), LINLI_E_FORMAT);
    char *longest = malloc(100001);
    assert_non_null(longest);
    memset(longest, 'A', 100000);
    memcpy(longest, "linli:", 6);
    longest[100000] = '\0';
    assert_code(invitation_parse(longest, &got), LINLI_E_FORMAT);
    free(longest);
}

/* One invitation, one text: libsodium alone would take 0xc5 and others for letters. */
static void any_other_letter_is_refused_or_says_something_else(void **state)
{
    (void)state;
    struct invitation inv = sample(1), got;
    struct buf uri = {0}, again = {0};

    assert_ok(invitation_text(&inv, &uri));
    for (size_t i = 0; i < uri.size; i++)
        for (int c = 1; c < 256; c++) {
            uint8_t was = uri.at[i];
            uri.at[i] = (uint8_t)c;
            if (invitation_parse((const char *)uri.at, &got) == LINLI_OK) {
                buf_clear(&again);
                assert_ok(invitation_text(&got, &again));
                assert_string_equal((const char *)again.at, (const char *)uri.at);
            }
            uri.at[i] = was;
        }
    buf_free(&uri);
    buf_free(&again);
}

/* Fields by hand: what a writer of ours would not write. */
static int parse_fields(uint64_t version, size_t fields, size_t secret_size, const char *address, size_t addresses)
{
    struct buf bytes = {0};
    struct invitation got;
    uint8_t zero[64] = {0};
    char uri[4096] = "linli:";

    write_array(&bytes, fields);
    write_uint(&bytes, version);
    write_bin(&bytes, zero, 32);
    write_bin(&bytes, zero, secret_size);
    write_uint(&bytes, 7);
    write_array(&bytes, addresses);
    for (size_t i = 0; i < addresses; i++)
        write_text(&bytes, address, strlen(address));
    for (size_t i = 5; i < fields; i++)
        write_nil(&bytes);
    base64_encode(buf_span(&bytes), uri + 6);
    buf_free(&bytes);
    return invitation_parse(uri, &got);
}

static void fields_out_of_place_are_refused_and_newer_versions_are_named(void **state)
{
    (void)state;
    char longest[65];

    memset(longest, 'x', 64);
    longest[64] = '\0';
    assert_ok(parse_fields(1, 5, 32, "node:1", 8));
    assert_code(parse_fields(2, 5, 32, "node:1", 1), LINLI_E_VERSION);
    assert_code(parse_fields(2, 7, 16, "node:1", 1), LINLI_E_VERSION);
    assert_code(parse_fields(0, 5, 32, "node:1", 1), LINLI_E_FORMAT);
    assert_code(parse_fields(1, 6, 32, "node:1", 1), LINLI_E_FORMAT);
    assert_code(parse_fields(1, 5, 31, "node:1", 1), LINLI_E_FORMAT);
    assert_code(parse_fields(1, 5, 33, "node:1", 1), LINLI_E_FORMAT);
    assert_code(parse_fields(1, 5, 32, "node:1", 9), LINLI_E_FORMAT);
    assert_code(parse_fields(1, 5, 32, "", 1), LINLI_E_FORMAT);
    assert_code(parse_fields(1, 5, 32, "a b", 1), LINLI_E_FORMAT);
    assert_code(parse_fields(1, 5, 32, "a\nb", 1), LINLI_E_FORMAT);
    assert_code(parse_fields(1, 5, 32, "\xe9\x82\xbb", 1), LINLI_E_FORMAT);
    assert_code(parse_fields(1, 5, 32, longest, 1), LINLI_E_FORMAT);
    assert_ok(parse_fields(1, 5, 32, longest + 1, 1));
}

static void what_no_invitation_may_hold_is_not_written(void **state)
{
    (void)state;
    struct buf uri = {0};
    struct invitation inv = sample(1);

    buf_byte(&uri, 'x');
    memset(inv.addresses[0], 'a', sizeof(inv.addresses[0])); /* no end */
    assert_code(invitation_text(&inv, &uri), LINLI_E_ARG);
    inv.addresses[0][0] = '\0';
    assert_code(invitation_text(&inv, &uri), LINLI_E_ARG);
    memcpy(inv.addresses[0], "a\tb", 4);
    assert_code(invitation_text(&inv, &uri), LINLI_E_ARG);
    inv = sample(9);
    assert_code(invitation_text(&inv, &uri), LINLI_E_ARG);
    assert_int_equal(uri.size, 1);
    buf_free(&uri);
}

static int write_text_of(void *ctx)
{
    struct buf uri = {0};
    int rv = invitation_text(ctx, &uri);

    buf_free(&uri);
    return rv;
}

static void memory_that_runs_out_is_said_and_nothing_leaks(void **state)
{
    (void)state;
    struct invitation inv = sample(3);

    assert_true(heap_each_failure(write_text_of, &inv) > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_invitation_is_parsed_as_it_was_written),
        cmocka_unit_test(anything_shorter_or_longer_is_refused),
        cmocka_unit_test(garbage_is_refused),
        cmocka_unit_test(any_other_letter_is_refused_or_says_something_else),
        cmocka_unit_test(fields_out_of_place_are_refused_and_newer_versions_are_named),
        cmocka_unit_test(what_no_invitation_may_hold_is_not_written),
        cmocka_unit_test(memory_that_runs_out_is_said_and_nothing_leaks),
    };
    return UNIT_RUN(tests);
}
