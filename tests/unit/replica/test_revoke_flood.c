/* tests: replica: whoever has a clerk's key signs without end, and with whatever date, and is turned out all the same. */
#include "story.h"

/* A clerk let in a captain; then whoever has the clerk's key signs much, SAID is more than an act can keep, without a record of it. */
enum { SAID = 42 * REVOCATION_PAGES_MAX + 1 };
struct flooded {
    struct story s;
    struct replica *clerk, *captain;
    struct device_keys keys, captain_keys;
    linli_id kept; /* a building of that captain's */
    size_t count;
};

static void flooded_start(struct flooded *f, size_t count)
{
    static struct buf said[SAID];
    static span list[SAID];
    struct story *s = &f->s;
    size_t added;

    f->count = count;
    story_start(s);
    device_make(&s->town, &f->keys);
    device_make(&s->town, &f->captain_keys);
    f->clerk = town_join_keys(&s->town, s->office, &s->root, LINLI_CLERK, &f->keys);
    meet(s->office, f->clerk);
    f->captain = town_join_keys(&s->town, f->clerk, &s->patch, LINLI_CAPTAIN, &f->captain_keys);
    f->kept = building_new(&s->town, f->captain, &s->patch, "kept");
    meet(f->captain, f->clerk);
    meet(f->clerk, s->office);
    s->town.now_ms += 60000;
    (void)building_new(&s->town, s->office, &s->root, "the office's own");
    s->town.now_ms += 60000;
    for (unsigned i = 0; i < count; i++) {
        struct revocation r = {.page = 1, .pages = 1};
        statement_start(f->clerk, &f->clerk->own[0].grant, &f->clerk->own[0].grant.path, &r.head);
        r.head.issued_ms = 1000; /* long ago, as the thief has it */
        memset(r.device, 77, KEY_BYTES);
        be64_put(r.device, i);
        assert_ok(revocation_make(f->clerk->self.sign_secret, &r, NULL, 0, NULL, 0, &said[i]));
        list[i] = buf_span(&said[i]);
    }
    assert_ok(replica_grants_add(s->office, list, count, &added));
    assert_int_equal(added, count);
    for (unsigned i = 0; i < count; i++)
        buf_free(&said[i]);
}

/* Turned out by the order, and what it said before stays or does not. */
static void flooded_end(struct flooded *f, const struct linli_revoke *order, bool stays)
{
    struct linli_revoked done;

    assert_ok(replica_revoke(f->s.office, order, &done));
    assert_int_equal(done.kept, stays ? 1 : 0);
    assert_int_equal(done.kept + done.left, f->count + 1);
    assert_building(f->s.office, &f->kept, BUILDING_NAME, stays ? "kept" : "");
    struct peer_access access;
    assert_code(replica_peer_access(f->s.office, f->keys.sign_public, (span){NULL, 0}, &access), LINLI_E_REFUSED);
    town_end(&f->s.town);
}

static void who_said_more_than_an_act_can_keep_is_turned_out_all_the_same(void **state)
{
    struct flooded f;

    (void)state;
    flooded_start(&f, SAID);
    struct linli_revoke order = order_on(&f.keys);
    flooded_end(&f, &order, true);
}

static void since_keeps_what_was_said_in_a_log_that_the_office_can_vouch_for(void **state)
{
    struct flooded f;

    (void)state;
    flooded_start(&f, 10);
    struct linli_revoke order = order_on(&f.keys);
    order.since_ms = f.s.town.now_ms;
    flooded_end(&f, &order, true);
}

static void nothing_of_what_was_said_is_kept_when_that_is_wanted(void **state)
{
    struct flooded f;

    (void)state;
    flooded_start(&f, 10);
    struct linli_revoke order = order_on(&f.keys);
    order.keep = LINLI_KEEP_NONE;
    flooded_end(&f, &order, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_said_more_than_an_act_can_keep_is_turned_out_all_the_same),
        cmocka_unit_test(since_keeps_what_was_said_in_a_log_that_the_office_can_vouch_for),
        cmocka_unit_test(nothing_of_what_was_said_is_kept_when_that_is_wanted),
    };
    return UNIT_RUN(tests);
}
