/*
 * fuzz: two sessions over two made-up stores. What is said, heard and stored happens in any order, with writes, timers and
 * cuts in between. No step ever fails, neither side ever finds fault with the other, and after one meeting that nobody
 * disturbs both hold the same.
 */
#include "fuzz.h"

#define assert_true CLAIM /* of the test helpers */
#include "../unit/session/pair.h"

enum { TURNS_MAX = 3000, CUTS_MAX = 6, WRITES_MAX = 48, AUTHORS = 3, SHARED_AUTHOR = 2 * AUTHORS, SCOPES = 4 };

/* The input as a source of choices; zeroes when it is used up. */
struct meeting {
    const uint8_t *at, *end;
    struct session_pair *pair;
    bool live;
    unsigned cuts, writes;
};

static uint8_t pick(struct meeting *m)
{
    return m->at < m->end ? *m->at++ : 0;
}

static bool fault_of_a_peer(int code)
{
    return code == LINLI_E_PROTOCOL || code == LINLI_E_FORMAT || code == LINLI_E_LIMIT || code == LINLI_E_SIGNATURE ||
           code == LINLI_E_INTERNAL;
}

static void side_is_well(const struct side *x)
{
    CLAIM(x->step_code == LINLI_OK);
    CLAIM(!x->closed || !fault_of_a_peer(x->close_code));
}

/* An author of one side, or, seldom, one that writes on both and so forks. */
static unsigned author_of(struct meeting *m, const struct side *x)
{
    uint8_t n = pick(m);

    return n >= 250 ? SHARED_AUTHOR : n % (unsigned)AUTHORS + (x == &m->pair->b ? (unsigned)AUTHORS : 0);
}

static void somebody_writes(struct meeting *m, uint8_t choice)
{
    struct side *x = choice % 2 == 0 ? &m->pair->a : &m->pair->b;
    unsigned numbers[2] = {choice / 2 % SCOPES, choice / 8 % 2}, author = author_of(m, x);
    struct scope_path path = fake_path(choice / 16 % 3, numbers);
    linli_author name = fake_author(author);
    struct session_event event = {.kind = EVENT_CHANGED, .now_ms = x->now_ms, .author = name};

    if (m->writes++ >= WRITES_MAX)
        return;
    struct fake_scope *scope = fake_learn(&x->store, &path);
    if (fake_log(scope, &name, true)->frozen)
        return; /* nobody writes on after a fork */
    event.scope = scope->id;
    event.from = event.seq = fake_write(&x->store, &path, author, m->writes);
    if (x->session != NULL)
        side_step(x, &event);
}

static void time_passes(struct meeting *m, uint8_t choice)
{
    struct side *x = choice % 2 == 0 ? &m->pair->a : &m->pair->b;

    x->now_ms += (uint64_t)pick(m) * 100;
    side_event(x, EVENT_TIMER);
}

static void cut(struct meeting *m)
{
    if (m->cuts++ >= CUTS_MAX)
        return;
    pair_part(m->pair);
    pair_meet(m->pair, m->live);
}

/* False: nothing can happen any more. */
static bool something_happens(struct meeting *m)
{
    unsigned choices[PAIR_CHOICES], count = pair_can(m->pair, choices);

    if (count > 0)
        pair_do(m->pair, choices[pick(m) % count]);
    side_is_well(&m->pair->a);
    side_is_well(&m->pair->b);
    return count > 0;
}

static void disturbed(struct meeting *m)
{
    pair_meet(m->pair, m->live);
    for (int turn = 0; turn < TURNS_MAX && m->at < m->end; turn++) {
        uint8_t choice = pick(m);
        if (choice >= 252)
            cut(m);
        else if (choice >= 236)
            time_passes(m, choice);
        else if (choice >= 176)
            somebody_writes(m, (uint8_t)(choice - 176));
        else
            something_happens(m);
    }
    pair_part(m->pair);
}

static void undisturbed(struct meeting *m)
{
    struct session_pair *p = m->pair;

    pair_meet(p, false);
    for (int turns = 0; something_happens(m); turns++)
        CLAIM(turns < TURNS_MAX); /* it comes to an end */
    CLAIM(p->a.closed && p->b.closed && p->a.settled && p->b.settled);
    CLAIM(p->a.close_code == LINLI_OK && p->b.close_code == LINLI_OK);
    CLAIM(pair_equal(p));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct session_pair pair;
    struct meeting m = {.at = data, .end = data + size, .pair = &pair};

    CLAIM(crypto_start() == LINLI_OK);
    pair_prepare(&pair, 1);
    uint8_t how = pick(&m);
    m.live = how % 2 == 0;
    pair.a.store.run_changesets = how / 2 % 4;
    pair.b.store.run_changesets = how / 8 % 4;
    pair.a.config.credit_bytes = how >= 128 ? 4096 : 0;
    uint8_t first = pick(&m); /* a small credit is used up; all that one author writes still fits one run */
    pair.a.store.padding = pair.b.store.padding = first / 16 * 96u;
    for (unsigned writes = first % 16; writes > 0; writes--)
        somebody_writes(&m, pick(&m));
    disturbed(&m);
    undisturbed(&m);
    pair_free(&pair);
    return 0;
}
