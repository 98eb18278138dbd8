/* sim: a world's course: setting up, chaos, a core healed, all healed; its events in the order of virtual time. */
#include "sim.h"

#include <sys/stat.h>
#include <unistd.h>

uint64_t draw(struct world *w, uint64_t limit)
{
    return rng_below(&w->rng, limit);
}

bool chance(struct world *w, unsigned per_mille)
{
    return draw(w, 1000) < per_mille;
}

void world_log(struct world *w, const char *format, ...)
{
    char line[512];
    va_list args;

    int n = snprintf(line, sizeof(line), "%9llu.%03u  ", (unsigned long long)(w->now_ms / 1000), (unsigned)(w->now_ms % 1000));
    va_start(args, format);
    (void)vsnprintf(line + n, sizeof(line) - (size_t)n, format, args);
    va_end(args);
    hasher_add(&w->state, line, strlen(line));
    if (w->trace)
        (void)printf("%s\n", line);
}

void world_fail(struct world *w, const char *format, ...)
{
    va_list args;

    if (w->over)
        return; /* the first is the one to look at */
    w->over = true;
    va_start(args, format);
    (void)vsnprintf(w->complaint, sizeof(w->complaint), format, args);
    va_end(args);
    world_log(w, "FAIL %s", w->complaint);
}

/* --- events: a heap by time, then by the order in which they were made --- */

static bool sooner(const struct event *a, const struct event *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

void world_at(struct world *w, uint64_t in_ms, enum event_kind kind, unsigned a, unsigned b, unsigned serial)
{
    struct event e = {w->now_ms + in_ms, w->order++, kind, a, b, serial};
    size_t i;
    bool own = heap_own(true);

    ALWAYS(mem_grow(&w->events, &w->event_room, w->event_count + 1, sizeof(*w->events)) == LINLI_OK);
    for (i = w->event_count++; i > 0 && sooner(&e, &w->events[(i - 1) / 2]); i = (i - 1) / 2)
        w->events[i] = w->events[(i - 1) / 2];
    w->events[i] = e;
    (void)heap_own(own);
}

static struct event event_take(struct world *w)
{
    struct event first = w->events[0], last = w->events[--w->event_count];
    size_t i = 0;

    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= w->event_count)
            break;
        if (child + 1 < w->event_count && sooner(&w->events[child + 1], &w->events[child]))
            child++;
        if (!sooner(&w->events[child], &last))
            break;
        w->events[i] = w->events[child];
        i = child;
    }
    w->events[i] = last;
    return first;
}

/* --- the chaos --- */

static void meet(struct world *w)
{
    struct place *a = &w->places[draw(w, w->place_count)], *b = &w->places[draw(w, w->place_count)];

    if (!a->up && !a->enrolled && a->clone_of == a->number && w->places[a->enrol.by].up) { /* tries its invitation again */
        (void)link_open(w, a, &w->places[a->enrol.by], true, false);
        return;
    }
    if (a == b || !a->up || !b->up || is_away(a) || is_away(b))
        return;
    struct link *l = link_open(w, a, b, false, chance(w, w->mix.live));
    bool swap = chance(w, 500);
    if (l != NULL && fault_now(w, FAULT_TWICE))
        (void)link_open(w, swap ? b : a, swap ? a : b, false, chance(w, w->mix.live));
}

/* For the first time, with what it was told. */
static int join(struct world *w, struct place *p)
{
    node_end(p);
    int rv = enrol_arrived(p, buf_span(&p->enrol.answer));
    world_log(w, "%u has joined: %s", p->number, linli_code_name(rv));
    if (trouble_excuses(p, rv))
        return rv; /* and tries again */
    w->enrolled += rv == LINLI_OK;
    buf_free(&p->enrol.answer);
    return w->places[p->enrol.by].honest ? rv : LINLI_OK; /* it may have been told nonsense */
}

/* Again after a crash or a failed commit, or for the first time. */
static void come_up(struct world *w, struct place *p)
{
    if ((p->up && !p->sick) || (!p->enrolled && w->calm))
        return;
    if (p->up)
        place_crash(p);
    int rv = p->enrolled ? place_open(p) : join(w, p);
    if (trouble_excuses(p, rv))
        world_at(w, draw(w, 60 * 1000), AT_OPEN, p->number, 0, 0);
    else if (rv != LINLI_OK)
        world_fail(w, "%u does not open: %s", p->number, linli_code_name(rv));
}

static void act(struct world *w)
{
    struct place *p = &w->places[draw(w, w->place_count)];

    if (w->calm)
        return;
    if (p->up) {
        trouble_begin(w, p);
        user_act(w, p);
        trouble_end(w);
    }
    if (p->up && !w->over && !p->honest)
        attack(w, p);
    if (p->up && !w->over && w->mix.revokes > 0)
        office_act(w, p);
    if (p->up && !w->over && w->mix.erases > 0)
        eraser_act(w, p);
}

/* Bytes that reach a place's peer, or a turn of its loop: what may fail under it. */
static void arrive(struct world *w, const struct event *e)
{
    const struct link *l = &w->links[e->a];

    trouble_begin(w, l->used && l->serial == e->serial ? l->end[1 - e->b].place : NULL);
    link_bytes(w, e->a, e->b, e->serial);
    trouble_end(w);
}

static void turn(struct world *w, struct place *p)
{
    trouble_begin(w, p);
    node_turn(p);
    trouble_end(w);
}

static void happen(struct world *w, const struct event *e)
{
    struct place *p = e->a < w->place_count ? &w->places[e->a] : NULL; /* of most events a link's index */

    w->now_ms = e->at_ms;
    switch (e->kind) {
    case AT_ACT: act(w); break;
    case AT_MEET:
        if (!w->calm)
            meet(w);
        break;
    case AT_BYTES: arrive(w, e); break;
    case AT_WRITTEN: link_written(w, e->a, e->b, e->serial); break;
    case AT_CLOSED: link_closed(w, e->a, e->b, e->serial); break;
    case AT_TICK: link_tick(w, e->a, e->b, e->serial); break;
    case AT_TURN:
        if (p->life == e->serial)
            turn(w, p);
        break;
    case AT_OPEN:
        trouble_begin(w, p);
        come_up(w, p);
        trouble_end(w);
        break;
    case AT_FAULT:
        if (!w->calm)
            fault_act(w);
        break;
    }
}

static void chaos(struct world *w)
{
    uint64_t span_ms = (1 + draw(w, 48)) * 60 * 60 * 1000 / 4;

    if (w->mix.erases > 0)
        erasers_leave(w, span_ms);
    for (unsigned i = 0; i < w->mix.acts; i++)
        world_at(w, draw(w, span_ms), AT_ACT, 0, 0, 0);
    for (unsigned i = 0; i < w->mix.meets; i++)
        world_at(w, draw(w, span_ms), AT_MEET, 0, 0, 0);
    for (unsigned i = 0; i < (w->mix.acts + w->mix.meets) / 2; i++)
        world_at(w, draw(w, span_ms), AT_FAULT, 0, 0, 0);
    while (w->event_count > 0 && !w->over && w->events[0].at_ms <= span_ms) {
        struct event e = event_take(w);
        happen(w, &e);
    }
}

void world_quiet(struct world *w, uint64_t most_ms)
{
    uint64_t until_ms = w->now_ms + most_ms;

    while (w->event_count > 0 && !w->over && !links_idle(w) && w->events[0].at_ms <= until_ms) {
        struct event e = event_take(w);
        happen(w, &e);
    }
}

/* --- healing --- */

static void all_links_drop(struct world *w)
{
    for (size_t i = 0; i < LINKS_MAX; i++)
        if (w->links[i].used)
            link_drop(w, &w->links[i]);
}

/* Each meets the hub, in an order of its own in each round. */
static void rounds(struct world *w, const unsigned *members, size_t count, unsigned how_many)
{
    unsigned order[PLACES_MAX];

    for (unsigned round = 0; round < how_many && !w->over; round++) {
        for (size_t i = 1; i < count; i++)
            order[i] = members[i];
        for (size_t i = count; i > 2; i--) {
            size_t k = 1 + draw(w, i - 1);
            unsigned swap = order[i - 1];
            order[i - 1] = order[k];
            order[k] = swap;
        }
        world_log(w, "round %u", round + 1);
        for (size_t i = 1; i < count && !w->over; i++) {
            struct place *a = &w->places[order[i]], *hub = &w->places[members[0]];
            bool swap = chance(w, 500);
            (void)link_open(w, swap ? hub : a, swap ? a : hub, false, chance(w, w->mix.live));
            if (chance(w, 500))
                world_quiet(w, 10 * 60 * 1000);
        }
        world_quiet(w, 60 * 60 * 1000);
        if (!links_idle(w))
            world_fail(w, "a healed connection does not come to rest");
        all_links_drop(w);
    }
}

/* Somebody whom an act names may be refused by some and let in by others until all have healed. */
static bool may_be_hub(const struct world *w, const struct place *p)
{
    return p->honest && p->enrolled && !is_away(p) && p->role != LINLI_VIEWER && !touched(w, p);
}

static bool may_be_core(const struct world *w, const struct place *hub, const struct place *p)
{
    return p != hub && p->honest && !is_away(p) && !touched(w, p) && p->enrolled && scope_under(w, p->scope, hub->scope);
}

static void come_back(struct world *w, struct place *p)
{
    if (p->sick)
        place_crash(p);
    if (p->enrolled && !p->up && place_open(p) != LINLI_OK)
        world_fail(w, "%u does not open again", p->number);
}

/* Those whom the hub still lets in. */
static size_t counting(struct world *w, unsigned *members, size_t count)
{
    size_t kept = 1;

    if (w->mix.revokes == 0)
        return count;
    offices_settle(w, &w->places[members[0]]);
    for (size_t i = 1; i < count; i++)
        if (w->places[members[i]].usable != 0)
            members[kept++] = members[i];
    world_log(w, "%u of %u count", (unsigned)kept, (unsigned)count);
    return kept;
}

static unsigned rounds_needed(const struct world *w)
{
    return w->mix.revokes > 0 || w->mix.erases > 0 ? 5 : 3; /* first who may come, then what, then it, and what it brings to the others */
}

/* A hub that reads everything its members read, and some of those. */
static void heal_core(struct world *w)
{
    unsigned members[PLACES_MAX];
    size_t count = 0;
    struct place *hub = &w->places[draw(w, w->place_count)];

    for (unsigned tries = 0; tries < 8 && !may_be_hub(w, hub); tries++)
        hub = &w->places[draw(w, w->place_count)];
    if (!may_be_hub(w, hub))
        hub = &w->places[0];
    members[count++] = hub->number;
    for (unsigned i = 0; i < w->place_count; i++)
        if (may_be_core(w, hub, &w->places[i]) && chance(w, 600))
            members[count++] = i;
    world_log(w, "a core of %u heals around %u", (unsigned)count, hub->number);
    for (size_t i = 0; i < count && !w->over; i++)
        come_back(w, &w->places[members[i]]);
    rounds(w, members, count, rounds_needed(w));
    if (!w->over)
        count = counting(w, members, count);
    if (!w->over)
        check_core(w, members, count, "the core");
}

static void heal_all(struct world *w)
{
    unsigned members[PLACES_MAX];
    size_t count = 0;

    world_log(w, "all heal");
    for (unsigned i = 0; i < w->place_count && !w->over; i++) {
        struct place *p = &w->places[i];
        if (p->old && p->enrolled && chance(w, 500) && upgrade(p) != LINLI_OK)
            world_fail(w, "%u does not open after its upgrade", p->number);
        come_back(w, p);
        if (p->honest && p->enrolled)
            members[count++] = i;
    }
    if (w->over)
        return;
    rounds(w, members, count, rounds_needed(w));
    if (!w->over)
        count = counting(w, members, count);
    if (w->late != NULL && !w->over)
        w->late(w);
    if (!w->over)
        check_core(w, members, count, "all");
    if (!w->over)
        check_all(w);
    if (!w->over)
        receipts_check(w);
    if (!w->over)
        erasures_check(w);
    if (!w->over)
        receipts_try(w);
}

/* Who is bad from the start: they have something to lie about. */
static void attackers_draw(struct world *w)
{
    unsigned any = w->mix.fault[FAULT_FORK] + w->mix.fault[FAULT_LIE] + w->mix.fault[FAULT_RIGHTS] + w->mix.fault[FAULT_STAMP] +
                   w->mix.fault[FAULT_PARTS] + w->mix.fault[FAULT_JUNK];

    for (unsigned n = 1 + (unsigned)draw(w, 2); n > 0 && any > 0 && w->place_count > 2; n--) {
        struct place *p = &w->places[1 + draw(w, w->place_count - 1)];
        p->honest = false;
        world_log(w, "%u is an attacker", p->number);
    }
}

struct world *world_new(uint64_t seed)
{
    struct world *w = calloc(1, sizeof(*w)); /* not the library's heap: it is what is counted */

    if (w == NULL)
        abort();
    w->seed = seed;
    w->session_bytes_cap = SESSION_BYTES_MAX;
    (void)snprintf(w->dir, sizeof(w->dir), "%s/linli-sim.%ld.%llu", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp",
                   (long)getpid(), (unsigned long long)seed);
    return w;
}

void world_run(struct world *w)
{
    sim_world = w;
    rng_seed(&w->rng, w->seed);
    hasher_start(&w->state, HASH_BYTES);
    w->links = mem_zalloc(LINKS_MAX, sizeof(*w->links));
    ALWAYS(w->links != NULL);
    if (mkdir(w->dir, 0700) != 0) {
        world_fail(w, "no folder %s", w->dir);
        return;
    }
    faults_draw(w);
    setup(w);
    if (!w->over)
        attackers_draw(w);
    if (w->early != NULL && !w->over)
        w->early(w);
    if (!w->over)
        chaos(w);
    w->calm = true;
    for (unsigned i = 0; i < w->place_count; i++)
        w->places[i].hurt = false; /* nothing fails any more */
    w->mix.delay_ms = 1 + draw(w, 40);
    w->mix.chunk_bytes = 64 * 1024;
    all_links_drop(w);
    if (!w->over)
        heal_core(w);
    if (!w->over)
        heal_all(w);
}

void world_free(struct world *w)
{
    if (w == NULL)
        return;
    if (w->links != NULL)
        all_links_drop(w);
    for (unsigned i = 0; i < w->place_count; i++) {
        forms_clear(&w->places[i]);
        buf_free(&w->places[i].enrol.answer);
        place_close(&w->places[i]);
    }
    for (size_t i = 0; i < w->acked_count; i++)
        mem_free(w->acked[i].shown);
    mem_free(w->acked);
    mem_free(w->records);
    mem_free(w->events);
    mem_free(w->links);
    mem_free(w->claims);
    mem_free(w->cuts);
    erasers_free(w);
    dir_remove(w->dir);
    free(w);
}
