/*
 * tests: what stands where something is missing: sources that fail, memory that runs out, grants that are not held. The rules
 * themselves are tried by tests/authority, on histories in which all goes well.
 */
#include "unit.h"

#include <limits.h>

#include "auth/standing.h"
#include "people.h"

enum { OFFICE, DEPUTY, DEVICE, GRANTS }; /* each under the one before */
enum { ACTS_MAX = REVOCATIONS_KEPT + 2, RULINGS = 3, INCARNATION = 7, SEQ = 9, UNCUT = 1000 };

struct world {
    struct root root;
    struct buf root_file, certificates[ACTS_MAX + RULINGS];
    struct person people[GRANTS];
    struct held held;
    struct revocation acts[ACTS_MAX];
    struct ruling rulings[RULINGS];
    struct ruling *ruled;                 /* instead of those */
    size_t act_count, ruling_count;
    struct standing_source source;
    unsigned asked, fails_at, finds_left; /* the n-th question fails; so many grants are found, then none */
    bool careless;                        /* hands out revocations of any device */
};

static linli_id id_of(int byte)
{
    linli_id id;

    memset(id.b, byte, sizeof(id.b));
    return id;
}

static linli_hash hash_of(int byte)
{
    linli_hash hash;

    memset(hash.b, byte, sizeof(hash.b));
    return hash;
}

/* --- the source --- */

static int world_asked(struct world *w)
{
    return ++w->asked == w->fails_at ? LINLI_E_DISK : LINLI_OK;
}

static int world_find(void *ctx, const linli_hash *id, struct grant *out)
{
    struct world *w = ctx;

    if (world_asked(w) != LINLI_OK)
        return LINLI_E_DISK;
    if (w->finds_left == 0)
        return LINLI_E_NOT_FOUND;
    w->finds_left--;
    return held_find(&w->held, id, out);
}

static int world_revocations(void *ctx, struct arena *a, const uint8_t device[KEY_BYTES], struct revocation **out, size_t *count)
{
    struct world *w = ctx;

    *count = 0;
    *out = arena_array(a, ACTS_MAX, sizeof(**out));
    if (world_asked(w) != LINLI_OK)
        return LINLI_E_DISK;
    if (*out == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < w->act_count; i++)
        if (w->careless || memcmp(w->acts[i].device, device, KEY_BYTES) == 0)
            (*out)[(*count)++] = w->acts[i];
    return LINLI_OK;
}

static int world_rulings(void *ctx, struct arena *a, const linli_id *scope, const linli_author *author, struct ruling **out,
                         size_t *count)
{
    struct world *w = ctx;

    (void)a;
    (void)scope;
    (void)author;
    if (world_asked(w) != LINLI_OK)
        return LINLI_E_DISK;
    *out = w->ruled != NULL ? w->ruled : w->rulings;
    *count = w->ruling_count;
    return LINLI_OK;
}

/* What the root said later: nothing; but it may be that it cannot be read. */
static int world_root(void *ctx, struct arena *a, struct root_said *out)
{
    (void)a;
    *out = (struct root_said){.version_count = 0};
    return world_asked(ctx);
}

/* --- the world --- */

static struct statement head_of(const struct world *w, const struct grant *issuer, const char *path)
{
    return (struct statement){
        .by_root = issuer == NULL, .root_version = issuer == NULL, .issuer = issuer == NULL ? w->root.first.id : issuer->id,
        .network = w->root.network,
        .path = path_of(path)};
}

static linli_id scope_of(const struct world *w)
{
    return w->held.grants[DEVICE].scope;
}

/* A strict revocation that cuts the log which the tests ask for. */
static void act_add(struct world *w, const struct grant *issuer, const char *path, unsigned subject, int act)
{
    struct revocation *r = &w->acts[w->act_count];
    struct buf *certificate = &w->certificates[w->act_count++];
    struct cut_row row = {scope_of(w), INCARNATION, SEQ, hash_of(5)};

    *r = (struct revocation){.head = head_of(w, issuer, path), .act = id_of(act), .page = 1, .pages = 1, .strict = true};
    memcpy(r->device, w->people[subject].key, KEY_BYTES);
    ALWAYS(revocation_make(w->people[OFFICE].secret, r, &row, 1, NULL, 0, certificate) == LINLI_OK);
    ALWAYS(revocation_decode(buf_span(certificate), r) == LINLI_OK);
}

static void acts_clear(struct world *w)
{
    while (w->act_count > 0)
        buf_clear(&w->certificates[--w->act_count]);
}

static void ruling_add(struct world *w, const struct grant *issuer, const char *path)
{
    struct ruling *r = &w->rulings[w->ruling_count];
    struct buf *certificate = &w->certificates[ACTS_MAX + w->ruling_count++];
    struct ruling_item item = {SEQ, 1, hash_of(6)};

    *r = (struct ruling){.head = head_of(w, issuer, path), .scope = scope_of(w), .adopt = true};
    ALWAYS(ruling_make(w->people[OFFICE].secret, r, &item, 1, certificate) == LINLI_OK);
    ALWAYS(ruling_decode(buf_span(certificate), r) == LINLI_OK);
}

static void grant_add(struct world *w, unsigned number, const char *path, unsigned rights)
{
    const struct grant *issuer = number == OFFICE ? NULL : &w->held.grants[number - 1];
    struct grant *g = &w->held.grants[number];

    *g = grant_draft(&w->root, issuer, &w->people[number], path, rights, 0);
    g->id = hash_of((int)(10 + number));
    path_scope(&g->network, &g->path, &g->scope);
    w->held.count = number + 1;
}

/*
 * The office revoked the deputy and admitted it again; the deputy revoked the device, and adopts what that wrote. Each
 * question has more to be looked at after what decides it: an act, and a ruling, for a scope beside.
 */
static int start(void **state)
{
    static struct world w;

    w = (struct world){.finds_left = UINT_MAX};
    w.source = (struct standing_source){{world_find, &w, NULL}, world_revocations, world_rulings, &w, NULL};
    w.root = people_root(1, 1, &w.root_file);
    for (int i = 0; i < GRANTS; i++)
        w.people[i] = person(i + 1);
    const struct grant *office = &w.held.grants[OFFICE], *deputy = &w.held.grants[DEPUTY];
    grant_add(&w, OFFICE, "a", RIGHT_ALL);
    grant_add(&w, DEPUTY, "ab", RIGHT_ALL);
    grant_add(&w, DEVICE, "ab", RIGHT_ALL & ~(unsigned)RIGHT_MANAGE);
    w.held.grants[DEPUTY].after[w.held.grants[DEPUTY].after_count++] = id_of(1);
    act_add(&w, office, "a", DEPUTY, 1);
    act_add(&w, office, "ac", DEPUTY, 2);
    act_add(&w, deputy, "ab", DEVICE, 3);
    act_add(&w, office, "ac", DEVICE, 2);
    ruling_add(&w, deputy, "ab");
    ruling_add(&w, office, "ac");
    ruling_add(&w, deputy, "a");
    *state = &w;
    return 0;
}

static int stop(void **state)
{
    struct world *w = *state;

    buf_free(&w->root_file);
    for (size_t i = 0; i < ACTS_MAX + RULINGS; i++)
        buf_free(&w->certificates[i]);
    return 0;
}

/* --- questions; each answer as a number --- */

static int deputy_usable(struct world *w, struct arena *a, uint64_t *answer)
{
    bool usable = false;
    int rv = standing_grant(&w->source, a, &w->held.grants[DEPUTY], &usable);

    *answer = usable;
    return rv;
}

static int device_usable(struct world *w, struct arena *a, uint64_t *answer)
{
    bool usable = false;
    int rv = standing_grant(&w->source, a, &w->held.grants[DEVICE], &usable);

    *answer = usable;
    return rv;
}

static int act_of_deputy_stands(struct world *w, struct arena *a, uint64_t *answer)
{
    bool stands = false;
    int rv = standing_statement(&w->source, a, &w->acts[2].head, &stands);

    *answer = stands;
    return rv;
}

/* How far the device's log goes; UNCUT: all of it. */
static int log_cut(struct world *w, struct arena *a, uint64_t *answer)
{
    linli_author author = {.incarnation = INCARNATION};
    linli_id scope = scope_of(w);
    struct cut cut = {.any = false};

    memcpy(author.key, w->people[DEVICE].key, KEY_BYTES);
    int rv = standing_cut(&w->source, a, &w->held.grants[DEVICE], &scope, &author, &cut);
    *answer = cut.any ? cut.seq : UNCUT;
    return rv;
}

static int part_ruled(struct world *w, struct arena *a, uint64_t *answer)
{
    linli_author author = {.incarnation = INCARNATION};
    linli_hash id = hash_of(6);
    linli_id scope = scope_of(w);
    struct scope_path path = path_of("ab");
    struct part_aside part = {&path, &scope, &author, SEQ, &id, 1, 0, false};
    enum ruled ruled = RULED_NOT;
    int rv = standing_ruling(&w->source, a, &part, &ruled);

    *answer = ruled;
    return rv;
}

static int acts_that_end(struct world *w, struct arena *a, uint64_t *answer)
{
    struct revocation *acts;
    size_t count = 0;
    int rv = standing_endings(&w->source, a, &w->held.grants[DEPUTY], &acts, &count);

    *answer = count;
    return rv;
}

static const struct question {
    int (*ask)(struct world *w, struct arena *a, uint64_t *answer);
    uint64_t answer, without_deputy; /* when all is held; when the deputy's grant is not */
} QUESTIONS[] = {
    {deputy_usable, true, true},
    {device_usable, false, false},
    {act_of_deputy_stands, true, false},
    {log_cut, SEQ, 0},
    {part_ruled, RULED_ADOPTED, RULED_NOT},
    {acts_that_end, true, true},
};

static uint64_t answer_of(struct world *w, int (*ask)(struct world *w, struct arena *a, uint64_t *answer))
{
    struct arena a = {0};
    uint64_t answer;

    assert_ok(ask(w, &a, &answer));
    arena_free(&a);
    return answer;
}

/* --- stories --- */

static void what_was_admitted_again_goes_on_and_what_it_says_stands(void **state)
{
    for (const struct question *q = QUESTIONS; q < QUESTIONS + COUNT_OF(QUESTIONS); q++)
        assert_int_equal(answer_of(*state, q->ask), q->answer);
}

/* What the question asks of its source fails, one after the other. */
static void each_fails(struct world *w, int (*ask)(struct world *w, struct arena *a, uint64_t *answer), uint64_t answer_whole)
{
    for (w->fails_at = 1;; w->fails_at++) {
        struct arena a = {0};
        uint64_t answer;
        w->asked = 0;
        int rv = ask(w, &a, &answer);
        arena_free(&a);
        if (w->asked < w->fails_at) { /* it never came to the one that would fail */
            assert_ok(rv);
            assert_int_equal(answer, answer_whole);
            break;
        }
        assert_code(rv, LINLI_E_DISK);
        assert_int_equal(w->asked, w->fails_at); /* and nothing more was asked */
    }
    assert_true(w->fails_at > 2);
}

static void what_the_source_cannot_read_is_passed_on(void **state)
{
    struct world *w = *state;

    for (const struct question *q = QUESTIONS; q < QUESTIONS + COUNT_OF(QUESTIONS); q++)
        each_fails(w, q->ask, q->answer);
    w->source.root = world_root;
    acts_clear(w);
    act_add(w, NULL, "", DEVICE, 1);
    act_add(w, NULL, "", DEVICE, 2);
    each_fails(w, log_cut, SEQ);
    acts_clear(w);
    act_add(w, NULL, "", DEPUTY, 3);
    each_fails(w, acts_that_end, true);
}

static void memory_that_runs_out_is_said(void **state)
{
    for (const struct question *q = QUESTIONS; q < QUESTIONS + COUNT_OF(QUESTIONS); q++) {
        size_t cap = 16;
        for (;; cap += 16) {
            struct arena a = {.cap_bytes = cap};
            uint64_t answer;
            int rv = q->ask(*state, &a, &answer);
            arena_free(&a);
            if (rv == LINLI_OK) {
                assert_int_equal(answer, q->answer);
                break;
            }
            assert_code(rv, LINLI_E_NOMEM);
        }
        struct arena whole = {0};
        assert_ok(q->ask(*state, &whole, &(uint64_t){0}));
        assert_int_equal(cap, whole.used_bytes); /* the first that sufficed is what it takes, all of it */
        arena_free(&whole);
    }
}

static void what_hangs_on_a_grant_that_is_not_held_does_not_stand(void **state)
{
    struct world *w = *state;

    w->held.grants[DEPUTY].id = hash_of(99); /* what hangs on it knows it by another name */
    for (const struct question *q = QUESTIONS; q < QUESTIONS + COUNT_OF(QUESTIONS); q++)
        assert_int_equal(answer_of(w, q->ask), q->without_deputy);
}

static void an_act_whose_issuer_is_not_held_ends_nothing(void **state)
{
    struct world *w = *state;
    struct grant stranger = {.id = hash_of(77)};

    w->held.grants[DEPUTY].after_count = 0;
    acts_clear(w);
    act_add(w, &stranger, "a", DEPUTY, 1);
    assert_int_equal(answer_of(w, deputy_usable), true);
    acts_clear(w);
    act_add(w, &w->held.grants[OFFICE], "a", DEPUTY, 1);
    assert_int_equal(answer_of(w, deputy_usable), false);
}

static void an_act_on_another_device_ends_nothing(void **state)
{
    struct world *w = *state;

    acts_clear(w);
    act_add(w, NULL, "", DEVICE, 1);
    w->careless = true;
    assert_int_equal(answer_of(w, deputy_usable), true);
    assert_int_equal(answer_of(w, device_usable), false);
}

static void a_grant_whose_issuer_is_lost_meanwhile_supersedes_nothing(void **state)
{
    struct world *w = *state;

    w->finds_left = 3; /* the grant's issuer, the act's, and that of the act once more */
    assert_int_equal(answer_of(w, deputy_usable), false);
    assert_int_equal(w->finds_left, 0);
    w->finds_left = 4;
    assert_int_equal(answer_of(w, deputy_usable), true);
    assert_int_equal(w->finds_left, 0);
}

static bool outranks(struct world *w, const struct grant *by, const struct grant *x)
{
    bool yes = false;

    assert_ok(standing_outranks(&w->source, by, x, &yes));
    return yes;
}

static void who_stands_above_outranks_and_who_stands_beside_does_not(void **state)
{
    struct world *w = *state;
    struct grant *office = &w->held.grants[OFFICE], *deputy = &w->held.grants[DEPUTY], *device = &w->held.grants[DEVICE];
    struct grant beside = *deputy, equal = *deputy;

    assert_true(outranks(w, office, deputy));
    assert_true(outranks(w, deputy, device)); /* may not manage */
    assert_false(outranks(w, deputy, office));
    assert_false(outranks(w, device, deputy));
    beside.path = path_of("ac");
    beside.id = equal.id = hash_of(50);
    assert_false(outranks(w, &beside, deputy));
    assert_false(outranks(w, &beside, device));
    beside.path = path_of("c");
    assert_false(outranks(w, &beside, deputy)); /* higher up, but elsewhere */
    assert_false(outranks(w, &equal, deputy));
    device->rights |= RIGHT_MANAGE;
    assert_false(outranks(w, &equal, device)); /* but not in its chain */
    assert_true(outranks(w, deputy, device));
}

static void a_chain_that_is_broken_or_has_no_end_outranks_nobody(void **state)
{
    struct world *w = *state;
    struct grant *deputy = &w->held.grants[DEPUTY], beside = *deputy, endless = *deputy;

    beside.path = path_of("ac");
    beside.id = hash_of(50);
    endless.id = endless.issuer = hash_of(60);
    assert_false(outranks(w, &beside, &endless)); /* its issuer is not held */
    w->fails_at = w->asked + 1;
    assert_code(standing_outranks(&w->source, &beside, &endless, &(bool){false}), LINLI_E_DISK);
    w->held.grants[w->held.count++] = endless;
    w->finds_left = LIMIT_CHAIN + 1;
    assert_false(outranks(w, &beside, &endless));
    assert_int_equal(w->finds_left, 1); /* and no further */
}

static void a_cut_takes_the_changeset_it_names_and_those_before(void **state)
{
    (void)state;
    linli_hash named = hash_of(1), other = hash_of(2);
    struct cut none = {.any = false}, cut = {true, 5, named};

    assert_true(cut_accepts(&none, 6, &other));
    assert_true(cut_accepts(&cut, 4, &other));
    assert_true(cut_accepts(&cut, 5, &named));
    assert_false(cut_accepts(&cut, 5, &other));
    assert_false(cut_accepts(&cut, 6, &named));
}

/* --- acts of several pages --- */

/* A page of an act of the office on the deputy, or on the device; `row` NULL: it lists no log. */
static void page_add(struct world *w, unsigned subject, unsigned page, unsigned pages, const struct cut_row *row, bool keeps)
{
    struct revocation *r = &w->acts[w->act_count];
    struct buf *certificate = &w->certificates[w->act_count++];
    struct cut_row cut = {.seq = 0};
    linli_hash kept = w->held.grants[DEVICE].id;

    *r = (struct revocation){.head = head_of(w, &w->held.grants[OFFICE], "a"), .act = id_of(7), .page = page, .pages = pages};
    r->head.salt[0] = (uint8_t)w->act_count;
    memcpy(r->device, w->people[subject].key, KEY_BYTES);
    if (row != NULL)
        cut = *row;
    ALWAYS(revocation_make(w->people[OFFICE].secret, r, &cut, row != NULL, &kept, keeps, certificate) == LINLI_OK);
    ALWAYS(revocation_decode(buf_span(certificate), r) == LINLI_OK);
}

static void a_page_ends_the_grant_and_what_the_act_leaves_out_counts_when_it_is_whole(void **state)
{
    struct world *w = *state;
    struct cut_row other = {id_of(99), INCARNATION, 3, hash_of(5)};
    struct cut_row asked = {scope_of(w), INCARNATION, SEQ, hash_of(5)};

    for (unsigned last = 1; last <= 2; last++) { /* whichever of the two comes last */
        acts_clear(w);
        page_add(w, DEVICE, 3 - last, 2, &other, false);
        assert_int_equal(answer_of(w, device_usable), false);
        assert_int_equal(answer_of(w, log_cut), UNCUT); /* the other page may list it */
        page_add(w, DEVICE, last, 2, NULL, false);
        assert_int_equal(answer_of(w, log_cut), 0);
        acts_clear(w);
        page_add(w, DEVICE, 3 - last, 2, &asked, false);
        assert_int_equal(answer_of(w, log_cut), SEQ);
        page_add(w, DEVICE, last, 2, NULL, false);
        assert_int_equal(answer_of(w, log_cut), SEQ);
    }
    page_add(w, DEVICE, 1, 3, NULL, false); /* of another act: it is not said in so many pages */
    assert_int_equal(answer_of(w, log_cut), SEQ);
}

static void what_an_act_keeps_stands_whichever_page_says_so(void **state)
{
    struct world *w = *state;

    w->held.grants[DEPUTY].after_count = 0;
    for (unsigned keeps = 0; keeps <= 2; keeps++) {
        acts_clear(w);
        page_add(w, DEPUTY, 2, 2, NULL, keeps == 2);
        assert_int_equal(answer_of(w, deputy_usable), false);
        assert_int_equal(answer_of(w, device_usable), true);
        page_add(w, DEPUTY, 1, 2, NULL, keeps == 1);
        assert_int_equal(answer_of(w, device_usable), keeps != 0);
    }
}

static void who_says_more_than_is_kept_says_nothing_but_that_it_ends(void **state)
{
    struct world *w = *state;
    struct cut_row asked = {scope_of(w), INCARNATION, SEQ, hash_of(5)};

    acts_clear(w);
    for (unsigned i = 1; i < REVOCATIONS_KEPT; i++)
        page_add(w, DEVICE, 1, 1, &asked, false);
    w->held.grants[DEVICE].after[w->held.grants[DEVICE].after_count++] = id_of(7);
    w->held.grants[DEVICE].by_root = true; /* it comes from high enough */
    w->held.grants[DEVICE].root_version = 1;
    assert_int_equal(answer_of(w, log_cut), SEQ);
    assert_int_equal(answer_of(w, device_usable), true); /* it was admitted again */
    page_add(w, DEVICE, 1, 1, &asked, false);
    assert_int_equal(answer_of(w, log_cut), 0);
    assert_int_equal(answer_of(w, device_usable), false);
    acts_clear(w);
    for (unsigned i = 1; i < REVOCATIONS_KEPT; i++)
        page_add(w, DEVICE, 1, 2, &asked, false);
    assert_int_equal(answer_of(w, log_cut), SEQ);
    page_add(w, DEVICE, 1, 2, &asked, false); /* nor is there any more to wait for */
    assert_int_equal(answer_of(w, log_cut), 0);
    acts_clear(w);
    for (unsigned i = 1; i < REVOCATIONS_KEPT; i++)
        page_add(w, DEPUTY, 1, 1, NULL, true);
    w->held.grants[DEVICE].after_count = w->held.grants[DEPUTY].after_count = 0;
    w->held.grants[DEVICE].by_root = false;
    assert_int_equal(answer_of(w, device_usable), true);
    page_add(w, DEPUTY, 1, 1, NULL, true);
    assert_int_equal(answer_of(w, device_usable), false);
}

/* What the deputy says of the device, with its log cut at `seq`. */
static void deputy_says(struct world *w, uint64_t seq)
{
    struct revocation *r = &w->acts[w->act_count];
    struct buf *certificate = &w->certificates[w->act_count++];
    struct cut_row row = {scope_of(w), INCARNATION, seq, hash_of(5)};

    *r = (struct revocation){.head = head_of(w, &w->held.grants[DEPUTY], "ab"), .act = id_of(3), .page = 1, .pages = 1};
    r->head.salt[0] = (uint8_t)w->act_count;
    memcpy(r->device, w->people[DEVICE].key, KEY_BYTES);
    ALWAYS(revocation_make(w->people[DEPUTY].secret, r, &row, 1, NULL, 0, certificate) == LINLI_OK);
    ALWAYS(revocation_decode(buf_span(certificate), r) == LINLI_OK);
}

/* The office turns out the deputy; the first thing that he said, and the device's grant, go on. */
static void office_lists(struct world *w, bool strict)
{
    struct revocation *r = &w->acts[w->act_count];
    struct buf *certificate = &w->certificates[w->act_count++];
    linli_hash kept[] = {w->held.grants[DEVICE].id, w->acts[0].head.id};

    *r = (struct revocation){.head = head_of(w, &w->held.grants[OFFICE], "a"), .act = id_of(9), .page = 1, .pages = 1, .strict = strict};
    memcpy(r->device, w->people[DEPUTY].key, KEY_BYTES);
    ALWAYS(revocation_make(w->people[OFFICE].secret, r, NULL, 0, kept, 2, certificate) == LINLI_OK);
    ALWAYS(revocation_decode(buf_span(certificate), r) == LINLI_OK);
}

static void nobody_adds_a_page_to_an_act_that_is_listed_above_him(void **state)
{
    struct world *w = *state;

    w->held.grants[DEPUTY].after_count = 0;
    for (unsigned strict = 0; strict < 2; strict++) {
        acts_clear(w);
        deputy_says(w, SEQ);
        deputy_says(w, SEQ + 5); /* of the same act, with the deputy's key in other hands */
        assert_int_equal(answer_of(w, log_cut), SEQ + 5);
        office_lists(w, strict != 0);
        assert_int_equal(answer_of(w, log_cut), SEQ);
    }
    each_fails(w, log_cut, SEQ);
}

static void what_one_act_lists_and_a_lenient_one_spares_stands(void **state)
{
    struct world *w = *state;

    w->held.grants[DEPUTY].after_count = 0;
    acts_clear(w);
    deputy_says(w, SEQ);
    office_lists(w, true);
    page_add(w, DEPUTY, 1, 1, NULL, true); /* of the device's grant alone */
    assert_int_equal(answer_of(w, log_cut), SEQ);
}

static void what_an_act_lists_is_not_counted_with_what_it_does_not(void **state)
{
    struct world *w = *state;

    w->held.grants[DEPUTY].after_count = 0;
    for (unsigned strict = 0; strict < 2; strict++) {
        acts_clear(w);
        for (unsigned i = 0; i < REVOCATIONS_KEPT; i++)
            deputy_says(w, SEQ);
        assert_int_equal(answer_of(w, log_cut), 0);
        office_lists(w, strict != 0);
        assert_int_equal(answer_of(w, log_cut), SEQ);
    }
    deputy_says(w, SEQ); /* what falls by a strict act is as if never said, however much it is */
    assert_int_equal(answer_of(w, log_cut), SEQ);
}

/* Else whoever has the old keys could make blunt what is said under the new ones. */
static void each_document_of_the_root_is_an_issuer_of_its_own(void **state)
{
    struct world *w = *state;

    acts_clear(w);
    for (unsigned i = 0; i < REVOCATIONS_KEPT; i++)
        act_add(w, NULL, "", DEVICE, 20);
    assert_int_equal(answer_of(w, log_cut), 0);
    w->acts[0].head.issuer = hash_of(77);
    assert_int_equal(answer_of(w, log_cut), SEQ);
}

static void who_rules_more_than_is_kept_adopts_nothing(void **state)
{
    struct world *w = *state;
    static struct ruling many[RULINGS_KEPT];

    for (size_t i = 0; i < COUNT_OF(many); i++)
        many[i] = w->rulings[0];
    w->ruled = many;
    w->ruling_count = RULINGS_KEPT - 1;
    assert_int_equal(answer_of(w, part_ruled), RULED_ADOPTED);
    w->ruling_count = RULINGS_KEPT;
    assert_int_equal(answer_of(w, part_ruled), RULED_NOT);
    many[3].adopt = false;
    assert_int_equal(answer_of(w, part_ruled), RULED_REJECTED);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, start, stop)
    const struct CMUnitTest tests[] = {
        CASE(what_was_admitted_again_goes_on_and_what_it_says_stands),
        CASE(what_the_source_cannot_read_is_passed_on),
        CASE(memory_that_runs_out_is_said),
        CASE(what_hangs_on_a_grant_that_is_not_held_does_not_stand),
        CASE(an_act_whose_issuer_is_not_held_ends_nothing),
        CASE(an_act_on_another_device_ends_nothing),
        CASE(a_grant_whose_issuer_is_lost_meanwhile_supersedes_nothing),
        CASE(who_stands_above_outranks_and_who_stands_beside_does_not),
        CASE(a_chain_that_is_broken_or_has_no_end_outranks_nobody),
        CASE(a_cut_takes_the_changeset_it_names_and_those_before),
        CASE(a_page_ends_the_grant_and_what_the_act_leaves_out_counts_when_it_is_whole),
        CASE(what_an_act_keeps_stands_whichever_page_says_so),
        CASE(who_says_more_than_is_kept_says_nothing_but_that_it_ends),
        CASE(nobody_adds_a_page_to_an_act_that_is_listed_above_him),
        CASE(what_one_act_lists_and_a_lenient_one_spares_stands),
        CASE(what_an_act_lists_is_not_counted_with_what_it_does_not),
        CASE(each_document_of_the_root_is_an_issuer_of_its_own),
        CASE(who_rules_more_than_is_kept_adopts_nothing),
    };
    return UNIT_RUN(tests);
}
