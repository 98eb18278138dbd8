/* noise: two channels that work, and what they hold, count and wipe. What an attacker tries is in test_attack.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <linli/memory.h>

#include "base/check.h"
#include "base/mem.h"
#include "channel_pair.h"
#include "codec/limits.h"

static void open_pair(struct pair *p, uint64_t seed)
{
    assert_int_equal(pair_prepare(p, seed), LINLI_OK);
    assert_int_equal(pair_start(p), LINLI_OK);
    assert_int_equal(pair_shake(p, SIZE_MAX / 2), LINLI_OK);
    assert_int_equal(p->a.channel.state, CHANNEL_OPEN);
    assert_int_equal(p->b.channel.state, CHANNEL_OPEN);
}

static void knows(const struct end *self, const struct end *other)
{
    const struct channel_identity *want = &other->config.self, *got = &self->channel.peer;
    assert_memory_equal(got->sign_public, want->sign_public, KEY_BYTES);
    assert_int_equal(got->incarnation, want->incarnation);
    assert_true(span_equal(buf_span(&got->chain), buf_span(&want->chain)));
    assert_memory_equal(self->channel.binding, other->channel.binding, NOISE_HASH_BYTES);
}

static void both_ends_know_each_other_after_three_messages(void **state)
{
    (void)state;
    struct pair p;
    open_pair(&p, 1);
    knows(&p.a, &p.b);
    knows(&p.b, &p.a);
    assert_int_equal(p.b.channel.intent, INTENT_SYNC);
    assert_int_equal(p.a.channel.bytes_out, p.b.channel.bytes_in);
    assert_int_equal(p.b.channel.bytes_out, p.a.channel.bytes_in);
    pair_free(&p);
}

static void an_enrolment_brings_no_grants_and_still_opens(void **state)
{
    (void)state;
    struct pair p;
    assert_int_equal(pair_prepare(&p, 2), LINLI_OK);
    buf_free(&p.a.config.self.chain);
    p.a.config.intent = INTENT_ENROL;
    p.keys.intent = INTENT_ENROL;
    assert_int_equal(pair_start(&p), LINLI_OK);
    assert_int_equal(pair_shake(&p, SIZE_MAX / 2), LINLI_OK);
    knows(&p.b, &p.a);
    assert_int_equal(p.b.channel.peer.chain.size, 0);
    assert_int_equal(p.b.channel.intent, INTENT_ENROL);
    pair_free(&p);
}

static void bytes_may_come_one_at_a_time(void **state)
{
    (void)state;
    struct pair p;
    static uint8_t big[40000];
    for (size_t i = 0; i < sizeof(big); i++)
        big[i] = (uint8_t)(i * 31 >> 3);
    assert_int_equal(pair_prepare(&p, 3), LINLI_OK);
    assert_int_equal(pair_start(&p), LINLI_OK);
    assert_int_equal(pair_shake(&p, 1), LINLI_OK);
    assert_int_equal(end_say(&p.a, STREAM_LIVE, big, sizeof(big)), LINLI_OK);
    assert_int_equal(end_say(&p.a, STREAM_CONTROL, "", 0), LINLI_OK);
    assert_int_equal(end_pass(&p.a, &p.b, 1), LINLI_OK);
    assert_int_equal(p.b.inbox.messages, 2);
    assert_int_equal(p.b.inbox.stream, STREAM_CONTROL);
    assert_true(span_equal(buf_span(&p.b.inbox.bytes), span_of(big, sizeof(big))));
    pair_free(&p);
}

static void messages_of_different_streams_interleave(void **state)
{
    (void)state;
    struct pair p;
    static uint8_t runs[LIMIT_MESSAGE_BYTES], blob[50000];
    size_t sent_run = 0, sent_blob = 0;
    memset(runs, 'r', sizeof(runs));
    memset(blob, 'b', sizeof(blob));
    open_pair(&p, 4);
    span run = span_of(runs, sizeof(runs)), photo = span_of(blob, sizeof(blob));
    while (sent_run < run.size || sent_blob < photo.size) {
        if (sent_run < run.size)
            assert_int_equal(channel_send(&p.b.channel, STREAM_BACKFILL, run, &sent_run, &p.b.out), LINLI_OK);
        if (sent_blob < photo.size)
            assert_int_equal(channel_send(&p.b.channel, STREAM_BLOB, photo, &sent_blob, &p.b.out), LINLI_OK);
        assert_int_equal(end_say(&p.b, STREAM_CONTROL, "c", 1), LINLI_OK);
        assert_int_equal(end_say(&p.a, STREAM_LIVE, "l", 1), LINLI_OK);
    }
    assert_int_equal(end_pass(&p.b, &p.a, 1000), LINLI_OK);
    assert_int_equal(end_pass(&p.a, &p.b, 7), LINLI_OK);
    assert_int_equal(p.a.inbox.messages, 2 + 8);
    assert_int_equal(p.a.inbox.bytes.size, run.size + photo.size + 8);
    assert_int_equal(p.b.inbox.messages, 8);
    pair_free(&p);
}

static void each_direction_takes_a_new_key_after_65536_records(void **state)
{
    (void)state;
    struct pair p;
    uint8_t first[AEAD_KEY_BYTES];
    open_pair(&p, 5);
    memcpy(first, p.a.channel.out_cipher.key, sizeof(first));
    for (unsigned i = 1; i <= 65536 + 2; i++) {
        assert_int_equal(end_say(&p.a, STREAM_LIVE, "x", 1), LINLI_OK);
        assert_int_equal(end_pass(&p.a, &p.b, 100), LINLI_OK);
        bool rekeyed = memcmp(first, p.a.channel.out_cipher.key, sizeof(first)) != 0;
        assert_int_equal(rekeyed, i >= 65536);
    }
    assert_int_equal(p.b.inbox.messages, 65536 + 2);
    assert_memory_equal(p.a.channel.out_cipher.key, p.b.channel.in_cipher.key, AEAD_KEY_BYTES);
    assert_memory_equal(p.a.channel.in_cipher.key, p.b.channel.out_cipher.key, AEAD_KEY_BYTES);
    assert_int_equal(p.a.channel.in_cipher.n, 0);
    assert_int_equal(end_say(&p.b, STREAM_LIVE, "y", 1), LINLI_OK);
    assert_int_equal(end_pass(&p.b, &p.a, 100), LINLI_OK);
    assert_int_equal(p.a.inbox.messages, 1);
    pair_free(&p);
}

static bool all_zero(const void *at, size_t size)
{
    const uint8_t *bytes = (const uint8_t *)at;
    uint8_t any = 0;
    for (size_t i = 0; i < size; i++)
        any |= bytes[i];
    return any == 0;
}

static void an_open_channel_keeps_no_handshake_and_no_buffers(void **state)
{
    (void)state;
    struct pair p;
    static uint8_t big[60000];
    open_pair(&p, 6);
    assert_int_equal(end_say(&p.a, STREAM_LIVE, big, sizeof(big)), LINLI_OK);
    assert_int_equal(end_pass(&p.a, &p.b, 777), LINLI_OK);
    const struct channel *c = &p.b.channel;
    assert_true(all_zero(&c->hs, sizeof(c->hs)));
    assert_true(all_zero(c->sign_secret, sizeof(c->sign_secret)));
    assert_null(c->self.chain.at);
    assert_null(c->in.at);
    assert_null(c->plain.at);
    for (size_t i = 0; i < STREAM_COUNT; i++)
        assert_null(c->frames.partial[i].at);
    assert_true(sizeof(struct channel) <= 2048);
    printf("an idle channel: %zu bytes and the peer's grants\n", sizeof(struct channel));
    pair_free(&p);
}

static void a_closed_channel_stays_closed_and_holds_no_key(void **state)
{
    (void)state;
    struct pair p;
    static const uint8_t junk[40] = {0, 38};
    size_t sent = 0;
    open_pair(&p, 7);
    assert_int_equal(end_feed(&p.a, span_of(junk, sizeof(junk))), LINLI_E_PROTOCOL);
    struct channel *c = &p.a.channel;
    assert_int_equal(c->state, CHANNEL_CLOSED);
    assert_true(all_zero(&c->out_cipher, sizeof(c->out_cipher)));
    assert_true(all_zero(&c->in_cipher, sizeof(c->in_cipher)));
    assert_int_equal(c->in_count, 0);
    assert_int_equal(end_say(&p.b, STREAM_LIVE, "good", 4), LINLI_OK);
    assert_int_equal(end_pass(&p.b, &p.a, 100), LINLI_E_CLOSED);
    assert_int_equal(channel_send(c, STREAM_LIVE, span_of("x", 1), &sent, &p.a.out), LINLI_E_CLOSED);
    assert_int_equal(p.a.out.size, 0);
    assert_int_equal(p.a.inbox.messages, 0);
    channel_free(c);
    pair_free(&p);
}

static void nothing_is_sent_before_the_handshake_is_done(void **state)
{
    (void)state;
    struct pair p;
    size_t sent = 0;
    assert_int_equal(pair_prepare(&p, 8), LINLI_OK);
    assert_int_equal(pair_start(&p), LINLI_OK);
    size_t before = p.a.out.size;
    assert_int_equal(channel_send(&p.a.channel, STREAM_LIVE, span_of("x", 1), &sent, &p.a.out),
                     LINLI_E_CLOSED);
    assert_int_equal(channel_send(&p.b.channel, STREAM_LIVE, span_of("x", 1), &sent, &p.b.out),
                     LINLI_E_CLOSED);
    assert_int_equal(p.a.out.size, before);
    assert_int_equal(p.b.out.size, 0);
    assert_int_equal(pair_shake(&p, 5), LINLI_OK);
    pair_free(&p);
}

static void a_full_outbox_leaves_the_channel_as_it_was(void **state)
{
    (void)state;
    struct pair p;
    size_t sent = 0;
    open_pair(&p, 9);
    struct buf small = {.cap = 10};
    assert_int_equal(channel_send(&p.a.channel, STREAM_LIVE, span_of("hello", 5), &sent, &small),
                     LINLI_E_LIMIT);
    assert_int_equal(sent, 0);
    assert_int_equal(small.size, 0);
    buf_free(&small);
    assert_int_equal(end_say(&p.a, STREAM_LIVE, "hello", 5), LINLI_OK);
    assert_int_equal(end_pass(&p.a, &p.b, 3), LINLI_OK);
    assert_int_equal(p.b.inbox.messages, 1);
    pair_free(&p);
}

static void an_outbox_without_room_for_a_length_leaves_the_channel_as_it_was(void **state)
{
    (void)state;
    struct pair p;
    size_t sent = 0;
    struct buf tiny = {.cap = 1};
    open_pair(&p, 11);
    assert_int_equal(channel_send(&p.a.channel, STREAM_LIVE, span_of("x", 1), &sent, &tiny), LINLI_E_LIMIT);
    assert_int_equal(sent, 0);
    assert_int_equal(tiny.size, 0);
    assert_int_equal(p.a.channel.out_count, 0);
    buf_free(&tiny);
    pair_free(&p);
}

/* --- an answer that is held back --- */

static void held_pair(struct pair *p, uint64_t seed)
{
    assert_int_equal(pair_prepare(p, seed), LINLI_OK);
    p->b.config.hold = true;
    assert_int_equal(pair_start(p), LINLI_OK);
    assert_false(channel_owes_answer(&p->b.channel));
    assert_int_equal(end_feed(&p->b, span_of(p->a.out.at, 10)), LINLI_OK); /* a part of the prefix */
    assert_false(channel_owes_answer(&p->b.channel));
    assert_int_equal(end_feed(&p->b, span_of(p->a.out.at + 10, p->a.out.size - 10)), LINLI_OK);
    buf_clear(&p->a.out);
    assert_int_equal(p->b.out.size, 0);
    assert_true(channel_owes_answer(&p->b.channel));
    assert_false(channel_owes_answer(&p->a.channel));
}

static void a_held_answer_is_given_when_it_is_asked_for(void **state)
{
    (void)state;
    struct pair p;
    held_pair(&p, 12);
    assert_int_equal(channel_answer(&p.b.channel, &p.b.out), LINLI_OK);
    assert_false(channel_owes_answer(&p.b.channel));
    assert_int_equal(p.b.channel.bytes_out, p.b.out.size);
    assert_int_equal(end_pass(&p.b, &p.a, 7), LINLI_OK);
    assert_int_equal(end_pass(&p.a, &p.b, 7), LINLI_OK);
    assert_int_equal(p.b.channel.state, CHANNEL_OPEN);
    assert_false(channel_owes_answer(&p.b.channel));
    knows(&p.a, &p.b);
    knows(&p.b, &p.a);
    pair_free(&p);
}

static void who_speaks_before_the_held_answer_is_shut_out(void **state)
{
    (void)state;
    struct pair p;
    held_pair(&p, 13);
    assert_int_equal(end_feed(&p.b, span_of("x", 1)), LINLI_E_PROTOCOL);
    assert_int_equal(p.b.channel.state, CHANNEL_CLOSED);
    assert_int_equal(p.b.out.size, 0);
    assert_false(channel_owes_answer(&p.b.channel));
    pair_free(&p);
}

static void a_held_answer_without_room_closes_the_channel(void **state)
{
    (void)state;
    struct pair p;
    struct buf small = {.cap = 100};
    held_pair(&p, 14);
    assert_int_equal(channel_answer(&p.b.channel, &small), LINLI_E_LIMIT);
    assert_int_equal(small.size, 0);
    assert_int_equal(p.b.channel.state, CHANNEL_CLOSED);
    buf_free(&small);
    pair_free(&p);
}

static void an_initiator_without_its_keys_does_not_start(void **state)
{
    (void)state;
    struct pair p;
    struct buf out = {0};
    assert_int_equal(pair_prepare(&p, 10), LINLI_OK);
    struct channel_config config = p.a.config;
    config.psk = NULL;
    assert_int_equal(channel_start(&p.a.channel, &config, &out), LINLI_E_ARG);
    config = p.a.config;
    config.network = NULL;
    assert_int_equal(channel_start(&p.a.channel, &config, &out), LINLI_E_ARG);
    config = p.a.config;
    config.intent = (enum channel_intent)3;
    assert_int_equal(channel_start(&p.a.channel, &config, &out), LINLI_E_ARG);
    assert_int_equal(out.size, 0);
    pair_free(&p);
}

/* A heap that fails its n-th request and counts what was not given back. */
struct failing_heap {
    unsigned asked, fail_at;
    long held;
};

static bool heap_refuses(struct failing_heap *heap)
{
    heap->asked++;
    return heap->asked == heap->fail_at;
}

static void *heap_alloc(void *ctx, size_t size)
{
    struct failing_heap *heap = (struct failing_heap *)ctx;
    void *at = heap_refuses(heap) ? NULL : malloc(size);
    heap->held += at != NULL;
    return at;
}

static void *heap_resize(void *ctx, void *at, size_t size)
{
    struct failing_heap *heap = (struct failing_heap *)ctx;
    return heap_refuses(heap) ? NULL : realloc(at, size);
}

static void heap_release(void *ctx, void *at)
{
    struct failing_heap *heap = (struct failing_heap *)ctx;
    heap->held--;
    free(at);
}

static int whole_conversation(struct pair *p)
{
    static uint8_t big[20000];
    int rv = pair_prepare(p, 11);
    if (rv == LINLI_OK)
        rv = pair_start(p);
    if (rv == LINLI_OK)
        rv = pair_shake(p, 50);
    if (rv == LINLI_OK)
        rv = end_say(&p->a, STREAM_BACKFILL, big, sizeof(big));
    if (rv == LINLI_OK)
        rv = end_pass(&p->a, &p->b, 3000);
    return rv;
}

static void memory_that_runs_out_anywhere_closes_cleanly(void **state)
{
    (void)state;
    struct failing_heap heap = {0};
    const struct linli_allocator allocator = {heap_alloc, heap_resize, heap_release, &heap};
    int rv = LINLI_E_NOMEM;
    assert_int_equal(linli_set_allocator(&allocator), LINLI_OK);
    for (unsigned n = 1; rv != LINLI_OK && n < 1000; n++) {
        struct pair p;
        heap = (struct failing_heap){.fail_at = n};
        rv = whole_conversation(&p);
        pair_free(&p);
        if (rv != LINLI_OK && rv != LINLI_E_NOMEM)
            break;
        if (heap.held != 0)
            break;
    }
    (void)linli_set_allocator(NULL);
    assert_int_equal(rv, LINLI_OK);
    assert_int_equal(heap.held, 0);
    assert_true(heap.asked > 10);
    printf("memory failed at each of %u requests\n", heap.asked);
}

static int start_crypto(void **state)
{
    (void)state;
    return crypto_start();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_know_each_other_after_three_messages),
        cmocka_unit_test(an_enrolment_brings_no_grants_and_still_opens),
        cmocka_unit_test(bytes_may_come_one_at_a_time),
        cmocka_unit_test(messages_of_different_streams_interleave),
        cmocka_unit_test(each_direction_takes_a_new_key_after_65536_records),
        cmocka_unit_test(an_open_channel_keeps_no_handshake_and_no_buffers),
        cmocka_unit_test(a_closed_channel_stays_closed_and_holds_no_key),
        cmocka_unit_test(nothing_is_sent_before_the_handshake_is_done),
        cmocka_unit_test(a_full_outbox_leaves_the_channel_as_it_was),
        cmocka_unit_test(an_outbox_without_room_for_a_length_leaves_the_channel_as_it_was),
        cmocka_unit_test(a_held_answer_is_given_when_it_is_asked_for),
        cmocka_unit_test(who_speaks_before_the_held_answer_is_shut_out),
        cmocka_unit_test(a_held_answer_without_room_closes_the_channel),
        cmocka_unit_test(an_initiator_without_its_keys_does_not_start),
        cmocka_unit_test(memory_that_runs_out_anywhere_closes_cleanly),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
