/* tests: replica: of acts that are more than one message holds, each is told at some meeting. */
#include "said.h"

enum { ACTS = 40, MEETINGS = 100 };

/* The office turns the clerk out again and again, each time strictly: it takes one of these to see that what he said has fallen. */
static void acts_say(struct story *s, const struct device_keys *clerk, linli_hash ids[ACTS])
{
    struct buf act = {0};
    size_t added;

    for (unsigned i = 0; i < ACTS; i++) {
        struct revocation r = {.page = 1, .pages = 1, .strict = true};
        statement_start(s->office, &s->office->own[0].grant, &s->office->own[0].grant.path, &r.head);
        r.act.b[0] = (uint8_t)i;
        memcpy(r.device, clerk->sign_public, KEY_BYTES);
        buf_clear(&act);
        assert_ok(revocation_make(s->office->self.sign_secret, &r, NULL, 0, NULL, 0, &act));
        span one = buf_span(&act);
        assert_ok(replica_grants_add(s->office, &one, 1, &added));
        assert_int_equal(added, 1);
        ids[i] = r.head.id;
    }
    buf_free(&act);
}

/* How many of these the office tells now, of which some were not told before. */
static size_t tell(struct story *s, const linli_hash ids[ACTS], bool told[ACTS])
{
    struct buf handed = {0};
    struct reader reader;
    struct statement st;
    size_t acts = 0;

    assert_ok(replica_handover(s->office, s->keys.sign_public, &handed));
    reader_start(&reader, buf_span(&handed));
    for (size_t left = reader_array(&reader, LIMIT_CERTIFICATES); left > 0; left--) {
        span certificate = reader_bin(&reader, LIMIT_STATEMENT_BYTES);
        for (size_t i = 0; i < ACTS && statement_decode(certificate, &st) == LINLI_OK; i++)
            if (hash_equal(&st.id, &ids[i])) {
                told[i] = true;
                acts++;
            }
    }
    assert_ok(reader_end(&reader));
    buf_free(&handed);
    return acts;
}

static void of_more_acts_than_there_is_room_for_each_is_told_at_some_meeting(void **state)
{
    struct story s;
    struct device_keys keys;
    struct linli_revoked done;
    linli_hash ids[ACTS];
    bool told[ACTS] = {false};
    size_t missing = 0;

    (void)state;
    story_start(&s);
    device_make(&s.town, &keys);
    struct replica *clerk = town_join_keys(&s.town, s.office, &s.root, LINLI_CLERK, &keys);
    meet(s.office, clerk);
    struct linli_revoke order = order_on(&s.keys);
    assert_ok(replica_revoke(clerk, &order, &done));
    meet(clerk, s.office);
    acts_say(&s, &keys, ids);
    for (unsigned i = 0; i < MEETINGS; i++)
        assert_in_range(tell(&s, ids, told), ACTS / 2, ACTS - 1);
    for (size_t i = 0; i < ACTS; i++)
        missing += !told[i];
    assert_int_equal(missing, 0);
    town_end(&s.town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_more_acts_than_there_is_room_for_each_is_told_at_some_meeting),
    };

    return UNIT_RUN(tests);
}
