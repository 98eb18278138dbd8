/* session: a second meeting: what is new since the last one goes out, and the digests tell whether that was enough. */
#include "unit.h"

#include "settled.h"
#include "session/internal.h"

static const linli_id EPOCH_A = {{0xa}}, EPOCH_B = {{0xb}}, EPOCH_OTHER = {{0xc}};

/* Two that hold the same of 40 scopes, and remember each other. */
static void met(struct session_pair *p, uint64_t seed)
{
    pair_prepare(p, seed);
    for (unsigned i = 0; i < 80; i++) {
        struct scope_path path = fake_path(2, (unsigned[]){i % 4, i % 40});
        fake_write(&p->a.store, &path, i % 3, i);
        fake_write(&p->b.store, &path, i % 3, i);
    }
    p->a.config.store_epoch = p->b.config.met_epoch = p->b.config.noted_epoch = EPOCH_A;
    p->b.config.store_epoch = p->a.config.met_epoch = p->a.config.noted_epoch = EPOCH_B;
}

/* This side writes once more; whether it will know that it is new. */
static void write_new(struct side *x, unsigned scope, unsigned author, uint64_t value, bool known)
{
    struct scope_path path = fake_path(2, (unsigned[]){scope % 4, scope});
    linli_id id;
    uint64_t seq = 0;

    fake_write(&x->store, &path, author, value);
    path_scope(&x->store.network, &path, &id);
    const struct fake_scope *held = fake_scope(&x->store, &id);
    for (size_t i = 0; i < held->log_count; i++) {
        linli_author name = fake_author(author);
        if (author_equal(&held->logs[i].author, &name))
            seq = held->logs[i].count;
    }
    if (known)
        x->news[x->news_count++] = (struct session_news){id, fake_author(author), seq, seq};
}

static void what_is_new_goes_out_and_nothing_else_is_said(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 50; seed++) {
        struct session_pair p;
        met(&p, seed_value() + seed);
        for (unsigned i = 0; i < 20; i++) {
            write_new(&p.a, i, 11, 1000 + i, true);
            write_new(&p.b, i * 2, 12, 2000 + i, true);
        }
        size_t before = p.a.store.reads;
        pair_sync(&p);
        assert_settled(&p);
        assert_int_equal(p.a.store.reads - before, 20);       /* the runs, and nothing else */
        assert_int_equal(p.a.messages_out, 2 + 20 + 1 + 1 + 1); /* hello, summary; runs; sent; settle; bye */
        assert_int_equal(session_stats(p.a.session)->rounds, 1);
        assert_true(session_stats(p.a.session)->round_trips <= 2);
        assert_true(id_equal(&p.a.met, &EPOCH_B) && id_equal(&p.b.met, &EPOCH_A));
        pair_free(&p);
    }
}

static void one_side_alone_has_news(void **state)
{
    (void)state;
    struct session_pair p;
    met(&p, seed_value());
    write_new(&p.b, 7, 12, 1, true);
    pair_sync(&p);
    assert_settled(&p);
    assert_int_equal(p.a.messages_out, 5); /* hello, summary, sent, settle, bye */
    assert_int_equal(p.b.messages_out, 5); /* hello, summary, run, sent, settle */
    assert_true(id_equal(&p.a.met, &EPOCH_B) && id_equal(&p.b.met, &EPOCH_A)); /* both note it anew, though one said nothing of it */
    assert_int_equal(session_stats(p.a.session)->rounds, 1);
    pair_free(&p);
}

static void what_a_note_left_out_comes_in_the_next_round(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 50; seed++) {
        struct session_pair p;
        met(&p, seed_value() + seed);
        for (unsigned i = 0; i < 12; i++) {
            write_new(&p.a, i, 11, 1000 + i, i % 3 == 0);
            write_new(&p.b, i + 5, 12, 2000 + i, i % 4 == 0);
        }
        pair_sync(&p);
        assert_settled(&p);
        assert_int_equal(session_stats(p.a.session)->rounds, 2);
        pair_free(&p);
    }
}

/* What both have news of does not make them equal, and what is new is in neither's news. */
static void notes_that_are_wrong_on_both_sides_are_no_divergence(void **state)
{
    (void)state;
    struct session_pair p;
    met(&p, seed_value());
    write_new(&p.a, 5, 11, 1, true);
    write_new(&p.b, 5, 11, 1, true);
    write_new(&p.a, 1, 11, 1, false);
    write_new(&p.b, 2, 12, 2, false);
    pair_sync(&p);
    assert_settled(&p);
    assert_int_equal(session_stats(p.a.session)->rounds, 2);
    pair_free(&p);
}

static void where_neither_has_news_and_they_differ_they_walk_at_once(void **state)
{
    (void)state;
    struct session_pair p;
    met(&p, seed_value());
    write_new(&p.a, 1, 11, 1, false);
    write_new(&p.b, 2, 12, 2, false);
    pair_sync(&p);
    assert_settled(&p);
    assert_int_equal(session_stats(p.a.session)->rounds, 1);
    pair_free(&p);
}

/* One was put back, or forgot; or is another store under the same key. */
static void a_meeting_that_one_side_remembers_is_none(void **state)
{
    (void)state;
    for (unsigned which = 0; which < 4; which++) {
        struct session_pair p;
        met(&p, seed_value());
        if (which == 0)
            p.a.config.met_epoch = (linli_id){{0}};
        else if (which == 1)
            p.a.config.met_epoch = EPOCH_OTHER;
        else if (which == 2)
            p.b.config.store_epoch = EPOCH_OTHER;
        else
            p.b.config.met_epoch = EPOCH_OTHER;
        for (unsigned i = 0; i < 10; i++)
            write_new(&p.a, i, 11, i, which != 0);
        write_new(&p.b, 20, 12, 1, true);
        write_new(&p.b, 21, 12, 1, false);
        pair_sync(&p);
        assert_settled(&p);
        assert_int_equal(session_stats(p.a.session)->rounds, 1); /* walked at once */
        pair_free(&p);
    }
}

static void news_that_the_other_side_has_already_do_no_harm(void **state)
{
    (void)state;
    struct session_pair p;
    met(&p, seed_value());
    write_new(&p.a, 3, 11, 5, true);
    write_new(&p.b, 3, 11, 5, true); /* both heard it from a third */
    pair_sync(&p);
    assert_settled(&p);
    assert_int_equal(session_stats(p.a.session)->rounds, 1);
    pair_free(&p);
}

/* So much is new on one side that it is not told as news; the other has none, and says nothing: both note where they are now. */
static void what_is_too_much_for_news_is_walked_and_noted_anew(void **state)
{
    (void)state;
    struct session_pair p;
    met(&p, seed_value());
    p.a.config.met_epoch = (linli_id){{0}};
    write_new(&p.a, 3, 11, 5, false);
    pair_sync(&p);
    assert_settled(&p);
    assert_int_equal(session_stats(p.a.session)->rounds, 1);
    assert_true(id_equal(&p.a.met, &EPOCH_B) && id_equal(&p.b.met, &EPOCH_A));
    pair_free(&p);
}

static void parts_that_are_wanted_come_all_the_same(void **state)
{
    (void)state;
    struct session_pair p;
    met(&p, seed_value());
    struct scope_path path = fake_path(2, (unsigned[]){1, 1});
    path_scope(&p.a.store.network, &path, &p.a.store.wanted_scope);
    p.a.store.wanted_author = fake_author(1);
    p.a.store.wanted_seq = 1;
    write_new(&p.a, 1, 11, 5, true);
    write_new(&p.b, 2, 12, 6, true);
    pair_sync(&p);
    assert_settled(&p);
    assert_int_equal(p.a.store.filled, 1);
    pair_free(&p);
}

static void where_the_lists_differ_nothing_is_taken_for_known(void **state)
{
    (void)state;
    struct session_pair p;
    met(&p, seed_value());
    p.a.shared[1] = fake_path(1, (unsigned[]){99});
    p.a.shared_count = 2;
    write_new(&p.a, 1, 11, 5, true);
    write_new(&p.b, 2, 12, 6, false);
    pair_sync(&p);
    assert_settled(&p);
    pair_free(&p);
}

static void more_news_than_a_meeting_holds_are_refused(void **state)
{
    (void)state;
    struct session_pair p;
    static struct session_news news[SESSION_NEWS_MAX + 1];
    struct session_event event = {.kind = EVENT_START, .news = news, .news_count = SESSION_NEWS_MAX + 1};
    pair_prepare(&p, seed_value());
    side_open(&p.a, true, false);
    side_step(&p.a, &event);
    assert_true(p.a.closed);
    assert_code(p.a.close_code, LINLI_E_LIMIT);
    pair_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_new_goes_out_and_nothing_else_is_said),
        cmocka_unit_test(one_side_alone_has_news),
        cmocka_unit_test(what_a_note_left_out_comes_in_the_next_round),
        cmocka_unit_test(notes_that_are_wrong_on_both_sides_are_no_divergence),
        cmocka_unit_test(where_neither_has_news_and_they_differ_they_walk_at_once),
        cmocka_unit_test(a_meeting_that_one_side_remembers_is_none),
        cmocka_unit_test(news_that_the_other_side_has_already_do_no_harm),
        cmocka_unit_test(what_is_too_much_for_news_is_walked_and_noted_anew),
        cmocka_unit_test(parts_that_are_wanted_come_all_the_same),
        cmocka_unit_test(where_the_lists_differ_nothing_is_taken_for_known),
        cmocka_unit_test(more_news_than_a_meeting_holds_are_refused),
    };
    return UNIT_RUN(tests);
}
