/* session: two of them meet, over stores that differ in every way, and end with the same. */
#include "unit.h"

#include "settled.h"
#include "session/internal.h"

static void equal_replicas_settle_in_one_round_trip(void **state)
{
    (void)state;
    struct session_pair p;
    pair_prepare(&p, seed_value());
    for (unsigned i = 0; i < 300; i++) {
        struct scope_path path = fake_path(2, (unsigned[]){i % 10, i});
        fake_write(&p.a.store, &path, i, i);
        fake_write(&p.b.store, &path, i, i);
    }
    pair_sync(&p);
    assert_settled(&p);
    assert_int_equal(session_stats(p.a.session)->round_trips, 1);
    assert_int_equal(session_stats(p.a.session)->rounds, 1);
    assert_int_equal(p.a.store.reads + p.b.store.reads, 0);
    assert_int_equal(p.a.messages_out, 4); /* hello, summary, settle, bye */
    assert_true(p.a.bytes_out + p.b.bytes_out < 400);
    pair_free(&p);
}

/* Whichever of them it is: all else crosses, and both hear why it did not settle. */
static void what_is_held_back_is_said_and_all_else_crosses(void **state)
{
    (void)state;
    linli_author author = fake_author(3);
    struct scope_path path = fake_path(1, (unsigned[]){1});

    for (unsigned side = 0; side < 2; side++) {
        struct session_pair p;
        pair_prepare(&p, seed_value());
        struct side *much = side == 0 ? &p.a : &p.b, *little = side == 0 ? &p.b : &p.a;
        for (unsigned i = 0; i < 6; i++) {
            fake_write(&much->store, &path, i, i);
            fake_write(&little->store, &path, 10 + i, i);
        }
        little->store.holds_back = &author;
        pair_sync(&p);
        assert_true(p.a.closed && p.b.closed && !p.a.settled && !p.b.settled);
        assert_code(p.a.close_code, LINLI_E_QUOTA);
        assert_code(p.b.close_code, LINLI_E_QUOTA);
        assert_int_equal(session_stats(little->session)->in_changesets, 5);
        assert_int_equal(session_stats(much->session)->in_changesets, 6);
        pair_free(&p);
    }
}

/* Else all of it would come a day late for what one writes too much. */
static void what_a_new_grant_opens_comes_before_the_end_although_something_is_held_back(void **state)
{
    (void)state;
    linli_author author = fake_author(3);
    struct scope_path path = fake_path(1, (unsigned[]){1}), opened = fake_path(1, (unsigned[]){2});
    struct session_pair p;

    pair_prepare(&p, seed_value());
    fake_write(&p.a.store, &path, 3, 1);
    fake_write(&p.a.store, &opened, 4, 1);
    fake_learn(&p.b.store, &path);
    fake_learn(&p.b.store, &opened);
    p.b.store.holds_back = &author;
    p.a.shared[0] = p.b.shared[0] = path;
    p.a.shared[1] = p.b.shared[1] = opened;
    p.a.shared_count = 2;
    pair_meet(&p, false);
    while (pair_turn(&p))
        if (p.b.handed > 0)
            p.b.shared_count = 2;
    assert_code(p.a.close_code, LINLI_E_QUOTA);
    assert_code(p.b.close_code, LINLI_E_QUOTA);
    assert_int_equal(session_stats(p.b.session)->in_changesets, 1);
    pair_free(&p);
}

static void what_finds_no_room_in_a_round_comes_in_the_next_although_something_is_held_back(void **state)
{
    enum { SCOPES = TODO_MAX + 200 };
    (void)state;
    linli_author author = fake_author(3);
    struct scope_path path = fake_path(1, (unsigned[]){1});
    struct session_pair p;

    pair_prepare(&p, seed_value());
    for (unsigned i = 0; i < SCOPES; i++) {
        struct scope_path each = fake_path(1, (unsigned[]){2 + i});
        fake_write(&p.a.store, &each, 5, 1);
        fake_write(&p.b.store, &each, 6, 1);
    }
    fake_write(&p.a.store, &path, 3, 1);
    fake_learn(&p.b.store, &path);
    p.a.store.flat = p.b.store.flat = true;
    p.b.store.holds_back = &author;
    pair_sync(&p);
    assert_code(p.a.close_code, LINLI_E_QUOTA);
    assert_code(p.b.close_code, LINLI_E_QUOTA);
    assert_int_equal(session_stats(p.b.session)->in_changesets, SCOPES);
    assert_int_equal(session_stats(p.a.session)->in_changesets, SCOPES);
    pair_free(&p);
}

/* What is held back is taken when somebody else's waits for it. */
static void what_is_waited_for_comes_in_the_next_round(void **state)
{
    (void)state;
    struct scope_path path = fake_path(1, (unsigned[]){1});

    for (unsigned cites = 0; cites < 2; cites++) { /* whichever of the two is sent first */
        linli_author author = fake_author(3 + cites);
        struct session_pair p;
        pair_prepare(&p, seed_value());
        fake_write(&p.a.store, &path, 3 + cites, 1);
        struct fake_entry e = {.value = 1, .cites_seq = 1};
        memcpy(e.cites_author.b, author.key, 16);
        linli_author other = fake_author(4 - cites);
        fake_append(fake_log(fake_learn(&p.a.store, &path), &other, true), &e);
        p.b.store.holds_back = &author;
        pair_sync(&p);
        assert_settled(&p);
        pair_free(&p);
    }
}

static void three_thousand_logs_that_differ_in_two_hundred_scopes(void **state)
{
    (void)state;
    struct session_pair p;
    pair_prepare(&p, seed_value());
    p.a.store.run_changesets = 2;
    for (unsigned i = 0; i < 3000; i++) {
        struct scope_path path = fake_path(2, (unsigned[]){i % 10, i % 200});
        unsigned common = (unsigned)rng_below(&p.rng, 3), more = 1 + (unsigned)rng_below(&p.rng, 4);
        for (unsigned k = 0; k < common; k++) {
            fake_write(&p.a.store, &path, i / 200, k);
            fake_write(&p.b.store, &path, i / 200, k);
        }
        struct fake_store *ahead = rng_below(&p.rng, 2) == 0 ? &p.a.store : &p.b.store;
        for (unsigned k = 0; k < more; k++)
            fake_write(ahead, &path, i / 200, 100 + k);
    }
    pair_sync(&p);
    assert_settled(&p);
    assert_int_equal(session_stats(p.a.session)->rounds, 1);
    assert_int_equal(session_stats(p.a.session)->in_changesets, session_stats(p.b.session)->out_changesets);
    pair_free(&p);
}

static void whole_subtrees_are_sent_to_a_peer_that_lacks_them(void **state)
{
    (void)state;
    struct session_pair p;
    pair_prepare(&p, seed_value());
    for (unsigned i = 0; i < 600; i++) {
        struct scope_path path = fake_path(1 + i % 4, (unsigned[]){i % 7, i % 5, i % 3, i});
        fake_write(i % 2 == 0 ? &p.a.store : &p.b.store, &path, i % 11, i);
    }
    pair_sync(&p);
    assert_settled(&p);
    assert_int_equal(session_stats(p.a.session)->rounds, 1);
    pair_free(&p);
}

static void only_what_both_share_is_told(void **state)
{
    (void)state;
    struct session_pair p;
    pair_prepare(&p, seed_value());
    struct scope_path top = fake_path(1, (unsigned[]){1}), patch = fake_path(2, (unsigned[]){1, 1}),
                      other = fake_path(2, (unsigned[]){1, 2});
    fake_write(&p.a.store, &top, 1, 1);
    fake_write(&p.a.store, &patch, 1, 1);
    fake_write(&p.a.store, &other, 1, 1);
    fake_write(&p.b.store, &patch, 2, 2);
    struct side *sides[] = {&p.a, &p.b};
    for (int i = 0; i < 2; i++) {
        sides[i]->shared[1] = top;
        sides[i]->shared[2] = patch;
        sides[i]->subtree[0] = false;
        sides[i]->subtree[2] = true;
        sides[i]->shared_count = 3;
    }
    pair_sync(&p);
    assert_ok(p.a.close_code);
    assert_true(p.a.settled && p.b.settled);
    linli_id id;
    path_scope(&p.a.store.network, &other, &id);
    assert_null(fake_scope(&p.b.store, &id));
    path_scope(&p.a.store.network, &patch, &id);
    assert_int_equal(fake_scope(&p.a.store, &id)->log_count, 2);
    assert_int_equal(fake_scope(&p.b.store, &id)->log_count, 2);
    pair_free(&p);
}

static void a_fork_is_found_however_far_back(void **state)
{
    (void)state;
    static const unsigned shared[] = {0, 1, 2, 37, 99};
    static const unsigned longer[] = {0, 1, 60};
    for (size_t i = 0; i < 5; i++) {
        for (size_t k = 0; k < 3; k++) {
            struct session_pair p;
            pair_prepare(&p, seed_value() + i);
            struct scope_path path = fake_path(1, (unsigned[]){1});
            for (unsigned n = 0; n < 100 + longer[k]; n++) {
                if (n < 100)
                    fake_write(&p.a.store, &path, 1, n < shared[i] ? n : 1000 + n);
                fake_write(&p.b.store, &path, 1, n < shared[i] ? n : 2000 + n);
            }
            pair_sync(&p);
            assert_settled(&p);
            assert_true(p.a.store.scopes[1].logs[0].frozen);
            assert_true(p.b.store.scopes[1].logs[0].frozen);
            assert_int_equal(p.a.store.scopes[1].logs[0].count, shared[i]);
            pair_free(&p);
        }
    }
}

static void a_frozen_log_reaches_a_peer_that_knows_one_branch_or_none(void **state)
{
    (void)state;
    for (unsigned held = 0; held < 9; held++) {
        struct session_pair p;
        pair_prepare(&p, seed_value() + held);
        struct scope_path path = fake_path(1, (unsigned[]){1});
        struct fake_entry other[2] = {{.value = 70}, {.value = 71}};
        for (unsigned n = 0; n < 7; n++)
            fake_write(&p.a.store, &path, 1, n);
        struct fake_log *log = &p.a.store.scopes[1].logs[0];
        fake_id(&log->at[3].id, &other[0]);
        fake_id(&other[0].id, &other[1]);
        fake_freeze(log, 4, other, 2);
        for (unsigned n = 0; n < held; n++)
            fake_write(&p.b.store, &path, 1, n);
        pair_sync(&p);
        assert_settled(&p);
        assert_true(p.b.store.scopes[1].logs[0].frozen);
        pair_free(&p);
    }
}

/* As two captains who write by turns: each changeset cites the one before it, which the other wrote. */
static void logs_that_cite_each_other_at_every_step_take_turns(void **state)
{
    enum { STEPS = 600, RUN = 5 };
    (void)state;
    struct session_pair p;
    pair_prepare(&p, seed_value());
    p.a.store.run_changesets = RUN;
    struct scope_path path = fake_path(1, (unsigned[]){1});
    for (unsigned n = 0; n < STEPS; n++) {
        linli_author author = fake_author(n % 2), before = fake_author((n + 1) % 2);
        struct fake_entry e = {.value = n, .cites_seq = n == 0 ? 0 : (n - 1) / 2 + 1};
        memcpy(e.cites_author.b, before.key, 16);
        fake_append(fake_log(fake_learn(&p.a.store, &path), &author, true), &e);
    }
    pair_sync(&p);
    assert_settled(&p);
    assert_int_equal(p.a.store.reads, STEPS / RUN); /* nothing came too early, and nothing was asked for again */
    pair_free(&p);
}

static void runs_that_wait_are_stored_when_what_they_cite_has_come(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 50; seed++) {
        struct session_pair p;
        pair_prepare(&p, seed_value() + seed);
        p.a.store.run_changesets = 1;
        struct scope_path path = fake_path(1, (unsigned[]){1});
        for (unsigned n = 0; n < 60; n++) { /* each cites the one before it, which another author wrote */
            struct fake_log *log;
            linli_author author = fake_author(n % 5), before = fake_author((n + 4) % 5);
            struct fake_entry e = {.value = n, .cites_seq = n == 0 ? 0 : (n - 1) / 5 + 1};
            memcpy(e.cites_author.b, before.key, 16);
            log = fake_log(fake_learn(&p.a.store, &path), &author, true);
            fake_append(log, &e);
        }
        pair_sync(&p);
        assert_settled(&p);
        assert_int_equal(p.b.store.waiting_count, 0);
        pair_free(&p);
    }
}

static void grants_and_wanted_parts_are_passed_on(void **state)
{
    (void)state;
    struct session_pair p;
    pair_prepare(&p, seed_value());
    for (unsigned i = 0; i < 250; i++) {
        linli_hash id = {{1, (uint8_t)i}};
        fake_grant(&p.a.store, &id);
    }
    linli_hash theirs = {{2}};
    fake_grant(&p.b.store, &theirs);
    struct scope_path path = fake_path(1, (unsigned[]){1});
    fake_write(&p.a.store, &path, 1, 1);
    fake_write(&p.b.store, &path, 1, 1);
    p.b.store.wanted_seq = 1;
    p.b.store.wanted_author = fake_author(1);
    path_scope(&p.b.store.network, &path, &p.b.store.wanted_scope);
    pair_sync(&p);
    assert_settled(&p);
    assert_int_equal(p.b.store.filled, 1);
    assert_int_equal(p.a.store.grant_count, 251);
    pair_free(&p);
}

/* Only then are grants told that nobody named; and one more round is held, not two. */
static void grants_are_handed_over_where_the_lists_differ(void **state)
{
    (void)state;
    for (int differ = 0; differ < 2; differ++) {
        struct session_pair p;
        pair_prepare(&p, seed_value());
        struct scope_path path = fake_path(1, (unsigned[]){1});
        fake_write(&p.a.store, &path, 1, 1);
        fake_write(&p.b.store, &path, 1, 1);
        p.b.shared_count = differ ? 0 : p.b.shared_count; /* as one that may read nothing as far as it knows */
        pair_sync(&p);
        assert_settled(&p);
        assert_int_equal(p.a.handed, differ);
        assert_int_equal(p.b.handed, differ);
        assert_int_equal(session_stats(p.a.session)->rounds, 1 + differ);
        pair_free(&p);
    }
}

static void little_credit_slows_a_session_and_does_not_stop_it(void **state)
{
    (void)state;
    struct session_pair p;
    pair_prepare(&p, seed_value());
    p.a.store.padding = p.b.store.padding = 500;
    p.a.store.run_changesets = p.b.store.run_changesets = 3;
    p.a.config.credit_bytes = 1;
    p.b.config.credit_bytes = 4000;
    for (unsigned i = 0; i < 200; i++) {
        struct scope_path path = fake_path(1, (unsigned[]){i % 4});
        fake_write(&p.a.store, &path, 1, i);
        fake_write(&p.b.store, &path, 2, i);
    }
    pair_sync(&p);
    assert_settled(&p);
    pair_free(&p);
}

static void a_session_cut_anywhere_loses_nothing_and_the_next_goes_on(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 200; seed++) {
        struct session_pair p;
        pair_prepare(&p, seed_value() + seed);
        p.a.store.run_changesets = 1 + (size_t)rng_below(&p.rng, 5);
        for (unsigned i = 0; i < 120; i++) {
            struct scope_path path = fake_path(1 + i % 3, (unsigned[]){i % 3, i % 7, i % 2});
            fake_write(rng_below(&p.rng, 2) == 0 ? &p.a.store : &p.b.store, &path, i % 2, i);
        }
        for (unsigned cut = 0; cut < 4; cut++) {
            uint64_t turns = rng_below(&p.rng, 60);
            pair_meet(&p, false);
            for (uint64_t i = 0; i < turns && pair_turn(&p); i++)
                continue;
            while (p.a.ingests.count > 0) /* what arrived is stored */
                side_store(&p.a);
            pair_part(&p);
        }
        pair_sync(&p);
        assert_settled(&p);
        pair_free(&p);
    }
}

static void replicas_that_cannot_agree_say_so(void **state)
{
    (void)state;
    struct session_pair p;
    pair_prepare(&p, seed_value());
    p.b.store.lies = true;
    pair_sync(&p);
    assert_true(p.a.closed && p.b.closed);
    assert_code(p.a.close_code, LINLI_E_DIVERGED);
    assert_code(p.b.close_code, LINLI_E_DIVERGED);
    assert_false(p.a.settled || p.b.settled);
    pair_free(&p);
}

static void what_is_written_while_they_talk_comes_in_another_round(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 100; seed++) {
        struct session_pair p;
        pair_prepare(&p, seed_value() + seed);
        struct scope_path path = fake_path(1, (unsigned[]){1});
        fake_write(&p.a.store, &path, 1, 1);
        pair_meet(&p, false);
        uint64_t when = rng_below(&p.rng, 12);
        for (uint64_t i = 0; pair_turn(&p); i++) {
            if (i != when)
                continue;
            struct session_event event = {.kind = EVENT_CHANGED, .author = fake_author(3)};
            path_scope(&p.b.store.network, &path, &event.scope);
            event.seq = fake_write(&p.b.store, &path, 3, 9);
            side_step(&p.b, &event);
        }
        assert_true(p.a.closed && p.b.closed);
        assert_ok(p.a.close_code);
        assert_true(p.a.settled && p.b.settled);
        pair_free(&p);
    }
}

static void a_wide_tree_takes_more_rounds_and_little_memory(void **state)
{
    (void)state;
    struct session_pair p;
    pair_prepare(&p, seed_value());
    for (unsigned i = 0; i < 6000; i++) { /* as many scopes as no table holds at once */
        struct scope_path path = fake_path(2, (unsigned[]){i % 3, i});
        struct fake_store *store = &p.a.store;
        store->scopes = (struct fake_scope *)fake_grow(store->scopes, &store->scope_room, store->scope_count + 2,
                                                       sizeof(*store->scopes));
        struct scope_path above = fake_path(1, (unsigned[]){i % 3});
        if (i < 3)
            (void)fake_learn(store, &above);
        struct fake_scope *s = &store->scopes[store->scope_count++];
        *s = (struct fake_scope){.path = path};
        path_scope(&store->network, &path, &s->id);
    }
    heap_watch();
    pair_meet(&p, false);
    for (size_t i = 0; i < 3000 && pair_turn(&p); i++)
        continue;
    size_t largest = heap_largest();
    pair_part(&p);
    heap_unwatch();
    assert_true(largest <= 256 * 1024);
    pair_free(&p);
}

/* Straight into the store: fake_learn looks through all scopes for each. */
static void wide_scope(struct fake_store *store, unsigned n)
{
    struct scope_path path = fake_path(1, (unsigned[]){n});
    store->scopes = (struct fake_scope *)fake_grow(store->scopes, &store->scope_room, store->scope_count + 1,
                                                   sizeof(*store->scopes));
    struct fake_scope *s = &store->scopes[store->scope_count++];
    *s = (struct fake_scope){.path = path};
    path_scope(&store->network, &path, &s->id);
}

static void a_scope_with_more_heads_and_children_than_a_message_holds_is_told_in_pages(void **state)
{
    enum { HEADS = 3000, CHILDREN = 6000, GRANTS = 3500, APART = 100 };
    struct scope_path root = {0};

    (void)state;
    struct session_pair p;
    pair_prepare(&p, seed_value());
    p.a.store.flat = p.b.store.flat = true;
    for (unsigned i = 0; i < HEADS; i++) {
        fake_write(&p.a.store, &root, i, i);
        if (i >= APART)
            fake_write(&p.b.store, &root, i, i);
    }
    for (unsigned i = 0; i < GRANTS; i++) {
        linli_hash grant = {{(uint8_t)i, (uint8_t)(i >> 8), 7}};
        if (i >= APART)
            fake_grant(&p.a.store, &grant);
        if (i < GRANTS - APART)
            fake_grant(&p.b.store, &grant);
    }
    for (unsigned i = 0; i < CHILDREN; i++) {
        wide_scope(&p.a.store, i);
        if (i % 1000 != 0)
            wide_scope(&p.b.store, i);
    }
    for (unsigned i = 0; i < CHILDREN; i += 1000) {
        struct scope_path path = fake_path(1, (unsigned[]){i});
        fake_write(&p.a.store, &path, 1, i);
    }
    struct scope_path one = fake_path(1, (unsigned[]){17});
    fake_write(&p.b.store, &one, 9, 9);
    pair_sync(&p);
    assert_settled(&p);
    assert_int_equal(p.a.store.grant_count, GRANTS);
    assert_int_equal(p.b.store.scope_count, CHILDREN + 1);
    pair_free(&p);
}

static void all_of_a_large_scope_goes_to_a_peer_that_holds_little_of_it(void **state)
{
    struct scope_path root = {0};

    (void)state;
    for (unsigned side = 0; side < 2; side++) {
        struct session_pair p;
        pair_prepare(&p, seed_value());
        for (unsigned i = 0; i < 3000; i++)
            fake_write(side == 0 ? &p.a.store : &p.b.store, &root, i, i);
        pair_sync(&p);
        assert_settled(&p);
        pair_free(&p);
    }
}

/* What a third peer brought: a scope behind all others, and word of it to the session. */
static void store_meanwhile(struct side *x)
{
    struct scope_path path = fake_path(1, (unsigned[]){UINT32_MAX});
    struct session_event event = {.kind = EVENT_CHANGED, .author = fake_author(9), .from = 1};

    event.seq = fake_write(&x->store, &path, 9, 1);
    path_scope(&x->store.network, &path, &event.scope);
    side_step(x, &event);
}

/* It has compared all the pages of the peer's root, and has pages of its own still to say. */
static bool compared_and_saying(const struct session *s)
{
    return s != NULL && s->saying.open && s->heard.pages > 0 && !s->heard.open && s->reads == 0;
}

static void a_child_that_comes_between_the_comparing_and_a_later_page_keeps_nobody_waiting(void **state)
{
    enum { CHILDREN = 5000, SEEDS = 100, ENOUGH = 2 }; /* about one seed in six comes to it */
    struct scope_path root = {0};
    unsigned met = 0;

    (void)state;
    for (unsigned seed = 0; seed < SEEDS && met < ENOUGH; seed++) {
        struct session_pair p;
        bool stored = false;
        pair_prepare(&p, seed_value() + seed);
        p.a.store.flat = p.b.store.flat = true;
        for (unsigned i = 0; i < CHILDREN; i++) {
            wide_scope(&p.a.store, i);
            wide_scope(&p.b.store, i);
        }
        fake_write(&p.a.store, &root, 1, 7);
        pair_meet(&p, false);
        do {
            struct side *x = compared_and_saying(p.a.session) ? &p.a : &p.b;
            if (!stored && compared_and_saying(x->session)) {
                store_meanwhile(x);
                stored = true;
                met++;
            }
        } while (pair_turn(&p));
        assert_settled(&p);
        pair_free(&p);
    }
    assert_int_equal(met, ENOUGH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_replicas_settle_in_one_round_trip),
        cmocka_unit_test(what_is_held_back_is_said_and_all_else_crosses),
        cmocka_unit_test(what_a_new_grant_opens_comes_before_the_end_although_something_is_held_back),
        cmocka_unit_test(what_finds_no_room_in_a_round_comes_in_the_next_although_something_is_held_back),
        cmocka_unit_test(what_is_waited_for_comes_in_the_next_round),
        cmocka_unit_test(three_thousand_logs_that_differ_in_two_hundred_scopes),
        cmocka_unit_test(whole_subtrees_are_sent_to_a_peer_that_lacks_them),
        cmocka_unit_test(only_what_both_share_is_told),
        cmocka_unit_test(a_fork_is_found_however_far_back),
        cmocka_unit_test(a_frozen_log_reaches_a_peer_that_knows_one_branch_or_none),
        cmocka_unit_test(logs_that_cite_each_other_at_every_step_take_turns),
        cmocka_unit_test(runs_that_wait_are_stored_when_what_they_cite_has_come),
        cmocka_unit_test(grants_and_wanted_parts_are_passed_on),
        cmocka_unit_test(grants_are_handed_over_where_the_lists_differ),
        cmocka_unit_test(little_credit_slows_a_session_and_does_not_stop_it),
        cmocka_unit_test(a_session_cut_anywhere_loses_nothing_and_the_next_goes_on),
        cmocka_unit_test(replicas_that_cannot_agree_say_so),
        cmocka_unit_test(what_is_written_while_they_talk_comes_in_another_round),
        cmocka_unit_test(a_wide_tree_takes_more_rounds_and_little_memory),
        cmocka_unit_test(a_scope_with_more_heads_and_children_than_a_message_holds_is_told_in_pages),
        cmocka_unit_test(all_of_a_large_scope_goes_to_a_peer_that_holds_little_of_it),
        cmocka_unit_test(a_child_that_comes_between_the_comparing_and_a_later_page_keeps_nobody_waiting),
    };
    return UNIT_RUN(tests);
}
