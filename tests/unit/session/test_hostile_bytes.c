/*
 * session: hostile MessagePack at every door that takes MessagePack, with the heap metered: it is refused, and what is held
 * for it meanwhile is at most twice its size. The cases are those of the shared data, where it is there, and our own.
 */
#include "unit.h"

#include "base/check.h"
#include "base/crypto.h"
#include "changeset/run.h"
#include "meter.h"
#include "model/reading.h"
#include "noise/identity.h"
#include "pair.h"
#include "session/message.h"

enum { MADE_MAX = 256 * 1024 };

/* --- doors: LINLI_OK only for what they take --- */

static const linli_id nobody = {{1}};

static int door_message(span bytes)
{
    uint64_t kind;
    span body;

    return message_open(bytes, &kind, &body);
}

static int door_identity(span bytes)
{
    struct channel_identity identity;
    uint8_t signature[SIGNATURE_BYTES];
    int rv = identity_decode(bytes, &identity, signature);

    if (rv == LINLI_OK)
        identity_free(&identity);
    return rv;
}

static int door_grant(span bytes)
{
    struct grant g;

    return grant_decode(bytes, &g);
}

static int door_root(span bytes)
{
    struct root root;

    return root_open(bytes, &root);
}

static int door_invitation(span bytes)
{
    static char uri[2 * MADE_MAX] = "linli:";
    struct invitation inv;

    if (bytes.size > MADE_MAX / 2)
        return LINLI_E_LIMIT; /* longer than any address bar or QR code */
    base64_encode(bytes, uri + 6);
    return invitation_parse(uri, &inv);
}

static int door_run(span bytes)
{
    struct arena a = {0};
    struct run run;
    int rv = run_decode(&a, bytes, &run);

    arena_free(&a);
    return rv;
}

static int door_changeset(span bytes)
{
    struct arena a = {0};
    struct changeset cs;
    struct position at = {.seq = 1};
    int rv = changeset_decode(&a, &at, bytes, &cs);

    arena_free(&a);
    return rv;
}

static int door_state(span bytes)
{
    struct arena a = {0};
    struct record_state state = {0};
    int rv = record_decode(&a, bytes, &state);

    arena_free(&a);
    return rv;
}

static int door_token(span bytes)
{
    struct arena a = {0};
    struct context ctx;
    int rv = bytes.size == 0 ? LINLI_E_FORMAT : token_all(&a, bytes, &nobody, &nobody, &ctx); /* no token is none shown */

    arena_free(&a);
    return rv;
}

static const struct {
    const char *name;
    int (*open)(span bytes);
} doors[] = {
    {"message", door_message}, {"identity", door_identity},     {"certificate", door_grant}, {"root file", door_root},
    {"run", door_run},         {"changeset", door_changeset},   {"stored state", door_state}, {"token", door_token},
    {"invitation", door_invitation},
};

/* Whatever kind of message it stands in. */
static size_t refused_in_messages(const char *name, span bytes)
{
    struct buf m = {0};
    size_t count = 0;

    for (uint64_t kind = 0; kind <= MESSAGE_KINDS; kind++, count++) {
        buf_clear(&m);
        write_array(&m, 2);
        write_uint(&m, kind);
        write_map(&m, 1);
        write_uint(&m, 1);
        assert_ok(buf_append(&m, bytes.at, bytes.size));
        meter_start();
        int rv = door_message(buf_span(&m));
        size_t peak = meter_peak();
        assert_int_equal(meter_stop(), 0);
        if (rv == LINLI_OK || peak > 2 * m.size)
            fail_msg("%s in a message of kind %u: %s, %zu bytes held for %zu", name, (unsigned)kind, linli_code_name(rv),
                     peak, m.size);
    }
    buf_free(&m);
    return count;
}

static size_t refused_everywhere(const char *name, span bytes)
{
    for (size_t i = 0; i < COUNT_OF(doors); i++) {
        meter_start();
        int rv = doors[i].open(bytes);
        size_t peak = meter_peak();
        assert_int_equal(meter_stop(), 0);
        if (rv == LINLI_OK || peak > 2 * bytes.size)
            fail_msg("%s as %s: %s, %zu bytes held for %zu", name, doors[i].name, linli_code_name(rv), peak, bytes.size);
    }
    return COUNT_OF(doors) + refused_in_messages(name, bytes);
}

/* --- cases --- */

static void what_others_call_hostile_is_refused_at_every_door(void **state)
{
    json_t *root = vectors_shared("msgpack/hostile-msgpack.json"), *test;
    struct buf bytes = {0};
    size_t i, refused = 0;

    (void)state;
    if (root == NULL)
        skip();
    json_array_foreach(json_object_get(root, "cases"), i, test) {
        const char *name = vector_text(test, "name");
        assert_true(vector_hex(test, "hex", &bytes));
        if (strcmp(vector_text(test, "expect"), "accept") != 0 && strcmp(name, "bidi override") != 0)
            refused += refused_everywhere(name, buf_span(&bytes));
    }
    assert_int_equal(i, 52);
    assert_true(refused >= 49 * (COUNT_OF(doors) + MESSAGE_KINDS));
    buf_free(&bytes);
    json_decref(root);
}

static void what_announces_more_than_it_holds_is_refused_at_every_door(void **state)
{
    static const struct {
        const char *name, *bytes;
        size_t size;
    } cases[] = {
        {"a reserved byte", "\xc1", 1},
        {"an array of 4 G", "\xdd\xff\xff\xff\xff", 5},
        {"an array of 16 M", "\xdd\x01\x00\x00\x00", 5},
        {"a map of 2 G", "\xdf\x7f\xff\xff\xff", 5},
        {"a text of 4 G", "\xdb\xff\xff\xff\xff\x61", 6},
        {"a binary of 4 G", "\xc6\xff\xff\xff\xff\x00", 6},
        {"an extension of 4 G", "\xc9\xff\xff\xff\xff\x01\x00", 7},
        {"an array of 65535 without them", "\xdc\xff\xff", 3},
        {"a map of 65535 without them", "\xde\xff\xff", 3},
        {"a number longer than it need be", "\xcc\x05", 2},
        {"two keys out of order", "\x82\x02\x00\x01\x00", 5},
        {"one key twice", "\x82\x01\x00\x01\x00", 5},
        {"a broken text", "\xa2\xc0\x80", 3},
        {"a float", "\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", 9},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        refused_everywhere(cases[i].name, span_of(cases[i].bytes, cases[i].size));
}

/* Containers in containers, each of `head_size` bytes, around a nil. */
static void nest(struct buf *out, const void *head, size_t head_size, size_t times)
{
    buf_clear(out);
    for (size_t i = 0; i < times; i++)
        assert_ok(buf_append(out, head, head_size));
    assert_ok(buf_byte(out, 0xc0));
}

static void what_nests_or_counts_without_end_is_refused_at_every_door(void **state)
{
    static const size_t depths[] = {LIMIT_DEPTH + 1, 32, 33, 64, 512, 60000};
    struct buf bytes = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(depths); i++) {
        nest(&bytes, "\x91", 1, depths[i]);
        refused_everywhere("arrays in arrays", buf_span(&bytes));
        nest(&bytes, "\x81\x01", 2, depths[i]);
        refused_everywhere("maps in maps", buf_span(&bytes));
        nest(&bytes, "\xdc\xff\xff", 3, depths[i]);
        refused_everywhere("arrays of 65535 in each other", buf_span(&bytes));
    }
    buf_clear(&bytes);
    assert_ok(buf_append(&bytes, "\xdd\x00\x01\x11\x71", 5));
    for (size_t i = 0; i < 70000; i++) /* one fewer than it says, each a byte: 16 times that as objects */
        assert_ok(buf_byte(&bytes, 0x90));
    refused_everywhere("an array that lacks the last of 70001 empty arrays", buf_span(&bytes));
    buf_free(&bytes);
}

/* --- a session --- */

/* What it costs a session to hear this in the middle of a meeting, and to take its leave. */
static size_t session_peak(span bytes)
{
    struct session_pair pair;

    meter_start();
    pair_prepare(&pair, 1);
    side_open(&pair.a, true, true);
    side_event(&pair.a, EVENT_START);
    side_hear(&pair.a, STREAM_CONTROL, bytes);
    assert_true(pair.a.closed && pair.a.close_code != LINLI_OK);
    pair_free(&pair);
    size_t peak = meter_peak();
    assert_int_equal(meter_stop(), 0);
    return peak;
}

static void a_session_takes_its_leave_of_it_without_reserving_for_it(void **state)
{
    struct buf bytes = {0};
    size_t plain = session_peak(span_of("\xc1", 1));

    (void)state;
    assert_true(plain > 0); /* its leave-taking: the meter runs */
    assert_true(session_peak(span_of("\xdd\xff\xff\xff\xff", 5)) <= plain + 2 * 5);
    assert_true(session_peak(span_of("\x92\x03\x81\x04\xdd\x01\x00\x00\x00", 9)) <= plain + 2 * 9);
    nest(&bytes, "\x91", 1, 60000);
    assert_true(session_peak(buf_span(&bytes)) <= plain + 2 * bytes.size);
    buf_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_others_call_hostile_is_refused_at_every_door),
        cmocka_unit_test(what_announces_more_than_it_holds_is_refused_at_every_door),
        cmocka_unit_test(what_nests_or_counts_without_end_is_refused_at_every_door),
        cmocka_unit_test(a_session_takes_its_leave_of_it_without_reserving_for_it),
    };

    return UNIT_RUN(tests);
}
