/*
 * sim: receipts: what the places were warned of must be true, and in a world at rest a node is put back to an older image, or
 * a copy of it tells another story, or it withholds something (withholding.c): who knows better must notice.
 */
#include <linli/receipt.h>

#include "replica/internal.h"
#include "sim.h"

/* --- nobody is accused who did nothing --- */

struct looking {
    struct world *w;
    const struct place *by;
};

/* Somebody with this key lied, is a copy, or was set back; or went on in a new log, as those do who are admitted again. */
static bool deserved(const struct world *w, const struct linli_warning *warning)
{
    for (unsigned i = 0; i < w->place_count; i++) {
        const struct place *p = &w->places[i];
        if (memcmp(p->author.key, warning->node, KEY_BYTES) == 0 &&
            (!p->honest || (warning->kind == LINLI_WARNING_ANEW && (p->revoked || p->granted != 0))))
            return true;
    }
    return false;
}

static bool warning_look(void *ctx, const struct linli_warning *warning)
{
    struct looking *l = ctx;

    if (!deserved(l->w, warning))
        world_fail(l->w, "%u warns of node %02x%02x: %d, and it did nothing", l->by->number, warning->node[0], warning->node[1],
                   (int)warning->kind);
    l->w->warnings++;
    return !l->w->over;
}

/* All have settled with a node, and nothing moves any more. */
static void confirmed_check(struct world *w, const struct place *p)
{
    uint64_t count = 0;
    int rv = linli_unconfirmed(p->store, &count);

    if (rv != LINLI_OK || (count > 0 && w->mix.revokes == 0))
        world_fail(w, "of %u %llu changesets are not confirmed: %s", p->number, (unsigned long long)count, linli_code_name(rv));
}

static bool looked_at(const struct place *p)
{
    return p->honest && p->enrolled && p->up;
}

static void accusations_check(struct world *w)
{
    for (unsigned i = 0; i < w->place_count && !w->over; i++) {
        struct looking l = {w, &w->places[i]};
        int rv = looked_at(l.by) ? linli_warning_each(l.by->store, warning_look, &l) : LINLI_OK;
        if (rv != LINLI_OK)
            world_fail(w, "warnings of %u: %s", l.by->number, linli_code_name(rv));
    }
}

void receipts_check(struct world *w)
{
    accusations_check(w);
    for (unsigned i = 0; i < w->place_count && !w->over; i++)
        if (looked_at(&w->places[i]))
            confirmed_check(w, &w->places[i]);
}

/* --- a node is put back --- */

struct noticed {
    const uint8_t *node;
    uint64_t kinds;
};

static bool notice(void *ctx, const struct linli_warning *warning)
{
    struct noticed *n = ctx;

    if (memcmp(warning->node, n->node, KEY_BYTES) == 0)
        n->kinds |= UINT64_C(1) << warning->kind;
    return true;
}

uint64_t kinds_noticed(struct world *w, const struct place *p, const struct place *node)
{
    struct noticed n = {.node = node->author.key};

    if (linli_warning_each(p->store, notice, &n) != LINLI_OK)
        world_fail(w, "warnings of %u", p->number);
    return n.kinds;
}

void meet_once(struct world *w, struct place *a, struct place *b)
{
    struct link *l = link_open(w, a, b, false, false);

    world_quiet(w, 60 * 60 * 1000);
    if (l != NULL && l->used)
        link_drop(w, l);
}

/* Something new, of which only this one knows. */
bool write_something(struct world *w, struct place *p)
{
    uint64_t commits = w->commits;
    struct place *before = place_runs(p);

    for (unsigned tries = 0; tries < 40 && w->commits == commits && !w->over; tries++)
        user_act(w, p);
    w->runs = before;
    return w->commits > commits;
}

static struct place *a_captain(struct world *w, const struct place *but)
{
    for (unsigned i = 1; i < w->place_count; i++) {
        struct place *p = &w->places[i];
        if (p != but && p->honest && p->enrolled && p->up && p->role == LINLI_CAPTAIN && !touched(w, p) &&
            (w->mix.revokes == 0 || p->usable != 0))
            return p;
    }
    return NULL;
}

/* The root's node is the one that all of them have met. Its store as it is now, under another name. */
bool image_of(struct world *w, struct place *node, char image[160])
{
    (void)snprintf(image, 160, "%s/%u.put-back", w->dir, node->number);
    place_crash(node);
    if (place_copy(node->dir, image) != LINLI_OK || place_open(node) != LINLI_OK)
        world_fail(w, "an image of %u", node->number);
    return !w->over;
}

/* From here on it is what its image was. */
bool image_serves(struct world *w, struct place *node, const char *image)
{
    place_crash(node);
    forms_clear(node);
    dir_remove(node->dir);
    node->honest = false; /* as far as what it acknowledged goes, too */
    memcpy(node->dir, image, sizeof(node->dir));
    if (place_open(node) != LINLI_OK)
        world_fail(w, "the image of %u does not open", node->number);
    return !w->over;
}

/* Whoever met it since knows better: at once, whether anything of what those two share was lost or not. */
static void put_back_try(struct world *w, struct place *node, struct place *captain, const char *image)
{
    if (!write_something(w, captain))
        return;
    meet_once(w, captain, node);
    world_log(w, "%u is put back", node->number);
    if (!image_serves(w, node, image))
        return;
    meet_once(w, captain, node);
    if (!w->over && kinds_noticed(w, node, node) == 0 && kinds_noticed(w, captain, node) == 0)
        world_fail(w, "%u met %u that was put back, and neither noticed", captain->number, node->number);
    w->faults[FAULT_PUT_BACK]++;
}

/* Two copies serve, one captain each; when the two captains meet, they know. */
static void two_stories_try(struct world *w, struct place *node, struct place *one, struct place *two)
{
    char twin[160];

    if (!image_of(w, node, twin) || !write_something(w, one))
        return;
    meet_once(w, one, node);
    world_log(w, "a copy of %u serves", node->number);
    if (!image_serves(w, node, twin) || !write_something(w, two))
        return;
    meet_once(w, two, node);
    meet_once(w, one, two);
    if (!w->over && kinds_noticed(w, one, node) == 0 && kinds_noticed(w, two, node) == 0)
        world_fail(w, "%u and %u were told two stories by %u, met, and did not notice", one->number, two->number, node->number);
    w->faults[FAULT_TWO_STORIES]++;
}

void receipts_try(struct world *w)
{
    struct place *node = &w->places[0], *one = a_captain(w, NULL), *two = a_captain(w, one);
    uint64_t how = draw(w, 3);
    char image[160];

    if (one == NULL || !node->up || !node->honest)
        return;
    if (two != NULL && how > 0) {
        meet_once(w, two, node);
        (how == 1 ? two_stories_try : withholding_try)(w, node, one, two);
    } else if (image_of(w, node, image)) {
        put_back_try(w, node, one, image);
    }
    accusations_check(w);
}
